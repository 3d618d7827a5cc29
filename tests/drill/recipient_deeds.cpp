#include "drill/recipient_deeds.h"

#include "ceremony/certificate.h"
#include "drill/deviation.h"

namespace coterie::drill {

using namespace ceremony;

namespace {

Digest another_digest() {
  return SystemRandom().draw<Digest>();
}

void sign_another_manifest(EvilRecipient& self) {
  Bytes other = self.manifest().envelope().pae();
  other.back() ^= 1;
  self.say(ReceiptMessage{self.digest(), self.identity().sign(other)});
}

void sign_under_another_digest(EvilRecipient& self) {
  self.say(ReceiptMessage{another_digest(), self.receipt().signature});
}

void sign_with_another_key(EvilRecipient& self) {
  SystemRandom random;
  self.say(ReceiptMessage{self.digest(), create_receipt(self.manifest(), crypto::Identity::generate(random))});
}

// What the creator has signed itself.
void repeat_the_creators_signature(EvilRecipient& self) {
  self.say(ReceiptMessage{self.digest(), self.manifest().creator_receipt()});
}

void sign_before_the_proposal(EvilRecipient& self) {
  self.say(ReceiptMessage{another_digest(), self.identity().sign(as_bytes("nothing"))});
}

void decline_after_the_receipt(EvilRecipient& self) {
  self.say(self.receipt());
  self.say(DeclineMessage{self.digest(), "no, after all"});
}

void propose(EvilRecipient& self) {
  self.say(ProposalMessage{self.digest(), self.manifest().envelope(), Bytes(100, 0)});
}

void certify(EvilRecipient& self) {
  self.say(CertificateMessage{self.digest(), self.manifest().envelope()});
}

void abort(EvilRecipient& self) {
  self.say(AbortMessage{self.digest(), EndCause::abandoned, "in the creator's place", std::nullopt});
}

void talk_nonsense(EvilRecipient& self) {
  self.say(std::string(R"({"type":"obey"})"));
}

void talk_deeply(EvilRecipient& self) {
  self.say(std::string(100'000, '['));
}

void flood_with_receipts(EvilRecipient& self) {
  constexpr int kMany = 50'000;
  self.flood(self.receipt(), kMany, [&self] { give_receipt(self); });
}

void announce(EvilRecipient& self) {
  self.push(announce_too_much());
}

void push_long_pieces(EvilRecipient& self) {
  for (int i = 0; i < 4; ++i) self.push(long_piece());
}

void keep_the_last_byte(EvilRecipient& self) {
  Bytes piece = split_message(serialize_message(self.receipt())).front();
  piece.pop_back();
  self.push(piece);
}

}  // namespace

const std::vector<RecipientDeed>& recipient_deeds() {
  static const std::vector<RecipientDeed> kDeeds = {
      {.name = "none"},
      {.name = "receipt-for-another-manifest", .when_proposed = sign_another_manifest},
      {.name = "receipt-under-another-digest", .when_proposed = sign_under_another_digest},
      {.name = "receipt-by-another-key", .when_proposed = sign_with_another_key},
      {.name = "receipt-of-the-creator", .when_proposed = repeat_the_creators_signature},
      {.name = "receipt-before-the-proposal", .when_open = sign_before_the_proposal, .when_proposed = keep_silent},
      {.name = "decline-after-the-receipt", .when_proposed = decline_after_the_receipt},
      {.name = "stored-before-the-receipt", .when_proposed = confirm},
      {.name = "proposal", .when_proposed = propose},
      {.name = "certificate", .when_proposed = certify},
      {.name = "abort", .when_proposed = abort},
      {.name = "nonsense", .when_proposed = talk_nonsense},
      {.name = "depth", .when_proposed = talk_deeply},
      {.name = "flood", .when_proposed = flood_with_receipts},
      {.name = "oversized-message", .when_proposed = announce},
      {.name = "oversized-piece", .when_proposed = push_long_pieces},
      {.name = "last-byte", .when_proposed = keep_the_last_byte},
      {.name = "silence", .when_proposed = keep_silent},
      {.name = "silence-after-the-receipt", .when_certified = keep_silent},
      {.name = "another-certificate", .deviation = with_another_fingerprint()},
      {.name = "channels", .deviation = raw(open_channels)},
      {.name = "endless-message", .deviation = raw(send_endlessly)},
  };
  return kDeeds;
}

}  // namespace coterie::drill
