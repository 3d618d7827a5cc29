"""A link that opened through a relay, because nothing direct got through at first, moves to the direct path: that is told.

    alice, bob: public hosts; the internet between them drops their UDP to each other until the link is open
"""
import unittest

from coterie import CoterieTest
from nat_cells import start_signaling
from nat_lab import PUBLIC, SIGNALING, TURN, Lab, inside, require_laboratory


class Path(CoterieTest):
    def setUp(self):
        require_laboratory()
        super().setUp()

    def test_that_gets_better_on_an_open_link_is_told(self):
        alice, bob, _ = self.team("alice", "bob", "carol")
        lab = Lab(self)
        turn = lab.start_turn_server(self.root)
        start_signaling(self, lab)
        sites = [lab.site(PUBLIC), lab.site(PUBLIC)]
        for home, site in zip((alice, bob), sites):
            home.prefix = site.host.prefix
        self.block(lab, *sites)

        options = ["--turn", f"turn:{TURN}:3478", "--turn-user", "user", "--turn-password-file", turn.password_file]
        stun = ["--stun", f"stun:{TURN}:3478"]
        creator = alice.create("treasury", "2", "alice", "bob", "carol", *options,
                               room=["--signaling", f"ws://{SIGNALING}:443"], stun=stun)
        # He signs at once, and waits for carol with his link open.
        recipient = bob.join(creator.invite, *options, stun=stun)
        recipient.wait_for(event="peer", signer="alice", state="connected", path="relay")
        creator.wait_for(event="peer", signer="bob", state="connected", path="relay")
        inside(lab.internet, "nft", "delete", "table", "inet", "block")
        recipient.wait_for(event="peer", signer="alice", state="connected", path="host")
        states = [event["state"] for event in recipient.events if event.get("signer") == "alice"]
        self.assertEqual(states[states.index("connected"):], ["connected", "connected"], "the link stayed open")
        for process in (recipient, creator):
            process.kill()

    def block(self, lab, one, other):
        rules = "\n".join(f"{family} saddr {{ {a}, {b} }} {family} daddr {{ {a}, {b} }} meta l4proto udp drop"
                          for family, a, b in (("ip", one.host.address, other.host.address),
                                               ("ip6", one.host.ipv6_address, other.host.ipv6_address)))
        inside(lab.internet, "nft", "-f", "-", input=f"""
            table inet block {{
              chain forward {{
                type filter hook forward priority filter
                {rules}
              }}
            }}
            """)


if __name__ == "__main__":
    unittest.main()
