"""A small internet with networks of each kind around it, made of network namespaces; nothing leads to the real one.

    signaling.example 198.18.1.2 ──┐                            ┌── site: a host with public addresses
                                   internet (a router; what is  ├── site: host ── NAT
    turn.example 198.18.2.2, .3 ───┘  for nobody is dropped)    ├── site: host ── NAT ── carrier's NAT
                                                                └─ wire ── site: any of these, over a bad line

A site's own network is 198.18.N.0/24 and 2001:db8:N::/64. Behind every NAT is 192.168.1.0/24, as in every home, so that
the private addresses of two signers are the same. Carriers use 100.64.0.0/24 (RFC 6598).
"""
import contextlib
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time
import unittest

from network import Host, add_namespace, ip, require_namespaces, show_file

WIRE = os.environ.get("COTERIE_WIRE", "")
TOOLS = {"nft": "nftables", "conntrack": "conntrack", "turnserver": "coturn", "openssl": "openssl", "setpriv": "util-linux"}
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"

PUBLIC = "public"
FULL_CONE = "full cone"
PORT_RESTRICTED = "port-restricted"
SYMMETRIC = "symmetric"
CARRIER_GRADE = "carrier-grade"
UDP_BLOCKED = "UDP blocked"
TCP_443_ONLY = "only TCP 443"
IPV6_ONLY = "IPv6 only"
KINDS = (PUBLIC, FULL_CONE, PORT_RESTRICTED, SYMMETRIC, CARRIER_GRADE, UDP_BLOCKED, TCP_443_ONLY, IPV6_ONLY)

SIGNALING = "signaling.example"
TURN = "turn.example"
HOSTS_FILE = f"""127.0.0.1 localhost
198.18.1.2 {SIGNALING}
2001:db8:1::2 {SIGNALING}
198.18.2.2 {TURN}
2001:db8:2::2 {TURN}
"""


def require_laboratory():
    """Skips the test, saying why, where the laboratory cannot be built."""
    require_namespaces()
    for program, package in TOOLS.items():
        if not shutil.which(program, path=PATH):
            raise unittest.SkipTest(f"needs the {program} program (Debian's {package})")
    if not WIRE:
        raise unittest.SkipTest("COTERIE_WIRE must name the wire program of the build")


def command(*arguments, input=None):
    """What it wrote to standard output."""
    result = subprocess.run(arguments, input=input, capture_output=True, text=True, env={"PATH": PATH})
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(arguments)}: exit code {result.returncode}\n{input or ''}\n{result.stderr}")
    return result.stdout


def configure(namespace, *lines):
    """Lines for `ip -batch` in the namespace."""
    command("ip", "-n", namespace, "-batch", "-", input="\n".join(lines))


def inside(namespace, *arguments, input=None):
    return command("ip", "netns", "exec", namespace, *arguments, input=input)


def remove_what_killed_tests_left():
    """A test that was killed could not remove its laboratory; its process's id is in the names."""
    for line in ip("netns", "list").splitlines():
        name = line.split()[0]
        owner = re.match(r"coterie-lab-(\d+)-", name)
        if owner and not pathlib.Path("/proc", owner[1]).exists():
            with contextlib.suppress(subprocess.CalledProcessError):  # somebody else removed it first
                ip("netns", "delete", name)
            shutil.rmtree(pathlib.Path("/etc/netns") / name, ignore_errors=True)


class Service:
    """A program in a namespace, which ends with this process at the latest."""

    def __init__(self, lab, namespace, command, ready):
        self.lines = []
        self.process = subprocess.Popen(["ip", "netns", "exec", namespace, "setpriv", "--pdeathsig", "KILL", *command],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env={"PATH": PATH}, start_new_session=True)
        self.changed = threading.Condition()
        self.over = False
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        lab.addCleanup(self.end)
        self.wait_for(ready)

    def _read(self):
        with self.process.stdout:
            for line in self.process.stdout:
                with self.changed:
                    self.lines.append(line.rstrip("\n"))
                    self.changed.notify_all()
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def wait_for(self, pattern, patience=30):
        """The first line that has the pattern."""
        end = time.monotonic() + patience
        seen = 0
        with self.changed:
            while True:
                for line in self.lines[seen:]:
                    if re.search(pattern, line):
                        return line
                seen = len(self.lines)
                left = end - time.monotonic()
                if self.over or left <= 0:
                    raise AssertionError(f"{self.process.args[7]} said no {pattern!r}:\n" + "\n".join(self.lines[-50:]))
                self.changed.wait(left)

    def end(self):
        """Its last words."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(10)
        return self.lines[-1] if self.lines else ""


# What a box lets through to the internet, and as whom: `source` ends the rule of postrouting, `accept` are the rules of
# forwarding beside what belongs to a connection. Linux keeps a source port where it can, and hands it the same for every
# destination (RFC 4787: endpoint-independent mapping); what comes back must come from where something was sent.
#
#   full cone        endpoint-independent mapping and filtering: every datagram that comes is for the host
#   port-restricted  endpoint-independent mapping, address- and port-dependent filtering
#   symmetric        address- and port-dependent mapping: a new random port for each destination
BOXES = {
    FULL_CONE: ("", ['iifname "lan"', 'iifname "wan" meta l4proto udp']),
    PORT_RESTRICTED: ("", ['iifname "lan"']),
    SYMMETRIC: ("fully-random", ['iifname "lan"']),
    UDP_BLOCKED: ("", ['iifname "lan" meta l4proto tcp']),
    TCP_443_ONLY: ("", ['iifname "lan" tcp dport 443']),
}


class Box:
    """A NAT: interfaces "wan" and "lan", each with its address."""

    def __init__(self, namespace, kind, address, inner):
        self.namespace = namespace
        self.kind = kind
        self.address = address
        self.inner = inner
        inside(namespace, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.translate(address)

    def translate(self, address, kind=None):
        """From now on new connections leave by this address; those that there are go on as they are."""
        source, accept = BOXES[kind or self.kind]
        accepting = "\n".join(f"{rule} accept" for rule in accept)
        destination = f'iifname "wan" meta l4proto udp dnat to {self.inner};' if self.kind == FULL_CONE else ""
        inside(self.namespace, "nft", "-f", "-", input=f"""
            table ip box
            delete table ip box
            table ip box {{
              chain input {{
                type filter hook input priority filter
                # Dropped, not refused: an entry of its own would take the port from the host behind.
                iifname "wan" ct state new drop
              }}
              chain forward {{
                type filter hook forward priority filter; policy drop
                ct state established,related accept
                {accepting}
              }}
              chain prerouting {{ type nat hook prerouting priority dstnat; {destination} }}
              chain postrouting {{ type nat hook postrouting priority srcnat; oifname "wan" snat to {address} {source}; }}
            }}
            """)

    def forget(self):
        """As a box that was switched off and on: every mapping is gone."""
        inside(self.namespace, "conntrack", "--flush")


class Site:
    """A host and what stands between it and the internet."""

    def __init__(self, kind, host, boxes):
        self.kind = kind
        self.host = host
        self.boxes = boxes  # from the internet inwards

    def rebind_ports(self):
        """The NAT forgets its mappings and maps to random ports from now on."""
        self.boxes[0].translate(self.boxes[0].address, SYMMETRIC)
        self.boxes[0].forget()

    def rebind_address(self):
        """The provider gives the line another address."""
        box = self.boxes[0]
        box.address = box.address.removesuffix(".2") + ".3"
        box.translate(box.address)
        box.forget()


    def change_address(self):
        """The host leaves its network and gets another address, as on another Wi-Fi: what was bound to the old one is dead."""
        interface = "dev eth0"
        lines = []
        if self.host.address:
            old, self.host.address = self.host.address, self.host.address.removesuffix(".2") + ".4"
            lines += [f"address delete {old}/24 {interface}", f"address add {self.host.address}/24 {interface}",
                      f"route replace default via {old.removesuffix('.2')}.1"]
        if self.kind in (PUBLIC, IPV6_ONLY):
            old, self.host.ipv6_address = self.host.ipv6_address, self.host.ipv6_address.removesuffix("::2") + "::4"
            lines += [f"address delete {old}/64 {interface}",
                      f"address add {self.host.ipv6_address}/64 {interface} nodad",
                      f"route replace default via {old.removesuffix('::2')}::1"]
        configure(self.host.name, *lines)


class Lab:
    """Use it as `with Lab() as lab`, or give it the test case, at whose end it is removed."""

    def __init__(self, case=None):
        require_laboratory()
        remove_what_killed_tests_left()
        self._stack = contextlib.ExitStack()
        self.mark = f"coterie-lab-{os.getpid()}-{secrets.token_hex(2)}"
        self.sites = 0
        self.wires = None
        self.wire = None  # of the last site that has one
        try:
            self.internet = self._namespace("internet", forwarding=True)
            configure(self.internet, "route add blackhole default", "route add blackhole ::/0")
            self.signaling_host = self.site(PUBLIC).host
            self.turn_host = self.site(PUBLIC).host
            configure(self.turn_host.name, "address add 198.18.2.3/24 dev eth0")
        except BaseException:
            self.close()
            raise
        if case:
            case.addCleanup(self.close)

    def addCleanup(self, function, *arguments):  # noqa: N802, as TestCase names it
        self._stack.callback(function, *arguments)

    def close(self):
        self._stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _namespace(self, name, forwarding=False, ipv6=True):
        full = f"{self.mark}-{name}"
        add_namespace(self, full)
        # Addresses are unique here: nobody waits until that is found out.
        settings = ["net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0"]
        if not ipv6:
            settings = ["net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1"]
        if forwarding:
            # Nobody in the internet checks whether a sender's address is its own.
            settings += ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.conf.all.rp_filter=0",
                         "net.ipv4.conf.default.rp_filter=0"]
        inside(full, "sysctl", "-qw", *settings)
        return full

    def _host(self, name, **options):
        host = Host(self._namespace(name, **options), None)
        show_file(self, host, "hosts", HOSTS_FILE)
        return host

    def site(self, kind, wire=()):
        """A new site; `wire`: options of tests/nat/wire.cpp for its line."""
        self.sites += 1
        number = self.sites
        boxes = []
        if kind in (PUBLIC, IPV6_ONLY):
            host = self._host(f"host{number}")
            self._connect(number, host.name, "eth0", wire)
            lines = []
            if kind == PUBLIC:
                host.address = f"198.18.{number}.2"
                lines += [f"address add {host.address}/24 dev eth0", f"route add default via 198.18.{number}.1"]
            host.ipv6_address = f"2001:db8:{number}::2"
            configure(host.name, *lines, f"address add {host.ipv6_address}/64 dev eth0 nodad",
                      f"route add default via 2001:db8:{number}::1")
            return Site(kind, host, boxes)

        host = self._host(f"host{number}", ipv6=False)
        host.address = "192.168.1.2"
        outer = f"198.18.{number}.2"
        if kind == CARRIER_GRADE:
            carrier = self._namespace(f"carrier{number}", ipv6=False)
            home = self._namespace(f"box{number}", ipv6=False)
            self._connect(number, carrier, "wan", wire)
            configure(carrier, f"link add lan type veth peer name wan netns {home}", "address add 100.64.0.1/24 dev lan",
                      "link set lan up")
            configure(home, "address add 100.64.0.2/24 dev wan", "link set wan up", "route add default via 100.64.0.1")
            self._leave(carrier, number)
            boxes.append(Box(carrier, PORT_RESTRICTED, outer, "100.64.0.2"))
            boxes.append(self._home(home, PORT_RESTRICTED, "100.64.0.2", host))
        else:
            home = self._namespace(f"box{number}", ipv6=False)
            self._connect(number, home, "wan", wire)
            self._leave(home, number)
            boxes.append(self._home(home, kind, outer, host))
        return Site(kind, host, boxes)

    @staticmethod
    def _leave(namespace, number):
        configure(namespace, f"address add 198.18.{number}.2/24 dev wan", f"address add 198.18.{number}.3/24 dev wan",
                  f"route add default via 198.18.{number}.1")

    @staticmethod
    def _home(namespace, kind, outer, host):
        configure(namespace, f"link add lan type veth peer name eth0 netns {host.name}",
                  "address add 192.168.1.1/24 dev lan", "link set lan up")
        configure(host.name, f"address add {host.address}/24 dev eth0", "link set eth0 up",
                  "route add default via 192.168.1.1")
        return Box(namespace, kind, outer, host.address)

    def _connect(self, number, namespace, interface, wire):
        """A line from the internet to the namespace's interface, over a wire program if there are options for one."""
        port = f"site{number}"
        if wire:
            if not self.wires:
                self.wires = self._namespace("wires", ipv6=False)
            near, far = f"near{number}", f"far{number}"
            configure(self.wires, f"link add {far} type veth peer name {port} netns {self.internet}",
                      f"link add {near} type veth peer name {interface} netns {namespace}", f"link set {far} up",
                      f"link set {near} up")
        else:
            configure(self.internet, f"link add {port} type veth peer name {interface} netns {namespace}")
        configure(self.internet, f"address add 198.18.{number}.1/24 dev {port}",
                  f"address add 2001:db8:{number}::1/64 dev {port} nodad", f"link set {port} up")
        configure(namespace, f"link set {interface} up")
        if wire:
            self.wire = Service(self, self.wires, [WIRE, near, far, *(str(option) for option in wire)], "^ready$")

    def start_turn_server(self, directory):
        """coturn as STUN and TURN server at turn.example, with the user `user` whose password is in the file returned.

        UDP and TCP 3478, TLS 443; STUN also tells kinds of NATs (RFC 5780): it has two addresses.
        """
        return TurnServer(self, pathlib.Path(directory))


class TurnServer:
    def __init__(self, lab, directory):
        self.authority = make_certificates(directory)
        self.password_file = directory / "turn-password"
        password = secrets.token_hex(16)
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(password + "\n")
        configuration = directory / "turnserver.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(f"""
listening-ip=198.18.2.2
listening-ip=198.18.2.3
listening-ip=2001:db8:2::2
relay-ip=198.18.2.2
relay-ip=2001:db8:2::2
listening-port=3478
tls-listening-port=443
lt-cred-mech
user=user:{password}
realm={TURN}
cert={directory / "turn-certificate.pem"}
pkey={directory / "turn-key.pem"}
userdb={directory / "turn-users"}
pidfile={directory / "turnserver.pid"}
log-file=stdout
simple-log
verbose
no-cli
no-multicast-peers
relay-threads=1
""")
        self.lab = lab
        self.configuration = configuration
        self.start()

    def start(self):
        self.service = Service(self.lab, self.lab.turn_host.name, ["turnserver", "-c", str(self.configuration)],
                               r"IPv6\. TLS/TCP listener opened on : 2001:db8:2::2:443")

    def restart(self):
        """It comes back without the allocations that it had."""
        self.service.end()
        self.start()

    @property
    def log(self):
        return "\n".join(self.service.lines)


def make_certificates(directory):
    """An authority of the test's own and a certificate of it for turn.example; the authority's file."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=directory, env={"PATH": PATH})

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "authority-key.pem", "-out", "authority.pem", "-days", "2", "-subj",
            "/CN=the laboratory's authority", "-addext", "keyUsage=critical,keyCertSign")
    (directory / "extensions").write_text(f"subjectAltName=DNS:{TURN}\nextendedKeyUsage=serverAuth\n")
    openssl("req", *key, "-keyout", "turn-key.pem", "-out", "turn-request.pem", "-subj", f"/CN={TURN}")
    openssl("x509", "-req", "-in", "turn-request.pem", "-CA", "authority.pem", "-CAkey", "authority-key.pem",
            "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", "turn-certificate.pem")
    return directory / "authority.pem"
