# A process that stands still (SIGSTOP: a laptop that was closed, a machine that swaps) for longer than connect-timeout, at
# several points of a creation, and goes on.
import signal
import time
import unittest

from coterie import CoterieTest, port_of

CONNECT_TIMEOUT = 2
# The fault itself, not a wait for something: longer than connect-timeout, and than the time after which a silent link is
# shown as such (rtc::kSilence).
STOPPED = 3 * CONNECT_TIMEOUT
PATIENCE = ["--connect-timeout", f"{CONNECT_TIMEOUT}s"]


class Suspended(CoterieTest):
    def setUp(self):
        super().setUp()
        self.homes = self.team("alice", "bob", "carol")

    def suspend(self, process):
        process.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED)
        process.send_signal(signal.SIGCONT)

    def end(self, running, names=("alice", "bob", "carol")):
        """Every process ends complete, or pending (then the same command completes it), and all hold one account."""
        alice, bob, carol = self.homes
        results = {name: running[name].wait() for name in names}
        for name, result in results.items():
            shown = {home.name: home for home in self.homes}[name].multisigs()
            self.assertLessEqual(len(shown), 1, f"\n{result}")
            self.assertIn(result.code, (0, 6), f"\n{result}")
            self.assertEqual(result.events[-1]["status"], "complete" if result.code == 0 else "pending", f"\n{result}")
            self.assertEqual(shown[0]["status"], result.events[-1]["status"], f"\n{result}")
        if any(result.code for result in results.values()):
            again = [home.resume("treasury", *PATIENCE) for home in self.homes]
            for process in again:
                self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", self.homes)

    def begin(self, *options, room=None):
        alice, bob, carol = self.homes
        more = {} if room is None else {"room": room}
        creator = alice.create("treasury", "2", "alice", "bob", "carol", *PATIENCE, *options, **more)
        return {"alice": creator, "bob": bob.join(creator.invite, *PATIENCE)}, creator.invite

    def join_last(self, running, invite):
        running["carol"] = self.homes[2].join(invite, *PATIENCE)

    def stopped_at(self, who, moment, of="alice"):
        """`who` stands still when the process `of` tells of this moment; carol joins once it goes on."""
        running, invite = self.begin()
        running[of].wait_for(**moment)
        self.suspend(running[who])
        self.join_last(running, invite)
        self.end(running)

    def test_creator_while_a_signer_connects_goes_on(self):
        self.stopped_at("alice", {"event": "peer", "signer": "bob", "state": "connecting"})

    def test_creator_with_one_receipt_goes_on(self):
        self.stopped_at("alice", {"event": "peer", "signer": "bob", "state": "receipt"})

    def test_recipient_while_it_connects_goes_on(self):
        self.stopped_at("bob", {"event": "peer", "signer": "alice", "state": "connecting"}, of="bob")

    def test_recipient_that_signed_goes_on(self):
        self.stopped_at("bob", {"event": "peer", "signer": "bob", "state": "receipt"})

    def test_recipient_to_whom_the_certificate_is_sent_goes_on(self):
        running, invite = self.begin()
        running["alice"].wait_for(event="peer", signer="bob", state="receipt")
        running["bob"].send_signal(signal.SIGSTOP)
        self.join_last(running, invite)
        running["alice"].wait_for(event="peer", signer="carol", state="complete")
        time.sleep(STOPPED)
        running["bob"].send_signal(signal.SIGCONT)
        self.end(running)

    def test_creator_before_the_last_receipt_goes_on(self):
        running, invite = self.begin()
        running["alice"].wait_for(event="peer", signer="bob", state="receipt")
        self.join_last(running, invite)
        running["carol"].wait_for(event="peer", signer="alice", state="connected")
        self.suspend(running["alice"])
        self.end(running)

    def test_signaling_server_goes_on(self):
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0")
        url = f"ws://127.0.0.1:{server.wait_for(kind='serve')['port']}"
        running, invite = self.begin("--signaling", url, room=[])
        running["alice"].wait_for(event="peer", signer="bob", state="joined")
        self.suspend(server)
        self.join_last(running, invite)
        running["carol"].wait_for(event="peer", signer="alice", state="joined")
        self.suspend(server)
        self.end(running)


if __name__ == "__main__":
    unittest.main()
