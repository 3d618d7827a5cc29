// A signer's own key pairs: Ed25519 for signing, X25519 for sealing.
#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "base/secret.h"

namespace coterie::crypto {

class Identity {
 public:
  static Identity generate(Random& random);
  // 64 secret bytes as `serialize` gives them: Ed25519 seed, then X25519 secret key.
  static Result<Identity> parse(BytesView secret);
  SecretBytes serialize() const;

  const SignKey& sign_key() const { return sign_key_; }
  const BoxKey& box_key() const { return box_key_; }
  const Secret<32>& box_secret() const { return box_secret_; }

  Signature sign(BytesView message) const;

 private:
  Identity(Secret<32> seed, Secret<32> box_secret);

  Secret<32> seed_;
  Secret<64> sign_secret_;
  Secret<32> box_secret_;
  SignKey sign_key_;
  BoxKey box_key_;
};

// Ed25519 (RFC 8032) as libsodium checks it: canonical s, no small-order key.
bool verify_signature(const SignKey& key, BytesView message, const Signature& signature);

// Refuses X25519 public keys of low order, with which every shared secret is zero, and those not in canonical form
// (2^255 - 19 or more), which RFC 7748 would take for another spelling of a key. Kind: refused.
Result<void> check_box_key(const BoxKey& key);

// Thirty digits over both public keys; what two people compare by voice.
std::string fingerprint(const SignKey& sign_key, const BoxKey& box_key);

}  // namespace coterie::crypto
