// Public bytes: vectors, hex and base64, beside the views and fixed-size values of <coterie/bytes.h>. Secrets live in
// base/secret.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "coterie/bytes.h"

namespace coterie {

using Bytes = std::vector<std::uint8_t>;

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

}  // namespace coterie
