# Networks of the test's own: hosts as network namespaces on one bridge, without a way to anywhere else.
import contextlib
import ctypes
import os
import pathlib
import secrets
import shutil
import socket
import struct
import subprocess
import threading
import unittest

CLONE_NEWNET = 0x40000000
# Of <asm-generic/socket.h>, <linux/socket.h> and <linux/if_packet.h>: Python does not name them.
SO_RCVBUFFORCE = 33
SOL_PACKET = 263
PACKET_STATISTICS = 6


def ip(*arguments):
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True,
                          env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}).stdout


def add_namespace(case, name):
    ip("netns", "add", name)
    case.addCleanup(ip, "netns", "delete", name)
    ip("-n", name, "link", "set", "lo", "up")


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
        add_namespace(case, self.switch)
        ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.switch, "link", "set", "bridge", "up")
        self.hosts = []
        for index in range(hosts):
            host = Host(f"coterie-{mark}-{index}", f"10.77.0.{index + 1}")
            add_namespace(case, host.name)
            ip("-n", self.switch, "link", "add", f"port{index}", "type", "veth", "peer", "name", "eth0", "netns",
               host.name)
            ip("-n", self.switch, "link", "set", f"port{index}", "master", "bridge", "up")
            ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", "eth0")
            ip("-n", host.name, "link", "set", "eth0", "up")
            self.hosts.append(host)


def use_name_server(case, host, address):
    show_file(case, host, "resolv.conf", f"nameserver {address}\n")


def show_file(case, host, name, text):
    """`ip netns exec` shows the processes of the host this file as /etc/NAME."""
    directory = pathlib.Path("/etc/netns") / host.name
    made_parent = not directory.parent.exists()
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(text)

    def remove():
        shutil.rmtree(directory, ignore_errors=True)
        if made_parent:
            with contextlib.suppress(OSError):  # another test's host is there still
                directory.parent.rmdir()

    case.addCleanup(remove)


def enter(host):
    """Takes the calling thread into the host's namespace. A thread has one of its own; a socket stays where it was made."""
    with open(f"/var/run/netns/{host.name}") as namespace:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def socket_in(host, *arguments):
    """A socket in the host's namespace."""
    made = []

    def make():
        try:
            enter(host)
            made.append(socket.socket(*arguments))
        except OSError as error:
            made.append(error)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


class Capture:
    """Every packet that leaves a host, of any protocol, on any interface; read after the fact by `sent`."""

    ALL = 3  # ETH_P_ALL
    OUTGOING = 4  # PACKET_OUTGOING
    ROOM = 32 * 1024 * 1024  # bytes that may wait for `sent`

    def __init__(self, case, host):
        self.socket = socket_in(host, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(self.ALL))
        case.addCleanup(self.socket.close)
        # By force, as root may (and who makes namespaces is root): SO_RCVBUF is cut to net.core.rmem_max without a word.
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, self.ROOM)
        self.socket.setblocking(False)

    def sent(self):
        """(interface, protocol, packet) of each packet since the last call; fails if the kernel had no room for one."""
        packets = []
        while True:
            try:
                packet, (interface, protocol, kind, *_) = self.socket.recvfrom(65536)
            except BlockingIOError:
                break
            if kind == self.OUTGOING:
                packets.append((interface, protocol, packet))
        # struct tpacket_stats. That no packet went somewhere is shown only by a capture that has them all.
        seen, dropped = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        if dropped:
            raise AssertionError(f"{dropped} of {seen} packets were not captured")
        return packets


class SilentNameServer:
    """Reads every query at port 53 of the host and never answers."""

    def __init__(self, case, host):
        self.queries = 0
        self.changed = threading.Condition()
        self.socket = socket_in(host, socket.AF_INET, socket.SOCK_DGRAM)
        case.addCleanup(self._close)
        self.socket.bind((host.address, 53))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
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
