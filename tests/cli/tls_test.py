# Signaling through TLS: a creation, a certificate that is refused, and what the doctor says of it.
import json
import re

from coterie import CoterieTest, NO_STUN
from tls_front import TlsFront


class TlsTest(CoterieTest):
    def front(self, **options):
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0")
        port = json.loads(server.wait_for_text(r"(?m)^\{.*\}$", "stdout").group())["port"]
        return TlsFront(self, port, **options)


class Signaling(TlsTest):
    def test_through_tls_three_signers_complete(self):
        front = self.front()
        authority = ["--tls-ca", front.certificate]
        homes = self.team("alice", "bob", "carol")
        creator = homes[0].create("treasury", "2", "alice", "bob", "carol", *authority, room=["--signaling", front.url])
        invite = creator.invite
        self.assertRegex(invite, rf"^coteries://127\.0\.0\.1:{front.port}/")
        for process in [creator, *(home.join(invite, *authority) for home in homes[1:])]:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)
        self.assertEqual(front.passed_on, 3)

    def test_is_remembered_by_who_comes_back(self):
        front = self.front()
        authority = ["--tls-ca", front.certificate]
        alice, bob = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob", *authority, room=["--signaling", front.url])
        invite = creator.invite
        creator.kill()
        again = alice.resume("treasury", *authority)
        self.assertEqual(again.invite, invite)
        self.succeeds(bob.join(invite, *authority).wait())
        self.succeeds(again.wait())

    def test_with_a_certificate_that_nobody_vouches_for_is_refused_before_a_word(self):
        front = self.front()
        alice, bob = self.team("alice", "bob")
        short = ["--join-timeout", "3s"]
        creator = alice.create("treasury", "2", "alice", "bob", *short, room=["--signaling", front.url])
        recipient = bob.join(creator.invite, *short)
        reason = rf"signaling server 127\.0\.0\.1:{front.port}: its certificate is refused: self-signed certificate"
        self.fails(recipient.wait(), 4, reason, r"hint: .*clock; an authority of your own is named with --tls-ca FILE")
        self.fails(creator.wait(), 6, reason, "--tls-ca FILE: when that server answers, go on with")
        self.assertEqual(front.passed_on, 0)

    def test_with_a_certificate_of_another_name_is_refused(self):
        front = self.front(names="DNS:meet.example")
        alice, _ = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob", "--tls-ca", front.certificate, "--join-timeout", "3s",
                               room=["--signaling", front.url])
        self.fails(creator.wait(), 6, "its certificate is refused: IP address mismatch")
        self.assertEqual(front.passed_on, 0)

    def test_authorities_are_read_before_anything_starts(self):
        alice, _ = self.team("alice", "bob")
        for content in (None, "no certificate\n"):
            authority = self.root / "none" if content is None else self.write(self.root / "false", content)
            creator = alice.create("treasury", "2", "alice", "bob", "--tls-ca", authority, room=["--signaling", "wss://x"])
            self.fails_silently_on_stdout(creator.wait(), 2, f"cannot read certificates from {authority}", "PEM")
        self.assertEqual(alice.multisigs(), [])


class Doctor(TlsTest):
    def examine(self, *options, code=0):
        result = self.run_program("--home", self.root / "none", "--json", "doctor", *NO_STUN, *options)
        self.assertEqual(result.code, code, f"\n{result}")
        return {finding["check"]: finding for finding in result.json["findings"]}

    def test_tells_chain_and_expiry(self):
        front = self.front(days=90)
        found = self.examine("--signaling", front.url, "--tls-ca", front.certificate)
        self.assertEqual((found["certificate"]["status"], found["signaling"]["status"]), ("ok", "ok"))
        self.assertRegex(found["certificate"]["text"], r"^TLSv1\.3, one certificate in its chain, valid for (89|90) more days$")

    def test_warns_of_a_certificate_that_expires_soon(self):
        front = self.front(days=3)
        found = self.examine("--signaling", front.url, "--tls-ca", front.certificate)
        self.assertEqual((found["certificate"]["status"], found["certificate"]["code"]), ("warning", "signaling-expiry"))
        self.assertEqual(found["signaling"]["status"], "ok")

    def test_says_why_a_certificate_is_refused(self):
        for names, authority, words in (("IP:127.0.0.1", False, "self-signed certificate"),
                                        ("DNS:meet.example", True, "IP address mismatch")):
            front = self.front(names=names)
            options = ["--tls-ca", front.certificate] if authority else []
            found = self.examine("--signaling", front.url, *options, code=1)
            self.assertEqual(found["signaling"]["code"], "signaling-tls")
            self.assertEqual(found["signaling"]["text"], f"its certificate is refused: {words}")

    def test_says_that_a_server_without_tls_has_none(self):
        front = self.front()
        found = self.examine("--signaling", f"wss://127.0.0.1:{front.server_port}", code=1)
        self.assertEqual(found["signaling"]["code"], "signaling-tls")

    def test_takes_an_invite_with_tls(self):
        front = self.front()
        alice, _ = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob", "--tls-ca", front.certificate,
                               room=["--signaling", front.url])
        found = self.examine("--invite", creator.invite, "--tls-ca", front.certificate)
        self.assertEqual((found["certificate"]["status"], found["signaling"]["status"]), ("ok", "ok"))

    def test_holds_the_clock_against_the_servers(self):
        front = self.front()
        found = self.examine("--signaling", front.url, "--tls-ca", front.certificate)
        self.assertRegex(found["clock"]["text"], r"^\d{4}-.*Z, as the signaling server has it$")


if __name__ == "__main__":
    import unittest
    unittest.main()
