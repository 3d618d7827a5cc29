# Entries of the TypeScript reference's files, both ways: `multisig export` and `import --format reference`.
import json
import stat

from aztec import DEFAULT, PROFILES, claiming_shape, large_account, multisig_shape, text_of, wallet_shape
from consent import CONSENT, Consent
from coterie import CoterieTest

OTHER = next(profile for profile in PROFILES if profile != DEFAULT)
FIELDS = ["name", "threshold", "signers", "createdAt", "sharedStateAccountAddress", "sharedStateAccountSecretKey",
          "sharedStateAccountSaltKey", "sharedStateAccountPublicKeyX", "sharedStateAccountPublicKeyY",
          "sharedStateAccountPrivateKey"]
REFERENCE = ["--format", "reference"]
# Each is the x of a point of Grumpkin, as an address must be.
CONTRACTS = ["0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05",
             "0x0e42b68209f48b783446ebbae5ae8a71174c3e279aa0ee2a87cfa89f64a4aa04"]


class ReferenceTest(CoterieTest):
    def file(self, content, name="multisigs.json"):
        return self.write(self.root / name, content if isinstance(content, str) else json.dumps(content, indent=2))

    def export(self, home, name, *options):
        out = self.root / f"exported-by-{home.name}-{len(list(self.root.iterdir()))}.json"
        result = self.succeeds(home.run("multisig", "export", *REFERENCE, "--out", out, *options, "--", name))
        self.assertRegex(result.stderr, "coterie: warning: it is not encrypted there")
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        return json.loads(out.read_text())

    def import_file(self, home, content, *options):
        return home.run("--json", "multisig", "import", self.file(content), *REFERENCE, *options)


class Exported(ReferenceTest):
    def test_multisig_has_the_fields_of_the_reference_and_verifies(self):
        homes = self.team("alice", "bob")
        self.complete("treasury", 2, homes)
        shown = self.assert_all_hold_the_same("treasury", homes)
        entries = [self.export(home, "treasury") for home in homes]
        self.assertEqual(entries[0], entries[1])
        entry, account = entries[0], shown["account"]
        self.assertEqual(list(entry), FIELDS)
        self.assertEqual((entry["name"], entry["threshold"], entry["signers"]), ("treasury", 2, ["alice", "bob"]))
        self.assertRegex(entry["createdAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$")
        self.assertEqual([entry[f"sharedStateAccount{field}"] for field in ("Address", "SecretKey", "SaltKey", "PublicKeyX",
                                                                            "PublicKeyY", "PrivateKey")],
                         [account[field] for field in ("address", "secret_key", "salt_key", "public_key_x", "public_key_y",
                                                       "private_key")])
        verified = self.run_program("aztec", "verify-account", "--json", "--account-file", self.file([entry]))
        self.assertEqual(self.succeeds(verified).json["address"], account["address"])

    def test_multisig_goes_to_a_new_file_only(self):
        (alice,) = self.team("alice")
        self.complete("solo", 1, [alice])
        out = self.write(self.root / "there.json", "mine")
        result = alice.run("multisig", "export", "solo", *REFERENCE, "--out", out)
        self.fails_silently_on_stdout(result, 2, "there.json exists already")
        self.assertEqual(out.read_text(), "mine")

    def test_multisig_is_complete_unless_told_so(self):
        alice, _ = self.team("alice", "bob")
        self.assertEqual(alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s").wait().code, 6)
        out = self.root / "pending.json"
        result = alice.run("multisig", "export", "treasury", *REFERENCE, "--out", out)
        self.fails_silently_on_stdout(result, 6, "pending")
        self.assertFalse(out.exists())
        self.assertEqual(list(self.export(alice, "treasury", "--pending")), FIELDS)

    def test_multisig_has_no_opaque_account(self):
        (alice,) = self.team("alice")
        self.complete("solo", 1, [alice], "--account-file", self.file("{}"))
        out = self.root / "opaque.json"
        result = alice.run("multisig", "export", "solo", *REFERENCE, "--out", out)
        self.fails_silently_on_stdout(result, 2, "opaque account", "--format account")
        self.assertFalse(out.exists())
        result = alice.run("multisig", "export", "solo", "--format", "yaml", "--out", out)
        self.fails_silently_on_stdout(result, 2, "yaml", "account or --format reference")


class Imported(Consent, ReferenceTest):
    def test_multisig_is_pending_until_its_signers_have_proven_it(self):
        (alice,) = self.team("alice")
        account = large_account()
        entry = {**multisig_shape(account, "company", ["a", "b"]), "arbitrumProxy": "0xFF0c"}
        shown = self.succeeds(self.import_file(alice, [entry])).json
        self.assertEqual(list(shown.items()),
                         [("name", "company"), ("status", "pending"), ("threshold", 2),
                          ("signers", [{"name": "a", "state": "absent"}, {"name": "b", "state": "absent"}]),
                          ("account", {"kind": "aztec-schnorr", "profile": DEFAULT, "address": account["address"],
                                       "public_key_x": account["publicKeyX"], "public_key_y": account["publicKeyY"]}),
                          ("created_at", 1735787045), ("imported", True)])
        self.assertEqual(alice.show("Company"), shown)
        self.assertEqual(alice.multisigs(), [shown])
        revealed = alice.show("company", "--reveal")["account"]
        self.assertEqual([revealed[field] for field in ("secret_key", "salt_key", "private_key")],
                         [account[field] for field in ("secretKey", "salt", "signingPrivateKey")])
        for command in ("list", "show"):
            text = self.succeeds(alice.run("multisig", command, *(["company"] if command == "show" else []))).stdout
            self.assertRegex(text, "nobody has proven to hold it")
            self.assertIn("coterie multisig create company 2 a b", text)
            self.assertNotIn("AAAAAAAA", text)  # an empty key or room in base64
        for command, code, words in (("verify", 6, "nobody has proven"), ("certificate", 2, "nothing of it that anybody has signed"),
                                     ("invite", 2, "no invite"), ("resume", 2, "was imported")):
            result = alice.run("multisig", command, "company")
            self.fails_silently_on_stdout(result, code, words, "coterie multisig create company 2 a b")

    def test_multisig_is_exported_as_it_was(self):
        (alice,) = self.team("alice")
        for profile in PROFILES:
            entry = multisig_shape(large_account(profile), f"of {profile}", ["a", "b", "c"])
            self.succeeds(self.import_file(alice, entry, "--profile", profile))
            out = self.root / "refused.json"
            result = alice.run("multisig", "export", f"of {profile}", *REFERENCE, "--out", out)
            self.fails_silently_on_stdout(result, 6, "not proven", "coterie multisig create", "--pending")
            self.assertEqual(list(self.export(alice, f"of {profile}", "--pending").items()), list(entry.items()))

    def test_multisig_is_handed_to_its_signers_and_exported_with_the_same_secrets(self):
        alice, bob = homes = self.team("alice", "bob")
        account = large_account(OTHER)
        entry = multisig_shape(account, "company")
        imported = self.succeeds(self.import_file(alice, [multisig_shape(large_account(), "another"), entry], "--name",
                                                  "company", "--profile", OTHER)).json
        self.complete("company", 2, homes)
        held = self.assert_all_hold_the_same("company", homes)["account"]
        self.assertEqual({field: held[field] for field in imported["account"]}, imported["account"])
        self.assertNotIn("imported", alice.show("company"))
        for home in homes:
            exported = self.export(home, "company")
            self.assertEqual({**exported, "createdAt": entry["createdAt"]}, entry)
        # The name and the account are the multisig's now.
        self.fails_silently_on_stdout(self.import_file(alice, entry, "--profile", OTHER), 2, "company", "--as")
        again = self.succeeds(alice.create("company", "2", "alice", "bob").wait()).events[-1]["multisig"]
        self.assertEqual(again["account"]["address"], account["address"])

    def test_multisig_is_continued_by_the_same_command(self):
        alice, bob = homes = self.team("alice", "bob")
        self.succeeds(self.import_file(alice, multisig_shape(large_account(OTHER), "company"), "--profile", OTHER))
        first = alice.create("company", "2", "alice", "bob", "--join-timeout", "1s")
        invite = first.invite
        self.assertEqual(first.wait().code, 6)
        second = alice.create("company", "2", "alice", "bob")
        self.assertEqual(second.invite, invite)
        self.succeeds(bob.join(invite).wait())
        self.succeeds(second.wait())
        self.assertEqual(self.assert_all_hold_the_same("company", homes)["account"]["address"],
                         large_account(OTHER)["address"])

    def test_multisig_keeps_the_address_of_its_contract(self):
        alice, bob = homes = self.team("alice", "bob")
        contract, other = CONTRACTS
        entry = multisig_shape(large_account(), "company", address=contract)
        self.assertEqual(self.succeeds(self.import_file(alice, entry)).json["multisig_address"], contract)
        shown = self.succeeds(alice.run("multisig", "show", "company")).stdout
        self.assertRegex(shown, contract + r"\s+as its file says, not checked")
        self.assertEqual(self.export(alice, "company", "--pending"), entry)
        hook = self.write(self.root / "hook", "#!/bin/sh\nexit 1\n", 0o700)
        for option, value in (("--multisig-address", other), ("--deploy-hook", hook)):
            with self.subTest(option):
                refused = alice.create("company", "2", "alice", "bob", option, value).wait()
                self.fails(refused, 2, "company was imported", f"leave {option} out")
        first = alice.create("company", "2", "alice", "bob", "--join-timeout", "1s")
        self.assertEqual(first.wait().code, 6)
        self.complete("company", 2, homes)  # also with the address unsaid, the same command goes on
        self.assertEqual(self.assert_all_hold_the_same("company", homes)["multisig_address"], contract)
        for home in homes:
            self.assertEqual({**self.export(home, "company"), "createdAt": entry["createdAt"]}, entry)

    def test_multisig_that_every_signer_imported_becomes_one(self):
        alice, bob = homes = self.team("alice", "bob")
        for home in homes:
            self.succeeds(self.import_file(home, multisig_shape(large_account(), "company")))
        self.complete("company", 2, homes)
        self.assert_all_hold_the_same("company", homes)
        # With another account, the name is taken.
        self.succeeds(self.import_file(bob, multisig_shape(large_account(index=-2), "other")))
        creator = alice.create("other", "2", "alice", "bob")
        self.fails(bob.join(creator.invite).wait(), 2, "another multisig other here", "--as")
        self.succeeds(self.import_file(bob, multisig_shape(large_account(OTHER), "spare"), "--profile", OTHER))
        self.fails(bob.join(creator.invite, "--as", "Spare").wait(), 2, "another multisig Spare here", "--as")
        self.succeeds(bob.run("multisig", "abandon", "spare"))
        self.succeeds(bob.join(creator.invite, "--as", "another").wait())
        self.succeeds(creator.wait())
        self.assertEqual({(item["name"], item.get("imported", False)) for item in bob.multisigs()},
                         {("company", False), ("another", False), ("other", True)})

    def test_multisig_whose_creation_came_to_nothing_is_there_as_before(self):
        alice, bob = homes = self.team("alice", "bob")
        entry = multisig_shape(large_account(), "company")
        imported = [self.succeeds(self.import_file(home, entry)).json for home in homes]
        creator, invite, _ = self.start(alice, "company")
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        terminal.send_line("no")
        self.assertEqual(terminal.wait().code, 3)
        self.fails(creator.wait(), 3, "it is kept as it was imported")
        for home, before in zip(homes, imported):
            self.assertEqual(home.show("company"), before)
            self.assertEqual({item["status"] for item in home.multisigs()}, {"declined", "pending"})
        alice.create("company", "2", "alice", "bob", "--join-timeout", "1s").wait()
        self.assertEqual([item.get("imported", False) for item in alice.multisigs() if item["status"] == "pending"], [False])
        self.succeeds(alice.run("multisig", "abandon", "company"))
        self.assertEqual(alice.show("company"), imported[0])
        self.complete("company", 2, homes)
        for home in homes:
            held = home.show("company")
            self.assertEqual((held["status"], held["account"]["address"]), ("complete", imported[0]["account"]["address"]))
            self.assertEqual([item["name"] for item in home.multisigs() if item.get("imported")], [])

    def test_multisig_has_an_account_that_is_nothing_else(self):
        alice, bob, _ = self.team("alice", "bob", "carol")
        entry = multisig_shape(large_account(), "company")
        self.succeeds(self.import_file(alice, entry, "--as", "theirs"))
        file = self.file(entry)
        for signers in (["alice", "carol"], ["alice", "bob", "carol"]):
            refused = alice.create("mine", "2", *signers, "--account-file", file, "--account-kind", "aztec-schnorr").wait()
            self.fails(refused, 2, "was shared before, in the imported multisig theirs")
        own = alice.run("signer", "create", "work", "--aztec-key-file", self.file(wallet_shape(large_account())))
        self.fails(own, 2, "was shared in the imported multisig theirs", "nothing was changed")

    def test_multisig_under_other_names_is_no_reason_to_decline(self):
        alice, bob = homes = self.team("alice", "bob")
        account = large_account()
        self.succeeds(self.import_file(bob, multisig_shape(account, "theirs", ["Alice", "robert"])))
        creator = alice.create("company", "2", "alice", "bob", "--account-kind", "aztec-schnorr",
                               "--account-file", self.file(wallet_shape(account)))
        self.fails(bob.join(creator.invite).wait(), 5, "shared before", "coterie multisig abandon theirs", "nothing declined")
        self.succeeds(bob.run("multisig", "abandon", "theirs"))
        self.succeeds(bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("company", homes)
        # What all have proven to hold is not kept as a file's word beside it.
        self.fails(self.import_file(bob, multisig_shape(account, "theirs")), 2, "is here already, in the complete multisig company")

    def test_multisig_is_created_with_the_terms_of_its_file_only(self):
        alice, *_ = self.team("alice", "bob", "carol")
        entry = multisig_shape(large_account(), "company")
        self.succeeds(self.import_file(alice, entry))
        file = self.file(entry)
        for words, arguments in ((["threshold 2, not 1"], ["1", "alice", "bob"]),
                                 (["with bob among its signers"], ["2", "alice", "carol"]),
                                 (["without carol among its signers"], ["2", "alice", "bob", "carol"]),
                                 (["imported with its account"], ["2", "alice", "bob", "--account-file", file,
                                                                  "--account-kind", "aztec-schnorr"]),
                                 (["profile 4"], ["2", "alice", "bob", "--profile", OTHER])):
            with self.subTest(arguments):
                self.fails(alice.create("company", *arguments).wait(), 2, "company was imported", *words)
        self.assertEqual([item.get("imported") for item in alice.multisigs()], [True])

    def test_multisig_can_be_removed_again(self):
        (alice,) = self.team("alice")
        entry = multisig_shape(large_account(), "company")
        self.succeeds(self.import_file(alice, entry))
        self.assertEqual(alice.query("multisig", "abandon", "company")["status"], "abandoned")
        self.assertEqual(alice.multisigs(), [])
        self.fails_silently_on_stdout(alice.run("multisig", "show", "company"), 2, "no multisig company")
        self.succeeds(self.import_file(alice, entry))

    def test_multisig_has_a_name_that_is_free(self):
        (alice,) = self.team("alice")
        self.complete("solo", 1, [alice])
        entry = multisig_shape(large_account(), "Solo")
        self.fails_silently_on_stdout(self.import_file(alice, entry), 2, "multisig Solo here already", "--as")
        self.succeeds(self.import_file(alice, entry, "--as", "company"))
        self.fails_silently_on_stdout(self.import_file(alice, entry, "--as", "COMPANY"), 2, "--as")
        self.fails_silently_on_stdout(self.import_file(alice, entry, "--as", "../x"), 2, "name")
        self.assertIn("name in its file   Solo", self.succeeds(alice.run("multisig", "show", "company")).stdout)

    def test_multisig_is_refused_unless_all_of_it_is_right(self):
        (alice,) = self.team("alice")
        account, other = large_account(), large_account(index=-2)
        good = multisig_shape(account, "company")
        cases = [({"sharedStateAccountAddress": other["address"]}, '"sharedStateAccountAddress" in the account file'),
                 ({"sharedStateAccountPublicKeyX": other["publicKeyX"]}, '"sharedStateAccountPublicKeyX"'),
                 ({"sharedStateAccountSaltKey": "0x65"}, '"sharedStateAccountSaltKey"'),
                 ({"sharedStateAccountPrivateKey": text_of(0)}, "zero"), ({"secretKey": text_of(1)}, "the same as"),
                 ({"threshold": 3}, '"threshold"'), ({"signers": []}, '"signers"'), ({"signers": ["a", "A"]}, "two signers"),
                 ({"signers": ["a", "\u202e"]}, "signer name"), ({"name": "x\n"}, "--as"), ({"address": "0x1"}, '"address"'),
                 ({"createdAt": "yesterday"}, '"createdAt"')]
        for changed, words in cases:
            with self.subTest(changed):
                result = self.import_file(alice, {**good, **changed})
                self.fails_silently_on_stdout(result, 5, words)
                for secret in ("SecretKey", "SaltKey", "PrivateKey"):
                    self.assertNotIn(good[f"sharedStateAccount{secret}"][2:], result.stderr)
        self.fails_silently_on_stdout(self.import_file(alice, multisig_shape(large_account(OTHER))), 5, f"--profile {OTHER}")
        self.fails_silently_on_stdout(self.import_file(alice, claiming_shape(account)), 5, "no multisig", "signer create")
        self.fails_silently_on_stdout(self.import_file(alice, [good, {**good, "name": "b"}]), 2, "company and b", "--name")
        self.fails_silently_on_stdout(self.import_file(alice, good, "--profile", "9.9"), 2, "known are")
        result = alice.run("multisig", "import", self.file(good), "--format", "account")
        self.fails_silently_on_stdout(result, 2, "--format reference")
        self.assertEqual(alice.multisigs(), [])

    def test_multisig_whose_keys_anybody_can_guess_comes_with_a_warning(self):
        (alice,) = self.team("alice")
        # What the reference makes: a secret key of 256 there are.
        keys = {"secretKey": text_of(0x35), "salt": text_of(0x65), "signingPrivateKey": large_account()["signingPrivateKey"]}
        derived = self.succeeds(self.run_program("aztec", "address", "--json", "--account-file", self.file(keys))).json
        entry = multisig_shape({**keys, "address": derived["address"], "publicKeyX": derived["public_key_x"],
                                "publicKeyY": derived["public_key_y"]})
        result = self.succeeds(self.import_file(alice, entry))
        self.assertRegex(result.stderr, "warning: its account has a secret key that anybody can guess")


if __name__ == "__main__":
    import unittest
    unittest.main()
