# Harness of the tests that run the real program: signers with homes of their own, processes watched through their output.
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

PROGRAM = os.environ.get("COTERIE_PROGRAM", "")

# Seconds after which a test gives up waiting for an event. Far above what anything takes: never a statement about speed.
DEADLINE = float(os.environ.get("COTERIE_TEST_DEADLINE", "60"))

# Seconds for the last output of a process that was killed. Only one that it left behind and that holds the output open
# needs them: what it wrote itself is there already.
LAST_OUTPUT = 5

# Where a creation on this machine meets: a free port, loopback only, no name server asked.
LOOPBACK_ROOM = ["--port", "0", "--listen", "127.0.0.1", "--advertise", "127.0.0.1"]
NO_STUN = ["--stun", "none"]


class Result:
    """What a process left: exit code, stdout, stderr; `json` parses stdout as one object, `events` as JSON Lines."""

    def __init__(self, arguments, code, stdout, stderr):
        self.arguments = arguments
        self.code = code
        self.stdout = stdout
        self.stderr = stderr

    @property
    def json(self):
        return json.loads(self.stdout)

    @property
    def events(self):
        return [json.loads(line) for line in self.stdout.splitlines()]

    def __str__(self):
        return (f"coterie {' '.join(self.arguments)}\nexit code {self.code}\n"
                f"--- stdout\n{self.stdout}--- stderr\n{self.stderr}---")


class Running:
    """A process in the background. Two threads read its output; waiting is for a line, an event or the end."""

    def __init__(self, case, arguments, environment, prefix=(), program=None):
        self.arguments = [str(argument) for argument in arguments]
        self.process = subprocess.Popen([*prefix, program or PROGRAM, *self.arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                                        cwd=case.root, start_new_session=True)
        self.pid = self.process.pid
        self.changed = threading.Condition()
        self.lines = {"stdout": [], "stderr": []}
        self.readers = [threading.Thread(target=self._read, args=(name, pipe), daemon=True)
                        for name, pipe in (("stdout", self.process.stdout), ("stderr", self.process.stderr))]
        self.open_readers = len(self.readers)
        for reader in self.readers:
            reader.start()
        case.started.append(self)

    def _read(self, name, pipe):
        with pipe:
            for line in pipe:
                with self.changed:
                    self.lines[name].append(line.decode("utf-8", "backslashreplace"))
                    self.changed.notify_all()
        with self.changed:
            self.open_readers -= 1
            self.changed.notify_all()

    @property
    def stdout(self):
        return "".join(self.lines["stdout"])

    @property
    def stderr(self):
        return "".join(self.lines["stderr"])

    @property
    def output(self):
        return self.stdout + self.stderr

    @property
    def events(self):
        return [json.loads(line) for line in self.lines["stdout"]]

    def _wait(self, ready, what, deadline):
        end = time.monotonic() + deadline
        with self.changed:
            while True:
                found = ready()
                if found is not None:
                    return found
                if self.open_readers == 0:
                    raise AssertionError(f"ended without {what}:\n{self}")
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {what} within {deadline} s:\n{self}")
                self.changed.wait(left)

    def wait_for(self, predicate=None, deadline=DEADLINE, **fields):
        """The first JSON event that has these fields and satisfies the predicate."""

        def ready():
            for event in self.events:
                if all(event.get(key) == value for key, value in fields.items()):
                    if predicate is None or predicate(event):
                        return event
            return None

        return self._wait(ready, f"event {fields}", deadline)

    def wait_for_text(self, pattern, stream="stderr", deadline=DEADLINE):
        return self._wait(lambda: re.search(pattern, getattr(self, stream)), f"text {pattern!r} on {stream}", deadline)

    @property
    def invite(self):
        return self.wait_for(event="invite")["invite"]

    def wait(self, deadline=DEADLINE):
        """Waits for the end and for the last byte of the output."""
        end = time.monotonic() + deadline
        try:
            self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {deadline} s:\n{self}") from None
        for reader in self.readers:
            reader.join(max(0.0, end - time.monotonic()))
            if reader.is_alive():
                raise AssertionError(f"ended, but a process it left behind holds its output open:\n{self}")
        return Result(self.arguments, self.process.returncode, self.stdout, self.stderr)

    def send_signal(self, number):
        self.process.send_signal(number)

    def suspend(self):
        """Once this returns, no thread of the process runs: it reads, writes and sends nothing until it goes on."""
        self.send_signal(signal.SIGSTOP)
        # The signal reaches its threads one by one; the parent is told when all of them stand.
        state = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if state.si_code != os.CLD_STOPPED:
            raise AssertionError(f"ended before it could be suspended:\n{self}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """At the end of the test: whatever it does, it is over, and its output read."""
        if self.process.poll() is None:
            self.kill()
        for reader in self.readers:
            reader.join(LAST_OUTPUT)

    def __str__(self):
        return str(Result(self.arguments, self.process.poll(), self.stdout, self.stderr))


class Home:
    """One signer's vault and the passphrase to it."""

    def __init__(self, case, name, prefix=()):
        self.case = case
        self.name = name
        self.prefix = list(prefix)
        self.directory = case.root / f"home-{name}"
        self.passphrase = f"passphrase-{secrets.token_hex(8)}"
        self.passphrase_file = case.root / f"passphrase-of-{name}"
        case.write(self.passphrase_file, self.passphrase + "\n")
        case.passphrases.append(self.passphrase)
        self.card = None

    def arguments(self, arguments):
        return ["--home", self.directory, "--passphrase-file", self.passphrase_file, *arguments]

    def start(self, *arguments):
        return Running(self.case, self.arguments(arguments), self.case.environment(), self.prefix)

    def run(self, *arguments, **options):
        return self.case.run_program(*self.arguments(arguments), prefix=self.prefix, **options)

    def query(self, *arguments):
        """The object that a command prints with --json; the command must succeed."""
        return self.case.succeeds(self.run("--json", *arguments)).json

    def create(self, *arguments, room=LOOPBACK_ROOM, stun=NO_STUN):
        return self.start("--json", "multisig", "create", *arguments, *room, *stun)

    def join(self, invite, *arguments, yes=("--yes",), stun=NO_STUN):
        return self.start("--json", "multisig", "join", invite, *yes, *arguments, *stun)

    def resume(self, name, *arguments, stun=NO_STUN):
        # "--": a room may begin with "-".
        return self.start("--json", "multisig", "resume", *arguments, *stun, "--", name)

    def show(self, name, *arguments):
        return self.query("multisig", "show", *arguments, "--", name)

    def multisigs(self):
        return self.query("multisig", "list")["items"]


class CoterieTest(unittest.TestCase):
    """A temporary directory, and every process that was started ended by its pid when the test is over."""

    longMessage = True

    def setUp(self):
        self.assertTrue(PROGRAM, "COTERIE_PROGRAM must name the program")
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="coterie-test-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.temporary = self.root / "tmp"
        self.temporary.mkdir()
        self.started = []
        self.passphrases = []  # of all homes: no process may print one
        self.addCleanup(self._end_processes)

    def _end_processes(self):
        for running in self.started:
            running.end()
        # Only now: what was killed has said its last, too.
        for running in self.started:
            self.assert_no_passphrase(running.output, running.arguments)

    def environment(self, **more):
        """Nothing of the caller's: no COTERIE_*, no terminal, no colour settings."""
        return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(self.root), "LANG": "C.UTF-8",
                "TMPDIR": str(self.temporary), **more}

    def write(self, path, text, mode=0o600):
        path = pathlib.Path(path)
        data = text if isinstance(text, bytes) else text.encode()
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(data)
        return path

    def run_program(self, *arguments, prefix=(), deadline=DEADLINE, environment=None, stdin=None):
        arguments = [str(argument) for argument in arguments]
        process = subprocess.Popen([*prefix, PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                                   env=environment or self.environment(), cwd=self.root, start_new_session=True)
        try:
            stdout, stderr = process.communicate(stdin, timeout=deadline)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(f"coterie {' '.join(arguments)}: still running after {deadline} s") from None
        result = Result(arguments, process.returncode, stdout.decode("utf-8", "backslashreplace"),
                        stderr.decode("utf-8", "backslashreplace"))
        self.assert_no_passphrase(result.stdout + result.stderr, arguments)
        return result

    def start_program(self, *arguments, environment=None):
        return Running(self, arguments, environment or self.environment())

    # Assertions on what a process left.

    def assert_no_passphrase(self, output, arguments):
        for passphrase in self.passphrases:
            self.assertNotIn(passphrase, output, f"coterie {' '.join(arguments)} printed a passphrase")

    def succeeds(self, result):
        self.assertEqual(result.code, 0, f"\n{result}")
        return result

    def fails(self, result, code, *words):
        """Exit code, `coterie: error: …` and these words (regular expressions) on stderr."""
        self.assertEqual(result.code, code, f"\n{result}")
        self.assertIn("coterie: error: ", result.stderr, f"\n{result}")
        for word in words:
            self.assertRegex(result.stderr, re.compile(word, re.IGNORECASE), f"\n{result}")
        return result

    def fails_silently_on_stdout(self, result, code, *words):
        self.fails(result, code, *words)
        self.assertEqual(result.stdout, "", f"\n{result}")
        return result

    def assert_left_nothing_running(self, running):
        """No process of the session that `running` was started in is alive."""
        left = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                except (FileNotFoundError, ProcessLookupError):
                    continue
                if int(fields[3]) == running.pid and fields[0] != "Z":
                    left.append(int(entry.name))
        self.assertEqual(left, [], f"left behind by\n{running}")

    def assert_port_is_free(self, port):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            self.assertNotEqual(probe.connect_ex(("127.0.0.1", port)), 0, f"port {port} still answers")

    # Signers who know each other.

    def team(self, *names, contacts=True, prefixes=None):
        """Homes of signers by these names, made in parallel; with `contacts` each knows all the others."""
        homes = [Home(self, name, (prefixes or {}).get(name, ())) for name in names]

        def make(home):
            self.succeeds(home.run("signer", "create", home.name))
            home.card = self.root / f"card-of-{home.name}"
            self.succeeds(home.run("signer", "card", "--out", home.card))

        in_parallel(make, homes)
        if contacts and len(homes) > 1:
            in_parallel(lambda home: self.introduce(home, *(other for other in homes if other is not home)), homes)
        return homes

    def introduce(self, home, *others):
        """Makes the others contacts of `home`: one file of cards, one call."""
        cards = self.root / f"cards-for-{home.name}-{secrets.token_hex(4)}"
        self.write(cards, "".join(other.card.read_text().strip() + "\n" for other in others))
        self.succeeds(home.run("contact", "add", cards))

    def complete(self, name, threshold, homes, *options):
        """One creation from create to complete by homes[0]; the processes' results, creator first."""
        creator = homes[0].create(name, threshold, *(home.name for home in homes), *options)
        running = [creator]
        if len(homes) > 1:
            invite = creator.invite
            running += [home.join(invite) for home in homes[1:]]
        return [self.succeeds(process.wait()) for process in running]

    def all_receipts(self, name, homes, *options):
        """A creation by three up to where the creator has every receipt and the certificate, which the second signer, who
        stands still since its own receipt, can neither read nor answer: so nobody's record but the third's is complete.
        The processes."""
        creator = homes[0].create(name, "2", *(home.name for home in homes), *options)
        second = homes[1].join(creator.invite)
        creator.wait_for(event="peer", signer=homes[1].name, state="receipt")
        second.suspend()
        third = homes[2].join(creator.invite)
        creator.wait_for(event="peer", signer=homes[2].name, state="complete")
        return creator, second, third

    def assert_all_hold_the_same(self, name, homes):
        """Every vault has exactly one multisig of this name, complete, and all of them the same account."""
        shown = in_parallel(lambda home: home.show(name, "--reveal"), homes)
        for home, multisig in zip(homes, shown):
            self.assertEqual(multisig["status"], "complete", home.name)
            self.assertEqual(multisig["account"], shown[0]["account"], home.name)
            self.assertEqual(multisig["room"], shown[0]["room"], home.name)
            self.assertEqual(len([item for item in home.multisigs() if item["name"] == name]), 1, home.name)
        return shown[0]


def in_parallel(function, arguments):
    """The results of function over arguments, in order; the first exception is raised again."""
    arguments = list(arguments)
    results = [None] * len(arguments)
    errors = []

    def call(index):
        try:
            results[index] = function(arguments[index])
        except BaseException as error:  # noqa: raised again on the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=call, args=(index,)) for index in range(len(arguments))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def address_of(multisig):
    return multisig["account"].get("address") or multisig["account"]["commitment"]


def port_of(invite):
    return int(re.match(r"coterie://(?:\[[^\]]*\]|[^:/]*):(\d+)/", invite).group(1))


def room_of(invite):
    return re.match(r"coterie://[^/]*/([^#]*)#", invite).group(1)


def interrupt(running):
    running.send_signal(signal.SIGINT)


def terminate(running):
    running.send_signal(signal.SIGTERM)
