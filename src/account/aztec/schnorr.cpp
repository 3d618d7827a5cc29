#include "account/aztec/schnorr.h"

#include <openssl/evp.h>

#include <algorithm>

namespace coterie::account::aztec::schnorr {

namespace {

struct DigestDeleter {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct DigestContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

using Challenge = std::array<std::uint8_t, 32>;

// BLAKE2s-256 (RFC 7693) of the Pedersen hash of the nonce's point and the public key, then the message.
Challenge challenge(const pedersen::HashOfThree& hash, const Point& nonce_point, BytesView message) {
  static const std::unique_ptr<EVP_MD, DigestDeleter> blake2s(require(EVP_MD_fetch(nullptr, "BLAKE2S-256", nullptr)));
  const std::unique_ptr<EVP_MD_CTX, DigestContextDeleter> context(require(EVP_MD_CTX_new()));
  const auto prefix = message_of(hash.finish(nonce_point.x));
  Challenge digest;
  require(EVP_DigestInit_ex(context.get(), blake2s.get(), nullptr));
  require(EVP_DigestUpdate(context.get(), prefix.data(), prefix.size()));
  require(EVP_DigestUpdate(context.get(), message.data(), message.size()));
  require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr));
  return digest;
}

// A nonce serves with probability 0.189: that none of so many does shows that the randomness is broken.
constexpr int kMaxNonces = 1000;

}  // namespace

std::array<std::uint8_t, Fr::kSize> message_of(const Fr& hash) {
  std::array<std::uint8_t, Fr::kSize> bytes;
  hash.write(bytes);
  return bytes;
}

Result<SigningKey> SigningKey::from_scalar(Fq private_key) {
  if (private_key.is_zero()) return refused_error("a private key of zero is no key");
  COTERIE_TRY(Point public_key, grumpkin::multiply_generator(private_key));
  return SigningKey(std::move(private_key), std::move(public_key));
}

SigningKey::SigningKey(Fq private_key, Point public_key)
    : private_key_(std::move(private_key)), public_key_(std::move(public_key)), hash_(public_key_.x, public_key_.y) {}

Signature SigningKey::sign(BytesView message, Random& random) const {
  for (int nonces = 0; nonces < kMaxNonces; ++nonces) {
    const Fq nonce = Fq::draw(random);
    const Result<Point> point = grumpkin::multiply_generator(nonce);
    if (!point) continue;  // a nonce of zero
    const Challenge digest = challenge(hash_, *point, message);
    const Result<Fq> e = Fq::from_bytes(digest);
    if (!e || e->is_zero()) continue;
    const Fq s = nonce - private_key_ * *e;
    if (s.is_zero()) continue;
    Signature signature;
    s.write(std::span<std::uint8_t, Fq::kSize>(signature.data(), Fq::kSize));
    std::copy(digest.begin(), digest.end(), signature.data() + Fq::kSize);
    return signature;
  }
  throw std::runtime_error("no nonce for a signature: the randomness is broken");
}

Result<void> verify(const Point& public_key, BytesView message, BytesView signature) {
  if (signature.size() != Signature::kSize) return refused_error("a signature is 64 bytes");
  const BytesView claimed = signature.subspan(Fq::kSize);
  const Result<Fq> s = Fq::from_bytes(signature.first(Fq::kSize));
  if (!s || s->is_zero()) return refused_error("the signature's s is not above 0 and below the order of Grumpkin");
  const Fq e = Fq::reduce(claimed);
  if (e.is_zero()) return refused_error("the signature's challenge is 0 modulo the order of Grumpkin");
  COTERIE_TRY(const Point nonce_point, grumpkin::multiply_public(*s, public_key, e));
  const pedersen::HashOfThree hash(public_key.x, public_key.y);
  if (!std::ranges::equal(challenge(hash, nonce_point, message), claimed)) {
    return refused_error("the signature is not of this message by this key");
  }
  return {};
}

}  // namespace coterie::account::aztec::schnorr
