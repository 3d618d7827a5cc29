// Manifests: as a creator sends them; past the signature; and with rosters that are put together from right cards.
#include <vector>

#include "ceremony/manifest.h"
#include "fuzz/fuzz.h"
#include "vectors/example.h"

using namespace coterie;
using ceremony::Card;
using ceremony::Manifest;
using ceremony::SignedManifest;
using fuzz::check;

namespace {

const vectors::Example& example() {
  static const vectors::Example example;
  return example;
}

// For rosters: the example's signers, and those that must not stand beside them.
const std::vector<Card>& cards() {
  static const std::vector<Card> cards = [] {
    const vectors::Example& they = example();
    std::vector<Card> all = {they.alice.card, they.bob.card, they.carol.card, they.zoe.card, they.dora.card};
    all.push_back(vectors::must(Card::create("ALICE", they.carol.identity, 1)));
    all.push_back(vectors::must(Card::create("bob", they.alice.identity, 1)));
    return all;
  }();
  return cards;
}

void check_signed(const SignedManifest& manifest) {
  const Manifest& terms = manifest.manifest();
  check(ceremony::check_manifest(terms, ErrorKind::refused).ok(), "a signed manifest keeps the rules");
  check(terms.threshold >= 1 && terms.threshold <= static_cast<std::int64_t>(terms.signers.size()),
        "a threshold can be met");
  check(manifest.envelope().signed_by(0, manifest.creator().sign_key()), "its creator signed it");
  check(manifest.digest() == ceremony::manifest_digest(manifest.envelope()), "its digest is that of what was signed");
  check(manifest.verification_code().size() == 35, "its code can be read out");
  for (const Card& signer : terms.signers) {
    check(manifest.find(signer.sign_key()) != nullptr, "every signer is found");
    check(fuzz::is_displayable(manifest.name_of(signer.sign_key())), "names are shown escaped");
  }
  const auto again = SignedManifest::parse(manifest.serialize());
  check(again && *again == manifest, "parse(serialize(x)) is x");
}

void check_payload(std::string_view payload) {
  const auto manifest = Manifest::parse(payload);
  fuzz::check_refusal(manifest);
  if (manifest) check(manifest->serialize() == payload, "a payload has one text");

  crypto::Envelope envelope;
  envelope.type = crypto::PayloadType::manifest;
  envelope.payload = to_vector(as_bytes(payload));
  envelope.sign(example().alice.identity);
  const auto signed_one = SignedManifest::from_envelope(envelope);
  fuzz::check_refusal(signed_one);
  if (!signed_one) return;
  check(manifest.ok(), "what is signed is a manifest");
  check(signed_one->creator().sign_key() == example().alice.key(), "nobody signs another's manifest");
  check_signed(*signed_one);
}

Manifest take_terms(fuzz::Input& input) {
  Manifest manifest;
  manifest.threshold = static_cast<std::int8_t>(input.take_byte());
  for (std::size_t count = input.choose(10); count > 0; --count) {
    manifest.signers.push_back(cards()[input.choose(static_cast<unsigned>(cards().size()))]);
  }
  switch (input.choose(3)) {
    case 0:
      manifest.account = example().treasury.account.public_part();
      break;
    case 1:
      manifest.account = example().estate.account.public_part();
      break;
    case 2:
      manifest.account = example().dora.own_account->public_part();  // which no multisig may have
      break;
  }
  manifest.room = example().treasury.room;
  manifest.created_at = input.take_u16();
  if (input.choose(2) == 1) manifest.multisig_address = std::string(as_text(input.take(input.choose(80))));
  manifest.name = input.rest_text();
  return manifest;
}

void check_terms(const Manifest& terms) {
  const auto keeps = ceremony::check_manifest(terms, ErrorKind::usage);
  fuzz::check_refusal(keeps);
  const bool by_alice = !terms.signers.empty() && terms.signers.front().sign_key() == example().alice.key();
  const auto made = SignedManifest::create(terms, example().alice.identity);
  check(made.ok() == (keeps.ok() && by_alice), "what keeps the rules can be signed, and nothing else");
  if (made) check_signed(*made);
  // Others may sign what breaks them: it is refused there.
  check_payload(terms.serialize());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.choose(3)) {
    case 0: {
      const auto manifest = SignedManifest::parse(input.rest_text());
      fuzz::check_refusal(manifest);
      if (manifest) check_signed(*manifest);
      break;
    }
    case 1:
      check_payload(input.rest_text());
      break;
    case 2:
      check_terms(take_terms(input));
      break;
  }
  return 0;
}
