# Somebody replaces the invite on its way: by one to a room of her own, with cards and names that look alike.
from consent import CODE, CONSENT, Consent
from coterie import Home
from drill import DrillTest

NO_CODE = "is no contact of yours, and there is no terminal to ask for the verification code on"
WRONG_CODE = "the verification code [^:;]*"


class LookAlikes(Consent, DrillTest):
    party = "invite forger"

    def start(self, creator, name="treasury", others=("bob",), *options):
        return super().start(creator, name, others, *self.canary(), *options)

    def mallory_as(self, name, *others, options=()):
        """A room by somebody else who calls herself so, under the same name, with the same others in its roster."""
        mallory = Home(self, "mallory")
        mallory.name = name
        self.succeeds(mallory.run("signer", "create", name))
        self.introduce(mallory, *others)
        creator, invite, code = self.start(mallory, "treasury", [home.name for home in others], *options)
        return mallory, creator, invite, code

    def mallory_as_alice(self, bob):
        return self.mallory_as("alice", bob)

    def assert_nothing_signed(self, bob, creator):
        self.assertEqual([item for item in bob.multisigs() if item["status"] in ("pending", "complete")], [])
        self.assertEqual([event for event in creator.events if event.get("state") in ("delivered", "receipt")], [])

    def test_of_a_contact_are_refused_naming_both_keys(self):
        """a room of somebody who calls herself as a contact"""
        alice, bob = self.team("alice", "bob")
        mallory, creator, invite, code = self.mallory_as_alice(bob)
        result = self.stopped(bob.join(invite, "--code", code), 5, "refused", "same name, another key")
        genuine = bob.query("contact", "show", "alice")["fingerprint"]
        false = mallory.query("signer", "show", "alice")["fingerprint"]
        self.assertIn(genuine, result.stderr)
        self.assertIn(false, result.stderr)
        self.assertEqual([item for item in bob.multisigs() if item["status"] in ("pending", "complete")], [])
        self.assertEqual(creator.wait().code, 3, f"\n{creator}")

    def test_of_unknown_signers_are_refused_without_the_code(self):
        """a room of strangers, joined by --yes alone"""
        (bob,) = self.team("bob")
        _, _, invite, _ = self.mallory_as_alice(bob)
        self.stopped(bob.join(invite), 2, "usage", NO_CODE)
        self.assertEqual(bob.multisigs(), [])

    def test_of_unknown_signers_are_refused_with_the_code_of_the_right_room(self):
        """a room of strangers, joined with the code of the right one"""
        alice, bob = self.team("alice", "bob", contacts=False)
        self.introduce(alice, bob)
        _, _, code = self.start(alice)
        _, _, invite, _ = self.mallory_as_alice(bob)
        self.stopped(bob.join(invite, "--code", code), 5, "refused", WRONG_CODE)
        self.assertEqual([item for item in bob.multisigs() if item["status"] in ("pending", "complete")], [])

    def test_in_an_invite_with_the_true_creator_s_keys_but_a_false_box_key_are_refused(self):
        """the true invite with another box key"""
        alice, bob = self.team("alice", "bob")
        _, invite, _ = self.start(alice)
        keys = invite.split("#")[1].split(".")
        false = invite.split("#")[0] + "#" + keys[0] + "." + bob.query("signer", "show", "bob")["box_key"]
        self.stopped(bob.join(false), 5, "refused", "the invite gives alice another box key than the card of alice that you have")
        self.assertEqual(bob.multisigs(), [])

    def test_in_a_replaced_invite_are_refused_without_the_code_that_another_signer_reads_out(self):
        """a room with the cards of all others and a name that looks like the creator's"""
        # Bob was promised a room of alice's with carol. Who replaced the invite has the cards of bob and carol, and a
        # name that looks like alice's: its first letter is Cyrillic.
        alice, bob, carol = self.team("alice", "bob", "carol")
        true_creator, true_invite, true_code = self.start(alice, "treasury", ("bob", "carol"))
        mallory, creator, invite, false_code = self.mallory_as("\u0430lice", bob, carol)

        self.stopped(bob.join(invite), 2, "usage", NO_CODE)
        self.assert_nothing_signed(bob, creator)
        self.stopped(bob.join(invite, "--code", true_code), 5, "refused", WRONG_CODE)
        self.assert_nothing_signed(bob, creator)

        # On a terminal he is told who is new, with the fingerprint, and yes alone is not enough.
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        self.assertRegex(terminal.output, "\u0430lice \\(new\\)")
        self.assertIn(mallory.query("signer", "show")["fingerprint"].split()[0], terminal.output)
        terminal.send_line("yes")
        terminal.expect(CODE)
        terminal.send_line(true_code)
        terminal.expect(CODE)
        terminal.interrupt()
        terminal.wait()
        self.assert_nothing_signed(bob, creator)

        # Nothing of it stands in the way of the true room.
        homes = [alice, bob, carol]
        self.no_effect("treasury", homes, *(home.join(true_invite) for home in (bob, carol)), true_creator)

    def test_by_case_alone_are_the_contact_s_name_and_refused(self):
        """a contact's name in capitals"""
        alice, bob = self.team("alice", "bob")
        mallory, creator, invite, code = self.mallory_as("ALICE", bob)
        result = self.stopped(bob.join(invite, "--code", code), 5, "refused", "same name, another key")
        self.assertIn(alice.query("signer", "show")["fingerprint"], result.stderr)
        self.assert_nothing_signed(bob, creator)

    def test_of_another_signer_in_the_roster_are_refused_by_who_knows_that_signer(self):
        """somebody in another signer's place, of the same name"""
        # The creator is who she says she is; it is carol's place that somebody else has taken.
        alice, bob = self.team("alice", "bob")
        (carol,) = self.team("carol", contacts=False)
        self.introduce(bob, carol)
        impostor = Home(self, "impostor")
        self.succeeds(impostor.run("signer", "create", "carol"))
        impostor.card = self.root / "card-of-the-impostor"
        self.succeeds(impostor.run("signer", "card", "--out", impostor.card))
        self.introduce(alice, impostor)
        creator, invite, code = self.start(alice, "treasury", ("bob", "carol"))
        result = self.stopped(bob.join(invite, "--code", code), 5, "refused", "same name, another key")
        for home in (carol, impostor):
            self.assertIn(home.query("signer", "show")["fingerprint"], result.stderr)
        self.assert_nothing_signed(bob, creator)
        self.fails(creator.wait(), 3, "bob", "carol")
