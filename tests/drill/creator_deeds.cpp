#include "drill/creator_deeds.h"

#include "ceremony/test_support.h"
#include "drill/deviation.h"

namespace coterie::drill {

using namespace ceremony;
using ceremony::Card;  // not the public one

namespace {

void keep_silent(EvilCreator&, std::size_t) {}

// --- accounts ---

void propose_two_accounts(EvilCreator& self, std::size_t to) {
  self.propose(to, self.manifest(), to == 0 ? self.account() : self.other_account());
}

void propose_account_sealed_for_another(EvilCreator& self, std::size_t to) {
  const Digest digest = manifest_digest(self.manifest());
  self.say(to, ProposalMessage{digest, self.manifest(),
                               self.seal_for((to + 1) % self.others().size(), digest, self.account())});
}

// An Aztec account under a manifest in which one number is another's.
void propose_aztec_account(EvilCreator& self, std::size_t to, std::string AztecPublic::*field) {
  auto claimed = std::get<AztecPublic>(self.aztec_account().public_part());
  claimed.*field = std::get<AztecPublic>(self.other_aztec_account().public_part()).*field;
  Manifest terms = self.terms();
  terms.account = claimed;
  self.propose(to, self.sign(terms), self.aztec_account());
}

void propose_wrong_address(EvilCreator& self, std::size_t to) {
  propose_aztec_account(self, to, &AztecPublic::address);
}

void propose_wrong_key(EvilCreator& self, std::size_t to) {
  propose_aztec_account(self, to, &AztecPublic::public_key_x);
}

// --- manifests ---

crypto::Envelope second_manifest(EvilCreator& self) {
  Manifest terms = self.terms();
  terms.account = self.other_account().public_part();
  return self.sign(terms);
}

// The first recipient gets one, all others get another.
void propose_two_manifests(EvilCreator& self, std::size_t to) {
  if (to == 0) return propose_truly(self, to);
  self.propose(to, second_manifest(self), self.other_account());
}

void certify_two_manifests(EvilCreator& self, std::size_t) {
  if (!self.all_have_signed()) return;
  const std::vector<crypto::EnvelopeSignature> receipts{self.receipt_of(0), self.receipt_of(1)};
  self.certify(0, EvilCreator::with(self.manifest(), receipts));
  self.certify(1, EvilCreator::with(second_manifest(self), receipts));
}

void propose_another_after_the_receipt(EvilCreator& self, std::size_t from) {
  self.propose(from, second_manifest(self), self.other_account());
}

void propose_altered_after_signing(EvilCreator& self, std::size_t to) {
  crypto::Envelope manifest = self.manifest();
  const std::string altered =
      test::replaced(std::string(as_text(manifest.payload)), R"("threshold":1)", R"("threshold":2)");
  manifest.payload = to_vector(as_bytes(altered));
  self.propose(to, manifest, self.account());
}

// Another name on the card of whom it is sent to, under that signer's own signature.
void propose_with_an_altered_card(EvilCreator& self, std::size_t to) {
  const Card& card = self.others()[to];
  crypto::Envelope altered = card.envelope();
  const std::string name = "\"" + card.name() + "\"";
  altered.payload = to_vector(as_bytes(test::replaced(std::string(as_text(altered.payload)), name, R"("nobody")")));
  const std::string payload =
      test::replaced(self.terms().serialize(), card.envelope().serialize(), altered.serialize());
  self.propose(to, self.sign(payload), self.account());
}

void propose_without_the_recipient(EvilCreator& self, std::size_t to) {
  Manifest terms = self.terms();
  terms.signers.erase(terms.signers.begin() + 1 + static_cast<std::ptrdiff_t>(to));
  self.propose(to, self.sign(terms), self.account());
}

void propose_with_a_stranger(EvilCreator& self, std::size_t to) {
  Manifest terms = self.terms();
  terms.signers.push_back(test::make_signer("dave", 4).card);
  self.propose(to, self.sign(terms), self.account());
}

// In the place of the other recipient somebody of that name.
void propose_with_an_impostor(EvilCreator& self, std::size_t to) {
  const std::size_t other = (to + 1) % self.others().size();
  Manifest terms = self.terms();
  terms.signers[1 + other] = test::make_signer(self.others()[other].name(), 4).card;
  self.propose(to, self.sign(terms), self.account());
}

void propose_too_high_a_threshold(EvilCreator& self, std::size_t to) {
  Manifest terms = self.terms();
  terms.threshold = 4;
  self.propose(to, self.sign(terms), self.account());
}

void propose_for_another_room(EvilCreator& self, std::size_t to) {
  Manifest terms = self.terms();
  terms.room = test::make_room(1);
  self.propose(to, self.sign(terms), self.account());
}

void propose_under_another_digest(EvilCreator& self, std::size_t to) {
  const Digest other = manifest_digest(second_manifest(self));
  self.say(to, ProposalMessage{other, self.manifest(), self.seal_for(to, other, self.account())});
}

// --- certificates ---

void certify_before_the_proposal(EvilCreator& self, std::size_t to) {
  self.certify(to, self.manifest());
}

void certify_without_a_receipt(EvilCreator& self, std::size_t) {
  if (self.all_have_signed()) self.certify(0, EvilCreator::with(self.manifest(), {self.receipt_of(0)}));
}

void certify_with_a_receipt_twice(EvilCreator& self, std::size_t) {
  if (!self.all_have_signed()) return;
  self.certify(0, EvilCreator::with(self.manifest(), {self.receipt_of(0), self.receipt_of(0), self.receipt_of(1)}));
}

void certify_with_a_receipt_of_another(EvilCreator& self, std::size_t) {
  if (!self.all_have_signed()) return;
  crypto::EnvelopeSignature claimed = self.receipt_of(0);
  claimed.keyid = self.receipt_of(1).keyid;
  self.certify(0, EvilCreator::with(self.manifest(), {self.receipt_of(0), claimed}));
}

void certify_with_another_signature_as_its_own(EvilCreator& self, std::size_t) {
  if (!self.all_have_signed()) return;
  crypto::Envelope certificate = EvilCreator::with(self.manifest(), {self.receipt_of(0), self.receipt_of(1)});
  certificate.signatures[0].sig = self.receipt_of(0).sig;
  self.certify(0, certificate);
}

// --- out of turn, and no message at all ---

void send_a_receipt(EvilCreator& self, std::size_t to) {
  self.say(to, ReceiptMessage{manifest_digest(self.manifest()), self.identity().sign(self.manifest().pae())});
}

void send_stored(EvilCreator& self, std::size_t to) {
  self.say(to, StoredMessage{manifest_digest(self.manifest())});
}

void announce(EvilCreator& self, std::size_t to) {
  self.push(to, announce_too_much());
}

void push_long_pieces(EvilCreator& self, std::size_t to) {
  for (int i = 0; i < 4; ++i) self.push(to, long_piece());
}

}  // namespace

const std::vector<CreatorDeed>& creator_deeds() {
  static const std::vector<CreatorDeed> kDeeds = {
      {.name = "none"},
      {.name = "two-accounts", .when_open = propose_two_accounts},
      {.name = "account-sealed-for-another", .when_open = propose_account_sealed_for_another},
      {.name = "wrong-address", .when_open = propose_wrong_address},
      {.name = "wrong-key", .when_open = propose_wrong_key},
      {.name = "two-manifests", .when_open = propose_two_manifests, .when_signed = certify_two_manifests},
      {.name = "manifest-after-the-receipt", .when_signed = propose_another_after_the_receipt},
      {.name = "altered-manifest", .when_open = propose_altered_after_signing},
      {.name = "altered-card", .when_open = propose_with_an_altered_card},
      {.name = "without-the-recipient", .when_open = propose_without_the_recipient},
      {.name = "stranger", .when_open = propose_with_a_stranger},
      {.name = "impostor", .when_open = propose_with_an_impostor},
      {.name = "threshold", .when_open = propose_too_high_a_threshold},
      {.name = "another-room", .when_open = propose_for_another_room},
      {.name = "another-digest", .when_open = propose_under_another_digest},
      {.name = "certificate-before-the-proposal", .when_open = certify_before_the_proposal},
      {.name = "certificate-without-a-receipt", .when_signed = certify_without_a_receipt},
      {.name = "certificate-with-a-receipt-twice", .when_signed = certify_with_a_receipt_twice},
      {.name = "certificate-with-a-receipt-of-another", .when_signed = certify_with_a_receipt_of_another},
      {.name = "certificate-with-another-signature", .when_signed = certify_with_another_signature_as_its_own},
      {.name = "receipt", .when_open = send_a_receipt},
      {.name = "stored", .when_open = send_stored},
      {.name = "silence", .when_open = keep_silent},
      {.name = "silence-after-the-receipt", .when_signed = keep_silent},
      {.name = "oversized-message", .when_open = announce},
      {.name = "oversized-piece", .when_open = push_long_pieces},
      {.name = "another-certificate", .deviation = with_another_fingerprint()},
      {.name = "channels", .deviation = raw(open_channels)},
      {.name = "endless-message", .deviation = raw(send_endlessly)},
  };
  return kDeeds;
}

}  // namespace coterie::drill
