// Cards: as others hand them in, and past the signatures with a payload that its signer has signed.
#include "ceremony/card.h"
#include "ceremony/name.h"
#include "fuzz/fuzz.h"
#include "vectors/example.h"

using namespace coterie;
using ceremony::Card;
using fuzz::check;

namespace {

const vectors::Signer& alice() {
  static const vectors::Signer signer = vectors::Signer::make("alice", 0x00);
  return signer;
}

const vectors::Signer& dora() {
  static const vectors::Signer signer = vectors::Signer::make_with_chain_key("dora", 0x20);
  return signer;
}

// By its keys in the payload's order: `signer`, and her Aztec account if she has one.
crypto::Envelope sign(const vectors::Signer& signer, BytesView payload) {
  crypto::Envelope envelope;
  envelope.type = crypto::PayloadType::card;
  envelope.payload = to_vector(payload);
  envelope.sign(signer.identity);
  if (signer.own_account) {
    vectors::HashedRandom nonces;
    envelope.signatures.push_back(
        {std::string(Card::kAztecKeyId), to_vector(signer.own_account->sign(envelope.pae(), nonces).view())});
  }
  return envelope;
}

void check_card(const Card& card) {
  check(ceremony::check_name(card.name(), "signer name").ok(), "a card has a name that is allowed");
  check(crypto::check_box_key(card.box_key()).ok(), "a card has a box key that can be used");
  check(card.envelope().signed_by(0, card.sign_key()), "a card is signed by its own key");
  check(card.aztec().has_value() == (card.envelope().signatures.size() == 2), "a chain key has its signature");
  check(card.created_at() >= 0, "a card is not older than 1970");
  for (const std::string& text : {card.serialize(), json::serialize(card.to_json())}) {
    const auto again = Card::parse(text);
    check(again && *again == card, "parse(serialize(x)) is x");
  }
}

void check_result(const Result<Card>& card) {
  fuzz::check_refusal(card);
  if (card) check_card(*card);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.choose(3)) {
    case 0:
      check_result(Card::parse(input.rest_text()));
      break;
    case 1: {
      const BytesView payload = input.rest();
      const auto card = Card::from_envelope(sign(alice(), payload));
      check_result(card);
      if (card) check(card->sign_key() == alice().key(), "nobody signs another's card");
      break;
    }
    case 2: {
      const BytesView payload = input.rest();
      const auto card = Card::from_envelope(sign(dora(), payload));
      check_result(card);
      if (card) {
        check(card->aztec() && card->chain_key() == dora().own_account->public_part(), "nobody signs another's card");
      }
      break;
    }
  }
  return 0;
}
