"""A path over which short packets get and long ones do not: the link fails after the checks, and the error says where.

    alice, bob: public hosts; the internet between them drops their UDP packets that are longer than a limit
"""
import unittest

from coterie import CoterieTest
from nat_cells import start_signaling
from nat_lab import PUBLIC, SIGNALING, Lab, inside, require_laboratory

LONGEST_OF_CHECKS = 200  # bytes of an IP packet with a STUN Binding request or response of libnice's
SHORT = ["--connect-timeout", "6s", "--join-timeout", "8s"]


class LongPackets(CoterieTest):
    def setUp(self):
        require_laboratory()
        super().setUp()

    def test_that_are_lost_end_the_link_at_the_handshake(self):
        alice, bob = self.team("alice", "bob")
        lab = Lab(self)
        start_signaling(self, lab)
        for home in (alice, bob):
            home.prefix = lab.site(PUBLIC).host.prefix
        inside(lab.internet, "nft", "-f", "-", input=f"""
            table inet short {{
              chain forward {{
                type filter hook forward priority filter
                meta l4proto udp meta length > {LONGEST_OF_CHECKS} drop
              }}
            }}
            """)
        creator = alice.create("treasury", "2", "alice", "bob", *SHORT, room=["--signaling", f"ws://{SIGNALING}:443"])
        recipient = bob.join(creator.invite, *SHORT)
        why = r"\(link-dtls\); a firewall that inspects UDP or loses long packets may be between both"
        self.assertEqual(self.fails(recipient.wait(), 4, rf"no link to alice: .*{why}").events[-1]["error"]["code"], "link-dtls")
        self.assertEqual(self.fails(creator.wait(), 6, rf"no link to bob: .*{why}").events[-1]["error"]["code"], "link-dtls")


if __name__ == "__main__":
    unittest.main()
