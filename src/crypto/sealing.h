// Pair sealing: what one signer encrypts so that only one other can open it, and knows from whom it is.
#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "crypto/identity.h"

namespace coterie::crypto {

// Public keys of the other signer.
struct Peer {
  SignKey sign_key;
  BoxKey box_key;
};

// The key of one pair of signers in one room: X25519 (crypto_box_beforenm) of the two box keys, hashed with room and
// both sign keys in byte order; the same on both sides. XChaCha20-Poly1305 with a random 24-byte nonce in front. No
// forward secrecy by itself: whoever later learns a box secret opens what was recorded.
class PairKey {
 public:
  // Kind refused for a low-order box key.
  static Result<PairKey> derive(const Identity& own, const Peer& peer, const RoomId& room);

  Bytes seal(const LabelledFields& associated_data, BytesView plaintext, Random& random) const;
  // Kind refused when it was altered, made by another pair, or for other associated data.
  Result<SecretBytes> open(const LabelledFields& associated_data, BytesView sealed) const;

 private:
  explicit PairKey(Secret<32> key) : key_(std::move(key)) {}
  Secret<32> key_;
};

// XChaCha20-Poly1305 under a 32-byte key, random nonce in front: pair sealing and vault records stand on it.
Bytes seal(const Secret<32>& key, BytesView associated_data, BytesView plaintext, Random& random);
Result<SecretBytes> open(const Secret<32>& key, BytesView associated_data, BytesView sealed);

}  // namespace coterie::crypto
