# A real TURN server (Debian's coturn) on loopback.
import os
import secrets
import shutil
import subprocess
import unittest

from coterie import Running


def make_certificate(directory, names, name="server", days=2):
    """A self-signed certificate, its own authority, for `names` as subjectAltName takes them: (certificate, key)."""
    certificate, key = directory / f"{name}-certificate.pem", directory / f"{name}-key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
                    "-subj", "/CN=test", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class LoopbackTurnServer:
    USER = "ada"

    def __init__(self, case, peers="allow-loopback-peers", name="coturn"):
        program = shutil.which("turnserver", path="/usr/bin:/usr/local/bin")
        if not program:
            raise unittest.SkipTest("needs a TURN server (Debian's coturn)")
        directory = case.root / name
        directory.mkdir()
        self.password = secrets.token_hex(16)
        self.password_file = directory / "password"
        case.write(self.password_file, self.password + "\n")
        self.certificate, key = make_certificate(directory, "IP:127.0.0.1")
        configuration = directory / "turnserver.conf"
        # Port 0 is none of its options, and a port that was free a moment ago may be taken: so it is tried again.
        for _ in range(10):
            self.port = 20000 + secrets.randbelow(20000)
            case.write(configuration, "\n".join([
                "listening-ip=127.0.0.1", "relay-ip=127.0.0.1", f"listening-port={self.port}",
                f"tls-listening-port={self.port + 1}", "no-dtls", f"cert={self.certificate}", f"pkey={key}", "lt-cred-mech",
                f"user={self.USER}:{self.password}", "realm=test.example", peers, "no-cli", "log-file=stdout",
                "simple-log", "verbose", f"pidfile={directory}/pid", f"userdb={directory}/db", "min-port=41000",
                "max-port=60000"]))
            self.running = Running(case, ["-c", configuration], {"PATH": os.environ["PATH"]}, program=program)
            ready = rf"listener opened on : 127\.0\.0\.1:{self.port + 1}$|[Cc]annot bind"
            if "bind" not in self.running.wait_for_text(f"(?m){ready}", "stdout").group():
                return
            self.running.kill()
        raise AssertionError(f"turnserver does not start:\n{self.running}")

    def wait_for_lines(self, pattern, count):
        """Until so many lines of its log have the pattern: it writes them when it comes to it, not before it answers."""
        return self.running.wait_for_text(rf"(?:{pattern}.*\n[\s\S]*?){{{count}}}", "stdout")

    def url(self, transport):
        return {"udp": f"turn:127.0.0.1:{self.port}", "tcp": f"turn:127.0.0.1:{self.port}?transport=tcp",
                "tls": f"turns:127.0.0.1:{self.port + 1}"}[transport]

    def options(self, *transports):
        return [*(part for one in transports for part in ("--turn", self.url(one))), "--turn-user", self.USER,
                "--turn-password-file", str(self.password_file)]
