# Where secrets must not be, and what must not be left behind: logs, arguments, files, processes, ports.
import json
import os
import pathlib
import signal

from aztec import large_account, multisig_shape, signer_shape, wallet_shape
from coterie import CoterieTest, Home, Running, in_parallel, interrupt, port_of, room_of, terminate
from secret_forms import holds

CANARY = "canary-5f1c0a77e2b94d3a"


class SecretsTest(CoterieTest):
    def assert_absent(self, secret, content, where):
        self.assertFalse(holds(content, secret), f"a secret is in {where}")


class Canaries(SecretsTest):
    def test_of_an_opaque_account_are_nowhere_outside_the_vault(self):
        homes = self.team("alice", "bob")
        account = self.write(self.root / "account.json", f'{{"key": "{CANARY}"}}')
        alice, bob = homes
        creator = alice.create("treasury", "2", "alice", "bob", "--account-file", account, "-vv")
        results = [self.succeeds(bob.join(creator.invite, "-vv").wait()), self.succeeds(creator.wait())]
        account.unlink()
        for home in homes:
            for command in (["show", "treasury"], ["list"], ["verify", "treasury"], ["certificate", "treasury"]):
                results.append(self.succeeds(home.run("multisig", *command, "-vv")))
        for result in results:
            self.assert_absent(CANARY, result.stdout + result.stderr, f"output of {result.arguments}")
        for file in self.root.rglob("*"):
            if file.is_file():
                self.assert_absent(CANARY, file.read_bytes(), file)
        self.assertIn(CANARY, homes[1].show("treasury", "--reveal")["account"]["data"])

    def test_of_an_aztec_account_and_the_passphrase_are_nowhere_outside_the_vault(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        creator = alice.create("treasury", "2", "alice", "bob", "-vv")
        results = [self.succeeds(bob.join(creator.invite, "-vv").wait()), self.succeeds(creator.wait())]
        wrong = self.write(self.root / "wrong", CANARY)
        results.append(self.run_program("--home", alice.directory, "--passphrase-file", wrong, "signer", "list", "-vv"))
        account = alice.show("treasury", "--reveal")["account"]
        secrets = [bytes.fromhex(account[field].removeprefix("0x")) for field in ("secret_key", "salt_key", "private_key")]
        # As text a wallet would hold it, too.
        secrets += [account[field].removeprefix("0x") for field in ("secret_key", "salt_key", "private_key")]
        for home in homes:
            home.passphrase_file.unlink()
        wrong.unlink()
        for secret in [*secrets, alice.passphrase, bob.passphrase, CANARY]:
            for result in results:
                self.assert_absent(secret, result.stdout + result.stderr, f"output of {result.arguments}")
            for file in self.root.rglob("*"):
                if file.is_file():
                    self.assert_absent(secret, file.read_bytes(), file)

    def test_of_accounts_that_came_from_files_are_nowhere_outside_the_vault(self):
        (alice,) = self.team("alice")
        own, shared, given = (large_account(index=index) for index in (-1, -2, -3))
        files = [self.write(self.root / f"{name}.json", json.dumps(content)) for name, content in
                 (("own", signer_shape(own, "work", secretKey=own["secretKey"], salt=own["salt"])),
                  ("shared", multisig_shape(shared, "company", ["alice"], 1)), ("given", wallet_shape(given)))]
        results = [alice.run(*command, "-vv") for command in (
            ["signer", "create", "work", "--aztec-key-file", files[0]],
            ["multisig", "import", files[1], "--format", "reference"], ["multisig", "create", "company", "1", "alice"],
            ["multisig", "create", "given", "1", "alice", "--account-file", files[2], "--account-kind", "aztec-schnorr"],
            ["aztec", "address", "--account-file", files[2]], ["aztec", "verify-account", "--account-file", files[0]],
            ["aztec", "sign", "--signer", "work", "--message-hex", "0" * 64], ["multisig", "list"], ["signer", "list"],
            ["multisig", "show", "company"], ["signer", "show", "work"])]
        for file in files:
            file.unlink()
        secrets = [account[field] for account in (own, shared, given) for field in ("secretKey", "signingPrivateKey")]
        secrets += [shared["salt"], given["salt"]]  # a signer's salt stands on the card
        for secret in secrets:
            for form in (bytes.fromhex(secret[2:]), secret[2:]):
                for result in results:
                    self.assert_absent(form, self.succeeds(result).stdout + result.stderr, f"output of {result.arguments}")
                for file in self.root.rglob("*"):
                    if file.is_file():
                        self.assert_absent(form, file.read_bytes(), file)

    def test_are_not_in_arguments_or_environment_and_no_core_is_dumped(self):
        alice, bob = self.team("alice", "bob")
        account = self.write(self.root / "account.json", f'{{"key": "{CANARY}"}}')
        creator = alice.create("treasury", "2", "alice", "bob", "--account-file", account)
        creator.wait_for(event="invite")
        process = pathlib.Path("/proc") / str(creator.pid)
        for file in ("cmdline", "environ"):
            try:
                content = (process / file).read_bytes()
            except PermissionError:
                continue  # not dumpable: nobody but root may look
            for secret in (CANARY, alice.passphrase):
                self.assert_absent(secret, content, file)
        self.assertRegex((process / "limits").read_text(), r"Max core file size +0 ")

    def test_are_not_dumped_by_who_makes_the_process_dump_core(self):
        dumping = ("prlimit", "--core=unlimited")
        other = Running(self, ["60"], self.environment(), dumping, program="sleep")
        if self.end_of(other) != os.CLD_DUMPED:
            self.skipTest("no process dumps core here")
        alice, _ = self.team("alice", "bob", prefixes={"alice": dumping})
        creator = alice.create("treasury", "2", "alice", "bob")
        creator.wait_for(event="invite")
        self.assertEqual(self.end_of(creator), os.CLD_KILLED)

    @staticmethod
    def end_of(running):
        """How the process ends of a fault in its memory."""
        running.send_signal(signal.SIGSEGV)
        return os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT).si_code

    def test_written_to_the_environment_are_not_needed(self):
        (alice,) = self.team("alice")
        result = self.run_program("--home", alice.directory, "signer", "list",
                                  environment=self.environment(COTERIE_PASSPHRASE=alice.passphrase))
        self.assertEqual(result.code, 2, f"\n{result}")


class ServerLogs(SecretsTest):
    def log_of_a_creation(self, *verbosity):
        homes = self.team("alice-canary", "bob-canary")
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0", *verbosity)
        port = server.wait_for(lambda event: "port" in event)["port"]
        creator = homes[0].create("treasury-canary", "2", *(home.name for home in homes), "--signaling",
                                  f"ws://127.0.0.1:{port}", room=[])
        invite = creator.invite
        for process in (homes[1].join(invite), creator):
            self.succeeds(process.wait())
        terminate(server)
        result = self.succeeds(server.wait())
        keys = [home.query("signer", "show")[field] for home in homes for field in ("sign_key", "box_key")]
        for secret in ["canary", "candidate:", "fingerprint", "sha-256", room_of(invite), *keys]:
            self.assertNotIn(secret, result.stdout + result.stderr, f"in the log with {verbosity}")
        return result.stderr, invite

    def test_name_no_room_signer_or_description(self):
        log, invite = self.log_of_a_creation("-v")
        self.assertIn("signaling server listens on", log)
        self.assertNotIn(room_of(invite)[:4], log)

    def test_shorten_rooms_where_everything_is_logged(self):
        log, invite = self.log_of_a_creation("-vv")
        self.assertRegex(log, f"connection 1 at room {room_of(invite)[:4]}")


class LeftBehind(SecretsTest):
    def files(self):
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*")}

    def assert_nothing_left(self, running, before, port):
        for process in running:
            self.assert_left_nothing_running(process)
        self.assert_port_is_free(port)
        self.assertEqual(self.files(), before)

    def test_after_success_are_only_the_vaults(self):
        alice, bob = self.team("alice", "bob")
        before = self.files()
        creator = alice.create("treasury", "2", "alice", "bob")
        port = port_of(creator.invite)
        recipient = bob.join(creator.invite)
        for process in (creator, recipient):
            self.succeeds(process.wait())
        self.assert_nothing_left([creator, recipient], before, port)
        for home in (alice, bob):
            self.assertLessEqual({path.name for path in home.directory.iterdir()}, {"vault.db", "vault.lock"})

    def test_after_a_timeout_are_only_the_vaults(self):
        alice, _ = self.team("alice", "bob")
        before = self.files()
        creator = alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s")
        port = port_of(creator.invite)
        self.assertEqual(creator.wait().code, 6)
        self.assert_nothing_left([creator], before, port)

    def test_after_ctrl_c_in_the_middle_are_only_the_vaults(self):
        alice, bob, _ = self.team("alice", "bob", "carol")
        before = self.files()
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        port = port_of(creator.invite)
        recipient = bob.join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        for process in (recipient, creator):
            interrupt(process)
            self.assertEqual(process.wait().code, 6)
        self.assert_nothing_left([creator, recipient], before, port)

    def test_after_a_refusal_are_only_the_vaults(self):
        alice, bob = self.team("alice", "bob", contacts=False)
        self.introduce(alice, bob)
        before = self.files()
        creator = alice.create("treasury", "2", "alice", "bob")
        port = port_of(creator.invite)
        recipient = bob.join(creator.invite, "--code", "0" * 30)
        self.assertEqual(recipient.wait().code, 5)
        interrupt(creator)
        self.assertNotEqual(creator.wait().code, 0)
        self.assert_nothing_left([creator, recipient], before, port)


class FirstRuns(SecretsTest):
    def test_of_many_commands_at_once_make_one_vault(self):
        home = Home(self, "busy")
        self.succeeds(home.run("signer", "create", "first"))
        names = [f"signer-{index}" for index in range(4)]
        for result in in_parallel(lambda name: home.run("signer", "create", name), names):
            self.succeeds(result)
        self.assertEqual({item["name"] for item in home.query("signer", "list")["items"]}, {"first", *names})
