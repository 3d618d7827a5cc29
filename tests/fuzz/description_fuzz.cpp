// Descriptions: what a signer has signed of an offer or an answer, and envelopes that somebody else made.
#include "ceremony/description.h"
#include "fuzz/fuzz.h"
#include "vectors/example.h"

using namespace coterie;
using ceremony::Description;
using ceremony::SignalType;
using fuzz::check;

namespace {

const vectors::Signer& alice() {
  static const vectors::Signer signer = vectors::Signer::make("alice", 0x00);
  return signer;
}

void check_description(const crypto::Envelope& envelope) {
  const auto description = Description::consume(envelope, alice().key());
  fuzz::check_refusal(description);
  if (!description) return;
  check(description->sdp.size() <= ceremony::kMaxSdp, "an SDP is bounded");
  check(description->type != SignalType::ice_candidate, "a description is an offer or an answer");
  check(description->offer_digest.has_value() == (description->type == SignalType::answer),
        "an answer names its offer, and an offer none");
  check(description->sign(alice().identity) == envelope, "a description has one payload");
  check(!Description::consume(envelope, SignKey()).ok(), "nobody else has signed it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.choose(2) == 0) {
    const auto envelope =
        crypto::Envelope::parse(input.rest_text(), crypto::PayloadType::description, ceremony::kMaxDescriptionBytes);
    fuzz::check_refusal(envelope);
    if (envelope) check_description(*envelope);
  } else {
    crypto::Envelope envelope;
    envelope.type = crypto::PayloadType::description;
    envelope.payload = to_vector(input.rest());
    envelope.sign(alice().identity);
    check_description(envelope);
  }
  return 0;
}
