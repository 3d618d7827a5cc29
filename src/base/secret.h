// Secrets of a fixed size, beside the wiped bytes of <coterie/secret.h>, and their text form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "coterie/secret.h"

namespace coterie {

// Exactly Size secret bytes, zero-filled at first.
template <std::size_t Size>
class Secret {
 public:
  Secret() : bytes_(Size) {}
  static Result<Secret> from_bytes(BytesView bytes) {
    if (bytes.size() != Size) return refused_error("a secret of the wrong length");
    Secret secret;
    std::copy(bytes.begin(), bytes.end(), secret.data());
    return secret;
  }
  Secret clone() const {
    Secret copy;
    std::copy(view().begin(), view().end(), copy.data());
    return copy;
  }
  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  BytesView view() const { return bytes_.view(); }
  std::span<std::uint8_t> span() { return bytes_.span(); }
  bool equals(BytesView other) const { return bytes_.equals(other); }  // in constant time
  static constexpr std::size_t size() { return Size; }

 private:
  SecretBytes bytes_;
};

// base64url without padding of secret bytes, for sealed JSON only. The text is as secret as the bytes.
SecretBytes serialize_secret_base64(BytesView secret);
// Canonical, as parse_base64(text, Base64::url).
Result<SecretBytes> parse_secret_base64(std::string_view text);

// Overwrites public-typed memory that held a secret for a moment (a buffer of a C library, a line just read).
void wipe(void* data, std::size_t size);

}  // namespace coterie
