# What a vault says of its signers, contacts and multisigs afterwards: list, show, verify, certificate, export.
import base64
import json
import os
import shlex
import stat

from coterie import NO_STUN, CoterieTest, Home, room_of


class Identities(CoterieTest):
    def test_have_a_card_that_others_see_the_same_fingerprint_of(self):
        alice, bob = self.team("alice", "bob")
        own = bob.query("signer", "show", "bob")
        self.assertEqual(set(own), {"name", "sign_key", "box_key", "fingerprint", "current", "aztec"})
        self.assertTrue(own["current"])
        self.assertRegex(own["fingerprint"], r"^\d{5}( \d{5}){5}$")
        seen = alice.query("contact", "show", "bob")
        for field in ("name", "sign_key", "box_key", "fingerprint", "aztec"):
            self.assertEqual(seen[field], own[field])
        self.assertNotIn("current", seen)
        self.assertIn(own["fingerprint"], self.succeeds(alice.run("contact", "show", "bob")).stdout)

    def test_print_their_card_as_one_line_or_as_an_envelope(self):
        (alice,) = self.team("alice")
        text = self.succeeds(alice.run("signer", "card")).stdout
        self.assertRegex(text, r"^coterie-card:[\w-]+\n$")
        self.assertEqual(alice.card.read_text().strip(), text.strip())
        envelope = alice.query("signer", "card")["card"]
        self.assertEqual(list(envelope), ["payload", "payloadType", "signatures"])
        self.assertEqual(envelope["payloadType"], "application/vnd.coterie.card+json")
        self.assertEqual([signature["keyid"] for signature in envelope["signatures"]],
                         [alice.query("signer", "show")["sign_key"], "aztec-schnorr"])
        payload = base64.b64decode(envelope["payload"], validate=True)
        card = json.loads(payload)
        self.assertEqual(list(card), ["version", "name", "sign_key", "box_key", "created_at", "aztec"])
        self.assertEqual(json.dumps(card, separators=(",", ":"), ensure_ascii=False).encode(), payload)
        packed = text.strip().removeprefix("coterie-card:")
        self.assertEqual(json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))), envelope)

    def test_have_a_chain_key_each_that_is_never_replaced(self):
        alice, bob = self.team("alice", "bob")
        keys = [home.query("signer", "show")["aztec"] for home in (alice, bob)]
        for key in keys:
            self.assertEqual(list(key), ["profile", "address", "public_key_x", "public_key_y", "salt", "master_public_keys"])
        self.assertNotEqual(keys[0]["address"], keys[1]["address"])
        self.assertIn(keys[0]["address"], self.succeeds(alice.run("signer", "show")).stdout)
        self.fails(alice.run("signer", "aztec", "alice"), 2, "alice has a chain key already")
        self.assertEqual(alice.query("signer", "show")["aztec"], keys[0])

    def test_of_one_vault_are_chosen_by_use_option_and_environment(self):
        (alice,) = self.team("alice")
        self.succeeds(alice.run("signer", "create", "work"))
        current = {item["name"]: item["current"] for item in alice.query("signer", "list")["items"]}
        self.assertEqual(current, {"alice": True, "work": False})
        self.succeeds(alice.run("signer", "use", "work"))
        self.assertEqual(alice.query("signer", "show")["name"], "work")
        self.assertEqual(alice.query("signer", "show", "--signer", "alice")["name"], "alice")
        environment = self.environment(COTERIE_SIGNER="alice")
        result = alice.run("--json", "signer", "show", environment=environment)
        self.assertEqual(self.succeeds(result).json["name"], "alice")

    def test_show_others_text_escaped_and_global_options_go_anywhere(self):
        name = "Ωμέγα 甲"
        home = Home(self, "unicode")
        self.succeeds(self.run_program("signer", "create", name, "--home", home.directory, "--passphrase-file",
                                       home.passphrase_file, "--json"))
        result = self.run_program("signer", "list", "--json", "--home", home.directory, "--passphrase-file",
                                  home.passphrase_file)
        self.assertEqual(self.succeeds(result).json["items"][0]["name"], name)


class Multisigs(CoterieTest):
    def test_are_listed_shown_and_verified_by_each_signer(self):
        homes = self.team("alice", "bob")
        self.complete("treasury", 2, homes)
        for home in homes:
            shown = home.show("treasury")
            self.assertEqual(list(shown), ["name", "status", "threshold", "signers", "account", "verification_code", "room",
                                           "created_at"])
            self.assertEqual(list(shown["account"]), ["kind", "profile", "address", "public_key_x", "public_key_y"])
            self.assertEqual([list(signer) for signer in shown["signers"]], [["name", "sign_key", "state"]] * 2)
            states = {signer["name"]: signer["state"] for signer in shown["signers"]}
            self.assertEqual(states, {"alice": "complete", "bob": "complete"} if home.name == "alice" else
                             {"alice": "receipt", "bob": "complete"})
            self.assertEqual(home.multisigs(), [shown])
            self.assertEqual(home.show(shown["room"]), shown)
            verified = home.query("multisig", "verify", "treasury")
            self.assertTrue(verified["valid"])
            self.assertEqual(verified["multisig"]["account"], shown["account"])
            text = self.succeeds(home.run("multisig", "show", "treasury")).stdout
            self.assertIn(shown["account"]["address"], text)
            self.assertIn("treasury", self.succeeds(home.run("multisig", "list")).stdout)

    def test_of_creator_and_recipient_carry_the_same_certificate(self):
        homes = self.team("alice", "bob")
        self.complete("treasury", 2, homes)
        printed = [self.succeeds(home.run("multisig", "certificate", "treasury")).stdout for home in homes]
        self.assertEqual(printed[0], printed[1])
        envelope = json.loads(printed[0])
        self.assertEqual(list(envelope), ["payload", "payloadType", "signatures"])
        self.assertEqual(envelope["payloadType"], "application/vnd.coterie.manifest+json")
        manifest = json.loads(base64.b64decode(envelope["payload"], validate=True))
        self.assertEqual(list(manifest), ["version", "name", "threshold", "signers", "account", "room", "created_at"])
        keys = [signer["sign_key"] for signer in homes[0].show("treasury")["signers"]]
        self.assertEqual([signature["keyid"] for signature in envelope["signatures"]], keys)
        out = self.root / "certificate"
        self.succeeds(homes[1].run("multisig", "certificate", "treasury", "--out", out))
        self.assertEqual(json.loads(out.read_text()), envelope)

    def test_are_exported_to_a_new_private_file_only(self):
        homes = self.team("alice", "bob")
        self.complete("treasury", 2, homes)
        for home in homes:
            out = self.root / f"account-of-{home.name}"
            self.succeeds(home.run("multisig", "export", "treasury", "--format", "account", "--out", out))
            self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
            self.assertEqual(json.loads(out.read_text()), home.show("treasury", "--reveal")["account"])
            before = out.read_bytes()
            again = home.run("multisig", "export", "treasury", "--format", "account", "--out", out)
            self.assertNotEqual(again.code, 0)
            self.assertIn(out.name, again.stderr)
            self.assertEqual(out.read_bytes(), before)

    def test_that_are_pending_export_nothing_unless_told_so(self):
        alice, _ = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s")
        creator.wait()
        out = self.root / "account"
        result = alice.run("multisig", "export", "treasury", "--format", "account", "--out", out)
        self.fails_silently_on_stdout(result, 6, "pending")
        self.assertFalse(out.exists())
        self.succeeds(alice.run("multisig", "export", "treasury", "--format", "account", "--out", out, "--pending"))
        self.assertEqual(json.loads(out.read_text()), alice.show("treasury", "--reveal")["account"])


    def test_that_are_pending_are_listed_with_who_is_missing_and_the_command_that_goes_on(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("our money", "2", "alice", "bob", "carol")
        invite = creator.invite
        joined = bob.join(invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        for process in (creator, joined):
            process.kill()
        for home, missing in ((alice, "the receipt of carol"), (bob, "the certificate from alice")):
            (line,) = self.succeeds(home.run("multisig", "list")).stdout.splitlines()
            self.assertRegex(line, rf"^our money  pending  2 of 3  waits for {missing}; next: coterie multisig resume ")
            (item,) = home.multisigs()
            self.assertEqual({signer["name"]: signer["state"] for signer in item["signers"]},
                             {"alice": "receipt", "bob": "receipt", "carol": "absent"})
            self.assertEqual(item["status"], "pending")
            # As it stands there it goes on.
            command = shlex.split(line.split("next: coterie ")[1])
            home.next = home.start("--json", *command, *NO_STUN)
        for process in (alice.next, bob.next, carol.join(invite)):
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("our money", homes)


class Certificates(CoterieTest):
    def setUp(self):
        super().setUp()
        self.homes = self.team("alice", "bob")
        self.complete("treasury", 2, self.homes)
        self.file = self.root / "treasury.certificate"
        self.succeeds(self.homes[0].run("multisig", "certificate", "treasury", "--out", self.file))

    def test_are_verified_without_any_vault(self):
        result = self.succeeds(self.run_program("multisig", "verify", self.file, "--json"))
        self.assertTrue(result.json["valid"])
        states = [signer["state"] for signer in result.json["multisig"]["signers"]]
        self.assertEqual(states, ["not_compared", "not_compared"])
        self.assertFalse((self.root / ".local").exists(), "a vault was made")
        self.assertIn("alice", self.succeeds(self.run_program("multisig", "verify", self.file)).stdout)

    def test_are_compared_with_the_contacts_of_a_vault(self):
        (carol,) = self.team("carol", contacts=False)
        self.introduce(carol, self.homes[1])
        verified = carol.query("multisig", "verify", self.file)
        states = {signer["name"]: signer["state"] for signer in verified["multisig"]["signers"]}
        self.assertEqual(states, {"alice": "unknown", "bob": "contact"})

    def test_that_were_altered_are_refused(self):
        text = self.file.read_text()
        envelope = json.loads(text)
        payload, (first, second) = envelope["payload"], envelope["signatures"]

        def altered(**changes):
            return json.dumps({**envelope, **changes}, separators=(",", ":"))

        def other_digit(value):
            return ("A" if value[0] != "A" else "B") + value[1:]

        cases = {
            "payload": altered(payload=other_digit(payload)),
            "payload in the middle": altered(payload=payload[:400] + other_digit(payload[400:])),
            "type": altered(payloadType="application/vnd.coterie.card+json"),
            "first signature": altered(signatures=[{**first, "sig": other_digit(first["sig"])}, second]),
            "second signature": altered(signatures=[first, {**second, "sig": other_digit(second["sig"])}]),
            "order": altered(signatures=[second, first]),
            "doubled": altered(signatures=[first, first]),
            "one too many": altered(signatures=[first, second, second]),
            "no signature": altered(signatures=[]),
            "cut": text[:len(text) // 2],
            "trailing": text.strip() + "{}",
            "empty": "",
        }
        for name, content in cases.items():
            with self.subTest(name):
                self.write(self.file, content)
                self.fails_silently_on_stdout(self.run_program("multisig", "verify", self.file), 5)

    def test_with_any_byte_changed_never_verify(self):
        text = self.file.read_bytes().strip()
        for index in range(0, len(text), max(1, len(text) // 60)):
            self.write(self.file, text[:index] + bytes([text[index] ^ 1]) + text[index + 1:])
            result = self.run_program("multisig", "verify", self.file)
            self.assertEqual(result.code, 5, f"byte {index}\n{result}")

    def test_without_a_receipt_name_who_is_missing(self):
        envelope = json.loads(self.file.read_text())
        envelope["signatures"] = envelope["signatures"][:1]
        self.write(self.file, json.dumps(envelope, separators=(",", ":")))
        self.fails_silently_on_stdout(self.run_program("multisig", "verify", self.file), 5, "bob")

    def test_of_another_multisig_s_receipt_are_refused_naming_the_signer(self):
        self.complete("second", 2, self.homes)
        other = json.loads(self.succeeds(self.homes[0].run("multisig", "certificate", "second")).stdout)
        envelope = json.loads(self.file.read_text())
        envelope["signatures"][1] = other["signatures"][1]
        self.write(self.file, json.dumps(envelope, separators=(",", ":")))
        self.fails_silently_on_stdout(self.run_program("multisig", "verify", self.file), 5, "bob")

    def test_of_a_pending_multisig_are_partial(self):
        alice = self.homes[0]
        creator = alice.create("later", "2", "alice", "bob", "--join-timeout", "1s")
        room = room_of(creator.invite)
        self.assertEqual(creator.wait().code, 6)
        partial = json.loads(self.succeeds(alice.run("multisig", "certificate", "later")).stdout)
        self.assertEqual(len(partial["signatures"]), 1)
        self.fails_silently_on_stdout(alice.run("multisig", "verify", "later"), 6)
        self.write(self.file, json.dumps(partial, separators=(",", ":")))
        self.fails_silently_on_stdout(self.run_program("multisig", "verify", self.file), 5, "bob")
        self.assertEqual(alice.show("later")["status"], "pending")
        self.assertEqual(alice.show("later")["room"], room)


class Vaults(CoterieTest):
    def test_keep_directory_and_file_private(self):
        os.umask(0o000)
        self.addCleanup(os.umask, 0o022)
        (alice,) = self.team("alice")
        self.assertEqual(stat.S_IMODE(alice.directory.stat().st_mode), 0o700)
        for file in alice.directory.iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file.name)

    def test_of_the_first_run_say_where_they_are_and_that_nothing_recovers_them(self):
        home = Home(self, "first")
        result = self.succeeds(home.run("signer", "create", "alice"))
        self.assertIn(str(home.directory), result.stdout + result.stderr)
        self.assertRegex(result.stdout + result.stderr, "no recovery without the passphrase")

    def test_that_are_no_vault_are_refused_unchanged(self):
        home = Home(self, "foreign")
        home.directory.mkdir(mode=0o700)
        vault = home.directory / "vault.db"
        for content in (b"not a database at all\n" * 500, b"", b"SQLite format 3\0" + bytes(4096)):
            self.write(vault, content)
            result = home.run("signer", "list")
            self.fails_silently_on_stdout(result, result.code)
            self.assertIn(result.code, (1, 2, 5), str(result))
            self.assertEqual(vault.read_bytes(), content)

    def test_with_a_flipped_byte_are_refused_or_not_concerned(self):
        (alice,) = self.team("alice")
        vault = alice.directory / "vault.db"
        content = vault.read_bytes()
        before = alice.query("signer", "list")
        for index in range(100, len(content), len(content) // 12):
            self.write(vault, content[:index] + bytes([content[index] ^ 0x40]) + content[index + 1:])
            result = alice.run("--json", "signer", "list")
            self.assertIn(result.code, (0, 5), f"byte {index}\n{result}")
            if result.code == 0:
                self.assertEqual(result.json, before, f"byte {index}")
            for leftover in alice.directory.glob("vault.db-*"):
                leftover.unlink()
