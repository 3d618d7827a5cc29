# The offline commands `coterie aztec …` against what Aztec's own packages answered, and what they must refuse.
import json

from aztec import (DEFAULT, MODULUS, ORDER, PROFILES, SECRETS, claiming_shape, multisig_shape, signer_shape, text_of,
                   wallet_shape)
from coterie import CoterieTest


class AztecTest(CoterieTest):
    def setUp(self):
        super().setUp()
        self.assertIn(DEFAULT, PROFILES)
        self.files = 0

    def aztec(self, *arguments, **options):
        return self.run_program("aztec", *arguments, **options)

    def file(self, content):
        self.files += 1
        return self.write(self.root / f"account-{self.files}.json",
                          content if isinstance(content, (str, bytes)) else json.dumps(content, indent=2))

    def account_command(self, command, content, *options):
        """Runs on a file with this content; none of its secrets may come out again."""
        result = self.aztec(command, "--account-file", self.file(content), "--json", *options)
        text = content if isinstance(content, str) else json.dumps(content)
        for secret in [account[field] for vectors in PROFILES.values() for account in vectors["accounts"] for field in SECRETS]:
            # Small numbers stand everywhere, and may be a coordinate of a key.
            if int(secret, 16) > 2**64 and int(secret, 16) < MODULUS - 1 and secret in text:
                self.assertNotIn(secret.removeprefix("0x"), result.stdout + result.stderr)
        return result

    def assert_nothing_was_made(self):
        self.assertFalse((self.root / ".local").exists(), "a vault was made")


class Addresses(AztecTest):
    def test_follow_from_the_keys_of_every_account_of_the_packages(self):
        for profile, vectors in PROFILES.items():
            self.assertGreaterEqual(len(vectors["accounts"]), 12)
            for account in vectors["accounts"]:
                expected = {"profile": profile, "address": account["address"], "public_key_x": account["publicKeyX"],
                            "public_key_y": account["publicKeyY"]}
                exported = {"kind": "aztec-schnorr", **expected, "secret_key": account["secretKey"],
                            "salt_key": account["salt"], "private_key": account["signingPrivateKey"]}
                result = self.succeeds(self.account_command("address", wallet_shape(account), "--profile", profile))
                self.assertEqual(list(result.json.items()), list(expected.items()))
                # The file's own profile, and without one the default.
                self.assertEqual(self.succeeds(self.account_command("address", exported)).json, expected)
        account = PROFILES[DEFAULT]["accounts"][-1]
        self.assertEqual(self.succeeds(self.account_command("address", wallet_shape(account))).json["profile"], DEFAULT)
        self.assert_nothing_was_made()

    def test_are_printed_for_people_too(self):
        account = PROFILES[DEFAULT]["accounts"][-1]
        result = self.succeeds(self.aztec("address", "--account-file", self.file(wallet_shape(account))))
        self.assertIn(f"address       {account['address']}\n", result.stdout)
        self.assertEqual(result.stderr, "")

    def test_come_from_standard_input_too(self):
        account = PROFILES[DEFAULT]["accounts"][-1]
        result = self.aztec("address", "--account-file", "-", "--json", stdin=json.dumps(wallet_shape(account)).encode())
        self.assertEqual(self.succeeds(result).json["address"], account["address"])

    def test_of_one_of_several_are_chosen_by_name(self):
        first, last = PROFILES[DEFAULT]["accounts"][-2:]
        several = [multisig_shape(first, "first"), multisig_shape(last, "last\u202e")]
        result = self.account_command("address", several, "--name", "last\u202e")
        self.assertEqual(self.succeeds(result).json["address"], last["address"])
        result = self.account_command("address", several)
        self.fails_silently_on_stdout(result, 2, r"first and last\\u\{202E\}", "--name")
        self.fails_silently_on_stdout(self.account_command("address", several, "--name", "third"), 2, "third", "first and last")
        self.assertEqual(self.succeeds(self.account_command("address", several[:1])).json["address"], first["address"])

    def test_under_an_unknown_profile_are_refused_naming_the_known_ones(self):
        account = PROFILES[DEFAULT]["accounts"][0]
        result = self.account_command("address", wallet_shape(account), "--profile", "5.2.0")
        self.fails_silently_on_stdout(result, 2, *map(lambda name: name.replace(".", r"\."), PROFILES))
        result = self.account_command("address", {**wallet_shape(account), "profile": "5.2.0"})
        self.fails_silently_on_stdout(result, 5, r"4\.1\.2")

    def test_of_what_is_no_account_are_refused_naming_the_field(self):
        good = wallet_shape(PROFILES[DEFAULT]["accounts"][-1])
        for field in SECRETS:
            modulus = ORDER if field == "signingPrivateKey" else MODULUS
            for value in (text_of(modulus), text_of(2**256 - 1), good[field].upper(), good[field][2:], "0x1", "", 1, None):
                self.fails_silently_on_stdout(self.account_command("address", {**good, field: value}), 5, f'"{field}"')
            missing = {key: value for key, value in good.items() if key != field}
            self.fails_silently_on_stdout(self.account_command("address", missing), 5, "missing")
        for content in ("", "[]", "7", "no JSON", json.dumps(good)[:-1], json.dumps(good) * 2):
            self.fails_silently_on_stdout(self.account_command("address", content), 5, "account file")

    def test_of_no_file_or_an_endless_one_are_a_wrong_call(self):
        self.fails_silently_on_stdout(self.aztec("address", "--account-file", self.root / "nowhere"), 2, "nowhere")
        self.fails_silently_on_stdout(self.aztec("address", "--account-file", self.file(" " * 65537)), 2, "64 KiB")
        self.fails_silently_on_stdout(self.aztec("address"), 2, "--account-file")

    def test_of_keys_that_anybody_can_guess_come_with_a_warning(self):
        account = PROFILES[DEFAULT]["accounts"][0]
        result = self.succeeds(self.account_command("address", wallet_shape(account)))
        self.assertRegex(result.stderr, "coterie: warning: this account has keys that anybody can guess")


class Claims(AztecTest):
    def test_of_every_account_of_the_packages_are_verified(self):
        for profile, vectors in PROFILES.items():
            for account in vectors["accounts"]:
                for shape in (claiming_shape(account), multisig_shape(account)):
                    result = self.succeeds(self.account_command("verify-account", shape, "--profile", profile))
                    self.assertEqual(result.json, {"valid": True, "profile": profile, "address": account["address"],
                                                   "public_key_x": account["publicKeyX"],
                                                   "public_key_y": account["publicKeyY"],
                                                   "compared": ["address", "public_key_x", "public_key_y"]})
        self.assert_nothing_was_made()

    def test_that_are_wrong_are_named(self):
        account, other = PROFILES[DEFAULT]["accounts"][-2:]
        for field in ("address", "publicKeyX", "publicKeyY"):
            wrong = {**claiming_shape(account), field: other[field]}
            self.fails_silently_on_stdout(self.account_command("verify-account", wrong), 5, f'^coterie: error: "{field}" in')
        wrong = {**claiming_shape(account), "privateKey": other["signingPrivateKey"]}
        self.fails_silently_on_stdout(self.account_command("verify-account", wrong), 5,
                                      '"address", "publicKeyX" and "publicKeyY"')
        for field in ("secretKey", "saltKey"):
            wrong = {**claiming_shape(account), field: text_of(12345)}
            self.fails_silently_on_stdout(self.account_command("verify-account", wrong), 5, '^coterie: error: "address" in')

    def test_of_another_profile_are_refused_naming_it(self):
        for profile, vectors in PROFILES.items():
            if profile != DEFAULT:
                result = self.account_command("verify-account", claiming_shape(vectors["accounts"][-1]))
                self.fails_silently_on_stdout(result, 5, '"address"', f"--profile {profile}")

    def test_must_be_there_to_be_verified(self):
        account = PROFILES[DEFAULT]["accounts"][-1]
        result = self.account_command("verify-account", wallet_shape(account))
        self.fails_silently_on_stdout(result, 5, "neither an address nor a public key")
        result = self.account_command("verify-account", {**wallet_shape(account), "address": account["address"]})
        self.assertEqual(self.succeeds(result).json["compared"], ["address"])

    def test_of_the_reference_s_signers_need_its_secret_key_and_salt_unless_they_are_the_default_ones(self):
        account = PROFILES[DEFAULT]["accounts"][-1]
        keys = {"secretKey": text_of(0x111), "salt": text_of(0x222), "signingPrivateKey": account["signingPrivateKey"]}
        derived = self.succeeds(self.account_command("address", keys)).json
        entry = signer_shape({**account, "address": derived["address"]})
        result = self.succeeds(self.account_command("verify-account", entry))
        self.assertRegex(result.stderr, "warning: .*secret key that anybody can guess")
        other = {**entry, "address": account["address"]}
        for command in ("address", "verify-account"):
            self.fails_silently_on_stdout(self.account_command(command, other), 5, "SECRET_KEY and SALT")
        other.update(secretKey=account["secretKey"], salt=account["salt"])
        result = self.succeeds(self.account_command("verify-account", other))
        self.assertEqual(result.stderr, "")


class Hashes(AztecTest):
    def test_are_those_of_the_packages(self):
        for vectors in PROFILES.values():
            plain = [vector for vector in vectors["poseidon2"] if vector["separator"] is None]
            self.assertGreaterEqual(len(plain), 10)
            self.assertIn([], [vector["inputs"] for vector in plain])
            for vector in plain:
                result = self.succeeds(self.aztec("hash", "--json", *vector["inputs"]))
                self.assertEqual(result.json, {"hash": vector["hash"]})
                decimal = [str(int(field, 16)) for field in vector["inputs"]]
                self.assertEqual(self.succeeds(self.aztec("hash", *decimal)).stdout, vector["hash"] + "\n")
            for vector in vectors["poseidon2"]:
                if vector["separator"] is not None:  # which is nothing but one more input, in front
                    result = self.succeeds(self.aztec("hash", vector["separator"], *vector["inputs"]))
                    self.assertEqual(result.stdout, vector["hash"] + "\n")

    def test_of_what_is_no_field_are_refused_naming_which(self):
        for field in ("0x1", "01", "-0", "", "1.0", "abc", text_of(MODULUS), str(MODULUS), text_of(10).upper()):
            self.fails_silently_on_stdout(self.aztec("hash", "7", field, "8"), 2, "" if field.startswith("-") else "FIELD 2")


class Signatures(AztecTest):
    def verify(self, vector, *options, **changed):
        vector = {**vector, **changed}
        return self.aztec("verify", "--message-hex", vector["message"], "--public-key-x", vector["publicKeyX"],
                          "--public-key-y", vector["publicKeyY"], "--signature-hex", vector["signature"], *options)

    def test_of_the_packages_are_valid_in_every_way_to_write_them(self):
        for vectors in PROFILES.values():
            self.assertGreaterEqual(len(vectors["signatures"]), 12)
            self.assertIn("0x", [vector["message"] for vector in vectors["signatures"]])
            for vector in vectors["signatures"]:
                result = self.succeeds(self.verify(vector, "--json"))
                self.assertEqual(result.json, {"valid": True})
                fields = {key: vector[key] for key in ("message", "publicKeyX", "publicKeyY", "signature")}
                bare = {key: value.removeprefix("0x") for key, value in fields.items()}
                self.assertEqual(self.succeeds(self.verify(vector, **bare)).stderr, "")
                self.succeeds(self.verify(vector, **{key: value.upper() for key, value in bare.items()}))
                self.succeeds(self.verify(vector, **{key: "0x" + value.upper() for key, value in bare.items()}))
        self.assert_nothing_was_made()

    def test_that_were_altered_are_not_valid(self):
        for vectors in PROFILES.values():
            forms = {vector["form"] for vector in vectors["signatureVariants"]}
            self.assertGreaterEqual(len(forms), 5)
            for vector in vectors["signatureVariants"]:
                with self.subTest(vector["form"]):
                    # The packages take s + Q for s; here nobody can make a second signature of a first. Where e was
                    # below Q already, reducing it altered nothing.
                    if vector["verified"] and vector["form"] != "sPlusOrder":
                        self.assertEqual(vector["form"], "eReduced")
                        self.succeeds(self.verify(vector, "--json"))
                    else:
                        self.fails_silently_on_stdout(self.verify(vector, "--json"), 5, "not valid: ")

    def test_of_another_message_or_key_are_not_valid(self):
        first, second = [vector for vector in PROFILES[DEFAULT]["signatures"] if len(vector["message"]) > 2][:2]
        self.fails_silently_on_stdout(self.verify(first, message=first["message"] + "00"), 5, "not valid")
        self.fails_silently_on_stdout(self.verify(first, message=""), 5, "not valid")
        self.fails_silently_on_stdout(self.verify(first, publicKeyX=second["publicKeyX"], publicKeyY=second["publicKeyY"]),
                                      5 if first["publicKeyX"] != second["publicKeyX"] else 0)

    def test_with_numbers_out_of_range_or_a_key_off_the_curve_are_not_valid(self):
        vector = PROFILES[DEFAULT]["signatures"][-1]
        s, e = vector["signature"][2:66], vector["signature"][66:]
        cases = {"s = 0": {"signature": "00" * 32 + e}, "s = Q": {"signature": f"{ORDER:064x}" + e},
                 "s above": {"signature": "ff" * 32 + e}, "e = 0": {"signature": s + "00" * 32},
                 "e = Q": {"signature": s + f"{ORDER:064x}"}, "e above": {"signature": s + "ff" * 32},
                 "x = P": {"publicKeyX": text_of(MODULUS)}, "y above": {"publicKeyY": text_of(2**256 - 1)},
                 "off the curve": {"publicKeyY": text_of(int(vector["publicKeyY"], 16) ^ 1)},
                 "infinity": {"publicKeyX": text_of(0), "publicKeyY": text_of(0)}}
        for name, changed in cases.items():
            with self.subTest(name):
                self.fails_silently_on_stdout(self.verify(vector, **changed), 5, "not valid: ")

    def test_that_are_not_hexadecimal_or_of_another_length_are_a_wrong_call(self):
        vector = PROFILES[DEFAULT]["signatures"][-1]
        options = {"message": "--message-hex", "publicKeyX": "--public-key-x", "publicKeyY": "--public-key-y",
                   "signature": "--signature-hex"}
        for field, option in options.items():
            good = vector[field].removeprefix("0x")
            wrong = ["zz", good[:-1] + "g" if good else "g", "0", "0x0", f"{good} ", f"0x 0x{good}"]
            wrong += [good[:-2], good + "00", ""] if field != "message" else []
            for value in wrong:
                with self.subTest(option, value=value):
                    self.fails_silently_on_stdout(self.verify(vector, **{field: value}), 2, option)
        self.fails_silently_on_stdout(self.aztec("verify", "--message-hex", "00"), 2, "missing")


if __name__ == "__main__":
    import unittest
    unittest.main()
