# An evil signaling server: it stands between the signers and a real one, reads every frame and may change, keep back,
# repeat or add any.
import base64
import copy
import hashlib
import json
import os
import secrets
import socket
import struct
import threading

import coterie
from listener import Listener

TEXT, CONTINUATION, CLOSE = 0x1, 0x0, 0x8


class WebSocketEnd:
    """Frames over one TCP connection; a client masks what it sends (RFC 6455 §5.3)."""

    def __init__(self, connection, masks):
        self.connection = connection
        self.stream = connection.makefile("rb")
        self.masks = masks
        self.writing = threading.Lock()

    def read_head(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.stream.readline(8192)
            if not line:
                raise ConnectionError("closed in the handshake")
            head += line
        return head.decode("latin-1")

    def accept(self, head):
        """Answers the request of a client for a WebSocket (RFC 6455 §4.2.2)."""
        key = next(line.split(":", 1)[1].strip() for line in head.split("\r\n")
                   if line.lower().startswith("sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        self.connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")

    def _read_exactly(self, size):
        data = self.stream.read(size)
        if len(data) != size:
            raise ConnectionError("closed")
        return data

    def read(self):
        """(opcode, payload) of one whole message; control frames come as they are."""
        message, first_opcode = b"", None
        while True:
            first, second = self._read_exactly(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack(">H", self._read_exactly(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._read_exactly(8))[0]
            mask = self._read_exactly(4) if second & 0x80 else None
            payload = self._read_exactly(size)
            if mask:
                payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
            opcode = first & 0x0F
            if opcode >= CLOSE:
                return opcode, payload
            if opcode != CONTINUATION:
                first_opcode = opcode
            message += payload
            if first & 0x80:
                return first_opcode, message

    def write(self, opcode, payload):
        head = bytes([0x80 | opcode])
        masked = 0x80 if self.masks else 0
        if len(payload) < 126:
            head += bytes([masked | len(payload)])
        elif len(payload) < 1 << 16:
            head += bytes([masked | 126]) + struct.pack(">H", len(payload))
        else:
            head += bytes([masked | 127]) + struct.pack(">Q", len(payload))
        if self.masks:
            mask = os.urandom(4)
            head += mask
            payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        with self.writing:
            self.connection.sendall(head + payload)

    def close(self):
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class EvilServer:
    """Stands on `port` between signers and the real server. `tamper(message)` gets each message of a signer,
    `answer(message, to)` each one of the server to the signer of this key (None: not joined yet); both return what to
    pass on in its place: messages, or bytes for frames that are none. Signers come one after the other into both."""

    def __init__(self, case, upstream_port, tamper=lambda message: [message], answer=lambda message, to: [message]):
        self.upstream_port = upstream_port
        self.tamper = tamper
        self.answer = answer
        self.seen = []    # messages of signers
        self.frames = []  # bytes of all that came from either side
        self.changed = threading.Condition()
        self.ends = []
        self.signers = {}  # key: the end at which that signer is
        self.listener = Listener(self._serve)
        self.port = self.listener.port
        self.url = f"ws://127.0.0.1:{self.port}"
        case.addCleanup(self.close)

    def close(self):
        self.listener.close()
        for end in list(self.ends):
            end.close()

    def wait_for(self, predicate, deadline=coterie.DEADLINE):
        with self.changed:
            if not self.changed.wait_for(lambda: any(predicate(message) for message in self.seen), deadline):
                raise AssertionError(f"no such message within {deadline} s among {self.seen}")
            return next(message for message in self.seen if predicate(message))

    def say(self, to, *messages):
        """Something of the server's own to the signer of this key, who has joined."""
        with self.changed:
            pass_on(self.signers[to], messages)

    def _serve(self, connection):
        signer = WebSocketEnd(connection, masks=False)
        self.ends.append(signer)
        try:
            head = signer.read_head()
            server = self._connect(head.split(" ")[1])
        except OSError:
            signer.close()
            return
        signer.accept(head)
        threading.Thread(target=self._pump, args=(signer, server, self._from_signer), daemon=True).start()
        self._pump(server, signer, self._from_server)

    def _connect(self, path):
        connection = socket.create_connection(("127.0.0.1", self.upstream_port))
        server = WebSocketEnd(connection, masks=True)
        self.ends.append(server)
        connection.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.upstream_port}\r\nUpgrade: websocket\r\n"
                            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n").encode())
        if " 101 " not in server.read_head().split("\r\n")[0]:
            raise ConnectionError("the real server refused")
        return server

    def _pump(self, source, target, change):
        try:
            while True:
                opcode, payload = source.read()
                if opcode != TEXT:
                    target.write(opcode, payload)
                    continue
                with self.changed:
                    self.frames.append(payload)
                    passed_on = change(json.loads(payload), source, target)
                    self.changed.notify_all()
                    pass_on(target, passed_on)
        except (OSError, ValueError):
            pass
        finally:
            source.close()
            target.close()

    def _from_signer(self, message, signer, _):
        self.seen.append(message)
        if message["type"] == "join":
            self.signers[message["from"]] = signer
        return self.tamper(copy.deepcopy(message))

    def _from_server(self, message, _, signer):
        to = next((key for key, end in self.signers.items() if end is signer), None)
        return self.answer(message, to)


class Late:
    """A message that is passed on only after so many seconds, behind others that come meanwhile."""

    def __init__(self, message, seconds):
        self.message = message
        self.seconds = seconds


def pass_on(target, messages):
    for message in messages:
        if isinstance(message, Late):
            timer = threading.Timer(message.seconds, pass_on_late, (target, message.message))
            timer.daemon = True
            timer.start()
            continue
        payload = message if isinstance(message, bytes) else json.dumps(message, separators=(",", ":")).encode()
        target.write(TEXT, payload)


def pass_on_late(target, message):
    try:
        pass_on(target, [message])
    except OSError:
        pass  # that end is gone


class RawClient:
    """A connection to a signaling server that may break every rule of RFC 6455; from any address of 127.0.0.0/8."""

    def __init__(self, port, room, source="127.0.0.1", patience=coterie.DEADLINE, headers=""):
        self.connection = socket.create_connection(("127.0.0.1", port), patience, (source, 0))
        self.end = WebSocketEnd(self.connection, masks=True)
        self.connection.sendall((f"GET /rooms/{room} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                                 f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n{headers}"
                                 f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n").encode())
        if " 101 " not in self.end.read_head().split("\r\n")[0]:
            raise ConnectionError("turned away")
        self.nonce = json.loads(self.end.read()[1])["nonce"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end.stream.close()
        self.connection.close()

    def send(self, payload, opcode=TEXT, final=True, masked=True, reserved=0):
        """One frame, as it is told. False when the server has closed already."""
        size = len(payload)
        head = bytes([(0x80 if final else 0) | reserved | opcode])
        mask_bit = 0x80 if masked else 0
        if size < 126:
            head += bytes([mask_bit | size])
        elif size < 1 << 16:
            head += bytes([mask_bit | 126]) + struct.pack(">H", size)
        else:
            head += bytes([mask_bit | 127]) + struct.pack(">Q", size)
        try:
            # A mask of zeros leaves the payload as it is.
            self.connection.sendall(head + (b"\0" * 4 if masked else b"") + payload)
            return True
        except OSError:
            return False

    def closed_with(self):
        """Reads on to the close frame: its code and reason; None at an end without one."""
        try:
            while True:
                opcode, payload = self.end.read()
                if opcode == CLOSE:
                    return struct.unpack(">H", payload[:2])[0], payload[2:].decode()
        except (OSError, struct.error):
            return None


def flip(sealed):
    """The same base64url text with its last byte changed: the tag no longer fits."""
    data = bytearray(base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
    data[-1] ^= 1
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")


def random_key(size=32):
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode().rstrip("=")


def false_join(room, who=None):
    """A join by a key that nobody knows, or in the name of somebody, with a proof that is none."""
    return json.dumps({"type": "join", "room": room, "from": who or random_key(), "epoch": random_key(16),
                       "proof": random_key(64)}).encode()
