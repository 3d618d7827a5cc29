# A pseudo-terminal with the program on it: what a person sees and types.
import errno
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time

import coterie


class Terminal:
    """The program, or another, as session leader of its own terminal; `expect` reads on from the last match."""

    def __init__(self, case, arguments, environment=None, columns=100, rows=40, program=None):
        self.arguments = [str(argument) for argument in arguments]
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        def take_the_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([program or coterie.PROGRAM, *self.arguments], stdin=slave, stdout=slave,
                                        stderr=slave, env=environment or case.environment(TERM="xterm-256color"),
                                        cwd=case.root, start_new_session=True, preexec_fn=take_the_terminal)
        os.close(slave)
        self.pid = self.process.pid
        self.changed = threading.Condition()
        self.output = ""
        self.position = 0
        self.closed = False
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        case.started.append(self)

    def _read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError as error:
                # Linux tells the end of a terminal by EIO.
                if error.errno != errno.EIO:
                    raise
                data = b""
            with self.changed:
                if not data:
                    self.closed = True
                self.output += data.decode("utf-8", "backslashreplace")
                self.changed.notify_all()
            if not data:
                return

    def expect(self, pattern, deadline=coterie.DEADLINE):
        end = time.monotonic() + deadline
        with self.changed:
            while True:
                match = re.compile(pattern, re.IGNORECASE).search(self.output, self.position)
                if match:
                    self.position = match.end()
                    return match
                left = end - time.monotonic()
                if self.closed or left <= 0:
                    raise AssertionError(f"no {pattern!r} on the terminal:\n{self}")
                self.changed.wait(left)

    def send(self, text):
        os.write(self.master, text.encode())

    def send_line(self, text):
        self.send(text + "\n")

    def interrupt(self):
        """The key Ctrl-C, not a signal: the terminal makes the signal of it."""
        self.send("\x03")

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """At the end of the test: whatever it does, it is over, and its output read."""
        if self.process.poll() is None:
            self.kill()
        self.reader.join(coterie.LAST_OUTPUT)
        os.close(self.master)

    def wait(self, deadline=coterie.DEADLINE):
        try:
            self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {deadline} s:\n{self}") from None
        self.reader.join(deadline)
        return coterie.Result(self.arguments, self.process.returncode, "", self.output)

    def __str__(self):
        return f"coterie {' '.join(self.arguments)}\nexit code {self.process.poll()}\n--- terminal\n{self.output}---"
