# A real TURN server (Debian's coturn) on loopback, ended by its pid with the test.
import os
import pathlib
import queue
import re
import secrets
import shutil
import subprocess
import threading
import unittest

from coterie import DEADLINE


def make_certificate(directory, names, name="server"):
    """A self-signed certificate, its own authority, for `names` as subjectAltName takes them: (certificate, key)."""
    certificate, key = directory / f"{name}-certificate.pem", directory / f"{name}-key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=test", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class LoopbackTurnServer:
    USER = "ada"

    def __init__(self, case):
        program = shutil.which("turnserver", path="/usr/bin:/usr/local/bin")
        if not program:
            raise unittest.SkipTest("needs a TURN server (Debian's coturn)")
        directory = pathlib.Path(case.root) / "coturn"
        directory.mkdir()
        self.password = secrets.token_hex(16)
        self.password_file = directory / "password"
        case.write(self.password_file, self.password + "\n")
        self.certificate, key = make_certificate(directory, "IP:127.0.0.1")
        configuration = directory / "turnserver.conf"
        # Port 0 is none of its options, and a port that was free a moment ago may be taken: so it is tried again.
        for _ in range(10):
            self.port = 20000 + secrets.randbelow(20000)
            configuration.write_text("\n".join([
                "listening-ip=127.0.0.1", "relay-ip=127.0.0.1", f"listening-port={self.port}",
                f"tls-listening-port={self.port + 1}", "no-dtls", f"cert={self.certificate}", f"pkey={key}", "lt-cred-mech",
                f"user={self.USER}:{self.password}", "realm=test.example", "allow-loopback-peers", "no-cli", "log-file=stdout",
                "simple-log", "verbose", f"pidfile={directory}/pid", f"userdb={directory}/db", "min-port=41000", "max-port=60000"]))
            self.process = subprocess.Popen([program, "-c", configuration], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, env={"PATH": os.environ["PATH"]}, start_new_session=True)
            case.addCleanup(self._end, self.process)
            if self._ready():
                return
            self._end(self.process)
        raise AssertionError("turnserver does not start:\n" + "".join(self.lines))

    def _ready(self):
        """Whether it holds its ports; the rest of its output is read, too, so that it never stands still."""
        self.lines = []
        answer = queue.Queue()

        def read(output):
            for line in output:
                self.lines.append(line.decode("utf-8", "replace"))
                if "annot bind" in self.lines[-1]:
                    answer.put(False)
                if re.search(rf"listener opened on : 127\.0\.0\.1:{self.port + 1}$", self.lines[-1].rstrip()):
                    answer.put(True)
            answer.put(False)

        threading.Thread(target=read, args=(self.process.stdout,), daemon=True).start()
        return answer.get(timeout=DEADLINE)

    @staticmethod
    def _end(process):
        process.kill()
        process.wait()
        process.stdout.close()

    def url(self, transport):
        return {"udp": f"turn:127.0.0.1:{self.port}", "tcp": f"turn:127.0.0.1:{self.port}?transport=tcp",
                "tls": f"turns:127.0.0.1:{self.port + 1}"}[transport]

    def options(self, *transports):
        return [*(part for one in transports for part in ("--turn", self.url(one))), "--turn-user", self.USER,
                "--turn-password-file", str(self.password_file)]
