// Labelled digests: see digest.h.
#include "crypto/digest.h"

#include <sodium.h>

#include <cassert>
#include <limits>

#include "base/sodium_init.h"

namespace coterie::crypto {

namespace {

constexpr std::size_t kGroups = 6;
constexpr std::size_t kGroupBytes = 5;
constexpr std::size_t kGroupDigits = 5;

std::array<std::uint8_t, 4> length_prefix(std::size_t size) {
  assert(size <= std::numeric_limits<std::uint32_t>::max());
  return {static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
          static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
}

}  // namespace

LabelledFields::LabelledFields(std::string_view purpose) {
  add("coterie/1 " + std::string(purpose));
}

LabelledFields& LabelledFields::add(BytesView field) {
  const auto prefix = length_prefix(field.size());
  bytes_.insert(bytes_.end(), prefix.begin(), prefix.end());
  bytes_.insert(bytes_.end(), field.begin(), field.end());
  return *this;
}

Digest digest(const LabelledFields& fields) {
  initialize_sodium();
  Digest result;
  crypto_generichash(result.data(), Digest::kSize, fields.bytes().data(), fields.bytes().size(), nullptr, 0);
  return result;
}

Digest keyed_digest(const LabelledFields& fields, const Secret<32>& key) {
  initialize_sodium();
  Digest result;
  crypto_generichash(result.data(), Digest::kSize, fields.bytes().data(), fields.bytes().size(), key.data(),
                     key.size());
  return result;
}

Secret<32> secret_digest(const LabelledFields& fields, std::initializer_list<BytesView> secrets) {
  initialize_sodium();
  Secret<32> result;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, result.size());
  crypto_generichash_update(&state, fields.bytes().data(), fields.bytes().size());
  for (const BytesView secret : secrets) {
    const auto prefix = length_prefix(secret.size());
    crypto_generichash_update(&state, prefix.data(), prefix.size());
    crypto_generichash_update(&state, secret.data(), secret.size());
  }
  crypto_generichash_final(&state, result.data(), result.size());
  wipe(&state, sizeof state);  // holds the secret's last block
  return result;
}

std::string digits(const Digest& digest) {
  std::string text;
  for (std::size_t group = 0; group < kGroups; ++group) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < kGroupBytes; ++i) number = number << 8 | digest.array()[group * kGroupBytes + i];
    const std::string five = std::to_string(number % 100000);
    if (group > 0) text += ' ';
    text.append(kGroupDigits - five.size(), '0').append(five);
  }
  return text;
}

Result<std::string> parse_digits(std::string_view typed) {
  std::string text;
  for (const char character : typed) {
    if (character == ' ' || character == '\t' || character == '\r' || character == '\n') continue;
    if (character < '0' || character > '9' || text.size() == kGroups * kGroupDigits) {
      return usage_error("a code has exactly 30 digits", "type the six groups of five digits as they are read out");
    }
    text += character;
  }
  if (text.size() != kGroups * kGroupDigits) {
    return usage_error("a code has exactly 30 digits, not " + std::to_string(text.size()),
                       "type the six groups of five digits as they are read out");
  }
  return text;
}

}  // namespace coterie::crypto
