// Descriptions: the SDP of an offer or an answer, bound to its room, direction, epochs and link, and signed. What they
// say of DTLS fingerprints is therefore authentic.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "crypto/envelope.h"
#include "crypto/identity.h"

namespace coterie::ceremony {

constexpr std::size_t kMaxSdp = 16ul * 1024;
// Of the envelope: an SDP with every byte escaped, in base64; sealed and in base64 again it fits a signaling frame.
constexpr std::size_t kMaxDescriptionBytes = 45ul * 1024;

enum class SignalType { offer, answer, ice_candidate };
const char* to_string(SignalType type);  // "offer", "answer", "ice-candidate"

// Between whom and when: what every signal is bound to.
struct LinkContext {
  RoomId room;
  SignKey from;
  SignKey to;
  Epoch from_epoch;
  Epoch to_epoch;
  LinkId link;

  bool operator==(const LinkContext&) const = default;
};

// Payload {"type":"offer"|"answer","room":…,"from":…,"to":…,"from_epoch":…,"to_epoch":…,"link":…,"sdp":…} and, in an
// answer, then "offer_digest": digest labelled "offer" over the PAE bytes of the offer answered.
struct Description {
  SignalType type = SignalType::offer;
  LinkContext context;
  std::string sdp;
  std::optional<Digest> offer_digest;

  // An envelope with one signature, by context.from.
  crypto::Envelope sign(const crypto::Identity& from) const;
  // Kind refused: not canonical, not exactly one signature by `signer`. The context is for the caller to compare.
  static Result<Description> consume(const crypto::Envelope& envelope, const SignKey& signer);
};

Digest offer_digest(const crypto::Envelope& offer);

}  // namespace coterie::ceremony
