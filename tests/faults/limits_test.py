# Processes that may open few files, have little memory, or may lock none: each run ends with words and a documented exit
# code, and without the limit the same command finishes. No run is ended by a signal (but by GLib's locks, when memory runs
# out under way), hangs, or is complete when it is not.
import itertools
import os
import resource
import shutil
import signal
import unittest

from coterie import CoterieTest, Running

STRIDE = int(os.environ.get("COTERIE_FAULTS_STRIDE", "16"))
KIB, MIB = 1 << 10, 1 << 20
SIGNERS = ("alice", "bob", "carol")
TERMS = ("treasury", "2", *SIGNERS)
GLIB_S_LOCKS = "GLib (gthread-posix.c): Unexpected error from C library during 'malloc'"
FROM_THE_LOADER = 127  # ld.so(8) says so before the program's first line


class LimitsTest(CoterieTest):
    def setUp(self):
        super().setUp()
        if not shutil.which("prlimit"):
            self.skipTest("needs the prlimit program (Debian's util-linux)")
        if os.environ.get("COTERIE_SANITIZE"):
            self.skipTest("a sanitizer needs memory and files of its own, and ends the process without them")

    def ends_in_words(self, result, *words):
        """That the run failed as documented; False where the system's loader could not even start the program."""
        if result.code == FROM_THE_LOADER and "error while loading shared libraries" in result.stderr:
            return False
        self.assertIn(result.code, (1, 6), f"\n{result}")
        self.fails(result, result.code, *words)
        return True

    def creator_within(self, limits, *words):
        """create with one limit after the other, until one is enough; how many were not. The vault stays the same."""
        homes = self.team(*SIGNERS)
        alice, bob, carol = homes
        recipients = []
        ended = 0
        for limit in limits:
            alice.prefix = ["prlimit", limit]
            creator = alice.create(*TERMS)
            try:
                invite = creator.invite
                recipients = recipients or [bob.join(invite), carol.join(invite)]
            except AssertionError:  # it ended without one
                pass
            result = creator.wait()
            if result.code == 0:
                break
            ended += self.ends_in_words(result, *words)
        alice.prefix = []
        for process in recipients:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)
        return ended

    def recipient_within(self, limits, *words):
        homes = self.team(*SIGNERS)
        alice, bob, carol = homes
        creator = alice.create(*TERMS)
        invite = creator.invite
        other = carol.join(invite)
        ended = 0
        for limit in limits:
            bob.prefix = ["prlimit", limit]
            result = bob.join(invite).wait()
            if result.code == 0:
                break
            ended += self.ends_in_words(result, *words)
        bob.prefix = []
        for process in (creator, other):
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)
        return ended


class Descriptors(LimitsTest):
    def limits(self):
        return (f"--nofile={count}" for count in itertools.count(4, max(1, STRIDE // 2)))

    def test_too_few_for_the_creator_end_it_in_words(self):
        self.assertGreater(self.creator_within(self.limits(), "open", "ulimit -n"), 3)

    def test_too_few_for_a_recipient_end_it_in_words(self):
        self.assertGreater(self.recipient_within(self.limits(), "open", "ulimit -n"), 3)

    def test_that_run_out_during_the_creation_leave_it_pending(self):
        homes = self.team(*SIGNERS)
        alice, bob, carol = homes
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0")
        url = f"ws://127.0.0.1:{server.wait_for(kind='serve')['port']}"
        recipients = []
        codes = set()
        limit = None
        while 0 not in codes:
            creator = alice.create(*TERMS, "--join-timeout", "3s", "--signaling", url, room=[])
            recipients = recipients or [bob.join(creator.invite)]
            creator.wait_for(lambda event: event.get("state") != "absent", event="peer", signer="bob")
            # From here on a link that it tries fails at once, and it tries again and again.
            limit = limit + 1 if limit else max(map(int, os.listdir(f"/proc/{creator.pid}/fd"))) + 1
            resource.prlimit(creator.pid, resource.RLIMIT_NOFILE, (limit, limit))
            recipients[1:] = recipients[1:] or [carol.join(creator.invite)]
            result = creator.wait()
            codes.add(result.code)
            if result.code != 0:
                self.assertTrue(self.ends_in_words(result))
        self.assertIn(6, codes)
        for process in recipients:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_too_few_for_the_server_end_it_in_words(self):
        ended = 0
        for limit in self.limits():
            server = Running(self, ["--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0"], self.environment(),
                             ["prlimit", limit])
            try:
                server.wait_for(kind="serve")
                break
            except AssertionError:  # it ended without
                pass
            result = server.wait()
            if self.ends_in_words(result, "too many open files"):
                self.assertEqual(result.code, 1, f"\n{result}")
                self.assertIn("ulimit -n", result.stderr)
                ended += 1
        self.assertGreater(ended, 0)


class Memory(LimitsTest):
    def limits(self):
        return (f"--as={size * MIB}" for size in itertools.count(32, 2 * STRIDE))

    def test_too_little_for_the_creator_ends_it_in_words(self):
        self.assertGreater(self.creator_within(self.limits(), "memory"), 1)

    def test_too_little_for_a_recipient_ends_it_in_words(self):
        self.assertGreater(self.recipient_within(self.limits(), "memory"), 1)

    def take_away(self, running, spare):
        """From now on this process gets no more than so many bytes besides what it has."""
        with open(f"/proc/{running.pid}/status", encoding="ascii") as status:
            size = next(int(line.split()[1]) * KIB for line in status if line.startswith("VmSize:"))
        resource.prlimit(running.pid, resource.RLIMIT_AS, (size + spare, size + spare))

    def running_out(self, victim, moment):
        homes = self.team(*SIGNERS)
        alice, bob, carol = homes
        codes = set()
        for index, spare in enumerate((0, *(4 * KIB << power for power in range(0, 14, min(STRIDE, 8))))):
            name = f"treasury-{index}"
            terms = (name, "2", *SIGNERS)
            running = {"alice": alice.create(*terms)}
            invite = running["alice"].invite
            running["bob"] = bob.join(invite)
            try:
                running[victim].wait_for(**moment)
                self.take_away(running[victim], spare)
            except (AssertionError, OSError):
                self.fail(f"ended before it ran out of memory:\n{running[victim]}")
            running["carol"] = carol.join(invite)
            result = running[victim].wait()
            codes.add(result.code)
            if result.code != 0:
                # GLib's locks end the process themselves, with words of their own, and ask nobody.
                if result.code != -signal.SIGABRT or GLIB_S_LOCKS not in result.stderr:
                    self.ends_in_words(result)
                running[victim] = alice.create(*terms) if victim == "alice" else bob.join(invite)
            for process in running.values():
                self.succeeds(process.wait())
            self.assert_all_hold_the_same(name, homes)
        self.assertTrue(codes & {1, -signal.SIGABRT}, codes)

    def test_that_runs_out_at_the_creator_ends_it_in_words(self):
        self.running_out("alice", {"event": "invite"})

    def test_that_runs_out_at_a_recipient_ends_it_in_words(self):
        self.running_out("bob", {"event": "peer", "signer": "alice", "state": "joined"})

    def test_that_may_not_be_locked_is_one_warning(self):
        # Root is above the limit by a capability, which is given up first.
        prefix = ["prlimit", "--memlock=0:0"]
        if os.geteuid() == 0:
            if not shutil.which("setpriv"):
                self.skipTest("needs the setpriv program (Debian's util-linux)")
            prefix = ["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock", *prefix]
        homes = self.team("alice", "bob", prefixes={"alice": prefix, "bob": prefix})
        for result in self.complete("treasury", 2, homes):
            self.assertEqual(result.stderr.count("warning"), 1, f"\n{result}")
            self.assertIn("does not let secrets be locked in memory", result.stderr)
        self.assert_all_hold_the_same("treasury", homes)


if __name__ == "__main__":
    unittest.main()
