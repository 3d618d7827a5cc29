# Creations through a real TURN server, over each transport, and what is said when there is no relay.
import socket

from coterie import CoterieTest
from coturn import LoopbackTurnServer, make_certificate

RELAY_ONLY = ["--ice-policy", "relay"]


class TurnTest(CoterieTest):
    def setUp(self):
        super().setUp()
        self.turn = LoopbackTurnServer(self)

    def create(self, homes, *options, name="treasury"):
        """A creation in which everybody has these options; what each process left, the creator first."""
        creator = homes[0].create(name, "2", *(home.name for home in homes), *options)
        invite = creator.invite
        return [process.wait() for process in [creator, *(home.join(invite, *options) for home in homes[1:])]]

    def assert_complete_by(self, path, results):
        for result in results:
            self.succeeds(result)
            paths = {event["path"] for event in result.events if event.get("state") == "connected"}
            self.assertEqual(paths, {path}, f"\n{result}")


class Relayed(TurnTest):
    def test_over_udp_tcp_and_tls_three_signers_complete(self):
        homes = self.team("alice", "bob", "carol")
        for transport in ("udp", "tcp", "tls"):
            with self.subTest(transport):
                options = [*self.turn.options(transport), "--tls-ca", self.turn.certificate, *RELAY_ONLY]
                self.assert_complete_by("relay", self.create(homes, *options, name=f"treasury-{transport}"))
                self.assert_all_hold_the_same(f"treasury-{transport}", homes)

    def test_by_the_server_that_answers_when_another_does_not(self):
        homes = self.team("alice", "bob")
        # Bound, so that nobody else is there, and never read.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, socket.create_server(("127.0.0.1", 0)) as deaf:
            silent.bind(("127.0.0.1", 0))
            others = ["--turn", f"turn:127.0.0.1:{silent.getsockname()[1]}",
                      "--turn", f"turns:127.0.0.1:{deaf.getsockname()[1]}"]
            self.assert_complete_by("relay", self.create(homes, *others, *self.turn.options("udp"), *RELAY_ONLY))

    def test_only_where_it_must_be(self):
        homes = self.team("alice", "bob")
        self.assert_complete_by("host", self.create(homes, *self.turn.options("udp")))

    def test_gives_its_relays_back(self):
        homes = self.team("alice", "bob")
        for result in self.create(homes, *self.turn.options("udp"), *RELAY_ONLY):
            self.succeeds(result)
            self.assertNotIn("libnice", result.stderr)
        self.turn.wait_for_lines("refreshed.*lifetime=0", 2)

    def test_password_is_in_no_output(self):
        homes = self.team("alice", "bob")
        for home in homes:
            home.prefix = ["env", "G_MESSAGES_DEBUG=all", "NICE_DEBUG=all"]
        for result in self.create(homes, *self.turn.options("udp"), *RELAY_ONLY, "-vv"):
            self.succeeds(result)
            self.assertNotIn(self.turn.password, result.stdout + result.stderr)


class Refused(TurnTest):
    SHORT = ["--connect-timeout", "20s", "--join-timeout", "20s"]

    def fails_naming(self, homes, words, *options):
        creator = homes[0].create("treasury", "2", "alice", "bob", *options, *self.SHORT)
        recipient = homes[1].join(creator.invite, *options, *self.SHORT)
        for process in (creator, recipient):
            process.wait_for_text(words)
        for process in (recipient, creator):
            process.kill()

    def test_password_is_named(self):
        homes = self.team("alice", "bob")
        wrong = self.root / "wrong"
        self.write(wrong, "not the password\n")
        options = [*self.turn.options("udp")[:-1], wrong]
        self.fails_naming(homes, r"no TURN server gave a relay: turn:127\.0\.0\.1:\d+: it refuses the user or the password",
                          *options, *RELAY_ONLY)

    def test_certificate_of_an_unknown_authority_is_named(self):
        homes = self.team("alice", "bob")
        other, _ = make_certificate(self.root, "IP:127.0.0.1", "other")
        self.fails_naming(homes, r"turns:127\.0\.0\.1:\d+: its certificate is refused: self-signed certificate",
                          *self.turn.options("tls"), "--tls-ca", other, *RELAY_ONLY)

    def test_certificate_of_another_name_is_named(self):
        homes = self.team("alice", "bob")
        options = [option.replace("127.0.0.1", "localhost") for option in self.turn.options("tls")]
        self.fails_naming(homes, r"turns:localhost:\d+: its certificate is refused: hostname mismatch", *options, "--tls-ca",
                          self.turn.certificate, *RELAY_ONLY)

    def test_server_that_is_not_there_is_named(self):
        homes = self.team("alice", "bob")
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"turn:127.0.0.1:{nobody.getsockname()[1]}?transport=tcp"
            self.fails_naming(homes, r"transport=tcp: Connection refused", "--turn", url, *self.turn.options(), *RELAY_ONLY)


class Options(CoterieTest):
    def test_that_cannot_be_are_refused_before_anything_starts(self):
        alice, bob = self.team("alice", "bob")
        password = self.root / "turn-password"
        self.write(password, "a-turn-password\n")
        empty = self.root / "empty"
        self.write(empty, "\n")
        credential = ["--turn-user", "ada", "--turn-password-file", password]
        turn = ["--turn", "turn:turn.example"]
        for options, words in ((["--turn", "turn:", *credential], "its host is malformed"),
                               (["--turn", "turns:a.example?transport=udp", *credential], "DTLS"),
                               (turn, "--turn-user"),
                               ([*turn, "--turn-user", "ada"], "--turn-password-file"),
                               (credential, "no TURN server"),
                               ([*turn, "--turn-user", "ada", "--turn-password-file", empty], "is empty"),
                               ([*turn, "--turn-user", "ada", "--turn-password-file", self.root / "none"], "cannot open"),
                               ([*turn * 5, *credential], "at most 4"),
                               ([*turn, *credential, "--tls-ca", self.root / "none"], "cannot read certificates"),
                               (["--ice-policy", "relay"], "--turn URL"),
                               (["--ice-policy", "some"], "neither all nor relay")):
            with self.subTest(options):
                result = self.fails(alice.create("treasury", "2", "alice", "bob", *options).wait(), 2, words)
                self.assertEqual(result.stdout, "")
                self.assertNotIn("a-turn-password", result.stderr)
        self.assertEqual(alice.multisigs(), [])
