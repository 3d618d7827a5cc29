// DSSE envelopes of each type, before any signature is looked at.
#include "crypto/envelope.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using crypto::Envelope;
using crypto::PayloadType;
using fuzz::check;

namespace {

constexpr std::size_t kMaxBytes = 4096;

void check_envelope(const Envelope& envelope, std::string_view text, PayloadType type) {
  check(text.size() <= kMaxBytes && envelope.payload.size() <= kMaxBytes, "nothing is longer than its limit");
  check(envelope.type == type, "no envelope passes for one of another type");
  check(envelope.serialize() == text, "an envelope has one text");
  check(!envelope.signatures.empty() && envelope.signatures.size() <= Envelope::kMaxSignatures,
        "there is a signature, and not too many");
  check(!envelope.signed_by(envelope.signatures.size(), SignKey()), "what is not there is no signature");
  const auto again = Envelope::from_json(envelope.to_json(), type, kMaxBytes);
  check(again && *again == envelope, "parse(serialize(x)) is x");
  const std::string pae(as_text(envelope.pae()));
  check(pae.starts_with("DSSEv1 ") && pae.ends_with(as_text(envelope.payload)), "the payload is what is signed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  for (const PayloadType type :
       {PayloadType::card, PayloadType::manifest, PayloadType::description, PayloadType::join}) {
    const auto envelope = Envelope::parse(text, type, kMaxBytes);
    fuzz::check_refusal(envelope);
    if (envelope) check_envelope(*envelope, text, type);
  }
  return 0;
}
