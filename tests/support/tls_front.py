# TLS in front of a signaling server, as a web proxy of an operator's does it.
import socket
import ssl
import threading

from coturn import make_certificate


class TlsFront:
    """Listens on loopback with a certificate of its own for `names`, and passes on to `port` what comes inside TLS."""

    def __init__(self, case, port, names="IP:127.0.0.1", days=90):
        self.server_port = port
        self.certificate, key = make_certificate(case.root, names, "front", days)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"wss://127.0.0.1:{self.port}"
        self.passed_on = 0  # connections whose client accepted the certificate
        self.connections = []
        case.addCleanup(self.close)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        for connection in [self.listener, *self.connections]:
            try:
                connection.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept or recv
            except OSError:
                pass
            connection.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
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
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            for end in (source, target):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
