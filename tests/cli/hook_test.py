# A contract's address in the manifest, the program that deploys it and the one that checks it.
import json
import os
import signal
import socket
import sys

from coterie import LOOPBACK_ROOM, NO_STUN, CoterieTest, Home, interrupt, terminate
from terminal import Terminal

ADDRESS = "0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05"
ACCOUNT = ["kind", "profile", "address", "public_key_x", "public_key_y"]
SECRETS = ["secret_key", "salt_key", "private_key"]

# What every hook of these tests does first: it says what it was told, by what arguments and in which environment.
PREAMBLE = """#!{python}
import json, os, pathlib, signal, socket, sys, time
told = sys.stdin.read()
seen = {{"told": json.loads(told), "arguments": pathlib.Path("/proc/self/cmdline").read_text().split("\\0")[1:-1],
        "environment": pathlib.Path("/proc/self/environ").read_text(), "pid": os.getpid()}}
log = pathlib.Path({log!r})
def note(line):
    with log.open("a") as file:
        file.write(json.dumps(line) + "\\n")
note(seen)
def answer(address={address!r}):
    print(json.dumps({{"address": address}}))
"""


class HookTest(CoterieTest):
    def setUp(self):
        super().setUp()
        self.log = self.root / "hook-log"
        self.program = self.root / "hook"

    def hook(self, then="answer()", program=None):
        """Writes the program; what it does with what it was told is `then`."""
        text = PREAMBLE.format(python=sys.executable, log=str(self.log), address=ADDRESS) + then + "\n"
        return self.write(program or self.program, text, 0o700)

    def notes(self):
        """What the hooks have written so far, whole lines only."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def create(self, home, *others, name="treasury", room=LOOPBACK_ROOM, options=()):
        return home.create(name, str(1 + len(others)), home.name, *(other.name for other in others), "--deploy-hook",
                           self.program, *options, room=room)

    def wait_for_hook(self, running):
        """The hook says so on standard error, once it has noted what it was told."""
        running.wait_for_text("hook runs")
        return self.notes()

    def words(self, home, *arguments):
        return self.succeeds(home.run("multisig", *arguments)).stdout


SAY = 'print("hook runs", file=sys.stderr, flush=True)\n'
WAIT = SAY + "while True: time.sleep(0.01)"


class Address(HookTest):
    def test_is_shown_to_all_as_the_creator_s_word(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        creator = alice.create("treasury", "2", "alice", "bob", "--multisig-address", ADDRESS)
        terminal = Terminal(self, bob.arguments(["multisig", "join", creator.invite, *NO_STUN]), columns=100)
        terminal.expect(r"yes / no[\s\S]*: $")
        self.assertIn(ADDRESS, terminal.output)
        self.assertIn("claimed by alice, not checked", terminal.output)
        terminal.send_line("yes")
        self.succeeds(terminal.wait())
        self.succeeds(creator.wait())
        for home, word in ((alice, "as you gave it, not checked"), (bob, "claimed by alice, not checked")):
            multisig = home.show("treasury")
            self.assertEqual(multisig["multisig_address"], ADDRESS)
            self.assertNotIn("multisig_address_checked", multisig)
            fields = list(multisig)
            self.assertEqual(fields.index("multisig_address"), fields.index("account") + 1)
            self.assertIn(word, self.words(home, "show", "treasury"))
            self.assertEqual(home.query("multisig", "verify", "treasury")["multisig"]["multisig_address"], ADDRESS)
            self.assertIn("claimed by alice, not checked", self.words(home, "verify", "treasury"))

    def test_is_a_term_of_the_multisig(self):
        (alice,) = self.team("alice")
        create = ["multisig", "create", "solo", "1", "alice"]
        self.succeeds(alice.run(*create, "--multisig-address", ADDRESS))
        self.succeeds(alice.run(*create, "--multisig-address", ADDRESS))
        self.fails(alice.run(*create), 2, "other terms")
        self.fails(alice.run(*create, "--multisig-address", "0x" + "0" * 63 + "1"), 2, "other terms")
        self.assertNotIn("multisig_address", alice.query("multisig", "list")["items"][0]["account"])

    def test_of_another_form_is_a_wrong_call(self):
        (alice,) = self.team("alice")
        account = self.write(self.root / "account.json", "{}")
        for address in ("", "0x1", ADDRESS.upper(), ADDRESS[2:], "0x" + "f" * 64, "0x" + "0" * 63 + "3"):
            self.fails(alice.run("multisig", "create", "solo", "1", "alice", "--multisig-address", address), 2,
                       "multisig address")
        opaque = ["multisig", "create", "solo", "1", "alice", "--account-file", account, "--multisig-address"]
        self.fails(alice.run(*opaque, "0xABC"), 2, "multisig address")
        self.assertEqual(alice.multisigs(), [])
        self.succeeds(alice.run(*opaque, "0xabc"))
        self.assertEqual(alice.show("solo")["multisig_address"], "0xabc")


class Deploying(HookTest):
    def test_tells_the_address_that_all_see(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        self.hook(SAY + "answer()")
        creator = self.create(alice, bob, carol)
        for process in [bob.join(creator.invite), carol.join(creator.invite), creator]:
            self.succeeds(process.wait())
        multisig = self.assert_all_hold_the_same("treasury", homes)
        (seen,) = self.notes()
        told = seen["told"]
        self.assertEqual(list(told), ["id", "name", "threshold", "signers", "account"])
        self.assertEqual((told["id"], told["name"], told["threshold"]), (multisig["room"], "treasury", 3))
        cards = [alice.query("signer", "show"), *(alice.query("contact", "show", name) for name in ("bob", "carol"))]
        for signer, card in zip(told["signers"], cards, strict=True):
            self.assertEqual(list(signer), ["name", "sign_key", "fingerprint", "aztec"])
            self.assertEqual(signer, {field: card[field] for field in signer})
        self.assertEqual(told["account"], {field: multisig["account"][field] for field in ACCOUNT})
        self.assertEqual(seen["arguments"], [str(self.program)])
        self.assertIn("hook runs", creator.stderr)
        for home in homes:
            self.assertEqual(home.show("treasury")["multisig_address"], ADDRESS)
        self.assertIn(f"told by {self.program}", self.words(alice, "show", "treasury"))
        self.assertIn("claimed by alice, not checked", self.words(bob, "show", "treasury"))

    def test_of_a_multisig_of_one_signer_needs_no_network(self):
        (alice,) = self.team("alice")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            room = ["--port", taken.getsockname()[1], "--listen", "127.0.0.1"]
            self.hook("sys.exit(1)")
            for _ in range(2):
                self.fails(self.create(alice, room=room).wait(), 1, "exit code 1")
            self.hook()
            result = self.succeeds(self.create(alice, room=room).wait())
        self.assertEqual([event["event"] for event in result.events], ["result"])
        self.assertEqual(alice.show("treasury")["multisig_address"], ADDRESS)

    def test_gives_the_secrets_only_when_asked_to_and_nowhere_else(self):
        (alice,) = self.team("alice")
        self.hook()
        opaque = self.write(self.root / "account.json", '{"canary": "c4n4ry"}')
        for name, options in (("public", []), ("secret", ["--hook-with-secrets"]),
                              ("opaque", ["--hook-with-secrets", "--account-file", opaque])):
            self.succeeds(self.create(alice, name=name, options=options).wait())
        public, secret, of_opaque = self.notes()
        self.assertEqual(list(public["told"]["account"]), ACCOUNT)
        revealed = alice.show("secret", "--reveal")["account"]
        self.assertEqual(secret["told"]["account"], revealed)
        self.assertEqual(list(revealed), ACCOUNT + SECRETS)
        self.assertEqual(of_opaque["told"]["account"], alice.show("opaque", "--reveal")["account"])
        for seen in self.notes():
            outside = " ".join(seen["arguments"]) + seen["environment"]
            for word in [*(revealed[field] for field in SECRETS), "c4n4ry", "COTERIE_"]:
                self.assertNotIn(word, outside)

    def test_does_not_see_where_the_passphrase_is(self):
        (alice,) = self.team("alice")
        self.hook()
        environment = self.environment(COTERIE_PASSPHRASE_FILE=str(alice.passphrase_file), COTERIE_HOME=str(alice.directory),
                                       NODE_URL="http://127.0.0.1:8080")
        self.succeeds(self.run_program("multisig", "create", "solo", "1", "alice", "--deploy-hook", "hook",
                                       environment=environment))
        (seen,) = self.notes()
        self.assertNotIn("COTERIE_", seen["environment"])
        self.assertIn("NODE_URL=http://127.0.0.1:8080", seen["environment"])
        self.assertEqual(seen["arguments"], [str(self.program)])

    def test_killed_with_its_creator_is_run_again_with_the_same_id(self):
        for how in ("resume", "create"):
            with self.subTest(how):
                self.kill_and_go_on(how)

    def kill_and_go_on(self, how):
        self.log.unlink(missing_ok=True)
        homes = self.team(f"alice-{how}", f"bob-{how}")
        alice, bob = homes
        self.hook(WAIT)
        creator = self.create(alice, bob)
        (first,) = self.wait_for_hook(creator)
        creator.kill()
        os.kill(first["pid"], signal.SIGKILL)
        (pending,) = alice.multisigs()
        self.assertEqual((pending["status"], pending["room"]), ("pending", first["told"]["id"]))
        self.hook()
        again = alice.resume("treasury") if how == "resume" else self.create(alice, bob)
        for process in [bob.join(again.invite), again]:
            self.succeeds(process.wait())
        first, second = (seen["told"] for seen in self.notes())
        self.assertEqual(second, first)
        multisig = self.assert_all_hold_the_same("treasury", homes)
        self.assertEqual(multisig["room"], first["id"])
        self.assertEqual({field: multisig["account"][field] for field in ACCOUNT}, first["account"])
        self.assertEqual([item["created_at"] for item in alice.multisigs()], [pending["created_at"]])

    def test_contacts_nobody_before_it_has_an_address(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        room = ["--port", port, "--listen", "127.0.0.1", "--advertise", "127.0.0.1"]
        self.hook(f"""
with socket.socket() as probe:
    note({{"port answers": probe.connect_ex(("127.0.0.1", {port})) == 0}})
print("no funds \\x1b[31m", file=sys.stderr)
sys.exit(3)""")
        failed = self.fails(self.create(alice, bob, room=room).wait(), 1, "exit code 3", r"no funds \\u\{1B\}\[31m",
                            "coterie multisig resume treasury")
        self.assertEqual(self.notes()[1], {"port answers": False})
        (event,) = failed.events
        self.assertEqual((event["status"], event["error"]["kind"]), ("failed", "environment"))
        self.assertEqual(event["multisig"], alice.show("treasury"))
        self.assert_port_is_free(port)
        self.hook()
        again = alice.resume("treasury")
        self.assertIn(f":{port}/", again.invite)
        for process in [bob.join(again.invite), again]:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_that_goes_wrong_in_any_way_leaves_it_pending(self):
        alice, bob = self.team("alice", "bob")
        for then, words in (("answer(); answer()", "without an address"),
                            ("print('done')", "without an address"),
                            ("pass", "without an address"),
                            ("print('{\"address\":5}')", "not a string"),
                            ("print('{\"address\":\"0x1\",\"address\":\"0x1\"}')", "without an address"),
                            ("print(json.dumps({'address': " + repr(ADDRESS) + ", 'block': 7}))", "do not belong"),
                            ("answer('0x1')", "64 lower-case"),
                            ("answer('0x' + 'f' * 64)", "out of range"),
                            ("sys.stdout.write(' ' * 5000); answer()", "more than 4096 bytes"),
                            ("answer(); sys.stdout.flush(); os.kill(os.getpid(), 9)", r"signal 9 \(Killed\)"),
                            ("answer(); sys.exit(1)", "exit code 1")):
            with self.subTest(then):
                self.hook(then)
                self.fails(self.create(alice, bob).wait(), 1, words, "resume treasury")
        ids = {json.dumps(seen["told"]) for seen in self.notes()}
        self.assertEqual(len(ids), 1, "the hook was told different things")
        self.assertEqual([item["status"] for item in alice.multisigs()], ["pending"])

    def test_by_what_is_no_program_is_a_wrong_call(self):
        alice, bob = self.team("alice", "bob")
        plain = self.write(self.root / "plain", "#!/bin/sh\n")
        for program, words in ((self.root / "missing", "No such file"), (plain, "not a program"),
                               (self.root, "not a program"), ("", "not the path")):
            result = alice.create("treasury", "2", "alice", "bob", "--deploy-hook", program).wait()
            self.fails(result, 2, "--deploy-hook", words)
        for options in (["--hook-with-secrets"], ["--deploy-hook", plain, "--multisig-address", ADDRESS]):
            self.fails_silently_on_stdout(alice.create("treasury", "2", "alice", "bob", *options).wait(), 2)
        self.assertEqual(alice.multisigs(), [])

    def test_that_is_gone_when_it_is_run_again_leaves_it_pending(self):
        alice, bob = self.team("alice", "bob")
        self.hook("sys.exit(1)")
        self.fails(self.create(alice, bob).wait(), 1)
        self.program.unlink()
        self.fails(alice.resume("treasury").wait(), 1, "No such file", "resume treasury")
        self.fails(self.create(alice, bob).wait(), 1, "No such file")
        self.assertEqual(alice.show("treasury")["status"], "pending")

    def test_is_not_begun_when_the_port_is_taken(self):
        alice, bob = self.team("alice", "bob")
        self.hook("sys.exit(1)")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            room = ["--port", taken.getsockname()[1], "--listen", "127.0.0.1"]
            self.fails(self.create(alice, bob, room=room).wait(), 1, "taken", "--port")
            self.assertEqual((self.notes(), alice.multisigs()), ([], []))
        self.fails(self.create(alice, bob, room=room).wait(), 1, "exit code 1")
        with socket.create_server(("127.0.0.1", room[1])):
            self.fails(alice.resume("treasury").wait(), 1, "taken", "another --port")
            self.assertEqual(len(self.notes()), 1)
            # The same terms elsewhere: nobody has heard of the old place.
            self.hook()
            creator = self.create(alice, bob)
            self.succeeds(bob.join(creator.invite).wait())
            self.succeeds(creator.wait())
        self.assertEqual(len({seen["told"]["id"] for seen in self.notes()}), 1)

    def test_is_ended_with_its_group_by_ctrl_c_and_by_term(self):
        alice, bob = self.team("alice", "bob")
        self.hook("""
def end(*_):
    note("ended in order")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
""" + WAIT)
        for stop in (interrupt, terminate):
            self.log.unlink(missing_ok=True)
            creator = self.create(alice, bob)
            (seen,) = self.wait_for_hook(creator)
            stop(creator)
            result = self.fails(creator.wait(), 6, "stopped", "resume treasury")
            self.assertEqual(result.events[-1]["status"], "pending")
            self.assertEqual(self.notes()[1:], ["ended in order"])
            self.assert_left_nothing_running(creator)
            self.assertFalse(os.path.exists(f"/proc/{seen['pid']}"))

    def test_runs_once_at_a_time(self):
        alice, bob = self.team("alice", "bob")
        self.hook(WAIT)
        creator = self.create(alice, bob)
        self.wait_for_hook(creator)
        for second in (alice.resume("treasury"), self.create(alice, bob)):
            self.fails(second.wait(), 1, str(creator.pid))
        self.assertEqual(len(self.notes()), 1)
        interrupt(creator)
        self.assertEqual(creator.wait().code, 6)

    def test_with_other_terms_or_another_program_is_another_multisig(self):
        alice, bob, carol = self.team("alice", "bob", "carol")
        self.hook("sys.exit(1)")
        self.fails(self.create(alice, bob).wait(), 1)
        other = self.hook(program=self.root / "other-hook")
        terms = ["treasury", "2", "alice", "bob"]
        for call in (terms, [*terms, "--multisig-address", ADDRESS], [*terms, "--deploy-hook", other],
                     [*terms, "--deploy-hook", self.program, "--hook-with-secrets"],
                     ["treasury", "1", "alice", "bob", "--deploy-hook", self.program],
                     ["treasury", "2", "alice", "carol", "--deploy-hook", self.program]):
            self.fails(alice.create(*call).wait(), 2, "other terms")
        self.hook()
        creator = self.create(alice, bob)
        self.succeeds(bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        # Complete, it is the same multisig for the same terms, and the hook is not run again.
        count = len(self.notes())
        self.succeeds(self.create(alice, bob).wait())
        self.fails(alice.create(*terms).wait(), 2, "other terms")
        self.assertEqual(len(self.notes()), count)


class Imported(HookTest):
    def test_multisig_gives_its_name_and_account_to_the_draft(self):
        (alice,) = self.team("alice")
        self.succeeds(alice.run("multisig", "create", "company", "1", "alice"))
        file = self.root / "multisigs.json"
        self.succeeds(alice.run("multisig", "export", "company", "--format", "reference", "--out", file))
        other = Home(self, "another")
        other.name = "alice"  # who has the same name there as in the file
        self.succeeds(other.run("signer", "create", "alice"))
        self.succeeds(other.run("multisig", "import", "--format", "reference", file))
        self.hook("sys.exit(1)")
        self.fails(self.create(other, name="company").wait(), 1, "exit code 1")
        (pending,) = other.multisigs()
        self.assertNotIn("imported", pending)
        self.assertEqual(pending["account"], alice.show("company")["account"])
        self.hook()
        self.succeeds(self.create(other, name="company").wait())
        (complete,) = other.multisigs()
        self.assertEqual((complete["status"], complete["account"]), ("complete", pending["account"]))
        self.assertEqual(complete["multisig_address"], ADDRESS)


class Drafts(HookTest):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.team("alice", "bob")
        self.hook("sys.exit(1)")
        self.fails(self.create(self.alice, self.bob).wait(), 1)
        self.told = self.notes()[0]["told"]

    def test_are_shown_with_what_to_do(self):
        shown = self.alice.show("treasury")
        self.assertEqual(list(shown), ["name", "status", "threshold", "signers", "account", "awaits_deploy_hook", "room",
                                       "created_at"])
        self.assertEqual((shown["status"], shown["awaits_deploy_hook"], shown["room"]), ("pending", True, self.told["id"]))
        self.assertEqual([signer["state"] for signer in shown["signers"]], ["absent", "absent"])
        self.assertEqual(self.alice.multisigs(), [shown])
        self.assertIn("its deploy hook has not finished: `coterie multisig resume treasury` runs it again",
                      self.words(self.alice, "list"))
        words = self.words(self.alice, "show", "treasury")
        self.assertIn("its deploy hook", words)
        self.assertIn("coterie multisig resume treasury", words)

    def test_have_no_invite_and_no_certificate_yet(self):
        for command in ("verify", "certificate", "invite"):
            self.fails_silently_on_stdout(self.alice.run("multisig", command, "treasury"), 6, "deploy hook", "resume")

    def test_give_out_their_account_when_asked_to(self):
        revealed = self.alice.show("treasury", "--reveal")["account"]
        self.assertEqual({field: revealed[field] for field in ACCOUNT}, self.told["account"])
        out = self.root / "exported"
        export = ["multisig", "export", "treasury", "--format", "account", "--out", out]
        self.fails(self.alice.run(*export), 6)
        self.succeeds(self.alice.run(*export, "--pending"))
        self.assertEqual(json.loads(out.read_text()), revealed)

    def test_hold_their_name(self):
        creator = self.bob.create("treasury", "2", "bob", "alice")
        self.fails(self.alice.join(creator.invite).wait(), 2, "--as")
        self.fails(self.alice.join(creator.invite, "--as", "TREASURY").wait(), 2, "--as")
        recipient = self.alice.join(creator.invite, "--as", "bobs")
        self.succeeds(recipient.wait())
        self.succeeds(creator.wait())

    def test_once_abandoned_stay_listed_and_free_their_name(self):
        result = self.succeeds(self.alice.run("multisig", "abandon", "treasury"))
        self.assertIn(self.told["id"], result.stdout)
        self.assertNotIn("receipt", result.stdout)
        (shown,) = self.alice.multisigs()
        self.assertEqual((shown["status"], shown["room"]), ("abandoned", self.told["id"]))
        self.assertIn(str(self.program), self.words(self.alice, "show", "--", self.told["id"]))
        self.fails(self.alice.run("multisig", "abandon", "--", self.told["id"]), 2, "nothing to abandon")
        self.fails(self.alice.run("multisig", "show", "treasury"), 2, "abandoned")
        self.fails(self.alice.resume(self.told["id"]).wait(), 3, "abandoned", "id")
        self.hook()
        creator = self.create(self.alice, self.bob)
        self.succeeds(self.bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assertNotEqual(self.alice.show("treasury")["room"], self.told["id"])
        self.assertEqual([item["status"] for item in self.alice.multisigs()], ["abandoned", "complete"])

    def test_abandoned_while_the_hook_runs_end_it(self):
        self.hook(WAIT)
        creator = self.alice.resume("treasury")
        self.wait_for_hook(creator)
        self.succeeds(self.alice.run("multisig", "abandon", "treasury"))
        result = self.fails(creator.wait(), 3, "abandoned", self.told["id"])
        self.assertEqual(result.events[-1]["status"], "declined")
        self.assertEqual(result.events[-1]["multisig"]["status"], "abandoned")
        self.assertFalse(os.path.exists(f"/proc/{self.notes()[-1]['pid']}"))

    def test_use_an_account_that_may_still_be_sent(self):
        account = self.write(self.root / "account.json", '{"key": 1}')
        options = ["--account-file", account]
        self.fails(self.create(self.alice, self.bob, name="first", options=options).wait(), 1, "exit code 1")
        self.succeeds(self.alice.run("multisig", "abandon", "first"))
        creator = self.alice.create("second", "2", "alice", "bob", *options)
        self.succeeds(self.bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        # From now on it may not, and that is seen before anything is deployed for it.
        count = len(self.notes())
        self.fails(self.create(self.alice, self.bob, name="third", options=options).wait(), 2, "shared before")
        self.assertEqual(len(self.notes()), count)

    def test_whose_account_was_shared_meanwhile_deploy_nothing(self):
        options = ["--account-file", self.write(self.root / "account.json", '{"key": 1}')]
        self.fails(self.create(self.alice, self.bob, name="first", options=options).wait(), 1, "exit code 1")
        creator = self.alice.create("second", "1", "alice", "bob", *options)
        self.succeeds(self.bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        count = len(self.notes())
        result = self.fails(self.alice.resume("first").wait(), 2, "shared before")
        self.assertIn("no contract is deployed for it: end this one with `coterie multisig abandon first`", result.stderr)
        self.assertEqual(len(self.notes()), count)


class Checking(HookTest):
    def setUp(self):
        super().setUp()
        self.homes = self.team("alice", "bob")
        self.alice, self.bob = self.homes

    def start(self, *options):
        return self.alice.create("treasury", "2", "alice", "bob", *options)

    def test_that_accepts_the_address_is_told_and_recorded(self):
        self.hook(SAY)
        creator = self.start("--multisig-address", ADDRESS)
        recipient = self.bob.join(creator.invite, "--check-hook", self.program)
        for process in (recipient, creator):
            self.succeeds(process.wait())
        (seen,) = self.notes()
        told = seen["told"]
        multisig = self.bob.show("treasury", "--reveal")
        self.assertEqual(list(told), ["id", "name", "threshold", "signers", "account", "multisig_address", "creator"])
        self.assertEqual((told["id"], told["multisig_address"]), (multisig["room"], ADDRESS))
        self.assertEqual(told["creator"], {"name": "alice", "sign_key": multisig["signers"][0]["sign_key"]})
        self.assertEqual(list(told["account"]), ACCOUNT)
        for field in SECRETS:
            self.assertNotIn(multisig["account"][field], json.dumps(seen))
        self.assertIs(multisig["multisig_address_checked"], True)
        self.assertIn(f"claimed by alice, checked by {self.program}", self.words(self.bob, "show", "treasury"))
        self.assertIn("hook runs", recipient.stderr)
        self.assertNotIn("multisig_address_checked", self.alice.show("treasury"))

    def test_is_named_where_consent_is_asked(self):
        self.hook(SAY)
        creator = self.start("--multisig-address", ADDRESS)
        terminal = Terminal(self, self.bob.arguments(["multisig", "join", creator.invite, *NO_STUN, "--check-hook", "hook"]),
                            columns=200)
        terminal.expect(r"yes / no[\s\S]*: $")
        self.assertIn(f"claimed by alice, checked by {self.program}", terminal.output)
        self.assertLess(terminal.output.index("hook runs"), terminal.output.index("asks you to be a signer"))
        terminal.send_line("yes")
        self.succeeds(terminal.wait())
        self.succeeds(creator.wait())

    def test_that_does_not_accept_it_signs_nothing_and_declines_nothing(self):
        self.hook('print("no contract there", file=sys.stderr); sys.exit(4)')
        creator = self.start("--multisig-address", ADDRESS)
        result = self.fails(self.bob.join(creator.invite, "--check-hook", self.program).wait(), 1, "no contract there",
                            "exit code 4", "nothing declined")
        self.assertNotIn("multisig", result.events[-1])
        self.assertEqual(self.bob.multisigs(), [])
        self.assertIsNone(creator.process.poll())
        self.hook()
        self.succeeds(self.bob.join(creator.invite, "--check-hook", self.program).wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", self.homes)

    def test_without_an_address_is_said_not_to_have_run(self):
        self.hook()
        creator = self.start()
        recipient = self.bob.join(creator.invite, "--check-hook", self.program)
        for process in (recipient, creator):
            self.succeeds(process.wait())
        self.assertIn("alice claims no multisig address: the check hook is not run", recipient.stderr)
        self.assertEqual(self.notes(), [])
        self.assertNotIn("multisig_address_checked", self.bob.show("treasury"))

    def test_by_what_is_no_program_is_a_wrong_call(self):
        creator = self.start("--multisig-address", ADDRESS)
        result = self.bob.join(creator.invite, "--check-hook", self.root / "missing").wait()
        self.fails(result, 2, "--check-hook", "No such file")

    def test_is_ended_by_ctrl_c_with_nothing_signed(self):
        self.hook(WAIT)
        creator = self.start("--multisig-address", ADDRESS)
        recipient = self.bob.join(creator.invite, "--check-hook", self.program)
        (seen,) = self.wait_for_hook(recipient)
        interrupt(recipient)
        self.fails(recipient.wait(), 130, "nothing was signed")
        self.assertFalse(os.path.exists(f"/proc/{seen['pid']}"))
        self.assertEqual(self.bob.multisigs(), [])
