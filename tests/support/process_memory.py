# The memory of a running process: where something stands in it, and whether it could reach swap or a core dump there.
import os
import re
import signal
import unittest


class Mapping:
    """One line of /proc/PID/smaps with what belongs to it."""

    def __init__(self, begin, end, name, flags):
        self.begin, self.end, self.name, self.flags = begin, end, name, flags

    @property
    def locked(self):
        return "lo" in self.flags

    @property
    def not_dumped(self):
        return "dd" in self.flags

    def __str__(self):
        return f"{self.begin:x}-{self.end:x} {self.name or 'anonymous'} ({' '.join(self.flags)})"


def mappings(pid):
    """The readable ones."""
    found = []
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as file:
        for line in file:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (r?)\S+ \S+ \S+ \S+ *(.*)", line)
            if head:
                begin, end, readable, name = head.groups()
            elif line.startswith("VmFlags:") and readable and name not in ("[vvar]", "[vsyscall]"):
                found.append(Mapping(int(begin, 16), int(end, 16), name, line.split()[1:]))
    return found


def places_of(pid, needles):
    """(needle, mapping) of each place at which one of the byte strings stands. The process is stopped meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        places = []
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for mapping in mappings(pid):
                content = read(memory, mapping)
                for needle in needles:
                    places += [(needle, mapping)] * content.count(needle)
        return places
    except PermissionError:
        raise unittest.SkipTest("may not look into the memory of another process") from None
    finally:
        os.kill(pid, signal.SIGCONT)


def read(memory, mapping):
    content = bytearray()
    while len(content) < mapping.end - mapping.begin:
        try:
            memory.seek(mapping.begin + len(content))
            piece = memory.read(min(1 << 20, mapping.end - mapping.begin - len(content)))
        except OSError:  # a page that is not there: guarded, or a device's
            piece = b"\0" * 4096
        if not piece:
            break
        content += piece
    return bytes(content)
