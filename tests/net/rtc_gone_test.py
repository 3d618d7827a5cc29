"""A peer that is gone without a word: its process is killed, so no packet of it says so."""
import os
import pathlib
import tempfile
import unittest

from rtc_peer import Peer, join

OURS = os.environ.get("COTERIE_RTC_PEER", "")


class PeerThatIsGone(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.alice = Peer(self, "alice", [OURS])
        self.bob = Peer(self, "bob", [OURS])
        join(self.alice, self.bob)
        self.alice.tell("open", label="c")
        self.alice.tell("offer")
        self.bob.wait_for(event="channel", label="c")
        self.alice.wait_for(event="open", label="c")

    def notices(self, survivor):
        failed = survivor.wait_for(patience=30, event="state", state="failed")
        self.assertIn("does not answer any more", failed["error"])
        closed = survivor.wait_for(event="closed", label="c")
        self.assertIn("does not answer any more", closed["error"])
        states = [event["state"] for event in survivor.find(event="state")]
        self.assertEqual(states, ["connecting", "connected", "disconnected", "failed"])

    def test_is_noticed_within_thirty_seconds_by_the_offerer(self):
        self.bob.kill()
        self.notices(self.alice)

    def test_is_noticed_within_thirty_seconds_by_the_answerer_that_sends(self):
        self.alice.kill()
        self.bob.tell("send", label="c", size=100_000, seed=1)
        self.notices(self.bob)


if __name__ == "__main__":
    unittest.main()
