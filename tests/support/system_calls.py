# Which addresses a process and its children speak to, as the kernel is told: by strace.
import re
import shutil
import subprocess
import unittest


def require_strace():
    """Skips the test, saying why, where no process can be traced."""
    if not shutil.which("strace"):
        raise unittest.SkipTest("needs strace (Debian's package of that name)")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        raise unittest.SkipTest("this system lets no process be traced")


def traced(file, calls="network"):
    """What to put before a command so that strace writes these of its system calls to `file`."""
    return ["strace", "-f", "-qq", "-e", f"trace={calls}", "-e", "signal=none", "-s", "0", "-o", str(file)]


def destinations(file):
    """(family, address or path, port) of everything that was connected or sent to, but the kernel's own netlink."""
    found = set()
    for line in file.read_text().splitlines():
        if not re.search(r"\b(connect|sendto|sendmsg|sendmmsg)\(", line):
            continue
        for family, fields in re.findall(r"sa_family=AF_(\w+)((?:, \w+=[^,{}]+(?:\([^()]*\))?)*)", line):
            if family == "NETLINK":
                continue
            address = re.search(r'inet_addr\("([^"]*)"\)|inet_pton\(AF_INET6, "([^"]*)"|sun_path=@?"([^"]*)"', line)
            port = re.search(r"sin6?_port=htons\((\d+)\)", fields)
            found.add((family, next((part for part in address.groups() if part), "") if address else "",
                       int(port[1]) if port else 0))
    return found
