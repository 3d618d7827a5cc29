# Wrong calls and wrong passphrases: the exit code, the words, and that nothing was changed.
import os
import re
import shlex
import socket

from coterie import LOOPBACK_ROOM, PROGRAM, CoterieTest, Home, in_parallel
from terminal import Terminal

LEVELS = ["", "signer", "contact", "multisig", "aztec", "signaling"]
COMMANDS = ["demo", "signer create", "signer list", "signer show", "signer use", "signer card", "signer aztec",
            "signer export", "contact add", "contact list", "contact show", "contact remove", "multisig create",
            "multisig join", "multisig resume", "multisig invite", "multisig abandon", "multisig list", "multisig show",
            "multisig verify", "multisig certificate", "multisig export", "multisig import", "aztec address",
            "aztec verify-account", "aztec hash", "aztec sign", "aztec verify", "signaling serve", "doctor"]


class Help(CoterieTest):
    def test_of_every_level_and_command_exits_0(self):
        for command in LEVELS + COMMANDS:
            with self.subTest(command):
                result = self.succeeds(self.run_program(*command.split(), "--help"))
                self.assertNotEqual(result.stdout, "")
                self.assertEqual(result.stderr, "")
                self.assertNotIn("\x1b", result.stdout)

    def test_of_every_command_names_the_contract_s_options(self):
        options = {"demo": ["--signers", "--threshold", "--keep"],
                   "multisig create": ["--signaling", "--port", "--listen", "--advertise", "--invite-file", "--account-file",
                                       "--account-kind", "--profile", "--stun", "--connect-timeout", "--join-timeout"],
                   "multisig join": ["--yes", "--code", "--as", "--stun", "--connect-timeout", "--join-timeout"],
                   "multisig resume": ["--stun", "--connect-timeout", "--join-timeout"],
                   "multisig show": ["--reveal"], "multisig certificate": ["--out"],
                   "multisig export": ["--format", "--out", "--pending"],
                   "multisig import": ["--format", "--name", "--as", "--profile"], "signaling serve": ["--listen", "--port"],
                   "signer card": ["--out"], "signer create": ["--aztec-key-file", "--profile"],
                   "signer aztec": ["--aztec-key-file", "--profile"], "signer export": ["--format", "--out"],
                   "aztec sign": ["--message-hex"], "contact add": ["--replace"], "aztec address": ["--account-file", "--profile"],
                   "aztec verify-account": ["--account-file", "--profile"],
                   "aztec verify": ["--message-hex", "--public-key-x", "--public-key-y", "--signature-hex"],
                   "doctor": ["--signaling", "--invite", "--bundle", "--stun", "--turn", "--turn-user", "--turn-password-file", "--tls-ca",
                              "--ice-policy", "--connect-timeout", "--join-timeout"],
                   "": ["--home", "--signer", "--passphrase-file", "--json", "--quiet", "-v", "--no-color", "--version"]}
        for command, names in options.items():
            text = self.run_program(*command.split(), "--help").stdout
            for name in names:
                self.assertIn(name, text, command)

    def test_does_not_offer_what_is_not_built(self):
        text = "".join(self.run_program(*command.split(), "--help").stdout for command in LEVELS + COMMANDS)
        for absent in ("--accept-unknown", "vault export"):
            self.assertNotIn(absent, text)

    def test_of_limits_that_the_protocol_does_not_have_exits_2(self):
        for option, most in (("--max-members", 64), ("--max-frame", 65536)):
            with self.subTest(option):
                self.fails_silently_on_stdout(self.run_program("signaling", "serve", "--port", "0", option, most + 1), 2, option)

    def test_of_a_bare_level_exits_2(self):
        for level in LEVELS:
            with self.subTest(level):
                self.fails_silently_on_stdout(self.run_program(*level.split()), 2)

    def test_of_an_unknown_command_or_option_exits_2(self):
        for call in (["sign"], ["signer", "make"], ["signer", "list", "--all"], ["--json=maybe", "signer", "list"]):
            with self.subTest(call):
                self.fails_silently_on_stdout(self.run_program(*call), 2)

    def test_version_is_printed(self):
        self.assertRegex(self.succeeds(self.run_program("--version")).stdout, r"\d+\.\d+\.\d+")


class Passphrases(CoterieTest):
    def test_wrong_one_exits_5_and_changes_nothing(self):
        (alice,) = self.team("alice")
        wrong = self.write(self.root / "wrong", "not it\n")
        before = alice.query("signer", "list")
        for command in (["signer", "list"], ["signer", "create", "eve"], ["multisig", "list"]):
            result = self.run_program("--home", alice.directory, "--passphrase-file", wrong, *command)
            self.fails_silently_on_stdout(result, 5, "passphrase")
        self.assertEqual(alice.query("signer", "list"), before)

    def test_missing_one_without_a_terminal_exits_2(self):
        (alice,) = self.team("alice")
        result = self.run_program("--home", alice.directory, "signer", "list")
        self.fails_silently_on_stdout(result, 2, "passphrase-file")
        result = self.run_program("--home", self.root / "new", "signer", "create", "bob")
        self.fails_silently_on_stdout(result, 2, "passphrase-file")
        self.assertFalse((self.root / "new" / "vault.db").exists())

    def test_empty_file_is_refused(self):
        empty = self.write(self.root / "empty", "\nsecond line\n")
        result = self.run_program("--home", self.root / "new", "--passphrase-file", empty, "signer", "create", "bob")
        self.fails_silently_on_stdout(result, 2, "empty")
        self.assertFalse((self.root / "new" / "vault.db").exists())

    def test_missing_file_is_named(self):
        missing = self.root / "nowhere"
        result = self.run_program("--home", self.root / "new", "--passphrase-file", missing, "signer", "create", "bob")
        self.fails_silently_on_stdout(result, result.code, "nowhere")
        self.assertIn(result.code, (1, 2), str(result))

    def test_file_that_others_may_read_is_warned_about_and_used(self):
        (alice,) = self.team("alice")
        os.chmod(alice.passphrase_file, 0o644)
        result = self.succeeds(alice.run("signer", "list"))
        self.assertRegex(result.stderr, "coterie: warning: ")
        self.assertIn("alice", result.stdout)

    def test_may_come_through_a_pipe_or_the_environment(self):
        (alice,) = self.team("alice")
        result = self.run_program("--home", alice.directory, "--passphrase-file", "/dev/stdin", "signer", "list",
                                  stdin=(alice.passphrase + "\nnot read\n").encode())
        self.assertIn("alice", self.succeeds(result).stdout)
        environment = self.environment(COTERIE_HOME=str(alice.directory),
                                       COTERIE_PASSPHRASE_FILE=str(alice.passphrase_file))
        self.assertIn("alice", self.succeeds(self.run_program("signer", "list", environment=environment)).stdout)

    def test_is_asked_for_on_a_terminal_without_being_shown(self):
        home = self.root / "typed"
        terminal = Terminal(self, ["--home", home, "signer", "create", "bob"])
        terminal.expect("passphrase")
        terminal.send_line("typed by bob")
        terminal.expect("passphrase|again|repeat")
        terminal.send_line("typed by bob")
        result = self.succeeds(terminal.wait())
        self.assertRegex(result.stderr, "no recovery without the passphrase")
        self.assertNotIn("typed by bob", result.stderr)

        terminal = Terminal(self, ["--home", home, "signer", "list"])
        terminal.expect("passphrase")
        terminal.send_line("mistyped")
        result = terminal.wait()
        self.assertEqual(result.code, 5, f"\n{result}")

        terminal = Terminal(self, ["--home", home, "signer", "list"])
        terminal.expect("passphrase")
        terminal.send_line("typed by bob")
        self.assertIn("bob", self.succeeds(terminal.wait()).stderr)

    def test_prompt_left_by_ctrl_c_exits_130_and_the_terminal_echoes_again(self):
        terminal = Terminal(self, ["--home", self.root / "new", "signer", "create", "bob"])
        terminal.expect("passphrase")
        terminal.interrupt()
        self.assertEqual(terminal.wait().code, 130, f"\n{terminal}")
        self.assertTrue(terminal.echoes(), "echo is still off")
        self.assertFalse((self.root / "new" / "vault.db").exists())

    def test_prompt_is_not_left_by_ctrl_z_after_which_what_is_typed_would_be_shown(self):
        (alice,) = self.team("alice")
        # With a shell: without job control the terminal's key stops nothing.
        shell = Terminal(self, ["--norc", "-i"], program="bash")
        shell.send_line(shlex.join([PROGRAM, "--home", str(alice.directory), "signer", "list"]))
        shell.expect("passphrase of")
        shell.send("\x1a")
        shell.send_line(alice.passphrase)
        self.assertNotIn("topped", shell.expect(r"\* (\d{5} ){6} alice|stopped").group(0))
        shell.send_line("exit")
        result = self.succeeds(shell.wait())
        self.assertNotIn(alice.passphrase, result.stderr)


class DefaultHome(CoterieTest):
    """Where the vault is without --home: DESIGN's order of the variables, each in the test's own directory."""

    def make_signer(self, name, *arguments, **variables):
        environment = self.environment(COTERIE_PASSPHRASE_FILE=str(self.passphrase_file), **variables)
        return self.run_program(*arguments, "signer", "create", name, environment=environment)

    def vaults(self):
        return {str(path.parent.relative_to(self.root)) for path in self.root.rglob("vault.db")}

    def setUp(self):
        super().setUp()
        self.passphrase_file = self.write(self.root / "passphrase", "of the default home\n")

    def assert_made(self, result, place):
        """That there is this vault now and no other, and that its place was told."""
        self.succeeds(result)
        self.assertIn(f"New vault at {self.root / place};", result.stderr)
        self.assertEqual(self.vaults(), {place})
        self.assertEqual((self.root / place).stat().st_mode & 0o777, 0o700)

    def test_is_in_the_user_s_own(self):
        self.assert_made(self.make_signer("alice"), ".local/share/coterie")
        # And the next command finds it there.
        environment = self.environment(COTERIE_PASSPHRASE_FILE=str(self.passphrase_file))
        self.assertIn("alice", self.succeeds(self.run_program("signer", "list", environment=environment)).stdout)

    def test_is_below_xdg_data_home(self):
        self.assert_made(self.make_signer("alice", XDG_DATA_HOME=str(self.root / "data")), "data/coterie")

    def test_is_not_below_an_xdg_data_home_that_is_relative_or_empty(self):
        # XDG Base Directory Specification: to be ignored, or as if it were not set.
        self.assert_made(self.make_signer("alice", XDG_DATA_HOME="data"), ".local/share/coterie")
        self.succeeds(self.make_signer("bob", XDG_DATA_HOME=""))
        self.assertEqual(self.vaults(), {".local/share/coterie"})

    def test_is_coterie_home_before_xdg_data_home(self):
        self.assert_made(self.make_signer("alice", XDG_DATA_HOME=str(self.root / "data"),
                                          COTERIE_HOME=str(self.root / "own")), "own")

    def test_gives_way_to_the_option(self):
        self.assert_made(self.make_signer("alice", "--home", self.root / "given", XDG_DATA_HOME=str(self.root / "data"),
                                          COTERIE_HOME=str(self.root / "own")), "given")

    def test_is_asked_for_where_no_variable_names_one(self):
        self.fails_silently_on_stdout(self.make_signer("alice", HOME=""), 2, "no home directory", "COTERIE_HOME")
        self.assertEqual(self.vaults(), set())


class Terms(CoterieTest):
    def create(self, home, *arguments):
        return home.run("--json", "multisig", "create", *arguments, *LOOPBACK_ROOM, "--stun", "none")

    def refuses(self, home, words, *arguments):
        with self.subTest(arguments):
            self.fails(self.create(home, *arguments), 2, *words)
            self.assertEqual(home.multisigs(), [])

    def test_that_cannot_be_are_refused_before_anything_starts(self):
        alice, _ = self.team("alice", "bob")
        self.refuses(alice, ["threshold"], "treasury", "0", "alice", "bob")
        self.refuses(alice, ["threshold"], "treasury", "3", "alice", "bob")
        self.refuses(alice, ["threshold"], "treasury", "-1", "alice", "bob")
        self.refuses(alice, [], "treasury", "two", "alice", "bob")
        self.refuses(alice, ["threshold"], "treasury", "99999999999999999999", "alice", "bob")
        self.refuses(alice, ["mallory"], "treasury", "2", "alice", "mallory")
        self.refuses(alice, ["bob"], "treasury", "2", "alice", "bob", "bob")
        self.refuses(alice, ["bob"], "treasury", "2", "alice", "bob", "BOB")
        self.refuses(alice, ["alice"], "treasury", "1", "bob")
        self.refuses(alice, [], "treasury", "2")
        self.refuses(alice, ["name"], "../treasury", "2", "alice", "bob")
        self.refuses(alice, ["name"], ".treasury", "2", "alice", "bob")
        self.refuses(alice, ["name"], "trea\x1bsury", "2", "alice", "bob")
        self.refuses(alice, ["name"], "t" * 65, "2", "alice", "bob")

    def test_with_nine_signers_are_refused_for_an_aztec_account(self):
        alice, *others = self.team("alice", *(f"signer-{index}" for index in range(8)), contacts=False)
        self.introduce(alice, *others)
        before = (alice.directory / "vault.db").read_bytes()
        # The port is taken: whoever tried it would say so, with exit code 1.
        with socket.create_server(("127.0.0.1", 0)) as taken:
            result = alice.run("--json", "multisig", "create", "council", "5", "alice", *(home.name for home in others),
                               "--port", taken.getsockname()[1], "--listen", "127.0.0.1", "--stun", "none")
            self.fails(result, 2, "9 signers", "at most 8")
            taken.settimeout(0)
            with self.assertRaises(BlockingIOError):
                taken.accept()  # nor did anything connect to it
        self.assertEqual([event["event"] for event in result.events], ["result"])
        self.assertEqual((alice.directory / "vault.db").read_bytes(), before)
        self.assertEqual(alice.multisigs(), [])

    def test_with_an_account_that_is_no_json_are_refused(self):
        alice, _ = self.team("alice", "bob")
        for text in ("", "{", "{} {}", "nul", b"\xff\xfe"):
            account = self.write(self.root / "account.json", text)
            self.refuses(alice, ["account"], "treasury", "2", "alice", "bob", "--account-file", account)
        account = self.write(self.root / "account.json", '"' + "a" * (48 * 1024) + '"')
        self.refuses(alice, ["account", "48"], "treasury", "2", "alice", "bob", "--account-file", account)
        self.fails(self.create(alice, "treasury", "2", "alice", "bob", "--account-file", self.root / "nowhere"), 2, "nowhere")

    def test_with_options_that_cannot_be_are_refused(self):
        alice, _ = self.team("alice", "bob")
        terms = ["treasury", "2", "alice", "bob"]
        for option, value in (("--join-timeout", "10 parsecs"), ("--join-timeout", "-1s"), ("--connect-timeout", "0s"),
                              ("--port", "65536"), ("--port", "http"), ("--listen", "not an address"), ("--stun", "nowhere"),
                              ("--signaling", "http://127.0.0.1:1"), ("--signaling", "https://127.0.0.1:1"),
                              ("--advertise", "")):
            with self.subTest(option=option, value=value):
                result = alice.run("--json", "multisig", "create", *terms, option, value)
                self.fails(result, 2, option)
        self.assertEqual(alice.multisigs(), [])

    def test_of_a_vault_without_a_signer_are_refused(self):
        home = Home(self, "nobody")
        result = self.create(home, "treasury", "1", "nobody")
        self.fails(result, 2, "signer create")
        self.assertFalse((home.directory / "vault.db").exists())


class Invites(CoterieTest):
    def test_that_are_malformed_are_refused_before_any_packet(self):
        (bob,) = self.team("bob")
        room, key = "A" * 22, "A" * 43
        for invite in ("coterie://", "coterie://127.0.0.1/x#y.z", f"coterie://127.0.0.1:0/{room}#{key}.{key}",
                       f"coterie://127.0.0.1:8081/{room}#{key}", f"coterie://127.0.0.1:8081/{room}",
                       f"coterie://127.0.0.1:99999/{room}#{key}.{key}", f"coterie://:8081/{room}#{key}.{key}",
                       f"http://127.0.0.1:8081/{room}#{key}.{key}", f"coterie://127.0.0.1:8081/{room[:-1]}#{key}.{key}",
                       "coterie://" + "a" * 100000, ""):
            with self.subTest(invite[:60]):
                self.fails(bob.run("multisig", "join", invite, "--yes"), 2)
        self.fails(bob.run("multisig", "join", "-", "--yes", stdin=b"what invite?\n"), 2, "invite")
        self.fails(bob.run("multisig", "join", self.root / "nowhere", "--yes"), 2)
        self.assertEqual(bob.multisigs(), [])

    def test_need_somebody_to_consent(self):
        (bob,) = self.team("bob")
        key = "A" * 43
        result = bob.run("multisig", "join", f"coterie://127.0.0.1:1/{'A' * 22}#{key}.{key}")
        self.fails(result, 2)


class Names(CoterieTest):
    def test_that_are_taken_or_unknown_are_refused(self):
        alice, bob = self.team("alice", "bob")
        self.fails_silently_on_stdout(alice.run("signer", "create", "alice"), 2, "alice")
        self.fails_silently_on_stdout(alice.run("signer", "create", "ALICE"), 2, "alice")
        self.fails_silently_on_stdout(alice.run("signer", "show", "zoe"), 2, "zoe")
        self.fails_silently_on_stdout(alice.run("--signer", "zoe", "signer", "card"), 2, "zoe")
        self.fails_silently_on_stdout(alice.run("contact", "show", "zoe"), 2, "zoe")
        self.fails_silently_on_stdout(alice.run("contact", "remove", "zoe"), 2, "zoe")
        for command in (["show"], ["resume"], ["invite"], ["abandon"], ["verify"], ["certificate"]):
            self.fails_silently_on_stdout(alice.run("multisig", *command, "nothing"), 2, "nothing")

    def test_that_would_mislead_are_refused_at_entry(self):
        (alice,) = self.team("alice")
        names = ("", ".", "..", "../x", "a/b", "-x", ".x", "a\x1b[31m", "a\nb", "a\u202eb", "a\u200bb", "x" * 65, "é" * 129)
        for name in names:
            with self.subTest(name):
                self.fails_silently_on_stdout(alice.run("signer", "create", "--", name), 2)
        self.assertEqual(len(alice.query("signer", "list")["items"]), 1)

    def test_that_would_mislead_are_refused_wherever_a_name_is_given_and_shown_escaped(self):
        alice, bob = self.team("alice", "bob")
        key = "A" * 43
        invite = f"coterie://127.0.0.1:1/{'A' * 22}#{key}.{key}"
        # As long as an argument may be: an eighth of a megabyte.
        for name in ("a\x1b[2Jb", "a\u202eb", "a\u2066b", "a\u200bb", "\ufeffa", "../a", "/a", "a\tb", "\x7fa", "x" * 130_000):
            given = [["signer", "create", "--", name],
                     ["multisig", "create", name, "2", "alice", "bob", *LOOPBACK_ROOM, "--stun", "none"],
                     ["multisig", "join", invite, "--yes", "--stun", "none", f"--as={name}"]]
            asked_for = [["signer", "show", "--", name], ["contact", "show", "--", name], ["multisig", "show", "--", name]]
            for call in given + (asked_for if name in ("a\x1b[2Jb", "a\u202eb") else []):
                with self.subTest(name=name[:20], call=call[:2]):
                    result = alice.run(*call)
                    self.fails_silently_on_stdout(result, 2)
                    self.assertNotRegex(result.stderr, "[\x00-\x08\x0b-\x1f\x7f\u200b\u202e\u2066\ufeff]")
                    self.assertLess(len(result.stderr), 2000)
        self.assertEqual(alice.multisigs(), [])
        self.assertEqual(len(alice.query("signer", "list")["items"]), 1)
        self.assertEqual(sorted(path.name for path in alice.directory.iterdir()), ["vault.db", "vault.lock"])

    def test_of_files_that_would_mislead_are_shown_escaped(self):
        (alice,) = self.team("alice")
        file = self.write(self.root / "bob\x1b[2J\u202e.card", "no card")
        for call in (["contact", "add"], ["multisig", "verify"], ["vault", "rehearse"]):
            with self.subTest(call):
                result = alice.run(*call, file)
                self.fails_silently_on_stdout(result, 5, re.escape(r"bob\u{1B}[2J\u{202E}.card"))
                self.assertNotRegex(result.stderr, "[\x1b\u202e]")

    def test_of_signers_are_never_overwritten(self):
        alice, bob = self.team("alice", "bob")
        before = alice.query("signer", "show", "alice"), self.succeeds(alice.run("signer", "card", "alice")).stdout
        for name in ("alice", "Alice", "ALICE", "bob", "BOB"):  # bob is a contact
            self.fails_silently_on_stdout(alice.run("signer", "create", name), 2, name)
        after = alice.query("signer", "show", "alice"), self.succeeds(alice.run("signer", "card", "alice")).stdout
        self.assertEqual(after, before)
        # Of several that want a new name at once, one gets it.
        results = in_parallel(lambda name: alice.run("signer", "create", name), ["dora", "Dora", "DORA", "dora"])
        self.assertEqual(sorted(result.code for result in results), [0, 2, 2, 2])
        self.assertEqual(len(alice.query("signer", "list")["items"]), 2)

    def test_of_multisigs_are_never_overwritten(self):
        alice, bob = self.team("alice", "bob")
        self.complete("treasury", 2, [alice, bob])
        before = {home.name: home.show("treasury", "--reveal") for home in (alice, bob)}
        account = self.write(self.root / "account.json", "{}")
        for terms in (["1", "alice"], ["1", "alice", "bob"], ["2", "alice", "bob", "--account-file", account]):
            for name in ("treasury", "Treasury"):
                self.fails(alice.create(name, *terms, "--join-timeout", "1s").wait(), 2, "treasury")
        # Another's multisig of this name does not take its place, either, however the name is given.
        self.complete("other", 1, [bob])
        creator = bob.create("Treasury-2", "2", "bob", "alice", "--join-timeout", "60s")
        for name in ("treasury", "TREASURY"):
            self.fails(alice.join(creator.invite, "--as", name).wait(), 2, "--as")
        creator.kill()
        self.assertEqual({home.name: home.show("treasury", "--reveal") for home in (alice, bob)}, before)
        # Of two with different terms that want a new name at once, one gets it.
        results = in_parallel(lambda terms: alice.run("--json", "multisig", "create", "solo", "1", "alice", *terms),
                              [[], ["--account-file", account]])
        self.assertEqual(sorted(result.code for result in results), [0, 2], "\n".join(map(str, results)))
        self.assertEqual(len([item for item in alice.multisigs() if item["name"] == "solo"]), 1)

    def test_of_commands_may_be_names_of_signers(self):
        homes = self.team("signer", "create")
        self.complete("multisig", 2, homes)
        self.assert_all_hold_the_same("multisig", homes)

    def test_of_a_contact_cannot_be_taken_by_another_key_unless_replaced(self):
        alice, bob = self.team("alice", "bob")
        other = self.team("mallory", contacts=False)[0]
        impostor = Home(self, "impostor")
        self.succeeds(impostor.run("signer", "create", "bob"))
        card = self.root / "impostor-card"
        self.succeeds(impostor.run("signer", "card", "--out", card))
        self.fails_silently_on_stdout(alice.run("contact", "add", card), 5, "bob")
        genuine = bob.query("signer", "show", "bob")
        self.assertEqual(alice.query("contact", "show", "bob")["sign_key"], genuine["sign_key"])
        replaced = self.succeeds(alice.run("contact", "add", "--replace", card))
        self.assertIn(genuine["fingerprint"], replaced.stdout + replaced.stderr)
        self.assertNotEqual(alice.query("contact", "show", "bob")["sign_key"], genuine["sign_key"])
        self.succeeds(alice.run("contact", "add", other.card))
        self.assertEqual({item["name"] for item in alice.query("contact", "list")["items"]}, {"bob", "mallory"})

    def test_of_a_card_that_does_not_verify_are_refused(self):
        (alice,) = self.team("alice")
        (bob,) = self.team("bob", contacts=False)
        text = bob.card.read_text().strip()
        for index in (20, len(text) // 2, len(text) - 2):
            altered = text[:index] + ("A" if text[index] != "A" else "B") + text[index + 1:]
            self.fails_silently_on_stdout(alice.run("contact", "add", altered), 5)
        for nonsense in ("coterie-card:", "coterie-card:AAAA", "coterie-card:" + "A" * 100000):
            self.assertIn(alice.run("contact", "add", nonsense).code, (2, 5))
        self.assertEqual(alice.query("contact", "list"), {"items": []})
