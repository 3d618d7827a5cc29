"""coterie doctor behind every kind of network of the laboratory: what it says is what that network is."""
import json

from coterie import CoterieTest
from nat_lab import (CARRIER_GRADE, FULL_CONE, IPV6_ONLY, PORT_RESTRICTED, PUBLIC, SYMMETRIC, TCP_443_ONLY, TURN,
                     UDP_BLOCKED, Lab, require_laboratory)

# Two addresses of one server, and its IPv6 one.
STUN = [part for host in ("198.18.2.2", "198.18.2.3", "[2001:db8:2::2]") for part in ("--stun", f"stun:{host}:3478")]
TRANSPORTS = {"udp": f"turn:{TURN}:3478", "tcp": f"turn:{TURN}:3478?transport=tcp", "tls": f"turns:{TURN}:443"}


class Networks(CoterieTest):
    def setUp(self):
        require_laboratory()
        super().setUp()
        self.lab = Lab(self)
        self.turn = self.lab.start_turn_server(self.root)

    def examine(self, kind, *transports):
        """(exit code, {check: [(status, code)]}, {check: texts}) at a new site of this kind."""
        turn = [part for one in transports for part in ("--turn", TRANSPORTS[one])]
        if transports:
            turn += ["--turn-user", "user", "--turn-password-file", self.turn.password_file, "--tls-ca", self.turn.authority]
        result = self.run_program("--home", self.root / "none", "--json", "doctor", *STUN, *turn,
                                  prefix=self.lab.site(kind).host.prefix)
        self.assertIn(result.code, (0, 1), f"\n{result}")
        found, texts = {}, {}
        for finding in json.loads(result.stdout)["findings"]:
            found.setdefault(finding["check"], []).append((finding["status"], finding.get("code")))
            texts.setdefault(finding["check"], []).append(finding["text"])
        return result.code, found, texts

    def test_public(self):
        code, found, texts = self.examine(PUBLIC, "udp", "tcp", "tls")
        self.assertEqual((code, found["udp"], found["nat"]), (0, [("ok", None)], [("ok", None)]))
        self.assertEqual(found["stun"], [("ok", None)] * 3)
        self.assertEqual(found["turn"], [("ok", None)] * 3, texts["turn"])
        self.assertIn("no NAT", texts["nat"][0])
        self.assertTrue(texts["stun"][2].startswith("IPv6 "))

    def test_nats_with_one_mapping(self):
        for kind in (FULL_CONE, PORT_RESTRICTED, CARRIER_GRADE):
            with self.subTest(kind):
                code, found, texts = self.examine(kind, "udp")
                self.assertEqual((code, found["nat"], found["turn"]), (0, [("ok", None)], [("ok", None)]), texts)
                self.assertIn("one mapping", texts["nat"][0])
                self.assertEqual(found["stun"], [("ok", None)] * 2 + [("warning", "stun-silent")])

    def test_a_symmetric_nat(self):
        code, found, _ = self.examine(SYMMETRIC)
        self.assertEqual((code, found["nat"]), (0, [("warning", "nat-symmetric")]))
        code, found, texts = self.examine(SYMMETRIC, "udp")
        self.assertEqual((code, found["nat"], found["turn"]), (0, [("ok", None)], [("ok", None)]), texts)
        self.assertIn("symmetric", texts["nat"][0])

    def test_udp_blocked(self):
        code, found, _ = self.examine(UDP_BLOCKED)
        self.assertEqual((code, found["udp"], found["nat"]), (1, [("failed", "udp-blocked")], [("skipped", None)]))
        code, found, texts = self.examine(UDP_BLOCKED, "udp", "tcp")
        self.assertEqual((code, found["udp"]), (0, [("warning", "udp-blocked")]))
        self.assertEqual(found["turn"], [("warning", "turn-unreachable"), ("ok", None)], texts["turn"])

    def test_only_tcp_443(self):
        code, found, texts = self.examine(TCP_443_ONLY, "tcp", "tls")
        self.assertEqual((code, found["udp"]), (0, [("warning", "udp-blocked")]))
        self.assertEqual(found["turn"], [("warning", "turn-unreachable"), ("ok", None)], texts["turn"])

    def test_ipv6_only(self):
        code, found, texts = self.examine(IPV6_ONLY, "udp")
        self.assertEqual((code, found["udp"], found["nat"]), (0, [("ok", None)], [("skipped", None)]), texts)
        self.assertEqual(found["stun"], [("warning", "stun-silent")] * 2 + [("ok", None)])
        self.assertEqual(found["turn"], [("ok", None)], texts["turn"])
