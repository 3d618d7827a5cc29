# An evil recipient. It is in the roster, so it gets the account, and finds the canary: that shows that the search can.
# The honest ones are not fooled: they name what was refused, and end pending, or complete.
from coterie import interrupt
from drill import DrillTest
from resident_memory import MemoryWatch

WITHIN = ("--join-timeout", "3s")


class RecipientTest(DrillTest):
    party = "recipient"

    def setUp(self):
        super().setUp()
        self.homes = self.acquainted("alice", "bob", "mallory")
        self.expects_canary = True

    def begin(self, deed, *options, name="treasury", kind="opaque"):
        alice, bob, mallory = self.homes
        creator = alice.create(name, "2", *(home.name for home in self.homes), *self.canary(kind), *options)
        evil = self.evil_signer("recipient", deed, mallory, creator.invite)
        return creator, bob.join(creator.invite, *options), evil

    def pending(self, creator, recipient):
        """alice ends when her time is over; bob has signed and waits for her until he is made to stop."""
        self.stopped(creator, 6, "pending", r"no receipt from mallory within 3 s \(--join-timeout\)")
        recipient.wait_for(event="peer", state="receipt")
        interrupt(recipient)
        self.stopped(recipient, 6, "pending", "your receipt is given, the certificate from alice is missing")
        self.assert_nobody_complete(*self.homes[:2])

    def refused(self, deed, words, kind="opaque"):
        """alice says this of mallory's message, and without mallory's receipt nobody completes."""
        creator, recipient, _ = self.begin(deed, *WITHIN, kind=kind)
        self.said(creator, words)
        self.pending(creator, recipient)


class Receipts(RecipientTest):
    def test_for_another_manifest_are_refused(self):
        """a receipt whose signature is of another manifest"""
        self.refused("receipt-for-another-manifest", "the receipt of mallory is not a signature on this manifest", "aztec-schnorr")

    def test_under_another_digest_are_refused(self):
        """a receipt under another manifest's digest"""
        self.refused("receipt-under-another-digest", 'mallory sent "receipt" about another manifest')

    def test_by_another_key_are_refused(self):
        """a receipt signed with another key"""
        self.refused("receipt-by-another-key", "the receipt of mallory is not a signature on this manifest")

    def test_of_the_creator_are_refused(self):
        """the creator's own signature as a receipt"""
        self.refused("receipt-of-the-creator", "the receipt of mallory is not a signature on this manifest")

    def test_that_were_refused_do_not_keep_the_true_one_out(self):
        """a receipt for another manifest; then the true program joins in that place"""
        alice, bob, mallory = self.homes
        creator, recipient, evil = self.begin("receipt-for-another-manifest")
        self.said(creator, "the receipt of mallory is not a signature on this manifest")
        evil.kill()
        self.no_effect("treasury", self.homes, creator, recipient, mallory.join(creator.invite))


class OutOfTurn(RecipientTest):
    def test_receipt_before_the_proposal_is_refused(self):
        """a receipt before the proposal"""
        self.refused("receipt-before-the-proposal", 'mallory sent "receipt" about another manifest')

    def test_stored_before_the_receipt_is_refused(self):
        """stored before the receipt"""
        self.refused("stored-before-the-receipt", 'mallory sent "stored" out of turn: the creation is collecting receipts')

    def test_decline_after_the_receipt_is_refused(self):
        """a decline behind the receipt"""
        creator, recipient, _ = self.begin("decline-after-the-receipt", *WITHIN)
        self.said(creator, 'mallory sent "decline" out of turn')
        self.stopped(creator, 6, "pending", "no word from mallory that the certificate is stored")
        # mallory's receipt stands: bob has everybody's.
        self.complete_alone(recipient, self.homes[1])

    def test_proposal_is_refused(self):
        """a proposal to the creator"""
        self.refused("proposal", 'mallory sent "proposal" out of turn')

    def test_certificate_is_refused(self):
        """a certificate to the creator"""
        self.refused("certificate", 'mallory sent "certificate" out of turn')

    def test_abort_is_refused(self):
        """an abort to the creator"""
        self.refused("abort", 'mallory sent "abort" out of turn')

    def test_nonsense_is_refused(self):
        """a message of an unknown type"""
        self.refused("nonsense", "a message of mallory is malformed")

    def test_depth_is_refused(self):
        """100,000 brackets"""
        self.refused("depth", "a message of mallory is malformed")


class Silent(RecipientTest):
    def test_after_the_proposal_ends_pending(self):
        """silence after the proposal"""
        creator, recipient, evil = self.begin("silence", *WITHIN)
        evil.wait_for(event="heard", type="proposal")
        self.pending(creator, recipient)

    def test_after_the_channel_opened_ends_pending(self):
        """silence from the opening of the channel on, but for all but the last byte of a receipt"""
        creator, recipient, evil = self.begin("last-byte", *WITHIN)
        evil.wait_for(event="open")
        self.pending(creator, recipient)

    def test_after_the_receipt_leaves_the_others_complete(self):
        """silence after the certificate"""
        creator, recipient, _ = self.begin("silence-after-the-receipt", *WITHIN)
        self.stopped(creator, 6, "pending", "no word from mallory that the certificate is stored")
        self.complete_alone(recipient, self.homes[1])


class Wire(RecipientTest):
    """Below the messages. Nothing that mallory reads there is the account, which is sealed once more."""

    def setUp(self):
        super().setUp()
        self.expects_canary = False

    def test_another_dtls_certificate_gets_nothing(self):
        """another DTLS certificate than the one of the signed description"""
        creator, recipient, evil = self.begin("another-certificate", *WITHIN)
        self.said(creator, "no link to mallory yet: .*certificate[^.;]*")
        self.pending(creator, recipient)
        self.assertEqual([event for event in evil.events if event["event"] == "open"], [])


class Memory(RecipientTest):
    """What the creator's process takes while mallory sends as much as she can, against a creation in which she does not."""

    def bounded(self, deed, *options):
        usual = MemoryWatch(self.begin("none", name="usual")[0]).most()
        processes = self.begin(deed, *options)
        watch = MemoryWatch(processes[0])
        return processes, lambda: watch.assert_bounded(self, usual)

    def test_of_a_flood_of_receipts_is_bounded_and_all_complete(self):
        """50,000 receipts"""
        (creator, recipient, _), check = self.bounded("flood")
        for process in (creator, recipient):
            self.succeeds(process.wait())
        check()
        self.note("no effect: complete; memory bounded")

    def broken_off(self, deed, words):
        """alice breaks each link off, says why once, and ends when her time is over."""
        (creator, recipient, _), check = self.bounded(deed, *WITHIN)
        self.said(creator, f"the link to mallory is broken off: {words}")
        self.pending(creator, recipient)
        check()
        self.assertEqual(creator.stderr.count("is broken off"), 1)
        self.assertRegex(creator.stderr, rf"no link to mallory: {words} \(link-ceremony\)")
        self.note("memory bounded")

    def test_of_channels_is_bounded(self):
        """65,000 channels"""
        self.broken_off("channels", "the other side opened more than 32 channels at a time")

    def test_of_a_message_without_an_end_is_bounded(self):
        """an SCTP message without an end"""
        self.broken_off("endless-message", "the other side sent a longer data channel message than it was told is the most")

    def test_of_a_message_that_is_too_long_is_bounded(self):
        """a message of 4 GiB is announced"""
        self.broken_off("oversized-message", "a message of 4294967295 bytes was announced, more than 524288")

    def test_of_pieces_that_are_too_long_is_bounded(self):
        """pieces of 256 KiB that are no message"""
        self.broken_off("oversized-piece", "a message of 1431655765 bytes was announced, more than 524288")
