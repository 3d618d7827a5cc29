# Whole creations with real processes: alone, three, the most an Aztec multisig has; both kinds of account.
import re

from coterie import CoterieTest, address_of, in_parallel, room_of


class Creation(CoterieTest):
    def test_of_one_signer_is_complete_at_once_without_network(self):
        (alice,) = self.team("alice")
        result = self.succeeds(alice.run("--json", "multisig", "create", "solo", "1", "alice"))
        self.assertEqual([event["event"] for event in result.events], ["result"])
        self.assertEqual(result.events[-1]["status"], "complete")
        multisig = alice.show("solo")
        self.assertEqual(multisig["status"], "complete")
        self.assertEqual([signer["name"] for signer in multisig["signers"]], ["alice"])
        self.assertTrue(alice.query("multisig", "verify", "solo")["valid"])

    def test_of_three_signers_gives_all_the_same_account(self):
        homes = self.team("alice", "bob", "carol")
        results = self.complete("treasury", 2, homes)
        multisig = self.assert_all_hold_the_same("treasury", homes)
        self.assertEqual(multisig["threshold"], 2)
        self.assertEqual([signer["name"] for signer in multisig["signers"]], ["alice", "bob", "carol"])
        self.assertEqual(multisig["account"]["kind"], "aztec-schnorr")
        self.assertEqual(multisig["account"]["profile"], "4.1.2")
        for field in ("address", "public_key_x", "public_key_y", "secret_key", "salt_key", "private_key"):
            self.assertRegex(multisig["account"][field], "^0x[0-9a-f]{64}$", field)
        for result in results:
            self.assertEqual(result.events[-1]["status"], "complete")
            self.assertEqual(address_of(result.events[-1]["multisig"]), address_of(multisig))
            self.assertNotIn("secret_key", result.stdout)

    def test_of_eight_signers_gives_all_the_same_account(self):
        homes = self.team("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")
        self.complete("council", 5, homes)
        multisig = self.assert_all_hold_the_same("council", homes)
        self.assertEqual(len(multisig["signers"]), 8)
        states = [signer["state"] for signer in homes[0].show("council")["signers"]]
        self.assertEqual(states, ["complete"] * 8)

    def test_carries_an_opaque_account_byte_for_byte(self):
        homes = self.team("alice", "bob")
        # White space, number forms and the order of fields are the account's own.
        text = '{ "b":1.50,\n\t"a" : [ 1e3 ,"\\u00e9é" ] , "big": 123456789012345678901234567890 }  \n'
        account = self.write(self.root / "account.json", text)
        self.complete("vault", 2, homes, "--account-file", account)
        self.assert_all_hold_the_same("vault", homes)
        for home in homes:
            out = self.root / f"exported-by-{home.name}"
            self.succeeds(home.run("multisig", "export", "vault", "--format", "account", "--out", out))
            self.assertEqual(out.read_bytes(), text.encode(), home.name)
            self.assertEqual(home.show("vault", "--reveal")["account"]["data"], text, home.name)
            shown = home.show("vault")["account"]
            self.assertEqual(shown["kind"], "opaque")
            self.assertNotIn("data", shown)

    def test_takes_more_than_eight_signers_for_an_opaque_account(self):
        (alice,) = self.team("alice")
        strangers = self.root / "cards"
        names = [f"signer-{index}" for index in range(8)]
        crowd = self.team(*names, contacts=False)
        self.write(strangers, "".join(home.card.read_text().strip() + "\n" for home in crowd))
        self.succeeds(alice.run("contact", "add", strangers))
        account = self.write(self.root / "account.json", "{}")
        creator = alice.create("crowd", "9", "alice", *names, "--account-file", account, "--join-timeout", "2s")
        creator.wait_for(event="invite")
        self.assertEqual(creator.wait().code, 6)

    def test_does_not_depend_on_the_order_of_arrival(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        creator.kill()
        # Both recipients knock at a room that is not there yet.
        recipients = [bob.join(invite), carol.join(invite)]
        creator = alice.resume("treasury")
        for process in [creator, *recipients]:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_takes_the_invite_from_a_file_from_standard_input_and_in_quotes(self):
        homes = self.team("alice", "bob", "carol", "dave")
        alice, bob, carol, dave = homes
        file = self.root / "invite"
        creator = alice.create("treasury", "2", "alice", "bob", "carol", "dave", "--invite-file", file)
        invite = creator.invite
        self.assertEqual(file.read_text().strip(), invite)
        quoted = f"  <{invite}>\n".encode()
        results = in_parallel(lambda join: join(), [
            lambda: bob.run("multisig", "join", file, "--yes", "--stun", "none"),
            lambda: carol.run("multisig", "join", "-", "--yes", "--stun", "none", stdin=quoted),
            lambda: dave.run("multisig", "join", f' "{invite}" ', "--yes", "--stun", "none")])
        for result in [*results, creator.wait()]:
            self.succeeds(result)
        self.assert_all_hold_the_same("treasury", homes)


class Events(CoterieTest):
    def test_of_both_sides_come_in_order_with_the_time(self):
        homes = self.team("alice", "bob")
        creator, recipient = self.complete("treasury", 2, homes)
        for result in (creator, recipient):
            times = [event["t"] for event in result.events]
            self.assertEqual(times, sorted(times))
            self.assertEqual(result.events[-1]["event"], "result")
            self.assertEqual([event for event in result.events[:-1] if event["event"] == "result"], [])
            self.assertNotIn("error", result.events[-1])

        self.assertEqual(creator.events[0]["event"], "invite")
        self.assertRegex(creator.events[0]["invite"], r"^coterie://127\.0\.0\.1:\d+/[\w-]{22}#[\w-]{43}\.[\w-]{43}$")
        self.assertEqual(len(re.sub(r"\D", "", creator.events[0]["verification_code"])), 30)
        states = [event["state"] for event in creator.events if event["event"] == "peer" and event["signer"] == "bob"]
        order = ["absent", "joined", "connecting", "connected", "delivered", "receipt", "complete"]
        self.assertEqual(states, order)
        connected = next(event for event in creator.events if event.get("state") == "connected")
        self.assertEqual(connected["path"], "host")

    def test_result_holds_the_multisig_as_show_prints_it(self):
        homes = self.team("alice", "bob")
        results = self.complete("treasury", 2, homes)
        for home, result in zip(homes, results):
            self.assertEqual(result.events[-1]["multisig"], home.show("treasury"))

    def test_are_words_without_escape_codes_off_a_terminal(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        file = self.root / "invite"
        creator = alice.start("multisig", "create", "treasury", "2", "alice", "bob", "--port", "0", "--listen", "127.0.0.1",
                              "--advertise", "127.0.0.1", "--stun", "none", "--invite-file", file)
        creator.wait_for_text(r"(?i)keep this running", "stdout")
        invite = re.search(r"coterie://\S+", creator.stdout).group(0)
        recipient = self.succeeds(bob.run("multisig", "join", invite, "--yes", "--stun", "none"))
        created = self.succeeds(creator.wait())
        for result in (created, recipient):
            self.assertNotIn("\x1b", result.stdout + result.stderr)
            self.assertIn("complete", result.stdout)
        address = alice.show("treasury")["account"]["address"]
        self.assertIn(address, created.stdout)
        self.assertIn(address, recipient.stdout)
        self.assertIn(room_of(invite), alice.show("treasury")["room"])
