// Certificates, whole and partial: as files, and put together from right and wrong receipts.
#include <optional>

#include "ceremony/certificate.h"
#include "ceremony/text.h"
#include "fuzz/fuzz.h"
#include "vectors/example.h"

using namespace coterie;
using ceremony::Certificate;
using ceremony::PartialCertificate;
using fuzz::check;

namespace {

const vectors::Example& example() {
  static const vectors::Example example;
  return example;
}

const std::array<const vectors::Signer*, 4>& signers() {  // three of the estate's roster, and one who is not in it
  static const std::array<const vectors::Signer*, 4> signers = {&example().alice, &example().bob, &example().carol,
                                                                &example().dora};
  return signers;
}

void check_partial(const PartialCertificate& partial) {
  const std::size_t roster = partial.manifest().manifest().signers.size();
  check(partial.receipts().size() + partial.missing().size() == roster, "each signer is there or missing");
  check(partial.receipts().contains(partial.manifest().creator().sign_key()), "the creator's receipt is there");
  for (const auto& [signer, receipt] : partial.receipts()) {
    check(ceremony::verify_receipt(partial.manifest(), signer, receipt).ok(), "every receipt is right");
  }
  for (const std::string& name : partial.missing()) check(fuzz::is_displayable(name), "names are shown escaped");
  const auto again = PartialCertificate::parse(partial.serialize());
  check(again && again->serialize() == partial.serialize(), "parse(serialize(x)) is x");
}

void check_text(std::string_view text) {
  const auto partial = PartialCertificate::parse(text);
  const auto whole = Certificate::parse(text);
  fuzz::check_refusal(partial);
  fuzz::check_refusal(whole);
  check(whole.ok() == (partial.ok() && partial->missing().empty()), "whole is what nobody is missing in");
  if (!partial) return;
  check(partial->serialize() == ceremony::trim(text), "a certificate has one text");
  check_partial(*partial);
}

// A signature each, by whom and over what the input says; whether all of it is as it must be.
bool take_receipts(fuzz::Input& input, crypto::Envelope& envelope) {
  bool right = true;
  std::optional<unsigned> last;
  for (std::size_t count = input.choose(5); count > 0; --count) {
    const unsigned who = input.choose(static_cast<unsigned>(signers().size()));
    envelope.sign(signers()[who]->identity);
    Bytes& signature = envelope.signatures.back().sig;
    const std::uint8_t altered = input.take_byte();
    if (altered != 0) signature[altered % signature.size()] ^= altered;
    const bool in_turn = last ? who > *last : who == 0;
    right = right && altered == 0 && in_turn && who < 3;
    last = who;
  }
  return right && last;
}

void check_receipts(fuzz::Input& input) {
  crypto::Envelope envelope = example().estate.manifest.envelope();
  envelope.signatures.clear();
  const bool right = take_receipts(input, envelope);
  const auto partial = PartialCertificate::from_envelope(envelope);
  fuzz::check_refusal(partial);
  check(partial.ok() == right, "receipts count when they are right, in turn, and of the roster");
  if (partial) check_partial(*partial);
}

PartialCertificate take_partial(fuzz::Input& input) {
  const ceremony::SignedManifest& manifest =
      input.choose(2) == 0 ? example().estate.manifest : example().treasury.manifest;
  ceremony::Receipts receipts;
  const unsigned there = input.take_byte();
  for (std::size_t i = 0; i < manifest.manifest().signers.size(); ++i) {
    if ((there >> i & 1) == 0) continue;
    receipts.emplace(signers()[i]->key(), ceremony::create_receipt(manifest, signers()[i]->identity));
  }
  return vectors::must(PartialCertificate::create(manifest, std::move(receipts)));
}

void check_merge(fuzz::Input& input) {
  PartialCertificate one = take_partial(input);
  const PartialCertificate before = one;
  const PartialCertificate other = take_partial(input);
  const auto merged = one.merge(other);
  fuzz::check_refusal(merged);
  check(merged.ok() == (before.manifest() == other.manifest()), "certificates of one manifest can be merged");
  ceremony::Receipts expected = before.receipts();
  if (merged) expected.insert(other.receipts().begin(), other.receipts().end());
  check(one.receipts() == expected, "a merge has the receipts of both");
  check_partial(one);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.choose(3)) {
    case 0:
      check_text(input.rest_text());
      break;
    case 1:
      check_receipts(input);
      break;
    case 2:
      check_merge(input);
      break;
  }
  return 0;
}
