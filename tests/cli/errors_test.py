# Every error says what happened, to whom, and what to do next: message, hint and exit code, as a person sees them.
import contextlib
import json
import re
import socket

from coterie import LOOPBACK_ROOM, NO_STUN, CoterieTest, Home, port_of, room_of

ROOM = [*LOOPBACK_ROOM, *NO_STUN]


class ErrorsTest(CoterieTest):
    def complains(self, result, code, message, hint):
        """One error and one hint on stderr, as the last words there; nothing else ends a program."""
        self.assertEqual(result.code, code, f"\n{result}")
        found = re.search(r"^coterie: error: (.+)\ncoterie: hint: (.+)\n\Z", result.stderr, re.M)
        self.assertTrue(found, f"no error with a hint\n{result}")
        self.assertRegex(found.group(1), message, f"\n{result}")
        self.assertRegex(found.group(2), hint, f"\n{result}")

    def complain(self, home, cases):
        """Wrong calls of one home, a row each: arguments, exit code, message, hint. Their stdout stays empty."""
        for arguments, code, message, hint in cases:
            with self.subTest(" ".join(str(each) for each in arguments)):
                result = home.run(*arguments)
                self.complains(result, code, message, hint)
                self.assertEqual(result.stdout, "", f"\n{result}")

    def silent(self):
        """A port of this machine that takes connections and never says a word."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        return listening.getsockname()[1]


class TheLine(ErrorsTest):
    def test_names_what_is_missing_or_too_much_and_shows_how_it_is_written(self):
        for arguments, message, hint in (
                ([], r"^a command is missing after coterie$", r"signer.*multisig.*`coterie --help`"),
                (["multisig"], r"^a command is missing after coterie multisig$", r"create, join, resume.*abandon"),
                (["multisig", "bogus"], r"^coterie multisig has no command bogus$", r"create, join"),
                (["bogus"], r"^coterie has no command bogus$", r"demo, signer"),
                (["--bogus"], r"^coterie has no option --bogus$", r"--help"),
                (["multisig", "show", "x", "--bogus"], r"^coterie multisig show has no option --bogus$",
                 r"show --help"),
                (["multisig", "create", "m", "2"], r"^SIGNER is missing$",
                 r"`coterie multisig create NAME THRESHOLD SIGNER\.\.\.`"),
                (["signer", "create"], r"^NAME is missing$", r"`coterie signer create NAME`"),
                (["signer", "create", "two", "words"], r'^"words" is one argument too many$', r"quotes"),
                (["multisig", "export", "m", "--format", "account"], r"^--out is missing$", r"export --help"),
                (["multisig", "create", "m", "1", "a", "--port"], r"^--port needs a value$", r"create --help"),
                (["multisig", "create", "m", "1", "a", "--signaling", "ws://h", "--port", "1"],
                 r"--signaling excludes --port", r"only one")):
            with self.subTest(" ".join(arguments)):
                result = self.run_program(*arguments)
                self.complains(result, 2, message, hint)
                self.assertEqual(result.stdout, "")


class ThePassphrase(ErrorsTest):
    def test_that_does_not_serve_is_told_with_its_file(self):
        (alice,) = self.team("alice")
        cases = {"wrong": ("other\n", 5, r"vault in \S+home-alice: wrong passphrase", r"try again"),
                 "empty": ("\n", 2, r"the first line of the passphrase file \S*empty is empty", r"on the first line"),
                 "long": ("x" * 1025, 2, r"the passphrase in \S*long is longer than 1024 bytes", r"right file")}
        for name, (text, code, message, hint) in cases.items():
            with self.subTest(name):
                alice.passphrase_file = self.write(self.root / name, text)
                self.complain(alice, [(["signer", "list"], code, message, hint)])
        alice.passphrase_file = self.root / "none"
        self.complain(alice, [(["signer", "list"], 2, r"cannot open the passphrase file \S*none: No such",
                               r"path of a file")])
        alice.passphrase_file = self.root
        self.complain(alice, [(["signer", "list"], 1, r"cannot read the passphrase file", r"path of a file")])
        result = self.run_program("--home", alice.directory, "signer", "list")
        self.complains(result, 2, r"no terminal to ask on", r"--passphrase-file FILE or set COTERIE_PASSPHRASE_FILE")

    def test_file_that_others_may_read_is_warned_about_with_the_command_that_mends_it(self):
        (alice,) = self.team("alice")
        alice.passphrase_file.chmod(0o644)
        result = self.succeeds(alice.run("signer", "list"))
        self.assertIn(f"`chmod 600 {alice.passphrase_file}`", result.stderr)


class TheVault(ErrorsTest):
    def test_that_cannot_be_used_is_told_with_its_place(self):
        (alice,) = self.team("alice")
        file = self.write(self.root / "file", "")
        link = self.root / "link"
        link.symlink_to(alice.directory)
        loose = alice.directory / "vault.db"
        for directory, code, message, hint in (
                (self.root / "none", 2, r"there is no vault at \S*none", r"`coterie signer create NAME`.*--home DIR"),
                (file, 1, r"cannot look at \S*file/vault.db: Not a directory", r"a vault is a directory"),
                (link, 5, r"vault directory \S*link is a symbolic link", r"--home")):
            with self.subTest(directory.name):
                other = Home(self, directory.name)
                other.directory = directory
                self.complain(other, [(["signer", "list"], code, message, hint)])
        loose.chmod(0o644)
        self.complain(alice, [(["signer", "list"], 5, r"vault.db may be read or written by other users",
                               rf"`chmod 600 {re.escape(str(loose))}`")])
        loose.chmod(0o600)
        loose.write_bytes(loose.read_bytes()[:4096])
        self.complain(alice, [(["signer", "list"], 5, r"vault.db is damaged", r"backup")])


class TheNames(ErrorsTest):
    def test_of_signers_and_contacts_that_do_not_serve_are_told_with_those_there_are(self):
        alice, bob = self.team("alice", "bob")
        self.complain(alice, [
            (["signer", "create", "alice"], 2, r"a signer alice already; nothing was changed",
             r"`coterie signer show alice`"),
            (["signer", "create", "bob"], 2, r"a contact is called bob", r"`coterie contact remove bob`"),
            (["signer", "create", "a/b"], 2, r'the signer name "a/b" is not allowed: it has a', r"1 to 64 visible"),
            (["signer", "use", "nobody"], 2, r"no signer nobody", r"only signer is alice"),
            (["--signer", "nobody", "multisig", "list"], 2, r"no signer nobody", r"only signer is alice"),
            (["contact", "show", "nobody"], 2, r"no contact nobody", r"`coterie contact list`"),
            (["multisig", "show", "nothing"], 2, r"no multisig nothing", r"`coterie multisig list`"),
            (["multisig", "resume", "nothing"], 2, r"no multisig nothing", r"`coterie multisig list`"),
            (["multisig", "abandon", "nothing"], 2, r"no multisig nothing", r"`coterie multisig list`"),
        ])

    def test_of_cards_that_contradict_a_contact_say_whose_and_how_to_decide(self):
        alice, bob = self.team("alice", "bob")
        impostor, twin = Home(self, "impostor"), Home(self, "twin")
        for home, name in ((impostor, "bob"), (twin, "alice")):
            self.succeeds(home.run("signer", "create", name))
            home.card = self.root / f"card-of-{home.name}"
            self.succeeds(home.run("signer", "card", "--out", home.card))
        both = self.write(self.root / "both", bob.card.read_text() + impostor.card.read_text())
        known = bob.query("signer", "show")["fingerprint"]
        new = impostor.query("signer", "show")["fingerprint"]
        self.complain(alice, [
            (["contact", "add", impostor.card], 5,
             rf"the card of bob \({new}\) has the name of your contact bob \({known}\), but another key",
             r"with bob by voice.*`coterie contact add --replace CARD`"),
            (["contact", "add", "--replace", twin.card], 5, r"has the name of your own signer alice", r"another name"),
        ])
        self.complain(twin, [(["contact", "add", both], 5, r"has the name of a card given with it", r"only that one")])

    def test_of_cards_that_are_none_say_where_and_what_a_card_is(self):
        alice, bob = self.team("alice", "bob")
        broken = self.write(self.root / "broken", bob.card.read_text() + "coterie-card:garbage!\n")
        hello = self.write(self.root / "hello", "hello\n")
        empty = self.write(self.root / "empty", "")
        self.complain(alice, [
            (["contact", "add", broken], 5, r"^\S*broken: line 2: the card is damaged", r"whole line"),
            (["contact", "add", hello], 5, r"^\S*hello: line 1: this is no card$", r"begins with coterie-card:"),
            (["contact", "add", empty], 2, r"^\S*empty: there is no card in it$", r"begins with coterie-card:"),
            (["contact", "add", "-"], 2, r"^standard input: there is no card in it$", r"begins with coterie-card:"),
            (["contact", "add", "coterie-card:AAAA"], 5, r"^card is not valid JSON", r"whole line"),
            (["contact", "add", "none"], 2, r"^cannot open the card file none: No such file", r"name right"),
        ])


class Create(ErrorsTest):
    def test_tells_wrong_terms_with_what_was_given(self):
        alice, *_ = self.team("alice", "bob", "carol")
        text = self.write(self.root / "text", "hello")
        big = self.write(self.root / "big", "1" * 50000)
        create = ["multisig", "create", "m"]
        self.complain(alice, [
            ([*create, "alice", "bob"], 2, r'^THRESHOLD must be a whole number from 1 to 64, but is "alice"$',
             r"`coterie multisig create treasury 2 alice bob carol`"),
            ([*create, "0", "alice", "bob"], 2, r'but is "0"', r"how many of the signers"),
            ([*create, "3", "alice", "bob", *ROOM], 2, r"the threshold 3 is not between 1 and the number of signers, 2",
             r"how many"),
            ([*create, "1", "bob", "carol", *ROOM], 2, r"^you are alice, who is not among the signers$",
             r"add alice to them, or .*--signer"),
            ([*create, "1", "alice", "alice", *ROOM], 2, r"^alice stands twice among the signers$", r"once"),
            ([*create, "1", "alice", "dave", "erin", *ROOM], 2, r"^no signer or contact is called dave and erin$",
             r"`coterie contact add CARD`"),
            (["multisig", "create", "a/b", "1", "alice", "bob", *ROOM], 2, r'the multisig name "a/b"', r"visible"),
            ([*create, "2", "alice", "bob", "--account-file", "none"], 2, r"cannot open the account file none",
             r"name right"),
            ([*create, "2", "alice", "bob", "--account-file", text, *ROOM], 2, r"the account is not valid JSON",
             r"JSON text"),
            ([*create, "2", "alice", "bob", "--account-file", big], 2,
             r"the account file \S*big is larger than 48 KiB", r"right"),
            ([*create, "2", "alice", "bob", "--invite-file", "/none/x"], 2, r"--invite-file /none/x: No such",
             r"directory"),
        ])
        self.assertEqual(alice.multisigs(), [])

    def test_tells_wrong_places_and_times_with_what_was_given(self):
        alice, _ = self.team("alice", "bob")
        taken = self.silent()
        create = ["multisig", "create", "m", "2", "alice", "bob"]
        self.complain(alice, [
            ([*create, "--port", "99999"], 2, r'--port must be a whole number from 0 to 65535, but is "99999"', r"."),
            ([*create, "--port", str(taken), "--listen", "127.0.0.1"], 1, rf"port {taken} is taken by another program",
             r"--port 0"),
            ([*create, "--listen", "foo"], 2, r'cannot listen on "foo": not an IP address', r"--listen 127.0.0.1"),
            ([*create, "--listen", "192.0.2.1"], 2, r"192.0.2.1:8081: no address of this machine", r"`ip address`"),
            ([*create, "--advertise", "a b", "--port", "0"], 2, r'--advertise "a b"', r"HOST:PORT"),
            ([*create, "--signaling", "http://x"], 2, r'--signaling "http://x": the scheme must be ws://',
             r"ws://HOST:PORT"),
            ([*create, "--signaling", "wss://a b"], 2, r'--signaling "a b": not a host name', r"wss://HOST"),
            ([*create, "--stun", "garbage"], 2, r'--stun "garbage" is not of the form', r"stun:stun.example.org:3478"),
            ([*create, "--stun", "none", "--stun", "stun:x"], 2, r"--stun none stands beside another", r"alone"),
            ([*create, "--join-timeout", "5"], 2, r'--join-timeout must be a time, but is "5"',
             r"500ms, 30s, 10m or 2h"),
        ])
        self.assertEqual(alice.multisigs(), [])

    def test_that_nobody_joins_says_whether_the_server_or_the_signer_was_missing(self):
        alice, _ = self.team("alice", "bob")
        for name, room, trouble in (("here", ROOM, r"\(--join-timeout\)$"),
                                    ("there", ["--signaling", "ws://127.0.0.1:9", *NO_STUN],
                                     r"\(--join-timeout\): signaling server 127.0.0.1:9: cannot connect: Connection refused$")):
            with self.subTest(name):
                result = alice.run("multisig", "create", name, "2", "alice", "bob", *room, "--join-timeout", "1s")
                self.complains(result, 6, rf"^{name} is pending: no receipt from bob within 1 s {trouble}",
                               rf"nothing is lost.*`coterie multisig resume {name}`")

    def test_of_what_is_there_says_that_it_goes_on_or_what_is_in_the_way(self):
        alice, _ = self.team("alice", "bob")
        create = ["multisig", "create", "our treasury", "2", "alice", "bob", *ROOM, "--join-timeout", "1s"]
        alice.run(*create)
        self.assertIn("our treasury is pending here: going on with it", alice.run(*create).stdout)
        create[3] = "1"
        self.complain(alice, [(create, 2, r"there is a pending multisig our treasury here already, with other terms",
                               r"`coterie multisig show 'our treasury'`")])


class Join(ErrorsTest):
    def setUp(self):
        super().setUp()
        self.alice, self.bob, self.carol = self.team("alice", "bob", "carol")
        self.alice.run("multisig", "create", "treasury", "2", "alice", "bob", *ROOM, "--join-timeout", "100ms")
        self.invite = self.alice.show("treasury")["invite"]

    def at(self, port):
        return self.invite.replace(f":{port_of(self.invite)}/", f":{port}/")

    def test_tells_what_is_wrong_with_an_invite(self):
        keys = self.invite.split("#")[1]
        join = ["multisig", "join"]
        hint = r"coterie://HOST:PORT/ROOM#SIGNKEY.BOXKEY; copy all of it, in quotes"
        cases = [([*join, text, *NO_STUN], 2, rf"^the invite is malformed: {problem}", hint) for text, problem in (
            (self.invite.split("#")[0], "the room or the keys are missing"),
            (self.invite.rsplit(".", 1)[0], "one of its keys is missing"),
            (self.invite[:-3], "one of its keys is damaged"),
            (self.invite.replace(room_of(self.invite), "abc"), "its room is damaged"),
            (self.at("x"), "its port is not a number"),
            (self.at("0"), "its port is not a number"),
            (self.invite[len("coterie://"):], "it does not start with coterie://"),
            (f"coterie://127.0.0.1/{room_of(self.invite)}#{keys}", "the port is missing"))]
        other_box = self.invite.rsplit(".", 1)[0] + "." + self.carol.query("signer", "show")["box_key"]
        self.complain(self.bob, cases + [
            ([*join, self.invite, *NO_STUN], 2, r"your consent is needed", r"--yes"),
            ([*join, self.invite, "--yes", "--code", "123"], 2, r"a code has exactly 30 digits, not 3", r"six groups"),
            ([*join, self.invite, "--yes", "--as", "a/b", *NO_STUN], 2, r'the multisig name "a/b"', r"visible"),
            ([*join, "none", *NO_STUN], 2, r"cannot open the invite file none", r"begins with coterie://"),
            ([*join, other_box, "--yes", *NO_STUN], 5, r"the invite gives alice another box key than the card of alice",
             r"ask alice for it again by another way"),
        ])
        self.complain(self.alice, [([*join, self.invite, "--yes", *NO_STUN], 2, r"this is your own invite",
                                    r"`coterie multisig resume NAME`")])

    def test_at_a_place_where_nobody_is_says_what_was_missing_and_whom_to_ask(self):
        closed = socket.create_server(("127.0.0.1", 0))
        refused = closed.getsockname()[1]
        closed.close()
        unresolved = self.invite.replace("127.0.0.1", "nowhere.invalid")
        silent = self.silent()
        for invite, trouble in (
                (self.at(refused), rf"signaling server 127.0.0.1:{refused}: cannot connect: Connection refused"),
                (self.at(silent), rf"no answer from the signaling server at 127.0.0.1:{silent}"),
                (unresolved, r"cannot find the address of nowhere.invalid")):
            with self.subTest(invite):
                result = self.bob.run("multisig", "join", invite, "--yes", *NO_STUN, "--join-timeout", "1s")
                self.complains(result, 4, rf"^nothing from alice within 1 s \(--join-timeout\): .*{trouble}",
                               r"nothing was signed or stored here. Ask alice whether `multisig create` is running there.*"
                               r"firewall lets TCP \d+ in; then join again")

    def test_at_a_room_that_is_not_open_gives_the_fingerprints_to_compare(self):
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0")
        port = server.wait_for(kind="serve")["port"]
        result = self.bob.run("multisig", "join", self.at(port), "--yes", *NO_STUN, "--join-timeout", "1s")
        own = self.bob.query("signer", "show")["fingerprint"]
        hers = self.alice.query("signer", "show")["fingerprint"]
        self.complains(result, 4, rf"the room at 127.0.0.1:{port} is not open, or you are not in its roster",
                       rf"compare fingerprints by voice: you: {own}; alice: {hers}")

    def test_of_a_new_signer_names_who_is_new_and_signs_nothing(self):
        self.succeeds(self.bob.run("contact", "remove", "alice"))
        creator = self.alice.resume("treasury")
        creator.wait_for(event="invite")
        join = ["multisig", "join", self.invite, "--yes", *NO_STUN]
        self.complains(self.bob.run(*join), 2, r"^alice is no contact of yours, .* nothing was signed$",
                       r"--code CODE.*`coterie contact add CARD`")
        self.complains(self.bob.run(*join, "--code", "12345 " * 6), 5,
                       r"^the verification code is not that of treasury: nothing was signed, nothing declined$",
                       r"another signer read it out again.*ask alice")
        self.assertEqual(self.bob.multisigs(), [])
        creator.kill()

    def test_that_another_process_is_at_names_it(self):
        creator = self.alice.resume("treasury")
        creator.wait_for(event="invite")
        self.complain(self.alice, [(["multisig", "resume", "treasury", *NO_STUN], 1,
                                    rf"multisig treasury is in use by process {creator.pid}", rf"`kill {creator.pid}`")])
        creator.kill()


class AnEnding(ErrorsTest):
    def setUp(self):
        super().setUp()
        self.homes = self.team("alice", "bob")

    def pending(self, name):
        alice = self.homes[0]
        alice.run("multisig", "create", name, "2", "alice", "bob", *ROOM, "--join-timeout", "100ms")
        return alice.show(name)

    def test_by_abandon_leaves_the_room_to_name_it_by(self):
        alice, _ = self.homes
        room = self.pending("treasury")["room"]
        self.succeeds(alice.run("multisig", "abandon", "treasury"))
        after = "--" if room.startswith("-") else ""
        self.complain(alice, [
            (["multisig", "resume", "treasury"], 2, r"that one was abandoned", re.escape(room)),
            (["multisig", "abandon", *after.split(), room], 2, r"treasury is abandoned: there is nothing to abandon",
             rf"`coterie multisig show .*{re.escape(room)}`"),
            (["multisig", "invite", *after.split(), room], 2, r"treasury was abandoned: nobody can join it",
             r"`coterie multisig create`"),
            (["multisig", "verify", *after.split(), room], 6, r"treasury has no full certificate: it was abandoned",
             rf"`coterie multisig show .*{re.escape(room)}`"),
        ])

    def test_that_has_not_come_is_told_with_who_is_missing(self):
        alice, bob = self.homes
        self.pending("our money; reboot")
        certificate = self.root / "certificate"
        self.succeeds(alice.run("multisig", "certificate", "our money; reboot", "--out", certificate))
        resume = r"`coterie multisig resume 'our money; reboot'`"
        altered = json.loads(certificate.read_text())
        altered["signatures"][0]["sig"] = altered["signatures"][0]["sig"][::-1].replace("=", "") + "=="
        self.write(self.root / "altered", json.dumps(altered))
        self.write(self.root / "hello", "hello")
        self.complain(alice, [
            (["multisig", "verify", "our money; reboot"], 6, r"is pending: it waits for the receipt of bob", resume),
            (["multisig", "export", "our money; reboot", "--format", "account", "--out", "x"], 6,
             r"is pending", resume),
            (["multisig", "export", "our money; reboot", "--format", "x", "--out", "x"], 2,
             r'--format "x"', "--format account"),
            (["multisig", "export", "our money; reboot", "--format", "account", "--pending", "--out", certificate], 2,
             r"certificate exists already", r"name a new file"),
            (["multisig", "export", "our money; reboot", "--format", "account", "--pending", "--out", "/none/x"], 1,
             r"cannot write /none/x: No such file", r"directory"),
            (["multisig", "certificate", "our money; reboot", "--out", "/none/x"], 1, r"cannot write /none/x",
             r"directory"),
            (["multisig", "verify", certificate], 5, r"/certificate: the certificate has no receipt of bob",
             r"ask the creator"),
            (["multisig", "verify", self.root / "hello"], 5, r"hello is no valid certificate",
             r"`coterie multisig certificate"),
            (["multisig", "verify", self.root / "altered"], 5, r"altered is no valid certificate",
             r"`coterie multisig cert"),
            (["multisig", "verify", "./none"], 2, r"cannot open the certificate file ./none", r"name right"),
            (["multisig", "verify", "none"], 2, r"^you have no multisig none$",
             r"multisig list`; a file of that name is not here, either"),
        ])

    def test_by_a_signal_says_that_nothing_is_lost_and_how_to_go_on(self):
        alice, bob = self.homes
        creator = alice.start("multisig", "create", "our treasury", "2", "alice", "bob", *ROOM)
        creator.wait_for_text(r"Keep this running", "stdout")
        creator.process.terminate()
        self.complains(creator.wait(), 6, r"^stopped; our treasury is pending: no receipt from bob$",
                       r"^nothing is lost; go on with `coterie multisig resume 'our treasury'`$")
        waiting = bob.start("multisig", "join", alice.show("our treasury")["invite"], "--yes", *NO_STUN)
        waiting.wait_for_text(r"alice absent", "stdout")
        waiting.process.terminate()
        self.complains(waiting.wait(), 143, r"^stopped; nothing was signed or stored here$", r"join again")

    def test_by_the_port_that_is_taken_meanwhile_names_it(self):
        alice, _ = self.homes
        port = port_of(self.pending("treasury")["invite"])
        with contextlib.closing(socket.create_server(("127.0.0.1", port))):
            result = alice.run("multisig", "resume", "treasury", *NO_STUN)
        self.complains(result, 1, rf"port {port} is taken by another program", rf"names port {port}: end what holds it")
