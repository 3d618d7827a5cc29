# Nobody comes, nobody answers, somebody comes who is not meant: how each side ends.
from coterie import NO_STUN, CoterieTest, interrupt, port_of, room_of
from terminal import Terminal

CONSENT = r"yes / no[\s\S]*: $"


class Waiting(CoterieTest):
    def test_creator_whom_nobody_joins_ends_pending(self):
        alice, _ = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s")
        invite = creator.invite
        result = self.fails(creator.wait(), 6, "bob", "--join-timeout", "resume")
        self.assertEqual(result.events[-1]["status"], "pending")
        self.assertEqual(result.events[-1]["error"]["kind"], "pending")
        self.assertEqual(result.events[-1]["multisig"]["invite"], invite)
        self.assertEqual(alice.show("treasury")["status"], "pending")
        self.assert_port_is_free(port_of(invite))

    def test_recipient_at_a_closed_room_times_out_with_nothing_stored(self):
        alice, bob = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s")
        invite = creator.invite
        creator.wait()
        result = self.fails(bob.join(invite, "--join-timeout", "1s").wait(), 4, "--join-timeout")
        self.assertEqual(result.events[-1]["status"], "failed")
        self.assertEqual(result.events[-1]["error"]["kind"], "timed_out")
        self.assertEqual(bob.multisigs(), [])

    def test_recipient_who_signed_and_waits_for_a_third_ends_pending(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        recipient = bob.join(invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        for process in (creator, recipient):
            process.kill()
        # Nobody has to come in this time: bob has signed, carol is not there.
        creator = alice.resume("treasury", "--join-timeout", "2s")
        recipient = bob.resume("treasury", "--join-timeout", "2s")
        self.fails(creator.wait(), 6, r"no receipt from carol within 2 s \(--join-timeout\)", "multisig resume treasury")
        result = self.fails(recipient.wait(), 6, r"within 2 s \(--join-timeout\)", "multisig resume treasury")
        self.assertEqual(result.events[-1]["status"], "pending")
        self.assertEqual(bob.show("treasury")["status"], "pending")

        # Later all three meet, by three different commands.
        later = [alice.create("treasury", "2", "alice", "bob", "carol"), bob.resume("treasury"), carol.join(invite)]
        for process in later:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_stranger_with_the_invite_is_refused_and_the_others_complete(self):
        alice, bob, mallory = self.team("alice", "bob", "mallory")
        creator = alice.create("treasury", "2", "alice", "bob")
        invite = creator.invite
        stranger = mallory.join(invite, "--join-timeout", "2s")
        result = self.fails(stranger.wait(), 4, "room", "roster|not open")
        self.assertNotIn("treasury", result.stdout + result.stderr)
        recipient = bob.join(invite)
        self.succeeds(recipient.wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", [alice, bob])
        self.assertEqual(mallory.multisigs(), [])
        names = {event["signer"] for event in creator.events if event["event"] == "peer"}
        self.assertEqual(names, {"bob"})

    def test_stranger_and_creator_are_told_which_fingerprints_to_compare(self):
        alice, bob, carol, mallory = self.team("alice", "bob", "carol", "mallory")
        digits = {home.name: home.query("signer", "show")["fingerprint"] for home in (alice, bob, carol, mallory)}
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        joined = bob.join(invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        creator.kill()
        creator = alice.resume("treasury")  # bob is not absent from its first moment on
        stranger = mallory.join(invite)
        # After 10 s of refusals, and in words that do not tell her which of both it is.
        place = f"127.0.0.1:{port_of(invite)}"
        stranger.wait_for_text(rf"(?m)^the room at {place} is not open, or you are not in its roster; trying again\. "
                               rf"Fingerprints to compare by voice: you: {digits['mallory']}; alice: {digits['alice']}$")
        # After 30 s, and only of her who is still absent.
        creator.wait_for_text(r"(?m)^carol has not come yet\. That signer needs this invite, "
                              rf"and must reach {place} from there\.\n"
                              r"Who is told that the room is not open compares fingerprints with you by voice:\n"
                              rf"you: {digits['alice']}\ncarol: {digits['carol']}$")
        for process in (stranger, creator, joined):
            self.assertIsNone(process.process.poll(), f"\n{process}")
        self.assertNotIn("treasury", stranger.output)

    def test_signaling_server_that_nobody_runs_ends_pending_naming_it(self):
        alice, bob = self.team("alice", "bob")
        # Port 9 (discard): nothing listens there on loopback.
        creator = alice.create("treasury", "2", "alice", "bob", "--signaling", "ws://127.0.0.1:9", "--join-timeout", "1s",
                               room=[])
        self.fails(creator.wait(), 6, "127.0.0.1:9")
        result = bob.join(f"coterie://127.0.0.1:9/{room_of(alice.show('treasury')['invite'])}#"
                          + alice.show("treasury")["invite"].split("#")[1], "--join-timeout", "1s").wait()
        self.fails(result, 4, "127.0.0.1:9")


class Returning(CoterieTest):
    def test_complete_recipient_ends_0_though_nobody_is_there(self):
        alice, bob = self.team("alice", "bob")
        self.complete("treasury", 2, [alice, bob])
        again = bob.resume("treasury", "--connect-timeout", "1s").wait()
        self.assertEqual(self.succeeds(again).events[-1]["status"], "complete")

    def test_complete_creator_prints_the_result_again(self):
        alice, bob = self.team("alice", "bob")
        self.complete("treasury", 2, [alice, bob])
        multisig = alice.show("treasury")
        again = self.succeeds(alice.create("treasury", "2", "alice", "bob").wait())
        self.assertEqual(again.events[-1]["multisig"], multisig)
        self.assertEqual(alice.multisigs(), [multisig])

    def test_complete_creator_answers_late_comers_and_ends_0(self):
        alice, bob = self.team("alice", "bob")
        self.complete("treasury", 2, [alice, bob])
        multisig = alice.show("treasury")
        creator = alice.resume("treasury", "--join-timeout", "3s")
        recipient = bob.resume("treasury")
        self.assertEqual(self.succeeds(recipient.wait()).events[-1]["status"], "complete")
        self.succeeds(creator.wait())
        self.assertEqual(alice.show("treasury"), multisig)

    def test_create_with_other_terms_is_refused(self):
        alice, bob, carol = self.team("alice", "bob", "carol")
        self.complete("treasury", 2, [alice, bob])
        account = self.write(self.root / "account.json", "{}")
        for terms in (["1", "alice", "bob"], ["2", "alice", "carol"], ["2", "alice", "bob", "carol"],
                      ["2", "alice", "bob", "--account-file", account]):
            with self.subTest(terms):
                self.fails(alice.create("treasury", *terms).wait(), 2, "treasury")
        self.assertEqual(len(alice.multisigs()), 1)

    def test_create_with_equal_terms_continues_a_pending_one(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        account = self.write(self.root / "account.json", '{"a": 1}')
        terms = ["treasury", "2", "alice", "bob", "--account-file", account]
        first = alice.create(*terms, "--join-timeout", "1s")
        invite = first.invite
        first.wait()
        second = alice.create(*terms)
        self.assertEqual(second.invite, invite)
        self.succeeds(bob.join(invite).wait())
        self.succeeds(second.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_second_process_of_one_multisig_is_refused_naming_the_first(self):
        alice, bob = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob")
        invite = creator.invite
        for second in (alice.resume("treasury"), alice.create("treasury", "2", "alice", "bob")):
            result = second.wait()
            self.fails(result, result.code, str(creator.pid))
            self.assertIn(result.code, (1, 2), str(result))
        self.succeeds(bob.join(invite).wait())
        self.succeeds(creator.wait())


class Abandoning(CoterieTest):
    def test_running_one_ends_it_for_who_is_there_and_for_who_comes_later(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        running = [creator, bob.join(invite)]
        creator.wait_for(event="peer", signer="bob", state="receipt")
        self.succeeds(alice.run("multisig", "abandon", "treasury"))
        for process in running:
            result = self.fails(process.wait(), 3, "abandon")
            self.assertEqual(result.events[-1]["status"], "declined")
        (abandoned,) = alice.multisigs()
        self.assertEqual(abandoned["status"], "abandoned")
        self.assertEqual(bob.multisigs()[0]["status"], "abandoned")
        # `resume` of such a one tells who comes later, until join-timeout.
        serving = alice.resume(abandoned["room"], "--join-timeout", "3s")
        self.fails(carol.join(invite).wait(), 3, "abandon")
        self.assertEqual(serving.wait().code, 3, f"\n{serving}")
        self.assertEqual([item for item in carol.multisigs() if item["status"] in ("pending", "complete")], [])

    def test_pending_one_gives_recipients_the_reason(self):
        alice, bob = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s")
        invite = creator.invite
        creator.wait()
        self.succeeds(alice.run("multisig", "abandon", "treasury"))
        (abandoned,) = alice.multisigs()
        self.assertEqual(abandoned["status"], "abandoned")
        creator = alice.resume(abandoned["room"], "--join-timeout", "20s")
        result = self.fails(bob.join(invite).wait(), 3, "abandon")
        self.assertEqual(result.events[-1]["status"], "declined")
        self.assertEqual(creator.wait().code, 3, f"\n{creator}")
        self.assertEqual([item for item in bob.multisigs() if item["status"] in ("pending", "complete")], [])

    def test_frees_the_name_for_another_account(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s").wait()
        first = alice.show("treasury")
        self.succeeds(alice.run("multisig", "abandon", "treasury"))
        self.complete("treasury", 2, homes)
        second = alice.show("treasury")
        self.assertEqual(second["status"], "complete")
        self.assertNotEqual(second["account"]["address"], first["account"]["address"])
        self.assertEqual(alice.show(first["room"])["status"], "abandoned")

    def test_complete_one_is_refused(self):
        homes = self.team("alice", "bob")
        self.complete("treasury", 2, homes)
        for home in homes:
            self.fails_silently_on_stdout(home.run("multisig", "abandon", "treasury"), 2, "complete|receipt")
            self.assertEqual(home.show("treasury")["status"], "complete")

    def test_one_with_all_receipts_is_refused(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator, _, _ = self.all_receipts("treasury", homes)
        creator.kill()
        self.fails_silently_on_stdout(alice.run("multisig", "abandon", "treasury"), 2,
                                      "every signer has given a receipt for treasury: it can no longer be abandoned",
                                      "finish it with `coterie multisig resume treasury`")
        self.assertEqual(alice.show("treasury")["status"], "pending")

    def test_one_with_a_receipt_tells_its_signer_who_comes_back(self):
        alice, bob, carol = self.team("alice", "bob", "carol")
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        joined = bob.join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        for process in (creator, joined):
            process.kill()
        self.succeeds(alice.run("multisig", "abandon", "treasury"))
        (abandoned,) = alice.multisigs()
        self.assertEqual([signer["state"] for signer in abandoned["signers"]], ["receipt", "receipt", "absent"])
        self.assertEqual(bob.show("treasury")["status"], "pending")
        serving = alice.resume(abandoned["room"], "--join-timeout", "20s")
        result = self.fails(bob.resume("treasury").wait(), 3, "alice abandoned treasury")
        self.assertEqual(result.events[-1]["multisig"]["status"], "abandoned")
        interrupt(serving)
        self.assertEqual(serving.wait().code, 3, f"\n{serving}")

    def test_declined_one_is_refused_on_both_sides(self):
        alice, bob, carol = self.team("alice", "bob", "carol")
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        terminal = Terminal(self, bob.arguments(["multisig", "join", creator.invite, *NO_STUN]))
        terminal.expect(CONSENT)
        terminal.send_line("no")
        self.fails(terminal.wait(), 3)
        self.fails(creator.wait(), 3, "bob declined treasury")
        for home in (alice, bob):
            (declined,) = home.multisigs()
            self.assertEqual(declined["status"], "declined")
            result = home.run("multisig", "abandon", "--", declined["room"])
            self.fails_silently_on_stdout(result, 2, "treasury is declined: there is nothing to abandon")
            self.assertEqual(home.multisigs(), [declined])

    def test_one_not_signed_yet_is_not_known_to_its_recipient(self):
        alice, bob = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob")
        terminal = Terminal(self, bob.arguments(["multisig", "join", creator.invite, *NO_STUN]))
        terminal.expect(CONSENT)
        self.fails_silently_on_stdout(bob.run("multisig", "abandon", "treasury"), 2, "no multisig treasury")
        # Nor does that disturb the one who is asked.
        terminal.send_line("yes")
        self.succeeds(terminal.wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", [alice, bob])

    def test_one_by_a_recipient_while_it_waits_is_made_complete_by_its_certificate(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        running = [creator, bob.join(creator.invite)]
        creator.wait_for(event="peer", signer="bob", state="receipt")
        left = self.succeeds(bob.run("multisig", "abandon", "treasury"))
        self.assertIn("a certificate of all signers would still complete it", left.stdout)
        self.assertEqual([item["status"] for item in bob.multisigs()], ["abandoned"])
        running.append(carol.join(creator.invite))
        for process in running:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)
