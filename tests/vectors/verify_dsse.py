#!/usr/bin/env python3
"""Verifies Coterie's cards and certificates as docs/protocol.md describes them, and shares no code with Coterie.

  python3 verify_dsse.py FILE...     a certificate, or a card (JSON, or one line coterie-card:…); - is standard input

Exit 0: all are valid, and what they say is printed. Exit 1: one is refused. Needs Python 3.9 and the program openssl,
version 3, which does the arithmetic of Curve25519; the rest is Python's standard library, and aztec_check.py beside it.
"""
import argparse
import base64
import functools
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import aztec_check

CARD = "application/vnd.coterie.card+json"
MANIFEST = "application/vnd.coterie.manifest+json"
MAX_CARD = 4 * 1024
MAX_CERTIFICATE = 416 * 1024
MAX_SIGNERS = {"aztec-schnorr": 8, "opaque": 64}
P = 2**255 - 19

# What no name may have: controls, separators, bidirectional and ignorable characters.
INVISIBLE = [(0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160),
             (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
             (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3),
             (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)]
BLANK = [0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x2800, 0x3000, 0x13441, 0x13442, 0x16FE4,
         0x1D159]


class Refused(Exception):
    """`rule` is a name from the list of refused forms in protocol.json."""

    def __init__(self, rule, words):
        super().__init__(words)
        self.rule = rule


def require(condition, rule, words):
    if not condition:
        raise Refused(rule, words)


# --- curves, by openssl ---

def openssl(arguments, **files):
    """Whether `openssl pkeyutl` succeeds; {name} in an argument is the path of the file of that name."""
    with tempfile.TemporaryDirectory() as directory:
        paths = {name: pathlib.Path(directory, name) for name in files}
        for name, content in files.items():
            paths[name].write_bytes(content)
        command = ["openssl", "pkeyutl", *(argument.format(**paths) for argument in arguments)]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


def ed25519_verifies(key, message, signature):
    der = bytes.fromhex("302a300506032b6570032100") + key  # SubjectPublicKeyInfo, RFC 8410
    arguments = "-verify -pubin -keyform DER -inkey {key} -rawin -in {message} -sigfile {signature}".split()
    return openssl(arguments, key=der, message=message, signature=signature)


def x25519_agrees(public):
    private = bytes.fromhex("302e020100300506032b656e04220420" + "08" * 32)  # PKCS #8, RFC 8410; any secret does
    der = bytes.fromhex("302a300506032b656e032100") + public
    arguments = "-derive -keyform DER -inkey {private} -peerform DER -peerkey {public} -out {shared}".split()
    return openssl(arguments, private=private, public=der, shared=b"")


@functools.lru_cache(maxsize=None)
def has_low_order(box_key):
    """Of an X25519 key: with it every shared secret is zero, which openssl refuses (RFC 7748 §6.1)."""
    if x25519_agrees(box_key):
        return False
    if not x25519_agrees((9).to_bytes(32, "little")):
        raise RuntimeError("openssl does not do X25519")
    return True


def has_small_order(point):
    """Of an Ed25519 point: its image on Curve25519 (RFC 7748 §4.1) has low order, too."""
    y = (int.from_bytes(point, "little") & (2**255 - 1)) % P
    if y == 1:
        return True  # the neutral element, whose image is infinite
    return has_low_order(((1 + y) * pow(1 - y, -1, P) % P).to_bytes(32, "little"))


def is_canonical(point):
    return (int.from_bytes(point, "little") & (2**255 - 1)) < P


@functools.lru_cache(maxsize=None)
def verifies(key, message, signature):
    return len(signature) == 64 and not has_small_order(signature[:32]) and ed25519_verifies(key, message, signature)


# --- encodings ---

def read_json(text, what):
    def no_duplicates(pairs):
        fields = dict(pairs)
        require(len(fields) == len(pairs), "json", f"{what}: a key stands twice in one object")
        return fields

    def not_whole(number):
        raise Refused("json", f"{what}: {number} is not a whole number")

    try:
        value = json.loads(text, object_pairs_hook=no_duplicates, parse_float=not_whole, parse_constant=not_whole)
        write_json(value).encode()  # fails for half a surrogate pair
    except (ValueError, RecursionError) as error:
        raise Refused("json", f"{what} is not valid JSON: {error}") from None
    return value


def write_json(value):
    """As ECMAScript's JSON.stringify; fields in the order in which they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def utf8(content, what):
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Refused("json", f"{what} is not UTF-8") from None


def read_base64(text, what, alphabet):
    require(type(text) is str, "fields", f"{what} is not a string")
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4) if alphabet == "url" else text,
                                   altchars=b"-_" if alphabet == "url" else None, validate=True)
    except ValueError:
        raise Refused("base64", f"{what} is not base64") from None
    require(write_base64(content, alphabet) == text, "base64", f"{what} is not canonical base64")
    return content


def write_base64(content, alphabet):
    if alphabet == "url":
        return base64.urlsafe_b64encode(content).decode().rstrip("=")
    return base64.b64encode(content).decode()


def read_fields(value, names, what):
    """The values of an object with exactly these fields, whatever their order: canonical form decides that."""
    require(type(value) is dict, "fields", f"{what} is not an object")
    require(sorted(value) == sorted(names), "fields", f"{what} has the fields {', '.join(value)}")
    return [value[name] for name in names]


def read_integer(value, least, most, what, rule="fields"):
    require(type(value) is int and least <= value <= most, rule, f"{what} is not between {least} and {most}")
    return value


def read_key(text, size, what):
    key = read_base64(text, what, "url")
    require(len(key) == size, "fields", f"{what} has {len(key)} bytes instead of {size}")
    return key


def labelled_digest(purpose, *fields):
    sequence = [b"coterie/1 " + purpose.encode(), *fields]
    joined = b"".join(len(field).to_bytes(4, "big") + field for field in sequence)
    return hashlib.blake2b(joined, digest_size=32).digest()


def digits(digest):
    return " ".join(f"{int.from_bytes(digest[5 * i:5 * i + 5], 'big') % 100000:05}" for i in range(6))


def check_name(name, what):
    require(type(name) is str, "fields", f"{what} is not a string")
    shown = json.dumps(name[:64])
    require(1 <= len(name) <= 64 and len(name.encode()) <= 256, "name", f"{what} {shown} is empty or too long")
    require(name[0] not in "-.", "name", f"{what} {shown} begins with - or .")
    for character in name:
        hidden = any(first <= ord(character) <= last for first, last in INVISIBLE)
        require(character != "/" and not hidden, "name", f"{what} {shown} has a character that is not allowed")
    require(any(ord(character) not in BLANK for character in name), "name", f"{what} {shown} has blanks only")


def fold(name):
    """One space for blanks, none at the ends, and simple case folding: where Python's is not one character, the lower
    case is, or the character itself."""
    folded = []
    blanks = "".join(map(chr, BLANK))
    for character in " ".join(re.split(f"[{blanks}]+", name.strip(blanks))):
        one = [form for form in (character.casefold(), character.lower()) if len(form) == 1]
        folded.append(one[0] if one else character)
    return "".join(folded)


# --- envelopes ---

class Envelope:
    def __init__(self, text, expected_type, most, what):
        require(len(text.encode()) <= most, "size", f"{what} is longer than {most} bytes")
        payload, kind, signatures = read_fields(read_json(text, what), ["payload", "payloadType", "signatures"], what)
        require(kind == expected_type, "payload_type", f"{what} is called {kind}")
        self.payload = read_base64(payload, f"payload of the {what}", "standard")
        self.type = kind
        require(type(signatures) is list, "fields", f"signatures of the {what} are no list")
        require(1 <= len(signatures) <= 64, "signature_count", f"{what} has {len(signatures)} signatures")
        self.signatures = []
        for signature in signatures:
            keyid, sig = read_fields(signature, ["keyid", "sig"], f"signature of the {what}")
            require(type(keyid) is str and len(keyid.encode()) <= 64, "fields", f"{what} has a keyid that is too long")
            self.signatures.append((keyid, read_base64(sig, f"signature of the {what}", "standard")))
        require(self.text() == text, "canonical_envelope", f"{what} is not in canonical form")

    def text(self):
        signatures = [{"keyid": keyid, "sig": write_base64(sig, "standard")} for keyid, sig in self.signatures]
        return write_json({"payload": write_base64(self.payload, "standard"), "payloadType": self.type,
                           "signatures": signatures})

    def pae(self):
        kind = self.type.encode()
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)


class Card:
    FIELDS = ["version", "name", "sign_key", "box_key", "created_at"]

    def __init__(self, text):
        text = text.strip(" \t\r\n\v\f")
        if text.startswith("coterie-card:"):
            line = text.removeprefix("coterie-card:")
            require(len(line) <= MAX_CARD * 4 // 3 + 4, "size", "the card is too long")
            text = utf8(read_base64(line, "the card", "url"), "card")
        self.envelope = Envelope(text, CARD, MAX_CARD, "card")
        payload = utf8(self.envelope.payload, "card")
        value = read_json(payload, "card")
        has_aztec = type(value) is dict and "aztec" in value
        fields = self.FIELDS + ["aztec"] if has_aztec else self.FIELDS
        version, self.name, sign_key, box_key, self.created_at, *aztec = read_fields(value, fields, "card")
        read_integer(version, 1, 1, "version of the card")
        read_integer(self.created_at, 0, 2**63 - 1, "created_at of the card")
        self.sign_key = read_key(sign_key, 32, "sign_key of the card")
        self.box_key = read_key(box_key, 32, "box_key of the card")
        check_name(self.name, "signer name")
        canonical = {name: value[name] for name in fields}
        self.aztec = read_aztec(*aztec) if has_aztec else None
        if has_aztec:
            canonical["aztec"] = self.aztec
        require(write_json(canonical) == payload, "canonical_payload", f"the card of {self.name} is not in canonical form")
        require(int.from_bytes(self.box_key, "little") < P, "box_key", "the box key is not in canonical form")
        require(not has_low_order(self.box_key), "box_key", "the box key is of low order")
        sound = is_canonical(self.sign_key) and not has_small_order(self.sign_key)
        require(sound, "sign_key", "the sign key is of small order, or not canonical")
        count = 2 if has_aztec else 1
        require(len(self.envelope.signatures) == count, "signature_count", f"this card must have {count} signatures")
        keyid, signature = self.envelope.signatures[0]
        require(keyid == self.keyid, "keyid", "the keyid is not the card's own key")
        require(verifies(self.sign_key, self.envelope.pae(), signature), "signature", "not signed by its own key")
        if has_aztec:
            keyid, self.aztec_signature = self.envelope.signatures[1]
            require(keyid == "aztec-schnorr", "aztec_signature", "the second keyid is not aztec-schnorr")
            check_aztec(self.aztec, self.envelope.pae(), self.aztec_signature)

    @property
    def keyid(self):
        return write_base64(self.sign_key, "url")

    @property
    def fingerprint(self):
        return digits(labelled_digest("fingerprint", self.sign_key, self.box_key))


def read_numbers(values, what):
    """Of Grumpkin's coordinates: 0x and 64 lower-case hexadecimal digits, below the modulus."""
    for number in values:
        well_formed = type(number) is str and re.fullmatch("0x[0-9a-f]{64}", number)
        require(well_formed and int(number, 16) < aztec_check.P, what, f"{number} is not a number below the modulus")


def read_aztec(part):
    """The part as it is written in canonical form."""
    names = ["profile", "address", "public_key_x", "public_key_y", "salt", "master_public_keys"]
    profile, *numbers, keys = read_fields(part, names, "aztec")
    require(profile in aztec_check.PROFILES, "aztec", f"an unknown profile, {profile}")
    read_numbers(numbers, "aztec")
    require(type(keys) is list and len(keys) == 4, "aztec", "there must be four master public keys")
    for key in keys:
        read_numbers(read_fields(key, ["x", "y"], "aztec"), "aztec")
    canonical = {name: part[name] for name in names}
    canonical["master_public_keys"] = [{"x": key["x"], "y": key["y"]} for key in keys]
    return canonical


def check_aztec(part, pae, signature):
    number = lambda text: int(text, 16)  # noqa: E731
    public_key = number(part["public_key_x"]), number(part["public_key_y"])
    keys = [(number(key["x"]), number(key["y"])) for key in part["master_public_keys"]]
    follows = aztec_check.address(part["profile"], public_key, number(part["salt"]), keys)
    require(follows == number(part["address"]), "aztec_address", "the Aztec address does not follow from the keys")
    signed = aztec_check.verifies(public_key, pae, signature)
    require(signed, "aztec_signature", "not signed by its Aztec key")


def check_account(account):
    try:
        require(type(account) is dict and account.get("kind") in MAX_SIGNERS, "account", "an unknown kind of account")
        if account["kind"] == "opaque":
            names = ["kind", "commitment"]
            read_key(read_fields(account, names, "account")[1], 32, "commitment of the account")
        else:
            names = ["kind", "profile", "address", "public_key_x", "public_key_y"]
            _, profile, *numbers = read_fields(account, names, "account")
            require(profile in aztec_check.PROFILES, "account", f"an unknown profile, {profile}")
            read_numbers(numbers, "account")
    except Refused as refused:
        raise Refused("account", str(refused)) from None
    return names


def check_multisig_address(address, kind):
    require(type(address) is str, "fields", "the multisig address is not a string")
    digits = "64" if kind == "aztec-schnorr" else "1,64"
    require(re.fullmatch(f"0x[0-9a-f]{{{digits}}}", address), "multisig_address", f"{address[:80]} is no address")
    if kind == "aztec-schnorr":
        x, modulus = int(address, 16), aztec_check.P
        is_square = pow(x**3 - 17, (modulus - 1) // 2, modulus) in (0, 1)  # Euler's criterion; y^2 = x^3 - 17
        require(x < modulus and is_square, "multisig_address", f"{address} is the x of no point")


class Manifest:
    """The payload of a manifest or certificate, with its rules. Its signatures are checked by who reads it."""

    FIELDS = ["version", "name", "threshold", "signers", "account", "room", "multisig_address", "created_at"]

    def __init__(self, text):
        self.envelope = Envelope(text.strip(" \t\r\n\v\f"), MANIFEST, MAX_CERTIFICATE, "manifest")
        payload = utf8(self.envelope.payload, "manifest")
        value = read_json(payload, "manifest")
        claims_address = type(value) is dict and "multisig_address" in value
        fields = [name for name in self.FIELDS if name != "multisig_address" or claims_address]
        version, self.name, self.threshold, signers, account, room, *address, created_at = read_fields(
            value, fields, "manifest")
        read_integer(version, 1, 1, "version of the manifest")
        read_integer(created_at, 0, 2**63 - 1, "created_at of the manifest")
        self.room = read_key(room, 16, "room of the manifest")
        check_name(self.name, "multisig name")
        require(type(signers) is list, "fields", "signers of the manifest are no list")
        self.signers = [self.read_signer(signer) for signer in signers]
        account_fields = check_account(account)
        self.kind, self.account = account["kind"], account
        self.multisig_address = address[0] if address else None
        if claims_address:
            check_multisig_address(self.multisig_address, self.kind)
        canonical = {name: value[name] for name in fields}
        canonical["account"] = {name: account[name] for name in account_fields}
        require(write_json(canonical) == payload, "canonical_payload", "the manifest is not in canonical form")
        self.check_roster()
        self.pae = self.envelope.pae()
        self.digest = labelled_digest("manifest", self.pae)

    @staticmethod
    def read_signer(envelope):
        try:
            return Card(write_json(envelope))
        except Refused as refused:
            raise Refused("card", str(refused)) from None

    def check_roster(self):
        count = len(self.signers)
        require(1 <= count <= MAX_SIGNERS[self.kind], "roster", f"{count} signers, with an account of kind {self.kind}")
        read_integer(self.threshold, 1, count, "the threshold", rule="threshold")
        for what, values in (("sign keys", [signer.sign_key for signer in self.signers]),
                             ("box keys", [signer.box_key for signer in self.signers]),
                             ("names", [fold(signer.name) for signer in self.signers])):
            require(len(set(values)) == count, "roster", f"two signers have equal {what}")
        aztec_keys = [signer.aztec["public_key_x"] for signer in self.signers if signer.aztec]
        require(len(set(aztec_keys)) == len(aztec_keys), "roster", "two signers have equal Aztec keys")
        if self.kind == "aztec-schnorr":
            own = {signer.aztec[field] for signer in self.signers if signer.aztec for field in ("address", "public_key_x")}
            shared = {self.account["address"], self.account["public_key_x"]}
            require(not own & shared, "roster", "the account is a signer's own")

    @property
    def verification_code(self):
        return digits(self.digest)

    def check_signature(self, signer, signature):
        require(verifies(signer.sign_key, self.pae, signature), "signature",
                f"the signature of {signer.name} is not one on this manifest")

    def check_creator(self):
        keyid, signature = self.envelope.signatures[0]
        require(keyid == self.signers[0].keyid, "creator", "the first signature is not the creator's")
        self.check_signature(self.signers[0], signature)


def verify_card(text):
    return Card(text)


def verify_manifest(text):
    """As it is proposed: with its creator's signature only."""
    manifest = Manifest(text)
    require(len(manifest.envelope.signatures) == 1, "signature_count", "a manifest has its creator's signature only")
    manifest.check_creator()
    return manifest


def verify_certificate(text):
    """With exactly one signature of each signer, in the order of signers."""
    manifest = Manifest(text)
    manifest.check_creator()
    positions = {signer.keyid: position for position, signer in enumerate(manifest.signers)}
    last = 0
    for keyid, signature in manifest.envelope.signatures[1:]:
        require(keyid in positions, "stranger", "a signature of somebody who is not a signer")
        require(positions[keyid] > last, "order", "a signature stands twice, or not in the order of signers")
        last = positions[keyid]
        manifest.check_signature(manifest.signers[last], signature)
    signed = {keyid for keyid, _ in manifest.envelope.signatures}
    missing = [signer.name for signer in manifest.signers if signer.keyid not in signed]
    require(not missing, "missing", f"no receipt of {', '.join(missing)}")
    return manifest


# --- by hand ---

def describe(text):
    """What a valid card or certificate says; others' names with escapes, so that they cannot move the cursor."""
    stripped = text.strip()
    if stripped.startswith("coterie-card:") or f'"payloadType":"{CARD}"' in stripped:
        card = verify_card(text)
        return [f"valid card of {json.dumps(card.name)}", f"  fingerprint  {card.fingerprint}"]
    certificate = verify_certificate(text)
    count = len(certificate.signers)
    return [f"valid certificate of {json.dumps(certificate.name)}: {certificate.threshold} of {count}, all {count} signed",
            f"  account            {certificate.kind}",
            *([f"  multisig address   {certificate.multisig_address}, as {json.dumps(certificate.signers[0].name)} claims"]
              if certificate.multisig_address else []),
            f"  room               {write_base64(certificate.room, 'url')}",
            f"  digest             {write_base64(certificate.digest, 'url')}",
            f"  verification code  {certificate.verification_code}",
            *(f"  signer             {json.dumps(signer.name)}  {signer.fingerprint}" for signer in certificate.signers)]


def main():
    parser = argparse.ArgumentParser(description="Verifies Coterie's cards and certificates, without Coterie.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate or a card; - is standard input")
    refused = False
    for file in parser.parse_args().files:
        try:
            with sys.stdin.buffer if file == "-" else open(file, "rb") as source:
                content = source.read(2 * MAX_CERTIFICATE)
            print("\n".join(describe(utf8(content, "the file"))))
        except Refused as error:
            refused = True
            print(f"{file}: refused ({error.rule}): {error}", file=sys.stderr)
        except OSError as error:
            sys.exit(f"{error.filename or file}: {error.strerror}")
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
