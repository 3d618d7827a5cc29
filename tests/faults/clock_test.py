# Clocks that are wrong, or jump: times are information only, nothing of a creation waits by them. libfaketime stands for the
# clock, of one process each; the time that only counts seconds (CLOCK_MONOTONIC) stays, as it does when a clock is set.
import glob
import os
import time
import unittest

from coterie import CoterieTest, Running

# Of the jumps, those that the plain run of the tests takes.
STRIDE = max(1, int(os.environ.get("COTERIE_FAULTS_STRIDE", "16")) // 2)
DAY = 86400
SIGNERS = ("alice", "bob", "carol")


class Clock(CoterieTest):
    def setUp(self):
        super().setUp()
        if os.environ.get("COTERIE_SANITIZE"):
            self.skipTest("a sanitizer wants to be the first library that is loaded")
        libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not libraries:
            self.skipTest("needs libfaketime (Debian's package of that name)")
        self.environment_of_clock = [f"LD_PRELOAD={libraries[0]}", "DONT_FAKE_MONOTONIC=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]

    def off_by(self, offset):
        return ["env", *self.environment_of_clock, f"FAKETIME={offset:+d}"]

    def settable(self, name):
        """A clock that is right until `set` is called."""
        file = self.write(self.root / f"clock-{name}", "+0\n")
        return ["env", *self.environment_of_clock, f"FAKETIME_TIMESTAMP_FILE={file}", "FAKETIME_NO_CACHE=1"], \
            lambda offset: self.write(file, f"{offset:+d}\n")

    def assert_made_at(self, multisig, offset):
        self.assertLess(abs(multisig["created_at"] - time.time() - offset), DAY / 2)

    def serve(self, offset):
        server = Running(self, ["--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0"], self.environment(),
                         self.off_by(offset))
        return f"ws://127.0.0.1:{server.wait_for(kind='serve')['port']}"

    def complete_with(self, offsets, server=None):
        homes = self.team(*SIGNERS, prefixes={name: self.off_by(offset) for name, offset in offsets.items()})
        alice, bob, carol = homes
        if server is not None:
            creator = alice.create("treasury", "2", *SIGNERS, "--signaling", self.serve(server), room=[])
        else:
            creator = alice.create("treasury", "2", *SIGNERS)
        invite = creator.invite
        for process in [bob.join(invite), carol.join(invite), creator]:
            self.succeeds(process.wait())
        self.assert_made_at(self.assert_all_hold_the_same("treasury", homes), offsets.get("alice", 0))
        self.succeeds(bob.run("multisig", "verify", "treasury"))

    def test_of_the_creator_a_day_ahead_decides_nothing(self):
        self.complete_with({"alice": DAY})

    def test_of_the_creator_a_day_behind_and_the_server_s_a_day_ahead_decide_nothing(self):
        self.complete_with({"alice": -DAY}, server=DAY)

    def test_of_recipients_a_day_ahead_and_behind_and_the_server_s_behind_decide_nothing(self):
        self.complete_with({"bob": DAY, "carol": -DAY}, server=-DAY)

    def test_of_any_that_jumps_during_a_creation_decides_nothing(self):
        homes = self.team(*SIGNERS)
        alice, bob, carol = homes
        clocks = {}
        for home in homes:
            home.prefix, clocks[home.name] = self.settable(home.name)
        moments = [{"event": "invite"}, {"event": "peer", "signer": "bob", "state": "connecting"},
                   {"event": "peer", "signer": "bob", "state": "receipt"}]
        jumps = [(who, offset, moment) for who in SIGNERS for offset in (DAY, -DAY) for moment in moments]
        for index, (who, offset, moment) in enumerate(jumps[::STRIDE]):
            with self.subTest(who=who, offset=offset, moment=moment):
                for set_clock in clocks.values():
                    set_clock(0)
                name = f"treasury-{index}"
                creator = alice.create(name, "2", *SIGNERS)
                recipients = [bob.join(creator.invite)]
                if who == "carol":
                    recipients.append(carol.join(creator.invite))
                creator.wait_for(**moment)
                clocks[who](offset)
                if who != "carol":
                    recipients.append(carol.join(creator.invite))
                for process in [creator, *recipients]:
                    self.succeeds(process.wait())
                self.assert_all_hold_the_same(name, homes)
                # That clock did jump.
                (jumped,) = [home for home in homes if home.name == who]
                self.complete(f"own-{index}", 1, [jumped])
                self.assert_made_at(jumped.show(f"own-{index}"), offset)


if __name__ == "__main__":
    unittest.main()
