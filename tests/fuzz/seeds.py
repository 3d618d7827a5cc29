"""What the fuzz targets begin with, made from tests/vectors/ and from forms written down here; nothing is drawn.

    tests/fuzz/seeds.py FOLDER     writes FOLDER/TARGET/HASH for every target

A target that has several ways to go takes its first byte for it (docs/fuzzing.md): WAY below.
"""
import hashlib
import json
import pathlib
import sqlite3
import struct
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROTOCOL = json.loads((HERE.parent / "vectors" / "protocol.json").read_text())
PROFILES = {path.stem: json.loads(path.read_text())
            for path in sorted((HERE.parent / "vectors" / "aztec").glob("[0-9]*.json"))}
WAY = [bytes([number]) for number in range(8)]

FINGERPRINT = ":".join(["AB"] * 32)
BROWSER_SDP = "\r\n".join([
    "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=extmap-allow-mixed",
    "a=msid-semantic: WMS", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0",
    "a=candidate:1 1 udp 2113937151 192.0.2.7 51000 typ host", "a=ice-ufrag:Nm0b", "a=ice-pwd:6XJ0ZFMcXhIzBzY2nUBj1wq/",
    "a=ice-options:trickle", f"a=fingerprint:sha-256 {FINGERPRINT}", "a=setup:actpass", "a=mid:0", "a=sctp-port:5000",
    "a=max-message-size:262144", "a=end-of-candidates", ""])
CANDIDATES = [
    "candidate:1 1 UDP 2130706431 192.0.2.1 49152 typ host",
    "a=candidate:842163049 1 udp 1677729535 198.51.100.4 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag Nm0b "
    "network-cost 999",
    "candidate:3 1 UDP 1 2001:db8::1 1 typ relay raddr 2001:db8::2 rport 9",
    "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active",
    "candidate:1 1 udp 2113937151 4d6d1d5c-1f2a-4b4b-9d0c-3e3a4a0a7a6e.local 51000 typ host",
    "candidate:1 1 udp 2113937151 127.0.0.1 51000 typ host",
    "candidate:1 2 udp 2113937151 192.0.2.1 51000 typ prflx",
]


def strings(value, key=""):
    """Every string below a value, with its key."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from strings(below, name)
    elif isinstance(value, list):
        for below in value:
            yield from strings(below, key)
    elif isinstance(value, str):
        yield key, value


def texts(*keys, within=PROTOCOL):
    return [text.encode() for key, text in strings(within) if key in keys]


def refused(what, key):
    return [item[key].encode() for item in PROTOCOL["refused"] if item["what"] == what]


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def json_seeds():
    extra = [b"null", b"[]", b"{}", b"-1", b"18446744073709551615", b"1e3", b"1.0", b'"\\ud83e\\udd8a"', b"[" * 16 + b"]" * 16,
             b"[" * 17 + b"]" * 17, b'{"a":1,"a":2}', b'{"a":[true,false,null,{"b":"\\u0000"}]} ', b'"\xff"']
    return texts("public", "message", "payload") + extra


def encoding_seeds():
    extra = [b"", b"AA", b"AB", b"AA==", b"AAA=", b"+/+/", b"-_-_", b"00ff", b"00FF", b"2025-01-02T03:04:05.678Z",
             b"2024-02-29T23:59:59.000Z", b"2023-02-29T00:00:00.000Z", b"+275760-09-13T00:00:00.000Z"]
    return texts("sign_key", "box_key", "room", "digest_text", "digits", "salt_hex") + extra


def name_seeds():
    return [name.encode() for name in ["alice", "Zoë \"Z\" \\ 猫 🦊", "", ".hidden", "-x", "a/b", "a\u202eb", "a\u200bb", "a\x1b[31m",
                                      "x; reboot", "it's", "ÅSTRÖM", "ſ", "K", "a" * 65, "猫" * 64, "a" * 257, "\x85"]] + \
        [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"abc\xe2\x82"]


def wallet(account):
    return {"secretKey": account["secretKey"], "salt": account["salt"], "signingPrivateKey": account["signingPrivateKey"]}


def exported(account, profile):
    return {"kind": "aztec-schnorr", "profile": profile, "address": account["address"], "public_key_x": account["publicKeyX"],
            "public_key_y": account["publicKeyY"], "secret_key": account["secretKey"], "salt_key": account["salt"],
            "private_key": account["signingPrivateKey"]}


def multisig(account, name="treasury"):
    return {"name": name, "address": "0x" + "0" * 63 + "5", "threshold": 2, "signers": ["alice", "bob"],
            "createdAt": "2025-01-02T03:04:05.678Z", "sharedStateAccountAddress": account["address"],
            "sharedStateAccountSecretKey": account["secretKey"], "sharedStateAccountSaltKey": account["salt"],
            "sharedStateAccountPublicKeyX": account["publicKeyX"], "sharedStateAccountPublicKeyY": account["publicKeyY"],
            "sharedStateAccountPrivateKey": account["signingPrivateKey"], "arbitrumProxy": "0x00"}


def signer(account):
    return {"name": "alice", "address": account["address"], "privateKey": account["signingPrivateKey"],
            "publicKeyX": account["publicKeyX"], "publicKeyY": account["publicKeyY"], "createdAt": "2025-01-02T03:04:05.678Z"}


def account_file_seeds():
    seeds = [b"[]", b"{}", b"[{}]", b"[1]"]
    for profile, vectors in PROFILES.items():
        for account in vectors["accounts"][:2]:
            shapes = [wallet(account), exported(account, profile), multisig(account), signer(account)]
            seeds += [compact(shape) for shape in shapes] + [compact(shapes)]
            seeds.append(compact({**shapes[2], "threshold": 3}))
            seeds.append(compact({**shapes[0], "salt_key": account["salt"]}))
            seeds.append(compact({**shapes[1], "address": account["salt"]}))
    return seeds


def account_seeds():
    accounts = PROTOCOL["accounts"]
    seeds = [WAY[0] + text for text in texts("public")]
    for card in texts("payload", within=PROTOCOL["signers"]):
        seeds += [WAY[0] + compact(json.loads(card)["aztec"])] if b"aztec" in card else []
    seeds += [WAY[1] + text for text in [accounts["opaque"]["secrets"].encode()] + refused("account", "secrets")]
    seeds += [WAY[2] + text for text in [accounts["aztec"]["secrets"].encode()] + refused("account", "secrets")]
    seeds += [WAY[3] + text for text in [b'{"hello":"world"}', b"[1.5e3]", b"{", b""]]
    seeds += [WAY[4] + text for text in [b"0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05", b"0x1", b"EQ\xc3\xa9", b""]]
    return seeds


def card_seeds():
    signers = PROTOCOL["signers"]
    seeds = [WAY[0] + text for text in texts("text", "envelope", within=signers) + refused("card", "text")]
    for name, way in (("alice", 1), ("dora", 2)):
        payload = signers[name]["card"]["payload"].encode()
        seeds += [WAY[way] + payload, WAY[way] + payload.replace(b'"version":1', b'"version":2'),
                  WAY[way] + payload.replace(name.encode(), "Zoë \\\"Z\\\" \\\\ 猫".encode())]
    return seeds


def manifest_seeds():
    seeds = [WAY[0] + text for text in texts("envelope", within=PROTOCOL["manifests"]) + refused("manifest", "text")]
    seeds += [WAY[1] + text for text in texts("payload", within=PROTOCOL["manifests"])]
    # threshold, signers, account, created_at, address, name
    for account in range(3):
        for roster in ([0, 1], [0, 1, 2, 3, 4], [0, 5], [0, 6], [0, 0], [1, 0], [4, 0], []):
            seeds.append(WAY[2] + bytes([2, len(roster), *roster, account, 0, 7, 0]) + b"treasury")
    address = b"0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05"
    seeds.append(WAY[2] + bytes([1, 2, 0, 1, 1, 0, 7, 1, len(address)]) + address + b"treasury")
    return seeds


def certificate_seeds():
    seeds = [WAY[0] + text for text in texts("envelope", "file", within=PROTOCOL["certificates"]) + refused("certificate", "text")]
    for who in ([0], [0, 1], [0, 1, 2], [0, 2, 1], [1], [0, 3], [0, 1, 1], []):
        seeds.append(WAY[1] + bytes([len(who)]) + b"".join(bytes([signer, 0]) for signer in who))
    seeds.append(WAY[1] + bytes([2, 0, 0, 1, 9]))
    seeds += [WAY[2] + bytes(pair) for pair in ([0, 1, 0, 6], [0, 7, 0, 7], [0, 1, 1, 1], [1, 3, 1, 1])]
    return seeds


def sealed_signal_seeds():
    seeds = [WAY[0] + text for text in texts("data", within=PROTOCOL["signals"]) + refused("signal", "data")]
    seeds += [WAY[1], WAY[1] + struct.pack(">HB", 17, ord("x"))]
    for kind in range(3):
        for link in range(2):
            for text in [b"v=0\r\n", b"null", compact({"candidate": CANDIDATES[0], "sdpMid": "0", "sdpMLineIndex": 0}), b"{"]:
                seeds.append(WAY[2] + bytes([kind, link]) + text)
    return seeds


def framing_seeds():
    def frame(text):
        return struct.pack(">I", len(text)) + text

    def runs(sizes, *parts):
        return bytes([len(sizes), *sizes]) + b"".join(bytes([len(part)]) + part for part in parts)

    long = bytes([4]) + struct.pack(">I", 0x40000) + bytes([0xf2, 0xff, 0xff, 0x61, 0xf0, 0x00, 0x04, 0x61])
    return [runs([], frame(b'{"a":1}'), frame(b"x")), runs([3, 1], frame(b"abc")), runs([1], frame(b"")), runs([0], b"\xff\xff\xff\xff"),
            runs([0, 5], frame(b"one") + frame(b"two"), b"\0\0"), b"\0" + long, b"\2\1\77" + long,
            b"\0" + bytes([4]) + struct.pack(">I", 0x80000) + bytes([0xf4, 0x80, 0x00, 0x20]),
            b"\0" + bytes([4]) + struct.pack(">I", 0x80001)]


def description_seeds():
    payloads = texts("payload", within=PROTOCOL["signals"])
    return [WAY[0] + text for text in texts("envelope", within=PROTOCOL["signals"]) + refused("description", "envelope")] + \
        [WAY[1] + text for text in payloads]


def signaling_message_seeds():
    return texts("message", within=[PROTOCOL["signaling"], PROTOCOL["signals"]]) + refused("join", "message")


def sdp_seeds():
    written = texts("sdp")
    changes = [("actpass", "passive"), ("\r\n", "\n"), ("sha-256", "SHA-256"), ("sha-256", "sha-1"), ("a=mid:0\r\n", ""),
               ("a=setup:actpass\r\n", ""), ("UDP/DTLS", "TCP/DTLS"), ("9 UDP", "0 UDP"), ("5000", "0"), ("262144", "0"),
               ("v=0", "v=1"), ("a=mid:0", "a=mid:0\r\na=mid:0"), ("a=mid:0", "a=fingerprint:sha-256 " + FINGERPRINT)]
    return written + [BROWSER_SDP.encode()] + [BROWSER_SDP.replace(*change).encode() for change in changes]


def ice_candidate_seeds():
    wrapped = [{"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "Nm0b"} for text in CANDIDATES[:3]]
    wrapped += [{"candidate": ""}, {"candidate": CANDIDATES[0], "sdpMid": None, "sdpMLineIndex": None, "usernameFragment": None}, None]
    return [text.encode() for text in CANDIDATES] + [compact(value) for value in wrapped]


def ice_server_seeds():
    return [text.encode() for text in [
        "stun:stun.example.org", "stun:192.0.2.1:3478", "stun:[2001:db8::1]:19302", "stun:[::1]", "stun:host:0", "stun:-x", "stun:",
        "turn:turn.example.org", "turn:192.0.2.1:3478?transport=udp", "turn:h?transport=tcp", "turns:h:443?transport=tcp", "turns:h",
        "turns:h?transport=udp", "turn:[2001:db8::1]:1?transport=tcp", "turn:h?x", "turn:h:70000", "stun:é", "turn:\u202e"]]


def address_seeds():
    return [text.encode() for text in ["host", "host:1", "192.0.2.1:8081", "[2001:db8::1]:8081", "[::1]", "::1", "ws://host:8081/",
                                      "ws://[::ffff:10.0.0.1]", "wss://host", "http://host", "ws://host/x", "host:0", "[::1]x",
                                      "LOCALHOST", "fe80::1", "[::1", "é", "\u202e:1"]]


def invite_seeds():
    return texts("text", within=PROTOCOL["invites"]) + refused("invite", "text")


def open_message(label=b"shared-state", protocol=b"", kind=0, parameter=0, priority=256):
    return struct.pack(">BBHIHH", 3, kind, priority, parameter, len(label), len(protocol)) + label + protocol


def dcep_seeds():
    return [b"\2", b"\2\0", b"", open_message(), open_message(b""), open_message(protocol=b"p"), open_message(parameter=7),
            open_message(kind=0x80), open_message(kind=1), open_message(b"x" * 256), open_message(b"x" * 257), open_message()[:-1]]


def channels_seeds():
    def message(stream, ppid, content):
        return bytes([0, stream, ppid, len(content)]) + content

    opened = message(1, 50, open_message())
    return [b"\0\0\77" + opened + message(1, 53, b"data") + bytes([1, 1, 2, 1]), b"\1\0\77" + message(0, 50, open_message()) + message(0, 50, b"\2"),
            b"\0\1\5\101\5\6\0\5\7\0\0\2\0\1\0", b"\0\0\77" + message(1, 56, b"\0") + message(3, 51, b"a"),
            b"\0\0\77" + opened + opened, b"\0\0\77\5" + message(0, 50, b"\2") + b"\7\0\0\3\0\5\5", b"\0\2\77\5\6\0\11\4\1\4\0" + opened,
            b"\0\0\77" + b"".join(message(2 * i + 1, 50, open_message(b"c")) for i in range(33))]


def record(epoch, content, kind=22, sequence=0):
    return struct.pack(">BHHHIH", kind, 0xfefd, epoch, sequence >> 32, sequence & 0xffffffff, len(content)) + content


def handshake(kind, body, sequence=0):
    size = len(body).to_bytes(3, "big")
    return bytes([kind]) + size + struct.pack(">H", sequence) + b"\0\0\0" + size + body


def client_hello(cookie=b""):
    extensions = struct.pack(">HHHH", 10, 4, 2, 0x17) + struct.pack(">HHHHH", 13, 6, 4, 0x0403, 0x0804) + \
        struct.pack(">HH", 0x17, 0) + struct.pack(">HHB", 0xff01, 1, 0) + struct.pack(">HHBB", 11, 2, 1, 0)
    return handshake(1, b"\xfe\xfd" + bytes(range(32)) + b"\0" + bytes([len(cookie)]) + cookie +
                     struct.pack(">HH", 2, 0xc02b) + b"\1\0" + struct.pack(">H", len(extensions)) + extensions)


def dtls_record_seeds():
    def datagrams(role, *all_of_them):
        return WAY[role] + b"".join(struct.pack(">H", len(one)) + one for one in all_of_them)

    hello = record(0, client_hello())
    server_hello = handshake(2, b"\xfe\xfd" + bytes(32) + b"\0\xc0\x2b\0\0\x04\0\x17\0\0")
    return [datagrams(0, hello), datagrams(0, hello, hello), datagrams(0, record(0, client_hello(b"x" * 20))), datagrams(0, hello[:40]),
            datagrams(0, hello, record(1, b"\0" * 8, 23), record(1, b"\0" * 60, 23)), datagrams(0, record(0, b"\1\0", 21)),
            datagrams(0, record(0, b"\1", 20), b"\x80garbage"), datagrams(1, record(0, handshake(3, b"\xfe\xfd\4abcd"))),
            datagrams(1, record(0, server_hello)), datagrams(1, record(0, b"\2\x28", 21)), datagrams(0, hello + record(1, b"x", 22, 1))]


def stun_message(kind, attributes, identifier=bytes(range(12))):
    body = b""
    for number, value in attributes:
        body += struct.pack(">HH", number, len(value)) + value + bytes(-len(value) % 4)
    return struct.pack(">HHI", kind, len(body), 0x2112a442) + identifier + body


def stun_seeds():
    plain = (1, b"\0\1\x12\x34\xc0\0\2\1")
    masked = (0x20, b"\0\1\x33\x26\xe1\x12\xa6\x43")
    masked_ipv6 = (0x20, b"\0\2\x33\x26" + bytes(range(16)))
    seeds = [WAY[0] + stun_message(0x0101, attributes) for attributes in
             ([], [plain], [masked], [masked_ipv6], [plain, masked], [(0x8022, b"server"), masked], [(0x20, b"\0\3aa")], [(0x20, b"")])]
    seeds += [WAY[0] + stun_message(0x0103, [masked, (0x16, masked[1])]), WAY[0] + stun_message(0x0001, [])]
    seeds += [WAY[0] + stun_message(0x0113, [(9, b"\0\0" + code + b"x")]) for code in (b"\4\1", b"\4\x26", b"\6\x63", b"\0\0", b"\7\x63")]
    return seeds + [WAY[1] + bytes([0]) + b"\xc0\0\2\1" + b"\x12\x34" + bytes(12) + b"\3abc",
                    WAY[1] + bytes([1]) + bytes(range(16)) + b"\x12\x34" + bytes(12) + b"\0"]


def turn_framing_seeds():
    stun = stun_message(0x0101, [(0x8022, b"abcd")])
    channel = b"\x40\0\0\3abc\0"
    return [b"\0" + stun, b"\3" + channel, b"\0" + stun + channel + stun, b"\377" + channel + b"\x50\0\0\0", b"\0" + stun[:10],
            b"\0\0\1\0\3", b"\1\x4f\xff\0\0", b"\0" + channel[:5]]


def vault_header_seeds():
    header = bytes.fromhex(PROTOCOL["vault_header"]["header_hex"])
    content = header[:-32]
    hostile = [content[:16] + struct.pack(">QI", memory, passes) + content[28:]
               for memory, passes in ((1 << 44, 1), (8 << 20, 0), (8 << 20, 1 << 31), (0, 1), (2**64 - 1, 2**32 - 1))]
    entry = struct.pack(">H", 5) + b"label" + struct.pack(">Q", 3) + bytes(32)
    later = struct.pack(">H", 6) + b"label2" + struct.pack(">Q", 4) + bytes(32)
    seeds = [WAY[0] + header, WAY[0] + header[:-1], WAY[1] + content] + [WAY[1] + one for one in hostile]
    seeds += [WAY[0] + text for text in map(bytes.fromhex, (one.decode() for one in refused("vault header", "header_hex")))]
    return seeds + [WAY[2] + struct.pack(">QI", 7, 0), WAY[2] + struct.pack(">QI", 7, 1) + entry,
                    WAY[2] + struct.pack(">QI", 7, 2) + entry + later, WAY[2] + struct.pack(">QI", 7, 2) + later + entry,
                    WAY[2] + struct.pack(">QI", 3, 2) + entry + later, WAY[2] + struct.pack(">QI", 7, 4098)]


def database(*statements, parameters=()):
    """The bytes of an SQLite file of small pages."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "file"
        connection = sqlite3.connect(path)
        connection.executescript("PRAGMA page_size = 512;" + ";".join(statements))
        for statement, values in parameters:
            connection.execute(statement, values)
        connection.commit()
        connection.close()
        return path.read_bytes()


def vault_image_seeds():
    marks = ["PRAGMA application_id = 1131377765", "PRAGMA user_version = 1"]
    tables = ["CREATE TABLE header (id INTEGER PRIMARY KEY CHECK (id = 1), content BLOB NOT NULL)",
              "CREATE TABLE record (name BLOB PRIMARY KEY, generation INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID",
              "CREATE TABLE root (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL)"]
    header = bytes.fromhex(PROTOCOL["vault_header"]["header_hex"])
    row = [("INSERT INTO header (id, content) VALUES (1, ?)", (header,))]
    return [database(*marks, *tables, parameters=row), database(*marks, *tables), database(*marks, *tables[:2]),
            database(*marks[:1], "PRAGMA user_version = 2", *tables), database(*tables), database(*marks, *tables, "CREATE TABLE x (y)"),
            database(*marks, *tables, "PRAGMA writable_schema = ON",
                     "UPDATE sqlite_schema SET name = char(27) || '[31m', sql = 'CREATE TABLE' WHERE name = 'root'"),
            database(*marks, *tables, "CREATE TRIGGER t AFTER INSERT ON root BEGIN DELETE FROM header; END"),
            b"SQLite format 3\0", b"", b"not a database"]


def hook_answer_seeds():
    address = b"0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05"
    return [b'{"address":"%s"}' % text for text in (address, b"0x1", b"", b"EQabc", b"a" * 65, "é".encode(), b"\\u202e")] + \
        [b' {"address":"%s"} \n' % address, b'{"address":1}', b'{"address":"0x1","more":1}', b"", b"null"]


def option_value_seeds():
    return [b"500ms", b"30s", b"10m", b"2h", b"24h", b"25h", b"0s", b"-1", b"65535", b"0", b"+1", b"0xff", b"0XFF", b"abc", b"",
            b"21888242871839275222246405745257275088548364400416034343698204186575808495616",
            b"0x" + b"0" * 64, b"0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001", "３s".encode()]


def card_list_seeds():
    signers = PROTOCOL["signers"]
    lines = [card["card"]["text"].encode() for card in signers.values()]
    envelopes = [card["card"]["envelope"].encode() for card in signers.values()]
    laid_out = json.dumps(json.loads(envelopes[0]), indent=2).encode()
    return [lines[0], b"\n".join(lines), b"\r\n\n".join(lines[:2]) + b"\n", envelopes[0], b"\n".join(envelopes[:2]), laid_out,
            b'{"card":%s}' % envelopes[1], b'{"card":%s,"more":1}' % envelopes[1], lines[0] + b"\nnonsense\n", b"", b"\n\n"]


SEEDS = {
    "json": json_seeds, "encoding": encoding_seeds, "name": name_seeds, "account": account_seeds, "account_file": account_file_seeds,
    "envelope": lambda: texts("envelope"), "card": card_seeds, "invite": invite_seeds, "manifest": manifest_seeds,
    "certificate": certificate_seeds, "description": description_seeds, "sealed_signal": sealed_signal_seeds,
    "channel_message": lambda: texts("message", within=PROTOCOL["channel"]) + refused("channel message", "message"),
    "framing": framing_seeds, "signaling_message": signaling_message_seeds, "address": address_seeds, "sdp": sdp_seeds,
    "ice_candidate": ice_candidate_seeds, "ice_server": ice_server_seeds, "dcep": dcep_seeds, "channels": channels_seeds,
    "dtls_record": dtls_record_seeds, "stun": stun_seeds, "turn_framing": turn_framing_seeds, "vault_header": vault_header_seeds,
    "vault_image": vault_image_seeds, "hook_answer": hook_answer_seeds, "option_value": option_value_seeds,
    "card_list": card_list_seeds,
}


def write(folder):
    for target, make in SEEDS.items():
        into = folder / target
        into.mkdir(parents=True, exist_ok=True)
        for seed in make():
            (into / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(pathlib.Path(sys.argv[1]))
