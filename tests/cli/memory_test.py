# Secrets in the memory of running processes: only where neither swap nor a core dump takes them, and gone when not needed.
import os
import unittest

from coterie import CoterieTest
from process_memory import places_of
from secret_forms import forms_of

CANARY = "canary-7b1d6c02f4a84e9b"


class MemoryTest(CoterieTest):
    def setUp(self):
        super().setUp()
        if os.environ.get("COTERIE_SANITIZE"):
            raise unittest.SkipTest("a sanitizer takes mlock for itself, and keeps what was freed")

    def assert_only_in_locked_memory(self, running, secrets, needed=True):
        forms = [form for secret in secrets for form in forms_of(secret)]
        places = places_of(running.pid, forms)
        if needed:
            self.assertTrue(places, "not found at all: the search is wrong, or the process does not hold it")
        exposed = [f"{form!r} in {mapping}" for form, mapping in places if not (mapping.locked and mapping.not_dumped)]
        self.assertEqual(exposed, [], f"\n{running}")


class Creations(MemoryTest):
    def team_with_account(self):
        homes = self.team("alice", "bob", "carol")
        account = self.write(self.root / "account.json", f'{{"key": "{CANARY}"}}')
        return homes, homes[0].create("treasury", "2", "alice", "bob", "carol", "--account-file", account, "-vv")

    def test_hold_an_account_only_in_locked_memory(self):
        homes, creator = self.team_with_account()
        recipient = homes[1].join(creator.invite, "-vv")
        # Both wait for carol then: it has come over the link, was checked, stored and signed for.
        creator.wait_for(event="peer", signer="bob", state="receipt")
        for running in (creator, recipient):
            self.assert_only_in_locked_memory(running, [CANARY])

    def test_hold_no_passphrase_once_the_vault_is_open(self):
        homes, creator = self.team_with_account()
        recipient = homes[1].join(creator.invite, "-vv")
        creator.wait_for(event="peer", signer="bob", state="receipt")
        for home, running in zip(homes, (creator, recipient)):
            self.assertEqual(places_of(running.pid, [home.passphrase.encode()]), [], f"\n{running}")

    def test_hold_the_keys_of_an_aztec_account_only_in_locked_memory(self):
        homes = self.team("alice", "bob", "carol")
        creator = homes[0].create("treasury", "2", "alice", "bob", "carol")
        recipient = homes[1].join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        account = homes[0].show("treasury", "--reveal")["account"]
        secrets = [account[field].removeprefix("0x") for field in ("secret_key", "salt_key", "private_key")]
        numbers = [bytes.fromhex(secret) for secret in secrets]
        for running in (creator, recipient):
            self.assert_only_in_locked_memory(running, [*secrets, *numbers, *(number[::-1] for number in numbers)])


if __name__ == "__main__":
    unittest.main()
