# A multisig that is finished from certificates that came by hand, and what a creator still does for those who lost all.
import json
import shutil

from coterie import NO_STUN, CoterieTest, in_parallel, room_of
from terminal import Terminal


class CompleteTest(CoterieTest):
    def certificate(self, home, name):
        """The file with what this signer's vault has of the certificate."""
        file = self.root / f"{home.name}-{name[:8]}-{len(list(self.root.iterdir()))}.json"
        self.succeeds(home.run("multisig", "certificate", "--out", file, "--", name))
        return file

    def complete_by_hand(self, home, name, *files):
        options = [word for file in files for word in ("--certificate", file)]
        return home.run("--json", "multisig", "complete", *options, "--", name)

    def sign_apart(self, homes, name="treasury"):
        """Every recipient has signed, but no vault has more than one recipient's receipt: the creator's, which goes back
        to its beginning between any two of them, has that of the last."""
        alice, *recipients = homes
        creator = alice.create(name, "2", *(home.name for home in homes), "--join-timeout", "1s")
        invite = creator.invite
        self.assertEqual(creator.wait().code, 6)
        beginning = self.root / f"beginning-of-{name}"
        shutil.copytree(alice.directory, beginning)
        for recipient in recipients:
            shutil.rmtree(alice.directory)
            shutil.copytree(beginning, alice.directory)
            creator = alice.resume(name)
            joined = recipient.join(invite)
            creator.wait_for(event="peer", signer=recipient.name, state="receipt")
            for process in (creator, joined):
                process.kill()
        return [self.certificate(recipient, name) for recipient in recipients]


class Complete(CompleteTest):
    def test_makes_a_recipient_complete_that_missed_the_last_message(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        joined = bob.join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        joined.kill()
        self.succeeds(carol.join(creator.invite).wait())
        creator.kill()
        self.assertEqual(bob.show("treasury")["status"], "pending")
        completed = self.succeeds(self.complete_by_hand(bob, "treasury", self.certificate(carol, "treasury"))).json
        self.assertEqual(completed["status"], "complete")
        self.assertEqual([signer["state"] for signer in completed["signers"]], ["receipt", "complete", "receipt"])
        self.assertEqual(bob.show("treasury"), completed)
        self.succeeds(bob.run("multisig", "verify", "treasury"))
        # The creator, whom nobody has told, hears it as it would have.
        for process in (alice.resume("treasury"), bob.resume("treasury")):
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_adds_up_the_parts_of_several_signers(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        parts = self.sign_apart(homes)
        for part in parts:
            self.assertEqual(len(json.loads(part.read_text())["signatures"]), 2)  # the creator's and its own
        self.assertEqual(self.succeeds(self.complete_by_hand(bob, "treasury", parts[1])).json["status"], "complete")
        own = self.complete_by_hand(carol, "treasury", parts[1])
        self.fails_silently_on_stdout(own, 6, "no receipt from bob", "Ask bob")
        self.assertEqual(self.succeeds(self.complete_by_hand(carol, "treasury", *parts)).json["status"], "complete")
        completed = self.succeeds(self.complete_by_hand(alice, "treasury", self.certificate(carol, "treasury")))
        self.assertEqual(completed.json["status"], "complete")
        self.assertRegex(completed.stderr, "Who lacks the certificate gets it while `coterie multisig resume treasury` runs")
        self.assert_all_hold_the_same("treasury", homes)
        certificates = in_parallel(lambda home: self.certificate(home, "treasury").read_text(), homes)
        self.assertEqual(len(set(certificates)), 1)

    def test_keeps_a_part_until_the_rest_comes(self):
        homes = self.team("alice", "bob", "carol", "dave")
        bob = homes[1]
        parts = self.sign_apart(homes)
        waiting = self.complete_by_hand(bob, "treasury", parts[1])
        self.fails_silently_on_stdout(waiting, 6, "no receipt from dave", "is kept")
        self.assertEqual([signer["state"] for signer in bob.show("treasury")["signers"]],
                         ["receipt", "receipt", "receipt", "absent"])
        self.assertEqual(self.succeeds(self.complete_by_hand(bob, "treasury", parts[2])).json["status"], "complete")

    def test_hands_the_certificate_on_to_who_lacks_it(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        parts = self.sign_apart(homes)
        self.succeeds(self.complete_by_hand(alice, "treasury", *parts))
        late = alice.resume("treasury", "--join-timeout", "30s")
        for home in (bob, carol):
            self.succeeds(home.resume("treasury").wait())
        self.succeeds(late.wait())
        shown = self.assert_all_hold_the_same("treasury", homes)
        self.assertEqual([signer["state"] for signer in alice.show("treasury")["signers"]], ["complete"] * 3, shown)

    def test_makes_an_abandoned_one_complete_under_a_name_that_is_free(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, _ = homes
        parts = self.sign_apart(homes)
        room = bob.show("treasury")["room"]
        self.assertEqual(bob.query("multisig", "abandon", "treasury")["status"], "abandoned")
        self.complete("treasury", 1, [bob])  # the name is another's now
        completed = self.succeeds(self.complete_by_hand(bob, room, parts[1])).json
        self.assertEqual((completed["status"], completed["name"]), ("complete", f"treasury~{room[:8]}"))
        self.assertEqual(completed["account"], alice.show("treasury")["account"])

    def test_makes_complete_what_its_creator_abandoned_before_the_last_receipt(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, _ = homes
        parts = self.sign_apart(homes)
        room = alice.query("multisig", "abandon", "treasury")["room"]
        left = self.complete_by_hand(alice, room, parts[1])
        self.fails_silently_on_stdout(left, 6, "treasury is abandoned: no receipt from bob")
        completed = self.succeeds(self.complete_by_hand(alice, room, *parts)).json
        self.assertEqual((completed["status"], completed["name"]), ("complete", "treasury"))
        self.succeeds(alice.run("multisig", "verify", "treasury"))
        self.assertEqual(alice.show("treasury", "--reveal")["account"], bob.show("treasury", "--reveal")["account"])

    def test_takes_no_certificate_of_another_multisig_nor_a_damaged_one(self):
        homes = self.team("alice", "bob", "carol")
        self.sign_apart(homes)
        self.complete("other", 3, homes)
        _, bob, carol = homes
        before = bob.show("treasury")
        other = self.certificate(carol, "other")
        self.fails_silently_on_stdout(self.complete_by_hand(bob, "treasury", other), 5, "is of other in room",
                                      "not of treasury in room")
        envelope = json.loads(other.read_text())
        envelope["signatures"][1]["sig"] = envelope["signatures"][0]["sig"]
        damaged = self.write(self.root / "damaged.json", json.dumps(envelope, separators=(",", ":")))
        result = self.complete_by_hand(bob, "treasury", damaged)
        self.fails_silently_on_stdout(result, 5, "damaged.json is no valid certificate", "bob")
        self.fails_silently_on_stdout(self.complete_by_hand(bob, "treasury", self.root / "nothing.json"), 2, "nothing.json")
        self.fails_silently_on_stdout(self.complete_by_hand(bob, "nobody's", other), 2, "no multisig nobody's")
        self.fails_silently_on_stdout(bob.run("multisig", "complete", "treasury"), 2, "--certificate")
        self.assertEqual(bob.show("treasury"), before)

    def test_completes_nothing_that_was_not_signed_here(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        creator = alice.create("treasury", "2", "alice", "bob")
        room = room_of(creator.invite)
        terminal = Terminal(self, bob.arguments(["multisig", "join", creator.invite, *NO_STUN]))
        terminal.expect(r"yes / no[\s\S]*: $")
        terminal.send_line("no")
        self.fails(terminal.wait(), 3)
        self.fails(creator.wait(), 3)
        result = self.complete_by_hand(bob, room, self.certificate(alice, room))
        self.fails_silently_on_stdout(result, 2, "you have signed nothing for treasury")

    def test_leaves_a_running_creation_alone(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        creator = alice.create("treasury", "2", "alice", "bob")
        creator.invite
        part = self.certificate(alice, "treasury")
        result = self.complete_by_hand(alice, "treasury", part)
        self.fails_silently_on_stdout(result, 1, "treasury", str(creator.pid))
        self.succeeds(bob.join(creator.invite).wait())
        self.succeeds(creator.wait())


class LostVault(CompleteTest):
    def test_that_came_back_older_gets_the_same_account_and_certificate_again(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        older = self.root / "older"
        shutil.copytree(bob.directory, older)
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        for process in (bob.join(invite), carol.join(invite), creator):
            self.succeeds(process.wait())
        before = self.assert_all_hold_the_same("treasury", homes)
        certificate = self.certificate(bob, "treasury").read_text()
        shutil.rmtree(bob.directory)
        shutil.move(older, bob.directory)
        self.assertEqual(bob.multisigs(), [])
        late = alice.resume("treasury", "--join-timeout", "20s")
        self.succeeds(bob.join(invite).wait())
        self.succeeds(late.wait())
        self.assertEqual(self.assert_all_hold_the_same("treasury", homes), before)
        self.assertEqual(self.certificate(bob, "treasury").read_text(), certificate)


if __name__ == "__main__":
    import unittest
    unittest.main()
