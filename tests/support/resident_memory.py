# The memory of a process while it runs.
import os
import pathlib
import threading

PAUSE = 0.02  # seconds between two looks


def resident(pid):
    """Bytes."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"{pid} has ended")


class MemoryWatch:
    """Looks at a process from now until its end. The peak that the kernel counts is of no use: it is that of Argon2id."""

    RATIO = 1.5  # of what a process may take at most to what it takes in a usual creation

    def __init__(self, running):
        self.running = running
        self.sizes = [resident(running.pid)]
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self):
        ended = threading.Event()
        while not ended.wait(PAUSE):
            try:
                self.sizes.append(resident(self.running.pid))
            except OSError:
                return

    def most(self):
        """The largest that was seen, when the process has ended."""
        self.running.wait()
        self.thread.join()
        return max(self.sizes)

    def assert_bounded(self, case, usual):
        if not os.environ.get("COTERIE_SANITIZE"):  # sanitizers keep what was freed
            case.assertLess(self.most(), usual * self.RATIO)
