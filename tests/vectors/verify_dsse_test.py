"""tests/vectors/protocol.json by a second implementation: verify_dsse.py, which shares no code with the product."""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import aztec_check  # noqa: E402
import verify_dsse  # noqa: E402

VERIFY = {"card": verify_dsse.verify_card, "manifest": verify_dsse.verify_manifest,
          "certificate": verify_dsse.verify_certificate}


class Vectors(unittest.TestCase):
    def setUp(self):
        self.vectors = json.loads((HERE / "protocol.json").read_text())

    def objects_with(self, key, value=None):
        value = self.vectors if value is None else value
        if isinstance(value, dict):
            if key in value:
                yield value
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from self.objects_with(key, item)


class Independent(Vectors):
    def test_check_takes_every_card_in_both_forms(self):
        for name, signer in self.vectors["signers"].items():
            for form in ("text", "envelope"):
                card = verify_dsse.verify_card(signer["card"][form])
                self.assertEqual(card.name, signer["name"], name)
                self.assertEqual(card.created_at, signer["created_at"], name)
                self.assertEqual(card.envelope.payload.decode(), signer["card"]["payload"], name)
                self.assertEqual(card.envelope.pae().decode(), signer["card"]["pae"], name)
                self.assertEqual(card.fingerprint, signer["fingerprint"]["digits"], name)

    def test_check_takes_every_manifest_with_its_digest_and_code(self):
        for name, described in self.vectors["manifests"].items():
            manifest = verify_dsse.verify_manifest(described["envelope"])
            self.assertEqual(manifest.name, name)
            self.assertEqual(manifest.pae.decode(), described["pae"])
            self.assertEqual(verify_dsse.write_base64(manifest.digest, "url"), described["digest_text"])
            self.assertEqual(manifest.verification_code, described["verification_code"])

    def test_check_takes_every_certificate_that_all_signed(self):
        full = 0
        for name, described in self.vectors["certificates"].items():
            if described["missing"]:
                with self.assertRaises(verify_dsse.Refused) as refused:
                    verify_dsse.verify_certificate(described["file"])
                self.assertEqual(refused.exception.rule, "missing", name)
                self.assertIn(", ".join(described["missing"]), str(refused.exception))
                continue
            full += 1
            certificate = verify_dsse.verify_certificate(described["file"])
            self.assertEqual([signer.name for signer in certificate.signers], described["receipts_of"])
            self.assertEqual(certificate.digest.hex(), self.vectors["manifests"][name]["digest"]["digest_hex"])
        self.assertEqual(full, 2)

    def test_check_refuses_each_altered_form_for_the_rule_that_it_breaks(self):
        counts = dict.fromkeys(VERIFY, 0)
        for item in self.vectors["refused"]:
            if item["what"] not in VERIFY:
                continue
            counts[item["what"]] += 1
            with self.subTest(what=item["what"], fault=item["fault"]):
                with self.assertRaises(verify_dsse.Refused) as refused:
                    VERIFY[item["what"]](item["text"])
                self.assertEqual(refused.exception.rule, item["rule"], str(refused.exception))
        for what, count in counts.items():
            self.assertGreater(count, 20, what)

    def test_check_refuses_a_certificate_with_any_of_its_bytes_changed(self):
        text = self.vectors["certificates"]["treasury"]["envelope"].encode()
        for index in range(0, len(text), 41):
            altered = text[:index] + bytes([text[index] ^ 1]) + text[index + 1:]
            with self.assertRaises(verify_dsse.Refused, msg=f"byte {index}"):
                verify_dsse.verify_certificate(altered.decode("utf-8", "replace"))

    def test_check_finds_every_join_and_description_signed(self):
        signers = self.vectors["signers"]
        for name, signer in (("creator_join", "alice"), ("join", "bob")):
            join = self.vectors["signaling"][name]
            key = verify_dsse.read_base64(signers[signer]["sign_key"], "key", "url")
            self.assertTrue(verify_dsse.verifies(key, join["pae"].encode(), bytes.fromhex(join["proof_hex"])), name)
        for name in ("offer", "answer"):
            signal = self.vectors["signals"][name]
            key = verify_dsse.read_base64(signers[signal["from"]]["sign_key"], "key", "url")
            (signature,) = json.loads(signal["envelope"])["signatures"]
            self.assertEqual(signature["keyid"], signers[signal["from"]]["sign_key"])
            sig = verify_dsse.read_base64(signature["sig"], "sig", "standard")
            self.assertTrue(verify_dsse.verifies(key, signal["pae"].encode(), sig), name)

    def test_check_computes_every_digest(self):
        digests = 0
        for described in self.objects_with("sequence_hex"):
            fields = [described["label"].encode(), *map(bytes.fromhex, described["fields_hex"])]
            sequence = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
            self.assertEqual(sequence.hex(), described["sequence_hex"])
            if "digest_hex" in described:
                digests += 1
                self.assertEqual(hashlib.blake2b(sequence, digest_size=32).hexdigest(), described["digest_hex"])
        self.assertGreater(digests, 10)

    def test_check_draws_the_aztec_account_s_secrets(self):
        account = self.vectors["accounts"]["aztec"]
        secrets = json.loads(account["secrets"])
        fq = 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47
        for name, modulus in (("secret_key", aztec_check.P), ("salt_key", aztec_check.P), ("private_key", fq)):
            drawn = int(account[f"{name}_drawn_hex"], 16)
            self.assertEqual(secrets[name], f"0x{drawn % modulus:064x}")


class ByHand(Vectors):
    def verify(self, *contents):
        with tempfile.TemporaryDirectory() as directory:
            files = []
            for number, content in enumerate(contents):
                files.append(pathlib.Path(directory, f"file-{number}"))
                files[-1].write_text(content)
            command = [sys.executable, str(HERE / "verify_dsse.py"), *map(str, files)]
            return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def test_a_certificate_and_a_card_are_described(self):
        certificate = self.vectors["certificates"]["estate"]["file"]
        zoe = self.vectors["signers"]["zoe"]
        result = self.verify(certificate, zoe["card"]["text"] + "\n")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn('valid certificate of "estate": 2 of 3, all 3 signed', result.stdout)
        self.assertIn(self.vectors["manifests"]["estate"]["verification_code"], result.stdout)
        self.assertIn(zoe["fingerprint"]["digits"], result.stdout)

    def test_a_refused_one_ends_with_1_and_says_why(self):
        result = self.verify(self.vectors["certificates"]["treasury"]["file"],
                             self.vectors["certificates"]["estate_partial"]["file"])
        self.assertEqual(result.returncode, 1)
        self.assertIn("valid certificate", result.stdout)
        self.assertRegex(result.stderr, r"refused \(missing\): no receipt of bob")
