// Identities: see identity.h.
#include "crypto/identity.h"

#include <sodium.h>

#include "base/sodium_init.h"
#include "crypto/digest.h"

namespace coterie::crypto {

namespace {

static_assert(crypto_sign_SEEDBYTES == 32 && crypto_sign_SECRETKEYBYTES == 64);
static_assert(crypto_sign_PUBLICKEYBYTES == SignKey::kSize && crypto_sign_BYTES == Signature::kSize);
static_assert(crypto_scalarmult_BYTES == BoxKey::kSize);

// RFC 7748 §5 lets a receiver accept u-coordinates of p or more and ignore the top bit: several spellings of one key.
bool is_canonical(const BoxKey& key) {
  static constexpr std::array<std::uint8_t, 32> kPrime = [] {
    std::array<std::uint8_t, 32> little_endian{};
    little_endian.fill(0xff);
    little_endian.front() = 0xed;
    little_endian.back() = 0x7f;
    return little_endian;
  }();
  return std::lexicographical_compare(key.array().rbegin(), key.array().rend(), kPrime.rbegin(), kPrime.rend());
}

}  // namespace

Identity Identity::generate(Random& random) {
  Secret<32> seed = random.draw_secret<32>();
  return {std::move(seed), random.draw_secret<32>()};
}

Result<Identity> Identity::parse(BytesView secret) {
  if (secret.size() != 64) return refused_error("an identity must have 64 bytes, not " + std::to_string(secret.size()));
  COTERIE_TRY(auto seed, Secret<32>::from_bytes(secret.first(32)));
  COTERIE_TRY(auto box_secret, Secret<32>::from_bytes(secret.last(32)));
  return Identity(std::move(seed), std::move(box_secret));
}

SecretBytes Identity::serialize() const {
  SecretBytes secret(64);
  std::copy(seed_.view().begin(), seed_.view().end(), secret.data());
  std::copy(box_secret_.view().begin(), box_secret_.view().end(), secret.data() + 32);
  return secret;
}

Signature Identity::sign(BytesView message) const {
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), sign_secret_.data());
  return signature;
}

Identity::Identity(Secret<32> seed, Secret<32> box_secret)
    : seed_(std::move(seed)), box_secret_(std::move(box_secret)) {
  initialize_sodium();
  crypto_sign_seed_keypair(sign_key_.data(), sign_secret_.data(), seed_.data());
  crypto_scalarmult_base(box_key_.data(), box_secret_.data());
}

bool verify_signature(const SignKey& key, BytesView message, const Signature& signature) {
  initialize_sodium();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

Result<void> check_box_key(const BoxKey& key) {
  initialize_sodium();
  if (!is_canonical(key)) return refused_error("a box key is not in canonical form");
  // Any scalar does: clamping makes it a multiple of 8, which takes every point of low order to zero.
  Secret<32> scalar;
  scalar.data()[0] = 8;
  Secret<32> shared;
  if (crypto_scalarmult(shared.data(), scalar.data(), key.data()) != 0) {
    return refused_error("a box key is of low order");
  }
  return {};
}

std::string fingerprint(const SignKey& sign_key, const BoxKey& box_key) {
  return digits(digest(LabelledFields("fingerprint").add(sign_key.view()).add(box_key.view())));
}

}  // namespace coterie::crypto
