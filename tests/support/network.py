# Networks of the test's own: hosts as network namespaces on one bridge, without a way to anywhere else.
import ctypes
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import threading
import unittest

CLONE_NEWNET = 0x40000000


def ip(*arguments):
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True,
                          env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}).stdout


def require_namespaces():
    """Skips the test, saying why, where network namespaces cannot be made and entered (not root, some containers)."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root to make network namespaces")
    if not shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        raise unittest.SkipTest("needs the ip program (Debian's iproute2)")
    probe = f"coterie-{secrets.token_hex(3)}-probe"
    try:
        ip("netns", "add", probe)
        try:
            ip("-n", probe, "link", "set", "lo", "up")
        finally:
            ip("netns", "delete", probe)
    except subprocess.CalledProcessError as refusal:
        raise unittest.SkipTest(f"this system makes no network namespaces: {refusal.stderr.strip()}") from None


class Host:
    """One namespace; `prefix` in front of a command line runs it there."""

    def __init__(self, name, address):
        self.name = name
        self.address = address
        self.prefix = ["ip", "netns", "exec", name]


class Bridge:
    #            bridge (in a namespace of its own)
    #   veth ───────┼─────── veth … one per host
    #   10.77.0.1       10.77.0.2 …   no default route, no name server
    def __init__(self, case, hosts):
        require_namespaces()
        mark = secrets.token_hex(3)
        self.switch = f"coterie-{mark}-switch"
        self._add(case, self.switch)
        ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.switch, "link", "set", "bridge", "up")
        self.hosts = []
        for index in range(hosts):
            host = Host(f"coterie-{mark}-{index}", f"10.77.0.{index + 1}")
            self._add(case, host.name)
            ip("-n", self.switch, "link", "add", f"port{index}", "type", "veth", "peer", "name", "eth0", "netns",
               host.name)
            ip("-n", self.switch, "link", "set", f"port{index}", "master", "bridge", "up")
            ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", "eth0")
            ip("-n", host.name, "link", "set", "eth0", "up")
            self.hosts.append(host)

    @staticmethod
    def _add(case, name):
        ip("netns", "add", name)
        case.addCleanup(ip, "netns", "delete", name)
        ip("-n", name, "link", "set", "lo", "up")


def use_name_server(case, host, address):
    """`ip netns exec` shows the processes of the host this file as /etc/resolv.conf."""
    directory = pathlib.Path("/etc/netns") / host.name
    made_parent = not directory.parent.exists()
    directory.mkdir(parents=True)
    (directory / "resolv.conf").write_text(f"nameserver {address}\n")

    def remove():
        shutil.rmtree(directory)
        if made_parent and not any(directory.parent.iterdir()):
            directory.parent.rmdir()

    case.addCleanup(remove)


def enter(host):
    """Takes the calling thread into the host's namespace. A thread has one of its own; a socket stays where it was made."""
    with open(f"/var/run/netns/{host.name}") as namespace:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


class Capture:
    """Every packet that leaves a host, of any protocol, on any interface; read after the fact by `sent`."""

    ALL = 3  # ETH_P_ALL
    OUTGOING = 4  # PACKET_OUTGOING

    def __init__(self, case, host):
        self.made = threading.Event()
        self.error = None
        threading.Thread(target=self._make, args=(host,), daemon=True).start()
        self.made.wait()
        if self.error:
            raise self.error
        case.addCleanup(self.socket.close)

    def _make(self, host):
        try:
            enter(host)
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(self.ALL))
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
            self.socket.setblocking(False)
        except OSError as error:
            self.error = error
        finally:
            self.made.set()

    def sent(self):
        """(interface, protocol, packet) of each packet since the last call."""
        packets = []
        while True:
            try:
                packet, (interface, protocol, kind, *_) = self.socket.recvfrom(65536)
            except BlockingIOError:
                return packets
            if kind == self.OUTGOING:
                packets.append((interface, protocol, packet))


class SilentNameServer:
    """Reads every query at port 53 of the host and never answers."""

    def __init__(self, case, host):
        self.queries = 0
        self.changed = threading.Condition()
        self.ready = threading.Event()
        self.error = None
        threading.Thread(target=self._listen, args=(host,), daemon=True).start()
        self.ready.wait()
        if self.error:
            raise self.error
        case.addCleanup(self._close)

    def _listen(self, host):
        try:
            enter(host)
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((host.address, 53))
        except OSError as error:
            self.error = error
            return
        finally:
            self.ready.set()
        while True:
            try:
                query = self.socket.recv(4096)
            except OSError:
                return
            if not query:
                return
            with self.changed:
                self.queries += 1
                self.changed.notify_all()

    def wait_for_query(self, deadline):
        with self.changed:
            return self.changed.wait_for(lambda: self.queries > 0, deadline)

    def _close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
