// The fixed-size values that name things in the protocol (docs/protocol.md), beside those of <coterie/bytes.h>. All are
// public.
#pragma once

#include "base/bytes.h"

namespace coterie {

struct SignatureTag {
  static constexpr const char* kName = "a signature";
};
struct EpochTag {
  static constexpr const char* kName = "an epoch";
};
struct LinkIdTag {
  static constexpr const char* kName = "a link";
};
struct NonceTag {
  static constexpr const char* kName = "a nonce";
};
struct RoomSaltTag {
  static constexpr const char* kName = "a room salt";
};

using Signature = FixedBytes<SignatureTag, 64>;  // Ed25519 signature
using RoomSalt = FixedBytes<RoomSaltTag, 32>;
using Epoch = FixedBytes<EpochTag, 16>;    // one join of one signer
using LinkId = FixedBytes<LinkIdTag, 16>;  // one PeerConnection between two signers
using Nonce = FixedBytes<NonceTag, 32>;    // the signaling server's challenge to one connection

}  // namespace coterie
