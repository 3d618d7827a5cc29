// Public bytes: views, vectors, fixed-size values, hex and base64. Secrets live in base/secret.h.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_vector(BytesView bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string serialize_hex(BytesView bytes);  // lower case
Result<Bytes> parse_hex(std::string_view text);

enum class Base64 {
  url,       // RFC 4648 §5 without padding: JSON fields, ids, invites
  standard,  // RFC 4648 §4 with padding: payload and sig of a DSSE envelope
};
std::string serialize_base64(BytesView bytes, Base64 alphabet);
// Canonical only: one alphabet, right padding, zero trailing bits, no white space; so parse then serialize is the
// identity.
Result<Bytes> parse_base64(std::string_view text, Base64 alphabet);

// A value of exactly Size public bytes; Tag makes each meaning its own type. Text form: base64url without padding.
template <class Tag, std::size_t Size>
class FixedBytes {
 public:
  static constexpr std::size_t kSize = Size;

  FixedBytes() = default;
  explicit FixedBytes(const std::array<std::uint8_t, Size>& bytes) : bytes_(bytes) {}

  static Result<FixedBytes> from_bytes(BytesView bytes) {
    if (bytes.size() != Size) {
      return refused_error(std::string(Tag::kName) + " must have " + std::to_string(Size) + " bytes, not " +
                           std::to_string(bytes.size()));
    }
    FixedBytes value;
    std::copy(bytes.begin(), bytes.end(), value.bytes_.begin());
    return value;
  }
  static Result<FixedBytes> parse(std::string_view base64url) {
    COTERIE_TRY(Bytes bytes, parse_base64(base64url, Base64::url));
    return from_bytes(bytes);
  }

  std::string text() const { return serialize_base64(bytes_, Base64::url); }
  BytesView view() const { return bytes_; }
  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  const std::array<std::uint8_t, Size>& array() const { return bytes_; }

  auto operator<=>(const FixedBytes&) const = default;

 private:
  std::array<std::uint8_t, Size> bytes_{};
};

}  // namespace coterie
