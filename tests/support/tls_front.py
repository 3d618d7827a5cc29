# TLS in front of a signaling server, as a web proxy of an operator's does it.
import contextlib
import socket
import ssl
import threading

from coturn import make_certificate
from listener import Listener


class TlsFront:
    """Listens on loopback with a certificate of its own for `names`, and passes on to `port` what comes inside TLS."""

    def __init__(self, case, port, names="IP:127.0.0.1", days=90):
        self.server_port = port
        self.certificate, key = make_certificate(case.root, names, "front", days)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.passed_on = 0  # connections whose client accepted the certificate
        self.connections = []
        self.listener = Listener(self._serve)
        self.port = self.listener.port
        self.url = f"wss://127.0.0.1:{self.port}"
        case.addCleanup(self.close)

    def close(self):
        self.listener.close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # wakes who waits in recv
            connection.close()

    def _serve(self, connection):
        self.connections.append(connection)
        try:
            client = self.context.wrap_socket(connection, server_side=True)
            server = socket.create_connection(("127.0.0.1", self.server_port))
        except OSError:
            connection.close()
            return
        self.passed_on += 1
        self.connections += [client, server]
        threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
        self._pump(server, client)

    @staticmethod
    def _pump(source, target):
        with contextlib.suppress(OSError, ValueError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
