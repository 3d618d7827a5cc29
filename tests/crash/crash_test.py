# A crash at every journal write, fsync and message of a creation of three, of each role and of the server; then everybody
# goes on as a user would. Needs a build with COTERIE_FAILPOINTS. The points are not listed here: a creation without any
# crash says which there are.
import collections
import copy
import os
import random
import re
import shutil
import signal
import threading
import time
import unittest

from coterie import DEADLINE, NO_STUN, CoterieTest, in_parallel, room_of

ROLES = ("creator", "recipient", "server")
SIGNERS = ("alice", "bob", "carol")
PARALLEL = 4
# Of each role's points, those that the plain run of the tests takes: every STRIDE-th. `./test.sh crash` takes all.
STRIDE = int(os.environ.get("COTERIE_CRASH_STRIDE", "16"))
# For pairs of points drawn at random.
PAIRS_SECONDS = float(os.environ.get("COTERIE_CRASH_PAIRS_SECONDS", "20"))


class Drill:
    """One creation with a meeting server of its own, in a directory of its own, in which chosen processes die once."""

    def __init__(self, case, template, number, crashes, log=None):
        self.case = case
        self.root = case.root / f"drill-{number}"
        self.crashes = dict(crashes)  # role: failpoint; taken out when the process starts with it
        self.died = set()
        self.log = log
        self.homes = []
        for model in template:
            home = copy.copy(model)
            home.directory = self.root / model.name
            shutil.copytree(model.directory, home.directory)
            self.homes.append(home)
        self.port = None
        self.invite = None

    def environment(self, role):
        more = {}
        if role in self.crashes:
            more["COTERIE_FAILPOINT"] = self.crashes[role]
        if self.log and role:
            more["COTERIE_FAILPOINT_LOG"] = str(self.log[role])
        return self.case.environment(**more)

    def run_to_the_end(self, role, start, reached):
        """Starts a process again as long as the chosen failpoint ends it: `start` gives its arguments."""
        while True:
            running = self.case.start_program(*start(), environment=self.environment(role))
            reached(running)
            if role == "server":
                running.process.wait()  # for as long as the creation takes: `end_serving` ends it
            result = running.wait()
            if result.code != -signal.SIGKILL or role not in self.crashes:  # the latter: not by a failpoint of ours
                return result
            self.died.add(role)
            del self.crashes[role]

    def serve(self):
        ready = threading.Event()
        self.over = False
        self.served = None  # the Result of the server that nothing killed, or the exception in its place
        self.changing = threading.Lock()

        def start():
            return ["--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", str(self.port or 0)]

        def reached(running):
            self.port = running.wait_for(lambda event: "port" in event)["port"]
            with self.changing:
                self.server = running
                if self.over:  # its predecessor died of the last messages, or of SIGTERM's
                    running.send_signal(signal.SIGTERM)
            ready.set()

        def work():
            try:
                self.served = self.run_to_the_end("server", start, reached)
            except Exception as error:  # noqa: raised again by `end_serving`, on the drill's own thread
                self.served = error
            ready.set()

        self.serving = threading.Thread(target=work, daemon=True)
        self.serving.start()
        if not ready.wait(DEADLINE):
            raise AssertionError("the server is not ready")
        if isinstance(self.served, Exception):
            raise self.served

    def end_serving(self):
        with self.changing:
            self.over = True
            self.server.send_signal(signal.SIGTERM)
        self.serving.join(DEADLINE)
        if self.serving.is_alive():
            raise AssertionError(f"after SIGTERM the server goes on:\n{self.server}")
        if isinstance(self.served, Exception):
            raise self.served
        self.case.succeeds(self.served)

    def create(self):
        alice = self.homes[0]

        def start():
            # Again and again the same command: what was journaled goes on, what was not is made.
            return alice.arguments(["--json", "multisig", "create", "treasury", "2", *SIGNERS, "--signaling",
                                    f"ws://127.0.0.1:{self.port}", *NO_STUN])

        def reached(running):
            try:
                invite = running.invite
            except AssertionError:
                if running.process.wait(DEADLINE) in (0, -signal.SIGKILL):
                    return  # it was complete already, or died before
                raise
            if self.invite is not None and room_of(self.invite) != room_of(invite):
                raise AssertionError(f"an invite was shown, and then another: {self.invite}, {invite}")
            self.invite = invite
            self.invited.set()

        return self.run_to_the_end("creator", start, reached)

    def join(self, home):
        if not self.invited.wait(DEADLINE):
            raise AssertionError("no invite")
        role = "recipient" if home.name == "bob" else None
        return self.run_to_the_end(
            role, lambda: home.arguments(["--json", "multisig", "join", self.invite, "--yes", *NO_STUN]), lambda _: None)

    def run(self):
        self.invited = threading.Event()
        self.serve()
        jobs = [self.create, *(lambda home=home: self.join(home) for home in self.homes[1:])]
        try:
            results = in_parallel(lambda job: job(), jobs)
        finally:
            self.end_serving()
        for result in results:
            self.case.succeeds(result)
        self.case.assert_all_hold_the_same("treasury", self.homes)
        for home in self.homes:
            self.case.succeeds(home.run("multisig", "verify", "treasury"))
        certificates = {home.run("multisig", "certificate", "treasury").stdout for home in self.homes}
        self.case.assertEqual(len(certificates), 1)
        shutil.rmtree(self.root)


class CrashTest(CoterieTest):
    def setUp(self):
        super().setUp()
        self.template = self.team(*SIGNERS)
        self.numbers = iter(range(1_000_000))
        log = {role: self.root / f"passes-of-{role}" for role in ROLES}
        Drill(self, self.template, next(self.numbers), {}, log).run()
        self.points = {}
        for role, file in log.items():
            passes = collections.Counter(file.read_text().splitlines())
            self.points[role] = [f"{name}:{number}" for name, count in passes.items() for number in range(1, count + 1)]
            self.assertGreater(len(self.points[role]), 10, role)

    def drill(self, all_crashes):
        """One drill for each {role: failpoint}; the roles that died, drill by drill. All failures are told together."""
        waiting = list(enumerate(all_crashes))
        died = [set() for _ in waiting]
        problems = []
        lock = threading.Lock()

        def work(_):
            while True:
                with lock:
                    if not waiting:
                        return
                    index, crashes = waiting.pop(0)
                    number = next(self.numbers)
                drill = Drill(self, self.template, number, crashes)
                try:
                    drill.run()
                except Exception as error:  # noqa: told below, with its point
                    with lock:
                        problems.append(f"{crashes}: {error}")
                died[index] = drill.died

        in_parallel(work, range(PARALLEL))
        self.assertEqual(problems, [], "\n".join(problems))
        return died


class Crash(CrashTest):
    def at_every_point_of(self, role):
        chosen = self.points[role][::STRIDE]
        died = self.drill([{role: point} for point in chosen])
        reached = sum(1 for roles in died if role in roles)
        print(f"{role}: {len(chosen)} of {len(self.points[role])} points, {reached} crashes")
        # How often a message comes again differs from run to run; the journal's points are always there.
        self.assertGreaterEqual(reached, 0.8 * len(chosen))
        for point, roles in zip(chosen, died):
            if re.search("journal", point):
                self.assertIn(role, roles, point)

    def test_of_the_creator_loses_nothing(self):
        self.at_every_point_of("creator")

    def test_of_a_recipient_loses_nothing(self):
        self.at_every_point_of("recipient")

    def test_of_the_server_loses_nothing(self):
        self.at_every_point_of("server")

    def test_of_two_at_random_points_loses_nothing(self):
        seed = int(os.environ.get("COTERIE_CRASH_SEED", random.SystemRandom().randrange(2**32)))
        print(f"COTERIE_CRASH_SEED={seed}")
        draw = random.Random(seed)
        end = time.monotonic() + PAIRS_SECONDS
        drills = crashes = 0
        while time.monotonic() < end:
            pairs = [{role: draw.choice(self.points[role]) for role in draw.sample(ROLES, 2)} for _ in range(PARALLEL)]
            crashes += sum(len(roles) for roles in self.drill(pairs))
            drills += len(pairs)
        print(f"{drills} creations with {crashes} crashes")
        self.assertGreaterEqual(crashes, drills)


if __name__ == "__main__":
    unittest.main()
