# A signer's own Aztec account: taken from a file, written to one, and signed with.
import json
import stat

from aztec import (DEFAULT, MODULUS, ORDER, PROFILES, claiming_shape, large_account, multisig_shape, signer_shape, text_of,
                   wallet_shape)
from coterie import CoterieTest, Home

OTHER = next(profile for profile in PROFILES if profile != DEFAULT)
KEYS = ("secretKey", "salt", "signingPrivateKey")


def keys_of(account):
    return {"secretKey": account["secretKey"], "salt": account["salt"]}


class ChainKeyTest(CoterieTest):
    def file(self, content, name="signers.json"):
        return self.write(self.root / name, json.dumps(content, indent=2))

    def make(self, name, content, *options):
        """A new vault with a signer of this name, and what the command left."""
        home = Home(self, f"{name}-{len(list(self.root.iterdir()))}")
        return home, home.run("--json", "signer", "create", name, "--aztec-key-file", self.file(content), *options)

    def export(self, home, name, format):
        out = self.root / f"exported-{len(list(self.root.iterdir()))}.json"
        result = self.succeeds(home.run("--json", "signer", "export", name, "--format", format, "--out", out))
        self.assertEqual(result.json, {"file": str(out), "format": format})
        self.assertRegex(result.stderr, "coterie: warning: it is not encrypted there")
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        return json.loads(out.read_text())

    def assert_keeps_quiet(self, result, account):
        for field in KEYS:
            self.assertNotIn(account[field][2:], result.stdout.replace(account["salt"], "") + result.stderr)


class Files(ChainKeyTest):
    def test_give_a_signer_its_account_in_every_shape(self):
        for profile in PROFILES:
            account = large_account(profile)
            for shape in (wallet_shape(account), claiming_shape(account), signer_shape(account, **keys_of(account)),
                          [signer_shape(account, "somebody", **keys_of(account))]):
                home, result = self.make("alice", shape, "--profile", profile)
                aztec = self.succeeds(result).json["aztec"]
                self.assertEqual([aztec[field] for field in ("profile", "address", "public_key_x", "public_key_y", "salt")],
                                 [profile, account["address"], account["publicKeyX"], account["publicKeyY"], account["salt"]])
                self.assertEqual(result.stderr.count("warning"), 0, result.stderr)
                self.assert_keeps_quiet(result, account)
                self.assertEqual(home.query("signer", "show")["aztec"], aztec)

    def test_of_the_reference_are_taken_with_a_warning_when_their_keys_are_its_default_ones(self):
        account = large_account()
        keys = {"secretKey": text_of(0x111), "salt": text_of(0x222), "signingPrivateKey": account["signingPrivateKey"]}
        derived = self.succeeds(self.run_program("aztec", "address", "--json", "--account-file", self.file(keys))).json
        _, result = self.make("alice", [signer_shape({**account, "address": derived["address"]})])
        self.assertEqual(self.succeeds(result).json["aztec"]["address"], derived["address"])
        self.assertRegex(result.stderr, "warning: this account has a secret key that anybody can guess: .* reads all")

    def test_of_several_signers_give_the_one_of_that_name(self):
        first, last = large_account(index=-2), large_account()
        several = [signer_shape(first, "alice", **keys_of(first)), signer_shape(last, "bob", **keys_of(last))]
        home, result = self.make("bob", several)
        self.assertEqual(self.succeeds(result).json["aztec"]["address"], last["address"])
        home, result = self.make("carol", several)
        self.fails_silently_on_stdout(result, 2, "carol", "alice and bob")
        self.assertFalse(home.directory.exists())

    def test_that_are_not_right_are_refused_before_a_vault_is_made(self):
        account, other = large_account(), large_account(index=-2)
        for content, words in ((signer_shape(account), "SECRET_KEY and SALT"), ({}, "missing"), ([], "empty array"),
                               ({**claiming_shape(account), "address": other["address"]}, '"address" in the account file'),
                               ({**wallet_shape(account), "signingPrivateKey": text_of(ORDER)}, '"signingPrivateKey"'),
                               ({**wallet_shape(account), "kind": "opaque"}, '"kind"'),
                               (multisig_shape(account), "multisig import"),
                               (claiming_shape(large_account(OTHER)), f"--profile {OTHER}")):
            with self.subTest(words):
                home, result = self.make("alice", content)
                self.fails_silently_on_stdout(result, 2, words)
                self.assert_keeps_quiet(result, account)
                self.assertFalse(home.directory.exists())
        home, result = self.make("alice", wallet_shape(account), "--profile", "9.9")
        self.fails_silently_on_stdout(result, 2, "known are")

    def test_give_no_two_signers_one_account(self):
        account = large_account()
        home, result = self.make("alice", wallet_shape(account))
        self.succeeds(result)
        again = home.run("signer", "create", "work", "--aztec-key-file", self.file(wallet_shape(account)))
        self.fails_silently_on_stdout(again, 2, "has the key of your signer alice")
        again = home.run("signer", "aztec", "alice", "--aztec-key-file", self.file(wallet_shape(large_account(index=-2))))
        self.fails_silently_on_stdout(again, 2, "alice has a chain key already")
        again = home.run("signer", "aztec", "alice", "--aztec-key-file", self.file({}))
        self.fails_silently_on_stdout(again, 2, "account file")
        self.assertEqual([item["name"] for item in home.query("signer", "list")["items"]], ["alice"])


class Profiles(ChainKeyTest):
    def test_of_new_accounts_are_chosen(self):
        (alice,) = self.team("alice")
        self.assertEqual(alice.query("signer", "show")["aztec"]["profile"], DEFAULT)
        self.succeeds(alice.run("signer", "create", "older", "--profile", OTHER))
        self.assertEqual(alice.query("signer", "show", "older")["aztec"]["profile"], OTHER)
        self.fails_silently_on_stdout(alice.run("signer", "create", "none", "--profile", "9.9"), 2, "known are")


class Exported(ChainKeyTest):
    def test_signer_is_the_same_in_another_vault(self):
        (alice,) = self.team("alice")
        shown = alice.query("signer", "show")["aztec"]
        for format in ("reference", "account"):
            exported = self.export(alice, "alice", format)
            _, result = self.make("alice", exported)
            self.assertEqual(self.succeeds(result).json["aztec"], shown)
            verified = self.run_program("aztec", "verify-account", "--json", "--account-file", self.file(exported))
            self.assertEqual(self.succeeds(verified).json["compared"], ["address", "public_key_x", "public_key_y"])

    def test_signer_has_the_fields_of_the_reference_and_the_keys_that_its_address_needs(self):
        (alice,) = self.team("alice")
        shown = alice.query("signer", "show")["aztec"]
        exported = self.export(alice, "alice", "reference")
        self.assertEqual(list(exported), ["name", "address", "privateKey", "publicKeyX", "publicKeyY", "createdAt",
                                          "secretKey", "salt"])
        self.assertEqual([exported[field] for field in ("name", "address", "publicKeyX", "publicKeyY", "salt")],
                         ["alice", shown["address"], shown["public_key_x"], shown["public_key_y"], shown["salt"]])
        self.assertRegex(exported["createdAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$")
        exported = self.export(alice, "alice", "account")
        self.assertEqual(list(exported), ["kind", "profile", "address", "public_key_x", "public_key_y", "secret_key",
                                          "salt_key", "private_key"])

    def test_signer_goes_to_a_new_file_only(self):
        (alice,) = self.team("alice")
        there = self.write(self.root / "there.json", "mine")
        command = ["signer", "export", "alice", "--out", there]
        self.fails_silently_on_stdout(alice.run(*command, "--format", "reference"), 2, "there.json exists already")
        self.fails_silently_on_stdout(alice.run(*command, "--format", "yaml"), 2, "account or --format reference")
        self.fails_silently_on_stdout(alice.run("signer", "export", "bob", "--format", "account", "--out", self.root / "x"),
                                      2, "no signer bob")
        self.assertEqual(there.read_text(), "mine")


class Signatures(ChainKeyTest):
    def verify(self, message, signed):
        return self.run_program("aztec", "verify", "--message-hex", message, "--public-key-x", signed["public_key_x"],
                                "--public-key-y", signed["public_key_y"], "--signature-hex", signed["signature"])

    def test_of_a_proposal_s_hash_are_valid_and_of_the_key_on_the_card(self):
        (alice,) = self.team("alice")
        card = alice.query("signer", "show")["aztec"]
        message = self.succeeds(self.run_program("aztec", "hash", "421614", "17", text_of(MODULUS - 1))).stdout.strip()
        made = [alice.query("aztec", "sign", "--message-hex", text) for text in (message, message[2:], message.upper()[2:])]
        for signed in made:
            self.assertEqual(list(signed), ["signature", "public_key_x", "public_key_y"])
            self.assertRegex(signed["signature"], "^0x[0-9a-f]{128}$")
            self.assertEqual([signed["public_key_x"], signed["public_key_y"]], [card["public_key_x"], card["public_key_y"]])
            self.assertLess(int(signed["signature"][66:], 16), ORDER, "newer verifiers want the challenge below the order")
            self.succeeds(self.verify(message, signed))
            self.fails_silently_on_stdout(self.verify(text_of(int(message, 16) ^ 1), signed), 5, "not valid")
        self.assertEqual(len({signed["signature"] for signed in made}), 3, "every nonce is new")
        self.assertIn(card["public_key_x"], self.succeeds(alice.run("aztec", "sign", "--message-hex", message)).stdout)

    def test_are_of_the_signer_who_is_chosen(self):
        (alice,) = self.team("alice")
        account = large_account()
        self.succeeds(alice.run("signer", "create", "work", "--aztec-key-file", self.file(wallet_shape(account))))
        signed = alice.query("aztec", "sign", "--signer", "work", "--message-hex", text_of(1))
        self.assertEqual(signed["public_key_x"], account["publicKeyX"])
        self.succeeds(self.verify(text_of(1), signed))
        self.assertNotEqual(alice.query("aztec", "sign", "--message-hex", text_of(1))["public_key_x"], account["publicKeyX"])

    def test_are_over_exactly_32_bytes_below_the_modulus(self):
        (alice,) = self.team("alice")
        good = text_of(MODULUS - 1)
        self.succeeds(alice.run("aztec", "sign", "--message-hex", good))
        self.succeeds(alice.run("aztec", "sign", "--message-hex", text_of(0)))
        for message, words in ((text_of(MODULUS), "modulus"), (text_of(2**256 - 1), "modulus"), (good[:-2], "31 bytes"),
                               (good + "00", "33 bytes"), ("", "0 bytes"), (good[:-1], "not hexadecimal"),
                               ("g" * 64, "not hexadecimal"), ("coterie/1 card".encode().hex(), "14 bytes")):
            with self.subTest(message):
                # Before a passphrase is asked for: there is none here.
                result = self.run_program("--home", alice.directory, "aztec", "sign", "--message-hex", message)
                self.fails_silently_on_stdout(result, 2, words)
        self.fails_silently_on_stdout(self.run_program("--home", alice.directory, "aztec", "sign", "--message-hex", good), 2,
                                      "--passphrase-file")


class References(ChainKeyTest):
    def test_signers_and_their_multisig_come_over_as_they_are(self):
        first, last, shared = large_account(index=-2), large_account(), large_account(OTHER, -3)
        entries = [signer_shape(first, "alice", **keys_of(first)), signer_shape(last, "bob", **keys_of(last))]
        homes = [Home(self, name) for name in ("alice", "bob")]
        for home in homes:
            self.succeeds(home.run("signer", "create", home.name, "--aztec-key-file", self.file(entries)))
            home.card = self.root / f"card-of-{home.name}"
            self.succeeds(home.run("signer", "card", "--out", home.card))
        self.introduce(homes[0], homes[1])
        self.introduce(homes[1], homes[0])
        entry = multisig_shape(shared, "company")
        self.succeeds(homes[0].run("multisig", "import", self.file([entry], "multisigs.json"), "--format", "reference",
                                   "--profile", OTHER))
        self.complete("company", 2, homes)
        held = self.assert_all_hold_the_same("company", homes)["account"]
        self.assertEqual((held["address"], held["secret_key"]), (shared["address"], shared["secretKey"]))
        for home, account in zip(homes, (first, last)):
            self.assertEqual(home.query("signer", "show")["aztec"]["address"], account["address"])


if __name__ == "__main__":
    import unittest
    unittest.main()
