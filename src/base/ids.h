// The fixed-size values that name things in the protocol (docs/protocol.md). All are public.
#pragma once

#include <functional>

#include "base/bytes.h"

namespace coterie {

struct SignKeyTag {
  static constexpr const char* kName = "a signing key";
};
struct BoxKeyTag {
  static constexpr const char* kName = "a box key";
};
struct SignatureTag {
  static constexpr const char* kName = "a signature";
};
struct DigestTag {
  static constexpr const char* kName = "a digest";
};
struct RoomIdTag {
  static constexpr const char* kName = "a room";
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

using SignKey = FixedBytes<SignKeyTag, 32>;      // Ed25519 public key: names a signer
using BoxKey = FixedBytes<BoxKeyTag, 32>;        // X25519 public key
using Signature = FixedBytes<SignatureTag, 64>;  // Ed25519 signature
using Digest = FixedBytes<DigestTag, 32>;        // BLAKE2b-256
using RoomId = FixedBytes<RoomIdTag, 16>;
using RoomSalt = FixedBytes<RoomSaltTag, 32>;
using Epoch = FixedBytes<EpochTag, 16>;    // one join of one signer
using LinkId = FixedBytes<LinkIdTag, 16>;  // one PeerConnection between two signers
using Nonce = FixedBytes<NonceTag, 32>;    // the signaling server's challenge to one connection

}  // namespace coterie
