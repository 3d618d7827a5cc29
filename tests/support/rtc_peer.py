"""Two WebRTC peers as processes, ours and another stack's, each told what to do and telling what happened in JSON lines.

Commands: offer | describe {type, sdp} | candidate {candidate} | open {label} | send {label, size, seed} |
send-text {label, text} (other stacks) | close {label} (a channel) | disconnect (other stacks) | echo {label} (ours) | end.
Events: description {type, sdp} | candidate {candidate} | state {state, error} | channel {label} | open {label} |
message {label, size, sha256} | closing {label} | closed {label, error} | echo {label} |
error {message}.
"""
import hashlib
import json
import os
import pathlib
import subprocess
import threading
import time
import unittest

from network import Bridge
from node import node

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INTEROP = ROOT / "tests" / "interop"
PACKAGES = ROOT / "build" / "interop"

# Seconds after which a test gives up waiting for an event. Far above what anything takes: never a statement about speed.
DEADLINE = 30


def pattern(size, seed):
    return bytes((i * 31 + seed) & 255 for i in range(size))


def digest(message):
    return hashlib.sha256(message).hexdigest()


def node_peer(script, package, *arguments):
    """The command line of a peer written for Node."""
    program = node()
    if not (PACKAGES / "node_modules" / package).is_dir():
        raise unittest.SkipTest(f"npm's {package} is not installed: scripts/install-dependencies.sh tests")
    return [program, str(INTEROP / script), *arguments]


class Peer:
    """A peer's process. One thread reads its events; what is heard of other peers is passed on while waiting."""

    def __init__(self, case, name, command, prefix=()):
        self.name = name
        self.case = case
        self.events = []
        self.changed = threading.Condition()
        self.over = False
        self.errors = case.enterContext(open(case.directory / f"{name}.stderr", "w+"))
        self.process = subprocess.Popen([*prefix, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, bufsize=1, start_new_session=True,
                                        env={**os.environ, "COTERIE_INTEROP_PACKAGES": str(PACKAGES)})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        case.addCleanup(self._stop)

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.events.append(json.loads(line))
                self.changed.notify_all()
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def _stop(self):
        """Its own end first: a browser is a whole family of processes."""
        try:
            if self.process.poll() is None:
                self.tell("end")
                self.process.stdin.close()
                self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                pass

    def tell(self, what, **fields):
        self.process.stdin.write(json.dumps({"do": what, **fields}) + "\n")
        self.process.stdin.flush()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def find(self, **fields):
        return [event for event in list(self.events) if all(event.get(key) == value for key, value in fields.items())]

    def wait_for(self, patience=DEADLINE, count=1, **fields):
        """The last of the `count` events that have these fields."""
        deadline = time.monotonic() + patience
        with self.changed:
            while len(found := self.find(**fields)) < count:
                left = deadline - time.monotonic()
                if left <= 0 or self.over:
                    what = "ended" if self.over else f"did not in {patience} s"
                    self.errors.seek(0)
                    self.case.fail(f"{self.name} {what}: {fields}\nevents: "
                                   f"{json.dumps(self.events, indent=1)[-4000:]}\n{self.errors.read()[-2000:]}")
                self.changed.wait(left)
        return found[count - 1]


def join(left, right):
    """Passes descriptions and candidates between two peers, as a signaling server would, until both are over."""
    def carry(source, target):
        seen = 0
        while True:
            with source.changed:
                while len(source.events) == seen and not source.over:
                    source.changed.wait()
                if len(source.events) == seen:
                    return
                event = source.events[seen]
            seen += 1
            try:
                if event["event"] == "description":
                    target.tell("describe", type=event["type"], sdp=event["sdp"])
                if event["event"] == "candidate":
                    target.tell("candidate", candidate=event["candidate"])
            except (OSError, ValueError):
                return
    for source, target in ((left, right), (right, left)):
        threading.Thread(target=carry, args=(source, target), daemon=True).start()


def isolated(case, peers):
    """A network of the test's own for each peer, from which nothing leaves; where none can be made, this machine's."""
    try:
        return [host.prefix for host in Bridge(case, peers).hosts]
    except unittest.SkipTest:
        return [()] * peers
