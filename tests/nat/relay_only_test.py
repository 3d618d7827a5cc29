"""With --ice-policy relay no packet of a link goes anywhere but to the TURN server, whatever addresses the other side names.

    bob behind a home router, 192.168.1.1; alice, public, also has that address and one of another private network: so her
    candidates name bob's own router (tests/support/nat_lab.py)
"""
import ipaddress
import socket

from coterie import CoterieTest, Running
from nat_lab import PORT_RESTRICTED, PUBLIC, SIGNALING, TURN, Lab, configure, require_laboratory
from network import Capture

ROUTER = "192.168.1.1"
HOSTILE = (ROUTER, "10.20.30.40")
TURN_SERVER = ("udp", "198.18.2.2", 3478)
SIGNALING_SERVER = ("tcp", "198.18.1.2", 443)
ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_ARP = 0x0806


def destinations(capture):
    """(transport, address, port) of each packet that left for another machine."""
    names = {socket.IPPROTO_UDP: "udp", socket.IPPROTO_TCP: "tcp"}
    found = set()
    for _, protocol, packet in capture.sent():
        if protocol == ETHERTYPE_ARP:
            continue
        if protocol != ETHERTYPE_IPV4:
            found.add((f"ethertype {protocol:#x}", "", 0))
            continue
        address = ipaddress.IPv4Address(packet[16:20])
        rest = packet[(packet[0] & 15) * 4:]
        if not address.is_loopback:
            found.add((names.get(packet[9], str(packet[9])), str(address), int.from_bytes(rest[2:4], "big")))
    return found


class RelayOnly(CoterieTest):
    def setUp(self):
        require_laboratory()
        super().setUp()

    def destinations_of_bob(self, *policy):
        lab = Lab(self)
        turn = lab.start_turn_server(self.root)
        server = Running(self, ["--json", "signaling", "serve", "--port", "443"], self.environment(),
                         lab.signaling_host.prefix)
        server.wait_for(kind="serve")
        homes = self.team("alice", "bob")
        alice, bob = homes
        sites = [lab.site(PUBLIC), lab.site(PORT_RESTRICTED)]
        configure(sites[0].host.name, *(f"address add {address}/32 dev eth0" for address in HOSTILE))
        for home, site in zip(homes, sites):
            home.prefix = site.host.prefix
        capture = Capture(self, sites[1].host)
        stun = ["--stun", f"stun:{TURN}:3478"]
        creator = alice.create("treasury", "2", "alice", "bob", room=["--signaling", f"ws://{SIGNALING}:443"], stun=stun)
        recipient = bob.join(creator.invite, "--turn", f"turn:{TURN}:3478", "--turn-user", "user", "--turn-password-file",
                             turn.password_file, *policy, stun=stun)
        for process in (recipient, creator):
            self.succeeds(process.wait())
        sent = destinations(capture)
        for home in homes:
            home.prefix = []
        self.assert_all_hold_the_same("treasury", homes)
        return sent

    def test_sends_nothing_to_any_address_but_the_turn_server_s(self):
        self.assertEqual(self.destinations_of_bob("--ice-policy", "relay"), {TURN_SERVER, SIGNALING_SERVER})

    def test_is_what_keeps_it_from_the_addresses_that_the_other_side_names(self):
        sent = self.destinations_of_bob("--ice-policy", "all")
        self.assertIn(ROUTER, {address for transport, address, _ in sent if transport == "udp"}, sent)


if __name__ == "__main__":
    import unittest
    unittest.main()
