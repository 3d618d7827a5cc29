// Sealed signals: what a signaling server carries in `data` of offer, answer and ice-candidate, and cannot read.
#pragma once

#include "base/json.h"
#include "base/random.h"
#include "ceremony/description.h"
#include "crypto/sealing.h"

namespace coterie::ceremony {

constexpr std::size_t kMaxCandidateBytes = 2ul * 1024;

// {"from_epoch":…,"to_epoch":…,"link":…,"sealed":…}
struct SealedSignal {
  Epoch from_epoch;
  Epoch to_epoch;
  LinkId link;
  Bytes sealed;

  static Result<SealedSignal> from_json(const json::Value& data);
  json::Value to_json() const;
};

// Pair sealing with associated data labelled "sealed signal" over (type, room, from, to, from_epoch, to_epoch, link).
SealedSignal seal_signal(SignalType type, const LinkContext& context, std::string_view plaintext,
                         const crypto::PairKey& key, Random& random);
// Kind refused when it was altered, or made for another type, room, pair, direction, epoch or link.
Result<SecretBytes> open_signal(SignalType type, const LinkContext& context, const SealedSignal& signal,
                                const crypto::PairKey& key);

}  // namespace coterie::ceremony
