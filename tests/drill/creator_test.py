# An evil creator. The account is its own, and what it finds of it shows that the search can; what must hold is that nobody
# ends complete with another account than the others, or with anything that does not verify.
from coterie import interrupt
from drill import DrillTest
from resident_memory import MemoryWatch

WITHIN = ("--join-timeout", "3s", "--connect-timeout", "1s")


class CreatorTest(DrillTest):
    party = "creator"

    def setUp(self):
        super().setUp()
        self.mallory, self.bob, self.carol = self.acquainted("mallory", "bob", "carol")
        self.expects_canary = True

    def create(self, deed):
        _, account, _, _ = self.canary()
        return self.evil_signer("creator", deed, self.mallory, account, "bob", "carol")

    def begin(self, deed, *options):
        """The processes of bob and of carol."""
        invite = self.create(deed).invite
        return [home.join(invite, *WITHIN, *options) for home in (self.bob, self.carol)]

    def nobody_complete(self):
        self.assert_nobody_complete(self.bob, self.carol)

    def refused_by_both(self, deed, words):
        for recipient in self.begin(deed):
            self.stopped(recipient, 5, "refused", words)
        self.nobody_complete()

    def pending(self, recipient):
        """Who has signed waits for the certificate as long as the link is open, and is told so when made to stop."""
        recipient.wait_for(event="peer", state="receipt")
        interrupt(recipient)
        self.stopped(recipient, 6, "pending", "treasury is pending: your receipt is given, the certificate from mallory is missing")
        self.nobody_complete()

    def refused_by_bob(self, deed, words):
        """Bob refuses what only he is sent; carol has signed."""
        bob, carol = self.begin(deed)
        self.stopped(bob, 5, "refused", words)
        self.pending(carol)


class Honest(CreatorTest):
    def test_one_is_believed(self):
        """nothing: an honest creation by this very software"""
        for recipient in self.begin("none"):
            self.succeeds(recipient.wait())
        self.assert_all_hold_the_same("treasury", [self.bob, self.carol])
        self.note("no effect: complete")


class Accounts(CreatorTest):
    def test_two_under_one_manifest_are_refused_by_whoever_gets_the_wrong_one(self):
        """two accounts: bob gets another than carol"""
        bob, carol = self.begin("two-accounts")
        self.stopped(carol, 5, "refused", "refused the account that mallory sent: the account does not match the manifest")
        self.pending(bob)

    def test_sealed_for_another_are_refused(self):
        """the account as it is sealed for another recipient"""
        self.refused_by_both("account-sealed-for-another", "refused the account that mallory sent: .*")

    def test_with_another_address_are_refused(self):
        """an account that does not derive the manifest's address"""
        self.refused_by_both("wrong-address", "the account does not match the manifest: address differs")

    def test_with_another_key_are_refused(self):
        """an account that does not derive the manifest's key"""
        self.refused_by_both("wrong-key", "the account does not match the manifest: public key differs")


class Manifests(CreatorTest):
    def test_two_in_one_room_give_no_certificate(self):
        """two manifests: bob signs another than carol, and each gets both receipts as a certificate"""
        bob, carol = self.begin("two-manifests")
        self.stopped(bob, 5, "refused", "mallory sent a certificate that does not verify: the receipt of carol is not a signature")
        self.stopped(carol, 5, "refused", "mallory sent a certificate that does not verify: the receipt of bob is not a signature")
        self.nobody_complete()

    def test_after_a_receipt_are_refused(self):
        """another manifest after the receipt for the first"""
        self.refused_by_both("manifest-after-the-receipt",
                             'mallory sent "proposal" about another manifest than the one of this room')

    def test_altered_after_signing_are_refused(self):
        """another threshold under the signature"""
        self.refused_by_both("altered-manifest", "the manifest is not signed by its first signer, mallory")

    def test_with_an_altered_card_are_refused(self):
        """a roster with the recipient's own card altered"""
        self.refused_by_both("altered-card", ".+card.+")

    def test_without_the_recipient_are_refused(self):
        """a roster without the recipient"""
        self.refused_by_both("without-the-recipient", r"\w+ is not among the signers that mallory lists")

    def test_with_a_stranger_need_the_code(self):
        """a roster with a stranger, joined by --yes alone"""
        for recipient in self.begin("stranger"):
            self.stopped(recipient, 2, "usage", "dave is no contact of yours, and there is no terminal to ask for the verification code on")
        self.nobody_complete()

    def test_with_an_impostor_are_refused(self):
        """a roster with somebody who calls himself as a contact of the recipient"""
        for recipient in self.begin("impostor"):
            self.stopped(recipient, 5, "refused", "same name, another key")
        self.nobody_complete()

    def test_with_a_threshold_above_the_signers_are_refused(self):
        """a threshold of four of three"""
        self.refused_by_both("threshold", ".+threshold.+")

    def test_of_another_room_are_refused(self):
        """a proposal for another room"""
        self.refused_by_both("another-room", ".+room.*")

    def test_under_another_digest_are_refused(self):
        """a manifest under another's digest"""
        self.refused_by_both("another-digest", "sent a manifest under another digest")


class Certificates(CreatorTest):
    def test_before_any_receipt_are_refused(self):
        """a certificate before the proposal"""
        self.refused_by_both("certificate-before-the-proposal", 'sent "certificate" out of turn: this signer is awaiting the proposal')

    def test_without_a_receipt_are_refused(self):
        """a certificate without carol's receipt"""
        self.refused_by_bob("certificate-without-a-receipt", "the certificate has no receipt of carol")

    def test_with_a_receipt_twice_are_refused(self):
        """a certificate with bob's receipt twice"""
        self.refused_by_bob("certificate-with-a-receipt-twice", "the receipt of bob stands twice")

    def test_with_the_receipt_of_another_are_refused(self):
        """a certificate with bob's receipt as carol's"""
        self.refused_by_bob("certificate-with-a-receipt-of-another", "the receipt of carol is not a signature on this manifest")

    def test_with_a_receipt_as_the_creator_s_signature_are_refused(self):
        """a certificate with bob's receipt as the creator's own signature"""
        self.refused_by_bob("certificate-with-another-signature",
                            "a certificate that does not verify: the manifest is not signed by its first signer")


class OutOfTurn(CreatorTest):
    def test_receipt_is_refused(self):
        """a receipt to a recipient"""
        self.refused_by_both("receipt", 'sent "receipt" out of turn')

    def test_stored_is_refused(self):
        """stored to a recipient"""
        self.refused_by_both("stored", 'sent "stored" out of turn')

    def test_silence_ends_in_a_timeout(self):
        """silence on an open link"""
        for recipient in self.begin("silence"):
            self.stopped(recipient, 4, "timed_out", r"nothing from mallory within 3 s \(--join-timeout\)")
        self.nobody_complete()


class Wire(CreatorTest):
    """Below the messages: what bob's process takes, against a creation by the true program's rules."""

    def test_another_dtls_certificate_gets_no_link(self):
        """another DTLS certificate than the one of the signed description"""
        for recipient in self.begin("another-certificate"):
            self.said(recipient, "the other side's certificate is not the one of its description")
            self.stopped(recipient, 4, "timed_out", r"nothing from mallory within 3 s \(--join-timeout\)")
        self.nobody_complete()

    def watch(self, recipient):
        """From before the link opens, and from after the vault did: Argon2id takes more than anything that is looked for."""
        recipient.wait_for(event="peer", signer="mallory", state="connecting")
        return MemoryWatch(recipient)

    def usual_size(self):
        invite = self.create("none").invite
        bob = self.bob.join(invite, *WITHIN, "--as", "usual")
        watch = self.watch(bob)  # in time: bob does not end before carol has signed
        self.carol.join(invite, *WITHIN, "--as", "usual")
        self.succeeds(bob.wait())
        return watch.most()

    def broken_off(self, deed, words):
        size = self.usual_size()
        bob, carol = self.begin(deed)
        watch = self.watch(bob)
        for recipient in (bob, carol):
            self.stopped(recipient, 4, "timed_out", rf"no link to mallory: {words} \(link-ceremony\)")
        watch.assert_bounded(self, size)
        self.nobody_complete()
        self.note("memory bounded")

    def test_channels_are_bounded(self):
        """65,000 channels"""
        self.broken_off("channels", "the other side opened more than 32 channels at a time")

    def test_message_without_an_end_is_bounded(self):
        """an SCTP message without an end"""
        self.broken_off("endless-message", "the other side sent a longer data channel message than it was told is the most")

    def test_message_that_is_too_long_is_bounded(self):
        """a message of 4 GiB is announced"""
        self.broken_off("oversized-message", "a message of 4294967295 bytes was announced, more than 524288")

    def test_pieces_that_are_too_long_are_bounded(self):
        """pieces of 256 KiB that are no message"""
        self.broken_off("oversized-piece", "a message of 1431655765 bytes was announced, more than 524288")
