# Ctrl-C and kill -9 of either side at any moment: the same command, or resume, finishes the same multisig.
import socket

from coterie import DEADLINE, CoterieTest, address_of, in_parallel, interrupt, port_of, terminate

CREATOR_MOMENTS = [{"event": "invite"}] + [{"event": "peer", "signer": "bob", "state": state}
                                           for state in ("connecting", "connected", "receipt", "complete")]
RECIPIENT_MOMENTS = [{"event": "peer", "signer": "alice", "state": state} for state in ("joined", "connecting", "connected")]


class Killed(CoterieTest):
    def test_creator_finishes_by_the_same_command(self):
        homes = self.team("alice", "bob", "carol")
        for index, moment in enumerate(CREATOR_MOMENTS):
            with self.subTest(moment):
                self.kill_creator(f"treasury-{index}", homes, moment, "create")

    def test_creator_finishes_by_resume(self):
        homes = self.team("alice", "bob", "carol")
        for index, moment in enumerate(CREATOR_MOMENTS):
            with self.subTest(moment):
                self.kill_creator(f"treasury-{index}", homes, moment, "resume")

    def kill_creator(self, name, homes, moment, how):
        alice, bob, carol = homes
        terms = [name, "2", "alice", "bob", "carol"]
        creator = alice.create(*terms)
        invite = creator.invite
        recipients = [bob.join(invite), carol.join(invite)]
        creator.wait_for(**moment)
        creator.kill()
        before = alice.show(name)
        # A creator whose record is complete already answers late comers until join-timeout.
        patience = ["--join-timeout", "3s"] if before["status"] == "complete" else []
        again = alice.create(*terms) if how == "create" else alice.resume(name, *patience)
        if before["status"] == "pending":
            self.assertEqual(again.invite, invite)
        for process in [again, *recipients]:
            self.succeeds(process.wait())
        self.assertEqual(address_of(self.assert_all_hold_the_same(name, homes)), address_of(before))

    def test_recipient_finishes_by_the_same_command(self):
        homes = self.team("alice", "bob")
        for index, moment in enumerate(RECIPIENT_MOMENTS):
            with self.subTest(moment):
                self.kill_recipient(f"treasury-{index}", homes, lambda recipient: recipient.wait_for(**moment))

    def test_recipient_finishes_after_the_receipt(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        for index, how in enumerate(("join", "resume")):
            with self.subTest(how):
                name = f"treasury-{index}"
                creator = alice.create(name, "2", "alice", "bob", "carol")
                invite = creator.invite
                recipient = bob.join(invite)
                creator.wait_for(event="peer", signer="bob", state="receipt")
                recipient.kill()
                self.assertEqual(bob.show(name)["status"], "pending")
                # No consent is asked for again: it was given and journaled.
                again = bob.join(invite, yes=()) if how == "join" else bob.resume(name)
                for process in [carol.join(invite), again, creator]:
                    self.succeeds(process.wait())
                self.assert_all_hold_the_same(name, homes)

    def kill_recipient(self, name, homes, at):
        alice, bob = homes
        creator = alice.create(name, "2", "alice", "bob")
        invite = creator.invite
        recipient = bob.join(invite)
        at(recipient)
        recipient.kill()
        self.succeeds(bob.join(invite).wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same(name, homes)

    def test_recipient_at_the_last_message_finishes(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator, recipient, other = self.all_receipts("treasury", homes)
        recipient.kill()  # the certificate was sent to it
        self.assertEqual([home.show("treasury")["status"] for home in homes], ["pending", "pending", "complete"])
        again = bob.join(creator.invite)
        for process in (again, creator, other):
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_everybody_at_once_finishes_by_resume(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        recipients = [bob.join(invite), carol.join(invite)]
        creator.wait_for(event="peer", state="receipt")
        for process in [*recipients, creator]:
            process.kill()
        before = alice.show("treasury")
        # Who had stored nothing yet has nothing to resume, and joins again.
        again = [bob.join(invite), carol.join(invite), alice.resume("treasury")]
        for process in again:
            self.succeeds(process.wait())
        self.assertEqual(address_of(self.assert_all_hold_the_same("treasury", homes)), address_of(before))


class CtrlC(CoterieTest):
    def test_of_the_creator_leaves_it_pending(self):
        alice, bob = self.team("alice", "bob")
        for signal in (interrupt, terminate):
            creator = alice.create("treasury", "2", "alice", "bob")
            invite = creator.invite
            signal(creator)
            result = self.fails(creator.wait(), 6, "resume")
            self.assertEqual(result.events[-1]["status"], "pending")
            self.assert_port_is_free(port_of(invite))
        printed = self.succeeds(alice.run("multisig", "invite", "treasury")).stdout
        self.assertIn(invite, printed)
        self.assertEqual(alice.query("multisig", "invite", "treasury")["invite"], invite)
        self.assertEqual(alice.show("treasury")["invite"], invite)

    def test_of_a_recipient_before_anything_is_stored_leaves_nothing(self):
        alice, bob, _ = self.team("alice", "bob", "carol")
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        creator.kill()
        for signal, code in ((interrupt, 130), (terminate, 143)):
            recipient = bob.join(invite)
            self.at_first_knock(port_of(invite), lambda: signal(recipient))
            self.assertEqual(recipient.wait().code, code, f"\n{recipient}")
            self.assertEqual(bob.multisigs(), [])

    def at_first_knock(self, port, then):
        """Stands where the room was until somebody connects: who does handles signals by then."""
        with socket.create_server(("127.0.0.1", port)) as door:
            door.settimeout(DEADLINE)
            connection, _ = door.accept()
            with connection:
                then()

    def test_of_a_recipient_after_the_receipt_leaves_it_pending(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        recipient = bob.join(invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        interrupt(recipient)
        result = self.fails(recipient.wait(), 6, "resume")
        self.assertEqual(result.events[-1]["status"], "pending")
        later = [bob.resume("treasury"), carol.join(invite), creator]
        for process in later:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)


class CertificateAlone(CoterieTest):
    def test_of_a_recipient_who_missed_it_comes_with_the_next_resume(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, _ = homes
        creator, recipient, other = self.all_receipts("treasury", homes)
        recipient.kill()
        self.succeeds(other.wait())
        creator.kill()
        statuses = in_parallel(lambda home: home.show("treasury")["status"], homes)
        self.assertEqual(statuses, ["pending", "pending", "complete"])
        # Carol, who has it, is not there; alice has every receipt, and asks for none.
        for process in [alice.resume("treasury"), bob.resume("treasury")]:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)
