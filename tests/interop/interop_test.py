"""Our PeerConnection against other stacks, each side in a process of its own, offering and answering.

    ours 10.77.0.1 ── bridge ── the other stack 10.77.0.2        no way to anywhere else
"""
import os
import pathlib
import shutil
import tempfile
import unittest

from rtc_peer import Peer, digest, isolated, join, node_peer, pattern

OURS = os.environ.get("COTERIE_RTC_PEER", "")
LARGE = 200_000  # bytes: many SCTP packets, several DTLS records


class Interop:
    """What is tested; a class below for each stack says how to start it."""

    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        command = self.command()
        ours, other = isolated(self, 2)
        self.ours = Peer(self, "ours", [OURS], ours)
        self.other = Peer(self, "other", command, other)
        join(self.ours, self.other)

    def connect(self, offerer, answerer):
        offerer.tell("open", label="first")
        offerer.tell("offer")
        offerer.wait_for(event="open", label="first")
        answerer.wait_for(event="channel", label="first")
        self.ours.wait_for(event="state", state="connected")

    def send(self, sender, receiver, label, size, seed):
        sender.tell("send", label=label, size=size, seed=seed)
        receiver.wait_for(event="message", label=label, size=size, sha256=digest(pattern(size, seed)))

    def talk(self, label="first"):
        for size in (1, 600, 65_535, 65_536, LARGE):
            self.send(self.ours, self.other, label, size, 1)
            self.send(self.other, self.ours, label, size, 2)
        self.other.tell("send-text", label=label, text="grüße")
        self.ours.wait_for(event="message", label=label, sha256=digest("grüße".encode()))

    def open_channel(self, opener, taker, label):
        opener.tell("open", label=label)
        taker.wait_for(event="channel", label=label)
        opener.wait_for(event="open", label=label)

    def close_channel(self, closer, other, label):
        closer.tell("close", label=label)
        closer.wait_for(event="closed", label=label, error="")
        other.wait_for(event="closed", label=label, error="")

    def run_it(self, offerer, answerer):
        self.connect(offerer, answerer)
        self.talk()
        # Either side opens channels, either side closes them.
        for closer, other, label in ((self.ours, self.other, "a"), (self.other, self.ours, "b"),
                                     (self.ours, self.other, "c"), (self.other, self.ours, "d")):
            opener, taker = (answerer, offerer) if label in "ad" else (offerer, answerer)
            self.open_channel(opener, taker, label)
            self.send(opener, taker, label, 1000, 3)
            self.send(taker, opener, label, 1000, 4)
            self.close_channel(closer, other, label)
        self.assertEqual(self.ours.find(event="closing"), [{"event": "closing", "label": "b"},
                                                           {"event": "closing", "label": "d"}])
        # More than there are streams: each is used again.
        for label in (f"again {i}" for i in range(36)):
            self.open_channel(self.ours, self.other, label)
            self.send(self.other, self.ours, label, 100, 5)
            self.close_channel(self.ours, self.other, label)
        self.talk()
        self.assertEqual(self.ours.find(event="error") + self.other.find(event="error"), [])

    def we_offer(self):
        self.run_it(self.ours, self.other)
        self.other.tell("disconnect")
        self.ours.wait_for(event="state", state="closed")

    def we_answer(self):
        self.run_it(self.other, self.ours)
        self.ours.tell("end")
        self.other.wait_for(event="closed", label="first")


class Chromium(Interop, unittest.TestCase):
    def command(self):
        chromium = shutil.which("chromium")
        if not chromium:
            raise unittest.SkipTest("needs Debian's chromium: scripts/install-dependencies.sh tests")
        return node_peer("chromium_peer.mjs", "playwright-core", chromium)

    def test_we_offer_and_both_sides_talk_and_close_channels(self):
        self.we_offer()

    def test_we_answer_and_both_sides_talk_and_close_channels(self):
        self.we_answer()


class Libdatachannel(Interop, unittest.TestCase):
    def command(self):
        if os.uname().machine not in ("x86_64", "aarch64"):
            raise unittest.SkipTest(f"npm's node-datachannel has no binary for {os.uname().machine}")
        return node_peer("libdatachannel_peer.mjs", "node-datachannel")

    def test_we_offer_and_both_sides_talk_and_close_channels(self):
        self.we_offer()

    def test_we_answer_and_both_sides_talk_and_close_channels(self):
        self.we_answer()
