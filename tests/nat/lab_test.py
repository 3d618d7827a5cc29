"""The laboratory itself: that its NATs are of the kinds they are called, its wires as bad as told, and nothing is left."""
import os
import pathlib
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from nat_lab import (CARRIER_GRADE, FULL_CONE, IPV6_ONLY, PATH, PORT_RESTRICTED, PUBLIC, SYMMETRIC, TCP_443_ONLY,
                     UDP_BLOCKED, Lab, inside, require_laboratory)
from network import ip, socket_in

TURN_ADDRESS = "198.18.2.2"
PATIENCE = 20

MAPPING = {"Endpoint Independent Mapping": "independent", "Address and Port Dependent Mapping": "dependent"}
FILTERING = {"Endpoint Independent Filtering": "independent", "Address and Port Dependent Filtering": "dependent"}


class LabTest(unittest.TestCase):
    def setUp(self):
        require_laboratory()
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.lab = Lab(self)

    def udp(self, host):
        found = socket_in(host, socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(found.close)
        found.settimeout(PATIENCE)
        return found


def reflexive_address(udp, server):
    """What a STUN server says our address is (RFC 8489)."""
    identifier = secrets.token_bytes(12)
    request = bytes.fromhex("000100002112a442") + identifier
    udp.settimeout(1)
    for _ in range(PATIENCE):
        udp.sendto(request, (server, 3478))
        try:
            answer = udp.recv(2048)
        except TimeoutError:
            continue
        if answer[4:20] != request[4:20]:
            continue
        at = 20
        while at < len(answer):
            kind, size = int.from_bytes(answer[at:at + 2], "big"), int.from_bytes(answer[at + 2:at + 4], "big")
            if kind == 0x0020:  # XOR-MAPPED-ADDRESS
                port = int.from_bytes(answer[at + 6:at + 8], "big") ^ 0x2112
                address = bytes(a ^ b for a, b in zip(answer[at + 8:at + 12], bytes.fromhex("2112a442")))
                return socket.inet_ntoa(address), port
            at += 4 + (size + 3) // 4 * 4
    raise AssertionError(f"{server} does not answer")


def has_ended(pid):
    """Gone, or waiting for a parent that does not care."""
    try:
        return pathlib.Path("/proc", pid, "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Networks(LabTest):
    def setUp(self):
        super().setUp()
        self.turn = self.lab.start_turn_server(self.root)

    def discover(self, *kinds):
        """(mapping, filtering) of each, as coturn's own program finds them."""
        running = {}
        for kind in kinds:
            site = self.lab.site(kind)
            for option in ("-m", "-f"):
                running[kind, option] = subprocess.Popen(
                    [*site.host.prefix, "turnutils_natdiscovery", option, TURN_ADDRESS], stdout=subprocess.PIPE,
                    text=True, env={"PATH": PATH})
        found = {}
        for (kind, option), process in running.items():
            try:
                output, _ = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                output, _ = process.communicate()
            names = MAPPING if option == "-m" else FILTERING
            concluded = re.findall(r"^NAT with (.*)!$", output, re.M)
            found.setdefault(kind, []).append(names.get(concluded[-1], output) if concluded else output)
        return found

    def test_behave_as_their_kinds_say(self):
        self.assertEqual(self.discover(FULL_CONE, PORT_RESTRICTED, CARRIER_GRADE, SYMMETRIC), {
            FULL_CONE: ["independent", "independent"],
            PORT_RESTRICTED: ["independent", "dependent"],
            CARRIER_GRADE: ["independent", "dependent"],
            SYMMETRIC: ["dependent", "dependent"],
        })

    def test_let_out_what_their_kinds_say(self):
        for kind, udp, other_tcp in ((PUBLIC, True, True), (FULL_CONE, True, True), (PORT_RESTRICTED, True, True),
                                     (SYMMETRIC, True, True), (CARRIER_GRADE, True, True), (UDP_BLOCKED, False, True),
                                     (TCP_443_ONLY, False, False)):
            with self.subTest(kind):
                host = self.lab.site(kind).host
                self.assertTrue(self.reaches(host, socket.AF_INET, TURN_ADDRESS, 443))
                self.assertEqual(self.reaches(host, socket.AF_INET, TURN_ADDRESS, 3478), other_tcp)
                if udp:
                    reflexive_address(self.udp(host), TURN_ADDRESS)
                else:
                    self.assert_sends_no_datagram(host)

    def test_without_ipv4_reach_ipv6_only(self):
        host = self.lab.site(IPV6_ONLY).host
        self.assertTrue(self.reaches(host, socket.AF_INET6, "2001:db8:2::2", 3478))
        self.assertFalse(self.reaches(host, socket.AF_INET, TURN_ADDRESS, 3478))

    def test_behind_a_nat_that_rebinds_are_seen_elsewhere_and_reached_no_more(self):
        for rebind in ("rebind_ports", "rebind_address"):
            with self.subTest(rebind):
                site = self.lab.site(PORT_RESTRICTED)
                inner = self.udp(site.host)
                before = reflexive_address(inner, TURN_ADDRESS)
                self.assertEqual(reflexive_address(inner, TURN_ADDRESS), before)
                getattr(site, rebind)()
                after = reflexive_address(inner, TURN_ADDRESS)
                self.assertNotEqual(after, before)
                self.assertEqual(after[0] == before[0], rebind == "rebind_ports")

    def reaches(self, host, family, address, port):
        with socket_in(host, family, socket.SOCK_STREAM) as tcp:
            tcp.settimeout(2)
            try:
                tcp.connect((address, port))
                return True
            except OSError:
                return False

    def assert_sends_no_datagram(self, host):
        """The receiver is asked for what came before a datagram of a host that is heard."""
        receiver = self.udp(self.lab.signaling_host)
        receiver.bind(("198.18.1.2", 0))
        self.udp(host).sendto(b"blocked", receiver.getsockname())
        self.udp(self.lab.turn_host).sendto(b"heard", receiver.getsockname())
        self.assertEqual(receiver.recv(100), b"heard")


class Wires(LabTest):
    COUNT = 1000

    def numbers_that_came(self, *wire):
        """A thousand numbered datagrams a millisecond apart from behind this wire: (number, seconds on the way)."""
        sender = self.udp(self.lab.site(PUBLIC, wire).host)
        receiver = self.udp(self.lab.signaling_host)
        receiver.bind(("198.18.1.2", 0))
        # Until ARP has answered the kernel keeps packets, and new ones overtake those that it then lets go.
        while not select.select([receiver], [], [], 0.3)[0]:
            sender.sendto(b"first", receiver.getsockname())
        while select.select([receiver], [], [], 0.5)[0]:
            receiver.recv(100)
        receiver.setblocking(False)
        sent, came = {}, []

        def receive():
            while True:
                try:
                    number = int(receiver.recv(100))
                except BlockingIOError:
                    return
                came.append((number, time.monotonic() - sent[number]))

        for number in range(self.COUNT):
            sent[number] = time.monotonic()
            sender.sendto(b"%d" % number, receiver.getsockname())
            while time.monotonic() < sent[number] + 0.001:
                receive()
        end = time.monotonic() + 2
        while time.monotonic() < end and len(came) < self.COUNT:
            receive()
        return came

    def test_lose_as_many_as_told(self):
        for percent in (5, 20):
            with self.subTest(percent):
                lost = self.COUNT - len(self.numbers_that_came("--loss", percent, "--seed", 7))
                self.assertAlmostEqual(lost / self.COUNT * 100, percent, delta=percent / 2)

    def test_delay_by_as_much_as_told_and_keep_the_order(self):
        came = self.numbers_that_came("--delay", 100)
        self.assertEqual([number for number, _ in came], list(range(self.COUNT)))
        self.assertGreaterEqual(min(seconds for _, seconds in came), 0.1)

    def test_reorder_as_many_as_told_and_lose_none(self):
        came = [number for number, _ in self.numbers_that_came("--reorder", 20, "--hold", 10)]
        self.assertEqual(sorted(came), list(range(self.COUNT)))
        late = sum(number < max(came[:place]) for place, number in enumerate(came) if place)
        self.assertGreater(late, self.COUNT * 0.1)
        self.assertLess(late, self.COUNT * 0.3)


class Ending(unittest.TestCase):
    def setUp(self):
        require_laboratory()

    def left_of(self, mark):
        shown = pathlib.Path("/etc/netns")
        files = [path.name for path in shown.iterdir()] if shown.exists() else []
        return [name for name in ip("netns", "list").split() + files if name.startswith(mark)]

    def test_removes_everything_after_a_failure(self):
        with self.assertRaises(ZeroDivisionError):
            with Lab() as lab:
                lab.site(CARRIER_GRADE, ["--delay", 1])
                wire = lab.wire.process
                self.assertGreater(len(self.left_of(lab.mark)), 6)
                raise ZeroDivisionError
        self.assertEqual(self.left_of(lab.mark), [])
        self.assertIsNotNone(wire.poll())

    def test_of_a_killed_test_is_removed_by_the_next(self):
        script = ("import sys; sys.path.insert(0, sys.argv[1])\nfrom nat_lab import *\n"
                  "lab = Lab(); lab.site(PUBLIC, ['--delay', 1]); print(lab.mark, lab.wire.process.pid, flush=True); input()")
        support = pathlib.Path(__file__).resolve().parent.parent / "support"
        process = subprocess.Popen([sys.executable, "-c", script, str(support)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        mark, wire = process.stdout.readline().split()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertNotEqual(self.left_of(mark), [])
        with Lab():
            self.assertEqual(self.left_of(mark), [])
        self.assertTrue(has_ended(wire), "its wire lives on")

    def test_leads_nowhere_else(self):
        with Lab() as lab:
            host = lab.site(PORT_RESTRICTED).host
            ways = {line.split()[0] for line in inside(lab.internet, "ip", "route").splitlines()}
            self.assertEqual(ways, {"blackhole", *(f"198.18.{number}.0/24" for number in range(1, lab.sites + 1))})
            links = inside(lab.internet, "ip", "-o", "link").splitlines()
            self.assertEqual(len(links), 1 + lab.sites)
            self.assertNotIn(os.environ.get("HOSTNAME", "none"), inside(host.name, "cat", "/etc/hosts"))


if __name__ == "__main__":
    unittest.main()
