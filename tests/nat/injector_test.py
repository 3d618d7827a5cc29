"""A host that sees the ports of a running creation sends forged STUN, ClientHellos and garbage to them, in its own name
and in that of the peer: everybody completes, and nobody's memory grows. One thing delays: a ClientHello in the peer's name
before the handshake with that peer is done, for nothing authenticates either (docs/threats.md, "Weaknesses that remain").

    alice, bob, carol, mallory: public hosts around one router, carol behind a slow line (tests/support/nat_lab.py)
"""
import collections
import os
import random
import socket
import threading

from drill import DrillTest
from resident_memory import resident
from nat_lab import PUBLIC, Lab, inside, require_laboratory
from network import socket_in

ROUND = 2000  # datagrams of each kind to each port, and as many in the peer's name
ROUNDS = 5
# Milliseconds, each way: a link takes several of them, and the injector a small part of one to find its ports.
FAR = ("--delay", 100)
GROWTH = 1024 * 1024  # bytes that a process may grow by between the first round and the last


def attribute(kind, value):
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value + bytes(-len(value) % 4)


class Datagrams:
    """Endlessly different ones, the same in each run."""

    def __init__(self):
        self.random = random.Random(4)

    def stun(self):
        """Well-formed binding requests and answers, as of an ICE peer, under keys that are none."""
        body = attribute(0x0006, self.random.randbytes(4).hex().encode() + b":abcd")  # USERNAME
        body += attribute(0x0024, self.random.randbytes(4))  # PRIORITY
        body += attribute(0x0025, b"") if self.random.random() < 0.5 else b""  # USE-CANDIDATE
        body += attribute(0x802A, self.random.randbytes(8))  # ICE-CONTROLLING
        body += attribute(0x0008, self.random.randbytes(20))  # MESSAGE-INTEGRITY
        kind = self.random.choice((0x0001, 0x0101, 0x0111))
        return (kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + bytes.fromhex("2112a442")
                + self.random.randbytes(12) + body)

    def broken_stun(self):
        whole = bytearray(self.stun())
        whole[self.random.randrange(20, len(whole))] ^= 1 << self.random.randrange(8)
        return bytes(whole[:self.random.randrange(20, len(whole) + 1)])

    def client_hello(self):
        suites = bytes.fromhex("c02bc02fcca9cca8")
        body = bytes.fromhex("fefd") + self.random.randbytes(32) + b"\0\0" + len(suites).to_bytes(2, "big") + suites
        body += b"\1\0"
        size = len(body).to_bytes(3, "big")
        handshake = b"\1" + size + self.random.randbytes(2) + b"\0\0\0" + size + body
        return bytes.fromhex("16fefd0000") + self.random.randbytes(6) + len(handshake).to_bytes(2, "big") + handshake

    def record(self):
        """A DTLS record of the running session, by its looks."""
        kind = self.random.choice((20, 21, 22, 23))
        body = self.random.randbytes(self.random.randrange(1, 600))
        header = bytes([kind]) + bytes.fromhex("fefd0001") + self.random.randbytes(6)
        return header + len(body).to_bytes(2, "big") + body

    def garbage(self):
        return self.random.randbytes(self.random.randrange(0, 1200))

    def all(self):
        return (*self.harmless(), self.client_hello)

    def harmless(self):
        """What has no effect in the peer's name, either, while a link is made."""
        return (self.stun, self.broken_stun, self.record, self.garbage)


def udp_ports(host):
    """That programs of the host have bound."""
    lines = inside(host.name, "cat", "/proc/net/udp", "/proc/net/udp6").splitlines()
    return sorted({int(line.split()[1].rsplit(":", 1)[1], 16) for line in lines if line.split()[0].endswith(":")})


def datagrams_delivered(host):
    """That a program of the host has been given so far, over IPv4."""
    names, values = (line.split() for line in inside(host.name, "cat", "/proc/net/snmp").splitlines()
                     if line.startswith("Udp:"))
    return int(dict(zip(names[1:], values[1:]))["InDatagrams"])


def forged(source, source_port, target, target_port, payload):
    """An IPv4 packet in another's name; the kernel fills in the header's length and checksum."""
    header = bytes([0x45, 0, 0, 0, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0, 0])
    header += socket.inet_aton(source) + socket.inet_aton(target)
    udp = source_port.to_bytes(2, "big") + target_port.to_bytes(2, "big") + (8 + len(payload)).to_bytes(2, "big")
    return header + udp + b"\0\0" + payload


class Injector(DrillTest):
    party = "UDP injector"

    def setUp(self):
        require_laboratory()
        super().setUp()
        self.lab = Lab(self)
        self.hosts = [self.lab.site(PUBLIC, wire).host for wire in ((), (), FAR, ())]
        self.homes = self.team("alice", "bob", "carol", prefixes=dict(zip(("alice", "bob", "carol"),
                                                                          (host.prefix for host in self.hosts))))
        mallory = self.hosts[3]
        self.own = socket_in(mallory, socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.own.close)
        self.raw = socket_in(mallory, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.addCleanup(self.raw.close)
        self.datagrams = Datagrams()
        self.stop = threading.Event()
        self.sent = collections.Counter()  # by the address and port that they went to
        self.misfire = None  # the exception that ended `fire`

    def inject(self, count, pairs, forgeries):
        """Of each pair: this many of each kind to the ports of the first, in mallory's name, and forgeries in the second's."""
        for victim, peer in pairs:
            ports, peer_ports = udp_ports(victim), udp_ports(peer)
            if not ports or not peer_ports:
                continue  # not come yet, or gone
            for make in self.datagrams.all():
                for number in range(count):
                    if self.stop.is_set():
                        return
                    port = ports[number % len(ports)]
                    peer_port = peer_ports[number // len(ports) % len(peer_ports)]
                    self.own.sendto(make(), (victim.address, port))
                    self.sent[victim.address, port] += 1
                    if make in forgeries:
                        self.raw.sendto(forged(peer.address, peer_port, victim.address, port, make()), (victim.address, 0))
                        self.sent[victim.address, port] += 1

    def sent_to(self, host, but=()):
        """How many so far to ports of this host that are not among `but`."""
        return sum(count for (address, port), count in self.sent.copy().items()
                   if address == host.address and port not in but)

    def begin(self, *options):
        """The processes of alice and bob, when she has his receipt."""
        alice, bob, _ = self.homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol", *self.canary(), *options,
                               room=["--advertise", self.hosts[0].address])
        recipient = bob.join(creator.invite, *options)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        return creator, recipient

    def open_fire(self, forgeries):
        """At all three, until `cease_fire`."""
        alice, bob, carol, _ = self.hosts

        def fire():
            try:
                while not self.stop.is_set():
                    self.inject(50, ((alice, carol), (carol, alice), (bob, alice)), forgeries)
            except Exception as error:  # noqa: raised again on the test's own thread
                self.misfire = error

        self.fire = threading.Thread(target=fire, daemon=True)
        self.addCleanup(self.stop.set)
        self.fire.start()

    def cease_fire(self):
        self.stop.set()
        self.fire.join()
        if self.misfire:
            raise self.misfire

    def all_complete(self, *running):
        for process in running:
            self.succeeds(process.wait())

    def assert_all_hold_it(self):
        for home in self.homes:
            home.prefix = []
        self.assert_all_hold_the_same("treasury", self.homes)

    def test_disturbs_no_creation_and_fills_no_memory(self):
        """STUN, ClientHellos, records and garbage to each port, in her own name and in the peer's"""
        host_of_alice, host_of_bob, host_of_carol, _ = self.hosts
        creator, recipient = self.begin()

        before = datagrams_delivered(host_of_alice)
        sizes = []
        for _ in range(ROUNDS):
            self.inject(ROUND, ((host_of_alice, host_of_bob), (host_of_bob, host_of_alice)), self.datagrams.all())
            sizes.append((resident(creator.pid), resident(recipient.pid)))
        self.assertGreater(datagrams_delivered(host_of_alice) - before, ROUND * ROUNDS)
        if not os.environ.get("COTERIE_SANITIZE"):  # sanitizers keep what was freed
            for first, last in zip(sizes[0], sizes[-1]):
                self.assertLess(last - first, GROWTH, sizes)

        # Carol's link is made under fire, from its first packet on.
        others = udp_ports(host_of_alice)  # alice's new ports are those of the link to carol
        self.open_fire(self.datagrams.harmless())
        late = self.homes[2].join(creator.invite)
        hits = []
        for state in ("connecting", "connected"):
            creator.wait_for(event="peer", signer="carol", state=state)
            hits.append((self.sent_to(host_of_alice, others), self.sent_to(host_of_carol)))
        self.all_complete(creator, recipient, late)
        self.cease_fire()
        for connecting, connected in zip(*hits):  # to alice, to carol
            self.assertGreater(connected, connecting, hits)
        # One link each: none was lost, none was made anew.
        connected = [event["signer"] for event in creator.events if event.get("state") == "connected"]
        self.assertEqual(sorted(connected), ["bob", "carol"])
        self.assert_all_hold_it()
        self.note("no effect: complete; memory bounded")

    def test_delays_a_link_at_most(self):
        """ClientHellos in the peer's name while a link is made"""
        patience = ["--connect-timeout", "5s"]  # a link takes a second there, unless it is disturbed
        creator, recipient = self.begin(*patience)
        self.open_fire([self.datagrams.client_hello])
        late = self.homes[2].join(creator.invite, *patience)
        # The former, as a rule; that the latter comes is no fault.
        creator.wait_for_text("no link to carol yet|carol connected")
        self.cease_fire()
        self.all_complete(creator, recipient, late)
        self.assert_all_hold_it()
        self.note("a link is delayed at most; no effect: complete")
