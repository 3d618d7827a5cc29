# Accounts that were there before: what `multisig create` takes from a file, checks, and hands out.
import json

from aztec import DEFAULT, PROFILES, claiming_shape, large_account, multisig_shape, text_of, wallet_shape
from coterie import LOOPBACK_ROOM, NO_STUN, CoterieTest, interrupt, room_of

AZTEC = ["--account-kind", "aztec-schnorr"]
OTHER = next(profile for profile in PROFILES if profile != DEFAULT)


class OwnAccountTest(CoterieTest):
    def account_file(self, content, name="account.json"):
        return self.write(self.root / name, content if isinstance(content, str) else json.dumps(content))

    def refused_before_anything(self, home, words, *options):
        """Exit 2, an empty stdout, and nothing recorded; no passphrase was asked for and no port tried."""
        result = home.run("--json", "multisig", "create", "treasury", "2", "alice", "bob", *options, *LOOPBACK_ROOM,
                          *NO_STUN)
        self.fails_silently_on_stdout(result, 2, *words)
        self.assertEqual(home.multisigs(), [])
        return result


class AztecAccounts(OwnAccountTest):
    def test_are_handed_to_every_signer(self):
        account = large_account()
        for number, shape in enumerate((wallet_shape(account), claiming_shape(account), multisig_shape(account))):
            homes = self.team(f"alice-{number}", f"bob-{number}")
            self.complete("treasury", 2, homes, "--account-file", self.account_file(shape), *AZTEC)
            held = self.assert_all_hold_the_same("treasury", homes)["account"]
            self.assertEqual(held, {"kind": "aztec-schnorr", "profile": DEFAULT, "address": account["address"],
                                    "public_key_x": account["publicKeyX"], "public_key_y": account["publicKeyY"],
                                    "secret_key": account["secretKey"], "salt_key": account["salt"],
                                    "private_key": account["signingPrivateKey"]})

    def test_of_another_profile_are_made_shared_and_exported(self):
        homes = self.team("alice", "bob")
        self.complete("treasury", 2, homes, "--profile", OTHER)
        held = self.assert_all_hold_the_same("treasury", homes)["account"]
        self.assertEqual(held["profile"], OTHER)
        out = self.root / "exported.json"
        self.succeeds(homes[1].run("multisig", "export", "treasury", "--format", "account", "--out", out))
        verified = self.run_program("aztec", "verify-account", "--account-file", out, "--json")
        self.assertEqual(self.succeeds(verified).json["address"], held["address"])

        # The file names its profile; whoever takes another one is told.
        dave, erin = self.team("dave", "erin")
        result = dave.run("multisig", "create", "treasury", "1", "dave", "erin", "--account-file", out, *AZTEC,
                          "--profile", DEFAULT)
        self.fails_silently_on_stdout(result, 2, '"profile"', "leave --profile out")
        self.complete("treasury", 1, [dave, erin], "--account-file", out, *AZTEC)
        self.assertEqual(dave.show("treasury", "--reveal")["account"], held)

    def test_that_do_not_match_what_their_file_says_are_refused_naming_the_field(self):
        alice, _ = self.team("alice", "bob")
        account, other = large_account(), large_account(index=-2)
        for field in ("address", "publicKeyX", "publicKeyY"):
            file = self.account_file({**claiming_shape(account), field: other[field]})
            self.refused_before_anything(alice, [f'"{field}" in the account file'], "--account-file", file, *AZTEC)
        file = self.account_file(claiming_shape(large_account(OTHER)))
        self.refused_before_anything(alice, ['"address"', f"--profile {OTHER}"], "--account-file", file, *AZTEC)
        for content in ("", "[]", "{}", '"text"'):
            file = self.account_file(content)
            self.refused_before_anything(alice, ["account file"], "--account-file", file, *AZTEC)

    def test_of_one_file_are_chosen_by_the_multisig_s_name(self):
        alice, bob = self.team("alice", "bob")
        first, second = large_account(index=-2), large_account()
        file = self.account_file([multisig_shape(first, "treasury"), multisig_shape(second, "second")])
        self.complete("second", 2, [alice, bob], "--account-file", file, *AZTEC)
        self.assertEqual(alice.show("second")["account"]["address"], second["address"])
        result = alice.run("multisig", "create", "third", "1", "alice", "--account-file", file, *AZTEC)
        self.fails_silently_on_stdout(result, 2, "third", "treasury and second")

    def test_are_shared_as_text_with_a_warning_when_nobody_calls_them_accounts(self):
        alice, bob = self.team("alice", "bob")
        text = json.dumps(wallet_shape(large_account()), indent=1)
        creator, _ = self.complete("treasury", 2, [alice, bob], "--account-file", self.account_file(text))
        self.assertRegex(creator.stderr, "warning: the account file holds an Aztec account.*--account-kind aztec-schnorr")
        self.assertEqual(bob.show("treasury", "--reveal")["account"]["data"], text)
        called, _ = self.complete("second", 2, [alice, bob], "--account-file", self.account_file(text + " "),
                                  "--account-kind", "opaque")
        self.assertNotIn("warning", called.stderr)
        other, _ = self.complete("third", 2, [alice, bob], "--account-file", self.account_file('{"key": 1}'))
        self.assertNotIn("warning", other.stderr)

    def test_that_anybody_could_have_come_with_a_warning(self):
        (alice,) = self.team("alice")
        file = self.account_file({**wallet_shape(large_account()), "secretKey": text_of(0x35)})
        result = alice.run("multisig", "create", "solo", "1", "alice", "--account-file", file, *AZTEC)
        self.assertRegex(self.succeeds(result).stderr, "warning: this account has a secret key that anybody can guess")

    def test_go_to_one_multisig_only(self):
        alice, bob = self.team("alice", "bob")
        account = large_account()
        creator, _ = self.complete("treasury", 2, [alice, bob], "--account-file", self.account_file(wallet_shape(account)), *AZTEC)
        room = creator.events[-1]["multisig"]["room"]
        for options in ([], ["--profile", OTHER]):
            result = alice.create("second", "2", "alice", "bob", "--account-file", self.account_file(wallet_shape(account)),
                                  *AZTEC, *options).wait()
            self.fails(result, 2, "shared before", room)

    def test_that_a_signer_got_are_nobody_s_of_another_multisig(self):
        """Neither from the signer who got one, nor, from whom it may come again, to a signer who has it."""
        alice, bob, carol, dave = self.team("alice", "bob", "carol", "dave")
        creator, _ = self.complete("treasury", 2, [alice, bob])
        room = creator.events[-1]["multisig"]["room"]
        out = self.root / "exported.json"
        self.succeeds(bob.run("multisig", "export", "treasury", "--format", "account", "--out", out))
        result = bob.create("second", "2", "bob", "carol", "--account-file", out, *AZTEC).wait()
        self.fails(result, 2, "shared before", room)

        for stranger, knows in ((carol, alice), (dave, bob)):
            creating = stranger.create("second", "2", stranger.name, knows.name, "--account-file", out, *AZTEC)
            refusal = self.fails(knows.join(creating.invite).wait(), 5, "shared before, in another multisig", room)
            self.assertIn(f"{stranger.name} must create this one with a new account", refusal.stderr)
            told = self.fails(creating.wait(), 3, knows.name, "shared before, in another multisig")
            self.assertNotIn(room, told.stderr + told.stdout)
            self.assertEqual([one["status"] for one in knows.multisigs() if one["name"] == "second"], ["failed"])

    def test_come_again_for_the_same_signers_when_the_first_time_came_to_nothing(self):
        homes = alice, bob, carol = self.team("alice", "bob", "carol")
        terms = ["treasury", "2", "alice", "bob", "carol", "--account-file",
                 self.account_file(wallet_shape(large_account())), *AZTEC]
        first = alice.create(*terms)
        joined = bob.join(first.invite)
        first.wait_for(event="peer", signer="bob", state="receipt")
        for running in (first, joined):
            interrupt(running)
            self.assertEqual(running.wait().code, 6)
        self.succeeds(alice.run("multisig", "abandon", "treasury"))

        # bob was not told: the first one is pending at his side.
        again = alice.create(*terms)
        result = self.fails(bob.join(again.invite).wait(), 5, "shared before, in another multisig")
        self.assertIn("end it with `coterie multisig abandon treasury`, then join again. Nothing was signed, nothing "
                      "declined", result.stderr)
        self.succeeds(bob.run("multisig", "abandon", "treasury"))
        for joining in [home.join(again.invite) for home in (bob, carol)]:
            self.succeeds(joining.wait())
        self.succeeds(again.wait())
        for home in homes:
            self.assertEqual(home.show("treasury")["status"], "complete")
            self.assertEqual(home.show("treasury")["account"]["address"], large_account()["address"])

    def test_are_terms_of_the_multisig(self):
        alice, bob = self.team("alice", "bob")
        file = self.account_file(wallet_shape(large_account()))
        terms = ["treasury", "2", "alice", "bob", "--account-file", file, *AZTEC]
        first = alice.create(*terms, "--join-timeout", "1s")
        room = room_of(first.invite)
        self.assertEqual(first.wait().code, 6)
        other = self.account_file(wallet_shape(large_account(index=-2)), "other.json")
        for changed in (["--account-file", other, *AZTEC], ["--account-file", file, *AZTEC, "--profile", OTHER],
                        ["--account-file", file], ["--profile", OTHER]):
            self.fails(alice.create("treasury", "2", "alice", "bob", *changed).wait(), 2, "other terms")
        again = alice.create(*terms)
        self.assertEqual(room_of(again.invite), room)
        self.succeeds(bob.join(again.invite).wait())
        self.succeeds(again.wait())
        self.assertEqual(self.assert_all_hold_the_same("treasury", [alice, bob])["account"]["address"],
                         large_account()["address"])


class Options(OwnAccountTest):
    def test_that_contradict_each_other_are_refused(self):
        alice, _ = self.team("alice", "bob")
        aztec = self.account_file(wallet_shape(large_account()))
        for words, options in ((["--account-file"], ["--account-kind", "opaque"]),
                               (["rsa", "aztec-schnorr", "opaque"], ["--account-kind", "rsa"]),
                               (["--profile", "opaque"], ["--account-kind", "opaque", "--account-file", aztec, "--profile", DEFAULT]),
                               (["--profile", "--account-kind aztec-schnorr"], ["--account-file", aztec, "--profile", DEFAULT]),
                               ([r"known are 4\.1\.2"], ["--profile", "5.0.0"]),
                               ([r"known are 4\.1\.2"], ["--account-file", aztec, *AZTEC, "--profile", "5.0.0"])):
            with self.subTest(options):
                self.refused_before_anything(alice, words, *options)


if __name__ == "__main__":
    import unittest
    unittest.main()
