"""Candidates of a hostile peer, and every packet that leaves because of them.

    alice 10.77.0.1 ── bridge ── bob 10.77.0.2, who is also alice's name server; no way to anywhere else
"""
import ipaddress
import os
import pathlib
import tempfile
import unittest

from network import Bridge, Capture, SilentNameServer, use_name_server
from rtc_peer import Peer, join

OURS = os.environ.get("COTERIE_RTC_PEER", "")
IPV4 = 0x0800
IPV6 = 0x86DD
UDP = 17

# None of these may get a packet, and no name of these a query.
FORBIDDEN = [
    "169.254.169.254", "fd00:ec2::254", "169.254.7.7", "fe80::7", "224.0.0.251", "ff02::fb", "255.255.255.255",
    "240.0.0.1", "0.0.0.0", "::", "127.0.0.1", "127.0.0.53", "::1", "::ffff:10.77.0.9", "localhost", "example.org",
    "1d3e4f50-0000-4000-8000-000000000000.local", "10.77.0.9.example.org", "10.77.9", "0x0a4d0009", "012.77.0.9",
]

ANSWER = "\r\n".join([
    "v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuv", "a=setup:active", "a=sctp-port:5000",
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "",
])


class HostileCandidates(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.bridge = Bridge(self, 2)
        alice, bob = self.bridge.hosts
        use_name_server(self, alice, bob.address)
        self.names = SilentNameServer(self, bob)
        self.capture = Capture(self, alice)
        self.alice = Peer(self, "alice", [OURS, "--no-loopback"], alice.prefix)
        self.bob = Peer(self, "bob", [OURS, "--no-loopback"], bob.prefix)

    def tell(self, address, port, number):
        text = f"candidate:{number % 1000} 1 UDP {2130706431 - number} {address} {port} typ host"
        self.alice.tell("candidate", candidate={"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0})

    def connect(self):
        self.alice.tell("open", label="c")
        self.alice.tell("offer")
        join(self.alice, self.bob)
        self.bob.wait_for(event="channel", label="c")
        self.alice.tell("send", label="c", size=600, seed=1)
        self.bob.wait_for(event="message", label="c", size=600)
        self.assertEqual(self.alice.find(event="error"), [])

    def destinations(self):
        """Address and UDP port of every IP packet that left; neighbours' and routers' discovery is the kernel's own."""
        found = set()
        for _, protocol, packet in self.capture.sent():
            if protocol == IPV4:
                transport, address, rest = packet[9], packet[16:20], packet[(packet[0] & 15) * 4:]
            elif protocol == IPV6:
                transport, address, rest = packet[6], packet[24:40], packet[40:]
            else:
                continue
            if transport == UDP:
                found.add((str(ipaddress.ip_address(address)), int.from_bytes(rest[2:4], "big")))
        return found

    def test_no_packet_goes_to_a_forbidden_address_and_no_name_is_asked_for(self):
        for number, address in enumerate(FORBIDDEN):
            self.tell(address, 4242, number)
        self.connect()
        destinations = self.destinations()
        self.assertIn("10.77.0.2", {address for address, _ in destinations}, "nothing was captured")
        self.assertEqual(set(), {place for place in destinations if place[0] != "10.77.0.2" or place[1] in (53, 4242)})
        self.assertFalse(self.names.wait_for_query(0))

    def test_of_a_hundred_thousand_candidates_thirty_two_get_packets(self):
        for number in range(20_000):
            self.tell("10.77.0.2", 1024 + number, number)
        self.alice.tell("open", label="c")
        self.alice.tell("offer")
        self.alice.wait_for(event="description")
        self.alice.tell("describe", type="answer", sdp=ANSWER)
        for number in range(20_000, 100_000):
            self.tell("10.77.0.2", 1024 + number % 60_000, number)
        self.alice.tell("candidate", candidate=None)
        self.alice.tell("echo", label="all were taken")
        self.alice.wait_for(event="echo", label="all were taken")
        # Nobody is there: every check there will be was made.
        self.alice.wait_for(event="state", state="failed", patience=60)
        self.assertEqual(32, len({port for _, port in self.destinations()}))
        self.assertEqual(self.alice.find(event="error"), [])

    def test_a_peer_among_useless_candidates_is_reached(self):
        for number in range(20):
            self.tell("10.77.0.2", 30_000 + number, number)
        self.connect()
