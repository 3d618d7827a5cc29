# Every command there is, as it should be called and in the ways in which it fails, with canaries for every secret: none is
# in any output, however much of it there is.
import contextlib
import copy
import json
import sqlite3

from aztec import claiming_shape, large_account, multisig_shape, wallet_shape
from coterie import LOOPBACK_ROOM, NO_STUN, CoterieTest, interrupt
from help_texts import all_commands
from secret_forms import holds

HEX = "0" * 64
KEYS = ("secretKey", "salt", "signingPrivateKey")
# Whatever the vault holds, and whatever opens it: these have none. (Of `multisig verify` it is a name that is verified here.)
WITHOUT_VAULT = {"aztec address", "aztec verify-account", "aztec hash", "aztec verify", "doctor", "signaling serve", "demo"}


class EveryCommand(CoterieTest):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.team("alice", "bob")
        self.secrets = [self.alice.passphrase, self.bob.passphrase]
        self.outputs = []
        self.secret_files = []

    def secret(self, name, text, *secrets):
        """A file with secrets in it; `secrets` are what to look for, if not all of it."""
        self.secrets += secrets or [text]
        self.secret_files.append(self.write(self.root / name, text))
        return self.secret_files[-1]

    def aztec(self, name, account, shape, *, salt=True):
        keys = [account[field].removeprefix("0x") for field in KEYS if salt or field != "salt"]
        return self.secret(name, json.dumps(shape(account)), *keys, *(bytes.fromhex(key) for key in keys))

    def calls(self):
        """Of each command, arguments with which it does what it is for; in an order in which they can be run."""
        text = "canary-opaque-4c2f81"
        opaque = self.secret("opaque.json", json.dumps({"key": text}), text)
        own = self.aztec("own.json", large_account(index=-1), wallet_shape, salt=False)  # a signer's salt is on its card
        shared = self.aztec("shared.json", large_account(index=-2), claiming_shape)
        entry = self.aztec("entry.json", large_account(index=-3), lambda account: multisig_shape(account, "company", ["alice"], 1))
        following = self.secret("next", "next-passphrase-canary-93b1")
        room = [*LOOPBACK_ROOM, *NO_STUN]
        return [
            ("signer create", "work", "--aztec-key-file", own), ("signer aztec", "work"), ("signer list",),
            ("signer show", "work"), ("signer card", "work"), ("signer use", "alice"),
            ("signer export", "work", "--format", "account", "--out", self.root / "work.json"),
            ("contact list",), ("contact show", "bob"), ("contact remove", "bob"), ("contact add", self.bob.card),
            ("multisig create", "single", "1", "alice", "--account-file", opaque, *room),
            ("multisig create", "shared", "1", "alice", "--account-file", shared, "--account-kind", "aztec-schnorr", *room),
            ("multisig create", "pending", "2", "alice", "bob", "--join-timeout", "500ms", *room),
            ("multisig import", entry, "--format", "reference"), ("multisig create", "company", "1", "alice", *room),
            ("multisig join", self.closed_invite(), "--yes", "--join-timeout", "500ms", *NO_STUN),
            ("multisig resume", "pending", "--join-timeout", "500ms", *NO_STUN), ("multisig invite", "pending"),
            ("multisig list",), ("multisig show", "single"), ("multisig verify", "shared"), ("multisig certificate", "single"),
            ("multisig certificate", "pending", "--out", self.root / "partial.json"),
            ("multisig complete", "pending", "--certificate", self.root / "partial.json"),
            ("multisig export", "single", "--format", "account", "--out", self.root / "single.json"),
            ("multisig export", "shared", "--format", "reference", "--out", self.root / "shared-reference.json"),
            ("multisig abandon", "pending"), ("aztec address", "--account-file", shared),
            ("aztec verify-account", "--account-file", shared), ("aztec hash", "1", "2"), ("aztec sign", "--message-hex", HEX),
            ("aztec verify", "--message-hex", HEX, "--public-key-x", HEX, "--public-key-y", HEX, "--signature-hex", HEX * 2),
            ("vault backup", self.root / "backup"), ("vault rehearse", self.root / "backup"), ("vault restore", self.root / "backup"),
            ("doctor", *NO_STUN), ("signaling serve", "--listen", "127.0.0.1", "--port", "0"), ("demo",),
            ("vault passphrase", "--new-passphrase-file", following),
        ]

    def closed_invite(self):
        """By bob, who is not there."""
        bob = self.bob.query("signer", "show")
        return f"coterie://127.0.0.1:9/{'A' * 22}#{bob['sign_key']}.{bob['box_key']}"

    def call(self, home, command, *arguments):
        arguments = [*command.split(), *arguments, "-vv"]
        if command == "signaling serve":  # until it is told to end
            running = home.start("--json", *arguments)
            if running.wait_for_text(r"listens|error").group() == "listens":
                interrupt(running)
            result = running.wait()
        else:
            result = home.run(*arguments)
        self.assertIn(result.code, (0, 1, 2, 3, 4, 5, 6, 130), f"\n{result}")
        self.outputs.append(result)
        return result

    def assert_no_secret_was_shown(self):
        for result in self.outputs:
            for secret in self.secrets:
                self.assertFalse(holds(result.stdout + result.stderr, secret), f"a secret in the output of {result.arguments}")

    def test_shows_no_secret_when_it_does_what_it_is_for(self):
        calls = self.calls()
        self.assertEqual({command for command, *_ in calls}, set(all_commands()))
        may_fail = ("signer aztec", "multisig join", "multisig resume", "multisig complete", "vault restore", "aztec verify", "doctor")
        for command, *arguments in calls:
            result = self.call(self.alice, command, *arguments)
            if command not in may_fail and "pending" not in arguments:
                self.assertIn(result.code, (0, 130), f"\n{result}")
        self.assert_no_secret_was_shown()

    def test_shows_no_secret_when_it_fails(self):
        calls = {command: arguments for command, *arguments in self.calls()}
        # No account, and no passphrase either: of a passphrase's file only the first line is read.
        misplaced = self.secret("misplaced", "\nmisplaced-canary-5e07", "misplaced-canary-5e07")
        for command, arguments in calls.items():
            self.assertEqual(self.call(self.alice, command, *arguments, "--bogus").code, 2)
            self.call(self.alice, command)
            # A secret where a name or a file's path belongs is the caller's own to see again; its content is not.
            self.call(self.alice, command, *[misplaced if argument in self.secret_files else argument
                                             for argument in arguments])
        # Nothing that is looked at before the vault keeps a command from opening it.
        self.succeeds(self.alice.run("multisig", "certificate", "company", "--out", self.root / "partial.json"))
        calls["vault backup"] = [self.root / "another-backup"]
        self.fail_at_the_vault(calls, self.secret("wrong", "wrong-passphrase-canary-a20d"), "wrong passphrase")
        for file in (self.alice.directory / "vault.db", self.root / "backup"):
            self.damage_records(file)
        self.fail_at_the_vault(calls, self.alice.passphrase_file, "damaged")
        self.assert_no_secret_was_shown()

    @staticmethod
    def damage_records(file):
        """One bit of each, and nothing of what SQLite looks at."""
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            for name, sealed in database.execute("SELECT name, sealed FROM record").fetchall():
                damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
                database.execute("UPDATE record SET sealed = ? WHERE name = ?", (damaged, name))

    def fail_at_the_vault(self, calls, passphrase_file, words):
        """Each that opens a vault, or a backup of one, is refused with these words."""
        alice, elsewhere = copy.copy(self.alice), copy.copy(self.alice)
        alice.passphrase_file = elsewhere.passphrase_file = passphrase_file
        elsewhere.directory = self.root / "elsewhere"  # `vault restore` wants a place without one
        for command, arguments in calls.items():
            result = self.call(elsewhere if command == "vault restore" else alice, command, *arguments)
            if command not in WITHOUT_VAULT:
                self.fails(result, 5, words)
        self.assertFalse((elsewhere.directory / "vault.db").exists())
