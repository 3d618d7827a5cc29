"""Creations of three across the networks of nat_lab: who can reach whom, by which path, how long it takes.

alice creates behind the one network of a cell, bob joins behind the other, carol from a public host. All meet at
`coterie signaling serve` on a public host.
"""
import collections
import dataclasses
import math
import os
import socket
import subprocess
import time

from coterie import PROGRAM, CoterieTest, Running, interrupt
from nat_lab import (CARRIER_GRADE, FULL_CONE, IPV6_ONLY, KINDS, PORT_RESTRICTED, PUBLIC, SIGNALING, SYMMETRIC,
                     TCP_443_ONLY, TURN, UDP_BLOCKED, Lab, require_laboratory)
from network import Capture

ALL = os.environ.get("COTERIE_NAT_CELLS") == "all"
NAMES = ("alice", "bob", "carol")

# An attempt that cannot succeed is given up soon; one that can has all the time it needs.
HOPELESS = ["--connect-timeout", "6s", "--join-timeout", "8s"]
PATIENT = ["--connect-timeout", "30s", "--join-timeout", "120s"]
DEADLINE = 180

TURN_ADDRESSES = (socket.inet_pton(socket.AF_INET, "198.18.2.2"), socket.inet_pton(socket.AF_INET6, "2001:db8:2::2"))

IPV4_WITH_UDP = (PUBLIC, FULL_CONE, PORT_RESTRICTED, SYMMETRIC, CARRIER_GRADE)
IPV6 = (PUBLIC, IPV6_ONLY)
# Only what was sent to is let in, by a mapping that the other side must know beforehand (RFC 4787 §5, RFC 5128 §3.3).
ANSWERS_ONLY = (PORT_RESTRICTED, CARRIER_GRADE, SYMMETRIC)


def direct_path(one, other):
    """`host` or `srflx` where the RFCs let a path without a relay exist, else None."""
    if one in IPV6 and other in IPV6:
        return "host"
    if one not in IPV4_WITH_UDP or other not in IPV4_WITH_UDP:
        return None
    if SYMMETRIC in (one, other) and one in ANSWERS_ONLY and other in ANSWERS_ONLY:
        return None
    return "srflx"


INTERRUPTIONS = {
    "nat address": "the creator's NAT gets another address",
    "nat ports": "the creator's NAT forgets all mappings and maps to other ports",
    "creator": "the creator's machine gets another address",
    "recipient": "the recipient's machine gets another address",
    "turn": "the TURN server is restarted, without the relays that it gave",
    "signaling": "the meeting server is restarted",
}


@dataclasses.dataclass(frozen=True)
class Cell:
    creator: str
    recipient: str
    turn: bool = False
    wire: tuple = ()  # of the creator's line
    interruption: str = ""  # one of INTERRUPTIONS, when bob has signed and carol is not there yet

    def path_to(self, kind):
        """Of the creator's link to a signer there; None when there can be none."""
        return direct_path(self.creator, kind) or ("relay" if self.turn else None)

    @property
    def expected(self):
        """The path of each link."""
        return {"bob": self.path_to(self.recipient), "carol": self.path_to(PUBLIC)}

    @property
    def line(self):
        """In words, the creator's."""
        options = dict(zip(self.wire[::2], self.wire[1::2]))
        words = []
        if "--loss" in options:
            words.append(f"{options['--loss']} % lost each way")
        if "--delay" in options:
            words.append(f"{options['--delay']} ms each way")
        if "--reorder" in options:
            words.append(f"{options['--reorder']} % {options['--hold']} ms late")
        if self.interruption:
            words.append(INTERRUPTIONS[self.interruption])
        return ", ".join(words)

    def __str__(self):
        words = [f"{self.creator} – {self.recipient}", "with TURN" if self.turn else "", self.line]
        return ", ".join(word for word in words if word)


@dataclasses.dataclass
class Outcome:
    results: dict  # of each signer's process
    paths: dict  # of the last link of the creator to each of the others
    seconds: float | None  # from the last join, or the interruption, to complete; None when it did not complete
    relays: tuple  # how alice and bob sent most of what they sent to turn.example: "udp", "tcp", "tls", "other's"

    def describe(self):
        """Of the link between alice and bob."""
        if not self.complete:
            return "no path"
        path = self.paths["bob"]
        # The one's way to its relay or, when only the other has one in use, "other's", and the other's.
        return f"relay {'–'.join(self.relays)}" if path == "relay" else path

    @property
    def complete(self):
        return all(result.code == 0 for result in self.results.values())


# How a datagram for the peer gets to turn.example; what goes to another port goes to a relayed address of the peer's.
WAYS = {(socket.IPPROTO_UDP, 3478): "udp", (socket.IPPROTO_TCP, 3478): "tcp", (socket.IPPROTO_TCP, 443): "tls"}
ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_IPV6 = 0x86DD


def way_to_the_relay(capture):
    sizes = collections.Counter()
    for _, protocol, packet in capture.sent():
        if protocol == ETHERTYPE_IPV4:
            transport, destination, rest = packet[9], packet[16:20], packet[(packet[0] & 15) * 4:]
        elif protocol == ETHERTYPE_IPV6:
            transport, destination, rest = packet[6], packet[24:40], packet[40:]
        else:
            continue
        if destination in TURN_ADDRESSES and transport in (socket.IPPROTO_UDP, socket.IPPROTO_TCP):
            way = WAYS.get((transport, int.from_bytes(rest[2:4], "big")), "other's")
            sizes[way] += len(packet)
    return sizes.most_common(1)[0][0] if sizes else "none"


def run_cell(case, cell, homes, name):
    """One creation by these homes (alice, bob, carol), whose multisig gets this name."""
    with Lab() as lab:
        turn = lab.start_turn_server(case.root)
        try:
            return _create(case, cell, lab, turn, start_signaling(case, lab), homes, name)
        finally:
            for running in case.started:
                if running.process.poll() is None:
                    running.kill()
            for home in homes:
                home.prefix = []


def start_signaling(case, lab):
    server = Running(case, ["--json", "signaling", "serve", "--port", "443"], case.environment(), lab.signaling_host.prefix)
    server.wait_for(kind="serve")
    return server


def _interrupt(case, cell, lab, turn, signaling, sites):
    if cell.interruption == "signaling":
        signaling.kill()
        signaling.wait()
        start_signaling(case, lab)
        return
    {"nat address": sites[0].rebind_address, "nat ports": sites[0].rebind_ports, "creator": sites[0].change_address,
     "recipient": sites[1].change_address, "turn": turn.restart}[cell.interruption]()


def _create(case, cell, lab, turn, signaling, homes, name):
    sites = [lab.site(cell.creator, cell.wire), lab.site(cell.recipient), lab.site(PUBLIC)]
    for home, site in zip(homes, sites):
        home.prefix = site.host.prefix
    captures = [Capture(lab, site.host) for site in sites[:2]]
    options = list(PATIENT if all(cell.expected.values()) else HOPELESS)
    if cell.turn:
        for url in (f"turn:{TURN}:3478", f"turn:{TURN}:3478?transport=tcp", f"turns:{TURN}:443"):
            options += ["--turn", url]
        options += ["--turn-user", "user", "--turn-password-file", turn.password_file, "--tls-ca", turn.authority]
    stun = ["--stun", f"stun:{TURN}:3478"]

    alice, bob, carol = homes
    creator = alice.create(name, "2", *NAMES, *options, room=["--signaling", f"ws://{SIGNALING}:443"], stun=stun)
    recipients = [bob.join(creator.invite, *options, stun=stun)]
    seconds = None
    if cell.interruption:
        creator.wait_for(event="peer", signer="bob", state="receipt", deadline=DEADLINE)
        begin = time.monotonic()
        _interrupt(case, cell, lab, turn, signaling, sites)
    recipients.append(carol.join(creator.invite, *options, stun=stun))
    if cell.interruption:
        for who in NAMES[1:]:
            creator.wait_for(event="peer", signer=who, state="complete", deadline=DEADLINE)
        seconds = time.monotonic() - begin
    results = {"alice": creator.wait(DEADLINE), "bob": recipients[0].wait(DEADLINE)}
    if cell.expected["carol"] and not cell.expected["bob"]:
        interrupt(recipients[1])  # she has signed, and would wait for alice to come back
    results["carol"] = recipients[1].wait(DEADLINE)

    peers = [event for event in creator.events if event["event"] == "peer"]
    connected = [event for event in peers if event["state"] == "connected"]
    came, done = {}, {}
    for event in peers:
        if event["state"] in ("joined", "connecting"):
            came.setdefault(event["signer"], event["t"])
        if event["state"] == "complete":
            done[event["signer"]] = event["t"]
    if not seconds and set(done) == set(came) == set(NAMES[1:]):
        seconds = max(done.values()) - max(came.values())
    return Outcome(results, {event["signer"]: event["path"] for event in connected}, seconds,
                   tuple(way_to_the_relay(capture) for capture in captures))


def judge(case, cell, outcome, homes, name):
    """That the cell ended as it must."""
    shown = f"{cell}\n" + "\n".join(str(result) for result in outcome.results.values())
    expected = cell.expected
    reached = {who: path for who, path in expected.items() if path}
    if cell.turn:
        # The link opens over the first path that works; where there is a direct one, too, that may still be a relay.
        case.assertEqual(set(outcome.paths), set(reached), shown)
        relayed = {who for who, path in outcome.paths.items() if path == "relay"}
        case.assertLessEqual({who for who, path in reached.items() if path == "relay"}, relayed, shown)
    else:
        case.assertEqual(outcome.paths, reached, shown)
    cut_off = [who for who, path in expected.items() if not path]
    if not cut_off:
        case.assertTrue(outcome.complete, shown)
        case.assertIsNotNone(outcome.seconds, shown)
        case.assert_all_hold_the_same(name, homes)
        return
    case.assertEqual(outcome.results["alice"].code, 6, shown)
    networks = {"alice": cell.creator, "bob": cell.recipient, "carol": PUBLIC}
    clauses = {no_link("@", cell.creator, networks[who]): [] for who in cut_off}
    for who in cut_off:
        clauses[no_link("@", cell.creator, networks[who])].append(who)
    words = "; ".join(clause.replace("@", " and ".join(who)) for clause, who in clauses.items())
    case.assertRegex(_error(outcome.results["alice"])["message"], rf"--join-timeout\): {words}$", shown)
    case.assertEqual(_error(outcome.results["alice"])["code"], "link-checks", shown)
    for home in homes:
        if home.name in cut_off:
            case.assertEqual(outcome.results[home.name].code, 4, shown)
            error = _error(outcome.results[home.name])
            words = no_link("alice", networks[home.name], cell.creator)
            case.assertRegex(error["message"], rf"--join-timeout\): {words}$", shown)
            case.assertEqual(error["code"], "link-checks", shown)
            case.assertNotIn(name, [item["name"] for item in home.multisigs()], shown)


def no_link(name, own, other):
    """How the time-out of a signer at `own` must end about one at `other`: stage, what was tried, cause."""
    tried = r"; tried (\w+–\w+ \d+, )+none answered; "
    if (own == IPV6_ONLY) != (other == IPV6_ONLY) and PUBLIC not in (own, other):
        tried = "; "
        cause = "this side has only IPv6, the other only IPv4" if own == IPV6_ONLY else "this side has only IPv4, the other only IPv6"
    elif own not in IPV4_WITH_UDP and own not in IPV6:
        cause = "no STUN server answered here: UDP seems to be blocked on this side"
    elif other not in IPV4_WITH_UDP and other not in IPV6:
        cause = "the other side has told private addresses only: UDP seems to be blocked there"
    else:
        cause = r"the NAT of one side gives each destination another port \(symmetric\), or a firewall drops UDP"
    return rf"no link to {name}: no path was found \(link-checks\){tried}{cause}"


def _error(result):
    return result.events[-1]["error"]


# The cells, in groups. The plain run takes of each group the first third.

def matrix(turn):
    """Every kind against every other; first each against itself and every third other."""
    pairs = [(creator, recipient) for creator in range(len(KINDS)) for recipient in range(len(KINDS))]
    pairs.sort(key=lambda pair: (pair[0] - pair[1]) % 3)
    return [Cell(KINDS[creator], KINDS[recipient], turn) for creator, recipient in pairs]


def homes_at(**line):
    return Cell(PORT_RESTRICTED, PORT_RESTRICTED, **line)


LOSS = [homes_at(wire=("--loss", percent)) for percent in (5, 1, 20)]
DELAY = [homes_at(wire=("--delay", milliseconds)) for milliseconds in (100, 300)]
REORDERING = [homes_at(wire=("--delay", 20, "--reorder", 20, "--hold", 15))]
RECONNECTION = [Cell(PORT_RESTRICTED, PUBLIC, interruption="recipient"), homes_at(interruption="nat address"),
                Cell(SYMMETRIC, SYMMETRIC, True, interruption="turn"), Cell(PORT_RESTRICTED, PUBLIC, interruption="nat ports"),
                homes_at(interruption="creator"), homes_at(interruption="recipient"), homes_at(interruption="signaling")]


def third(cells):
    return cells[:math.ceil(len(cells) / 3)]


def chosen(cells):
    return cells if ALL else third(cells)


class CellsTest(CoterieTest):
    def setUp(self):
        require_laboratory()
        super().setUp()

    def run_cells(self, cells):
        homes = self.team(*NAMES)
        for number, cell in enumerate(cells):
            name = f"treasury {number}"
            with self.subTest(str(cell)):
                judge(self, cell, run_cell(self, cell, homes, name), homes, name)
