// Altering what is right, for the examples of what is refused: one fault each, the rest signed and sealed as it should
// be.
#pragma once

#include <sodium.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/envelope.h"
#include "vectors/example.h"

namespace coterie::vectors {

// {"what","rule","fault",…input…,"error":{"kind","message"}}
inline void refuse(json::Array& refused, std::string_view what, std::string_view rule, std::string_view fault,
                   const json::Object& input, std::string_view message, ErrorKind kind = ErrorKind::refused) {
  json::Object item{{"what", what}, {"rule", rule}, {"fault", fault}};
  for (const auto& field : input) item[field.key()] = field.value();
  item["error"] = json::Object{{"kind", to_string(kind)}, {"message", message}};
  refused.push_back(std::move(item));
}

inline std::string replaced(std::string text, std::string_view old_part, std::string_view new_part) {
  const std::size_t at = text.find(old_part);
  if (at == std::string::npos) throw std::runtime_error("nothing to replace: " + std::string(old_part));
  return text.replace(at, old_part.size(), new_part);
}

// The last place where it stands.
inline std::string replaced_last(std::string text, std::string_view old_part, std::string_view new_part) {
  const std::size_t at = text.rfind(old_part);
  if (at == std::string::npos) throw std::runtime_error("nothing to replace: " + std::string(old_part));
  return text.replace(at, old_part.size(), new_part);
}

// What a signer with other software could sign.
inline crypto::Envelope sign(crypto::PayloadType type, std::string_view payload,
                             std::initializer_list<const Signer*> signers) {
  crypto::Envelope envelope;
  envelope.type = type;
  envelope.payload = to_vector(as_bytes(payload));
  for (const Signer* signer : signers) envelope.sign(signer->identity);
  return envelope;
}

inline std::string payload_of(const crypto::Envelope& envelope) {
  return std::string(as_text(envelope.payload));
}

inline Bytes with_bit_flipped(Bytes bytes, std::size_t index) {
  bytes.at(index) ^= 1;
  return bytes;
}

// s + L of a signature (R, s): RFC 8032 wants s below L, and the equation holds for both.
inline Bytes with_other_s(Bytes signature) {
  const Bytes order = must(parse_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"));
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += unsigned{signature[32 + i]} + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return signature;
}

// A signature whose R is the neutral element: s = h·a fits, and R says nothing of who made it.
inline Bytes with_neutral_r(const Signer& signer, BytesView message) {
  Bytes expanded(crypto_hash_sha512_BYTES);
  crypto_hash_sha512(expanded.data(), signer.secret.data(), 32);
  expanded.resize(32);
  expanded[0] &= 248;
  expanded[31] = (expanded[31] & 127) | 64;

  Bytes signature(64);
  signature[0] = 1;
  Bytes hashed(signature.begin(), signature.begin() + 32);
  hashed.insert(hashed.end(), signer.key().view().begin(), signer.key().view().end());
  hashed.insert(hashed.end(), message.begin(), message.end());
  Bytes hash(crypto_hash_sha512_BYTES);
  crypto_hash_sha512(hash.data(), hashed.data(), hashed.size());
  Bytes h(crypto_core_ed25519_SCALARBYTES);
  crypto_core_ed25519_scalar_reduce(h.data(), hash.data());
  crypto_core_ed25519_scalar_mul(signature.data() + 32, h.data(), expanded.data());
  return signature;
}

}  // namespace coterie::vectors
