"""Holds docs/protocol.md and docs/structure.md to the code: names, labels, types, codes, states, limits, folders, links."""
import base64
import hashlib
import json
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import protocol_code  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()


def table(name):
    """The rows of all tables that follow a line <!-- table: NAME -->, as lists of cells."""
    rows = []
    for block in re.findall(rf"<!-- table: {name} -->\n((?:\|.*\n)+)", PROTOCOL):
        rows += [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.splitlines()[2:]]
    return rows


def first_cells(name):
    return [re.fullmatch(r"\|?\s*`([^`]+)`", row[0]).group(1) for row in table(name)]


EXAMPLE = re.compile(r"(?<=<!-- example: )(\S+)( -->\n```\w*\n)(.*?)(?=^```$)", re.S | re.M)


def examples():
    """The fenced blocks that follow a line <!-- example: KEY -->, by key; a key is a path in tests/vectors/protocol.json."""
    return {key: block.removesuffix("\n") for key, _, block in EXAMPLE.findall(PROTOCOL)}


def example(key):
    return examples()[key]


def shown(vector):
    """A value of the vectors as the document shows it: SDP without its carriage returns."""
    return vector.replace("\r", "").removesuffix("\n")


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def labelled_digest(purpose, *fields):
    sequence = [b"coterie/1 " + purpose.encode(), *fields]
    joined = b"".join(len(field).to_bytes(4, "big") + field for field in sequence)
    return hashlib.blake2b(joined, digest_size=32).digest()


def digits(digest):
    return " ".join(f"{int.from_bytes(digest[5 * i:5 * i + 5], 'big') % 100000:05}" for i in range(6))


class Protocol(unittest.TestCase):
    def assert_same_names(self, documented, in_code):
        self.assertTrue(in_code, "nothing was found in the code")
        self.assertEqual(len(documented), len(set(documented)), "a name stands twice in the document")
        self.assertEqual(sorted(documented), sorted(in_code))

    def test_names_every_label_and_no_other(self):
        documented = first_cells("labels") + first_cells("vault labels")
        self.assert_same_names(documented, {f"coterie/1 {label}" for label in protocol_code.labels()})

    def test_names_every_payload_type(self):
        self.assert_same_names(first_cells("payload types"), protocol_code.words("crypto/envelope.cpp", "PayloadType"))

    def test_names_every_signaling_message(self):
        self.assert_same_names(first_cells("signaling messages"), protocol_code.signaling_types())

    def test_names_every_signaling_error_code(self):
        self.assert_same_names(first_cells("signaling error codes"),
                               protocol_code.words("signaling/message.cpp", "ErrorCode"))

    def test_gives_every_error_code_its_close_code(self):
        codes = protocol_code.close_codes()
        self.assert_same_names(first_cells("close codes"), {str(code) for code in codes.values()})
        for row in table("signaling error codes"):
            name = row[0].strip("|` ")
            self.assertEqual(int(row[2].strip("| ")), protocol_code.close_code_of(name, codes), name)

    def test_names_every_channel_message(self):
        self.assert_same_names(first_cells("channel messages"), protocol_code.channel_types())

    def test_names_every_state_of_both_machines(self):
        for machine in ("creator", "recipient"):
            with self.subTest(machine):
                self.assert_same_names(first_cells(f"{machine} states"),
                                       protocol_code.enumerators(f"ceremony/{machine}.h", "State"))

    def test_gives_every_limit_its_value(self):
        rows = table("limits")
        self.assertGreater(len(rows), 40)
        for row in rows:
            name = row[0].strip("|` ")
            with self.subTest(name):
                self.assertEqual(protocol_code.constant(name), protocol_code.documented_value(row[1]))

    def test_names_the_channel_and_the_addresses_that_are_the_default(self):
        label = protocol_code.quoted("session/webrtc_link.cpp", r"kChannelLabel =")
        self.assertIn(f"label `{label[0]}`", PROTOCOL)
        servers = protocol_code.quoted("../include/coterie/options.h", r"std::vector<std::string> stun =")
        self.assertGreater(len(servers), 1)
        for server in servers:
            self.assertIn(f"`{server}`", PROTOCOL)
        self.assertIn(f"default port {protocol_code.constant('kDefaultSignalingPort')}.", PROTOCOL)

    def test_names_every_profile_with_its_numbers(self):
        for profile in protocol_code.profiles():
            row = next(line for line in PROTOCOL.splitlines() if line.startswith(f"| `{profile['name']}` |"))
            self.assertEqual([cell.strip() for cell in row.strip("|").split("|")][1:], profile["separators"])
            self.assertIn(f"`{profile['class_id']}`", PROTOCOL)


class Vectors(unittest.TestCase):
    """The document's examples are values of tests/vectors/protocol.json, which a test holds to what the code makes."""

    def setUp(self):
        self.vectors = json.loads((ROOT / "tests" / "vectors" / "protocol.json").read_text())

    def value(self, key):
        value = self.vectors
        for step in key.split("."):
            self.assertIn(step, value, key)
            value = value[step]
        return value

    def test_shows_the_vectors_byte_for_byte(self):
        if os.environ.get("COTERIE_WRITE_VECTORS"):
            anew = EXAMPLE.sub(lambda match: f"{match[1]}{match[2]}{shown(self.value(match[1]))}\n", PROTOCOL)
            (ROOT / "docs" / "protocol.md").write_text(anew)
            self.skipTest("docs/protocol.md was written anew")
        self.assertEqual(len(examples()), PROTOCOL.count("<!-- example: "), "a marker without its block, or twice")
        for key, block in examples().items():
            with self.subTest(key):
                self.assertEqual(block, shown(self.value(key)), "COTERIE_WRITE_VECTORS=1 writes the blocks anew")

    def test_are_described_key_by_key(self):
        self.assertEqual(sorted(first_cells("vectors")), sorted(self.vectors))

    def test_of_what_is_refused_are_described_kind_by_kind(self):
        described = PROTOCOL.split("| what | how it is read |")[1].split("\n\n")[0]
        kinds = {kind for row in described.splitlines() if row.startswith("| `") for kind in re.findall(r"`([^`]+)`", row.split("|")[1])}
        self.assertEqual(sorted(kinds), sorted({item["what"] for item in self.vectors["refused"]}))


class Examples(unittest.TestCase):
    """A second implementation, as small as can be, of what the examples show."""

    def setUp(self):
        self.card = json.loads(example("signers.alice.card.payload"))
        self.manifest = json.loads(example("manifests.treasury.envelope"))

    def test_are_in_canonical_form(self):
        texts = {key: text for key, text in examples().items() if key.rsplit(".", 1)[1] in ("payload", "envelope", "message")}
        self.assertGreater(len(texts), 20)
        for key, text in texts.items():
            self.assertEqual(json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False), text, key)

    def test_have_payloads_that_stand_in_their_envelopes(self):
        for key in ("signers.alice.card", "manifests.treasury", "signals.offer"):
            envelope = json.loads(example(f"{key}.envelope"))
            self.assertEqual(base64.b64decode(envelope["payload"]).decode(), example(f"{key}.payload"))

    def test_have_the_digests_that_the_document_defines(self):
        keys = unpadded(self.card["sign_key"]), unpadded(self.card["box_key"])
        self.assertEqual(digits(labelled_digest("fingerprint", *keys)), example("signers.alice.fingerprint.digits"))
        room = labelled_digest("room", keys[0], bytes(range(0x80, 0xa0)))[:16]
        self.assertEqual(unpadded(example("rooms.treasury.room")), room)
        payload = base64.b64decode(self.manifest["payload"])
        kind = self.manifest["payloadType"].encode()
        pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        digest = labelled_digest("manifest", pae)
        self.assertEqual(unpadded(example("manifests.treasury.digest_text")), digest)
        self.assertEqual(example("manifests.treasury.verification_code"), digits(digest))

    def test_have_the_commitment_that_the_document_defines(self):
        secrets = json.loads(example("accounts.opaque.secrets"))
        commitment = labelled_digest("opaque account", unpadded(secrets["opening"]), unpadded(secrets["data"]))
        self.assertEqual(unpadded(json.loads(example("accounts.opaque.public"))["commitment"]), commitment)

    def test_show_every_message_type(self):
        types = {json.loads(text)["type"] for key, text in examples().items() if key.endswith(".message")}
        self.assertEqual(sorted(types), sorted(first_cells("signaling messages") + first_cells("channel messages")))


class Structure(unittest.TestCase):
    def setUp(self):
        self.text = (ROOT / "docs" / "structure.md").read_text()

    def test_has_a_line_for_every_folder(self):
        # A fuzz target's inputs are its row's in docs/fuzzing.md.
        folders = {path.relative_to(ROOT).as_posix() + "/" for base in ("src", "tests") for path in (ROOT / base).rglob("*")
                   if path.is_dir() and path.name != "__pycache__" and path.parent.parent != ROOT / "tests" / "fuzz"}
        self.assertGreater(len(folders), 10)
        described = set(re.findall(r"^\| `((?:src|tests)/[^`]*/)` \|", self.text, re.M))
        self.assertEqual(sorted(folders), sorted(described))

    def test_names_only_files_that_are_there(self):
        named = set(re.findall(r"`((?:src|tests|scripts|cmake|docs)/[\w./-]+\.(?:h|cpp|py|sh|md|cmake))`", self.text))
        self.assertGreater(len(named), 20)
        self.assertEqual([], sorted(name for name in named if not (ROOT / name).is_file()))

    def test_names_only_functions_that_are_there(self):
        story = self.text.split("## One creation")[1].split("\n## ")[0]
        named = {name.split("::")[-1] for name in re.findall(r"`([A-Za-z_]\w*(?:::\w+)*)`", story)}
        self.assertGreater(len(named), 40)
        words = set(re.findall(r"\w+", "".join(path.read_text() for path in protocol_code.product_files())))
        self.assertEqual([], sorted(named - words))

    def test_shows_the_module_table_of_the_build(self):
        build = (ROOT / "CMakeLists.txt").read_text()
        modules = dict(re.findall(r"^coterie_module\((\w+)\s+MODULES\s*([\w ]*?)\s*LIBRARIES", build, re.M))
        self.assertGreater(len(modules), 5)
        shown = {name: cell.strip() for name, cell in re.findall(r"^\| `(\w+)` \| ([^|]*)\|", self.text, re.M)}
        for name, below in modules.items():
            self.assertEqual(" ".join(below.split()) or "–", shown.get(name), name)


class Links(unittest.TestCase):
    def test_lead_to_files_and_headings_that_are_there(self):
        for document in sorted((ROOT / "docs").glob("*.md")):
            text = document.read_text()
            prose = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
            headings = {self.anchor(title) for title in re.findall(r"^#+ (.+)$", prose, re.M)}
            for target in re.findall(r"\]\(([^)\s]+)\)", prose):
                with self.subTest(document=document.name, target=target):
                    if target.startswith("#"):
                        self.assertIn(target[1:], headings)
                    elif "://" not in target:
                        self.assertTrue((document.parent / target.split("#")[0]).exists())

    @staticmethod
    def anchor(title):
        return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
