// Public bytes: views, and fixed-size values whose meaning is their type. Secrets are in <coterie/secret.h>.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "coterie/export.h"
#include "coterie/result.h"

namespace coterie {

using BytesView = std::span<const std::uint8_t>;

inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {
COTERIE_EXPORT std::string serialize_fixed(BytesView bytes);
COTERIE_EXPORT Result<void> parse_fixed(std::string_view base64url, const char* kind, std::span<std::uint8_t> bytes);
COTERIE_EXPORT Error wrong_size(const char* kind, std::size_t expected, std::size_t given);
}  // namespace detail

// A value of exactly Size public bytes; Tag makes each meaning its own type. Text form: base64url without padding
// (RFC 4648 §5).
template <class Tag, std::size_t Size>
class FixedBytes {
 public:
  static constexpr std::size_t kSize = Size;

  FixedBytes() = default;  // all zero
  explicit FixedBytes(const std::array<std::uint8_t, Size>& bytes) : bytes_(bytes) {}

  // Kind refused for another number of bytes.
  static Result<FixedBytes> from_bytes(BytesView bytes) {
    if (bytes.size() != Size) return detail::wrong_size(Tag::kName, Size, bytes.size());
    FixedBytes value;
    std::copy(bytes.begin(), bytes.end(), value.bytes_.begin());
    return value;
  }
  // Canonical base64url only: parse then text() is the identity. Kind refused.
  static Result<FixedBytes> parse(std::string_view base64url) {
    FixedBytes value;
    if (auto parsed = detail::parse_fixed(base64url, Tag::kName, value.bytes_); !parsed) return parsed.error();
    return value;
  }

  std::string text() const { return detail::serialize_fixed(bytes_); }
  BytesView view() const { return bytes_; }
  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  const std::array<std::uint8_t, Size>& array() const { return bytes_; }

  auto operator<=>(const FixedBytes&) const = default;

 private:
  std::array<std::uint8_t, Size> bytes_{};
};

struct SignKeyTag {
  static constexpr const char* kName = "a signing key";
};
struct BoxKeyTag {
  static constexpr const char* kName = "a box key";
};
struct DigestTag {
  static constexpr const char* kName = "a digest";
};
struct RoomIdTag {
  static constexpr const char* kName = "a room";
};

using SignKey = FixedBytes<SignKeyTag, 32>;  // Ed25519 public key (RFC 8032): names a signer
using BoxKey = FixedBytes<BoxKeyTag, 32>;    // X25519 public key (RFC 7748)
using Digest = FixedBytes<DigestTag, 32>;    // BLAKE2b-256 (RFC 7693)
using RoomId = FixedBytes<RoomIdTag, 16>;    // where the signers of one creation meet

}  // namespace coterie
