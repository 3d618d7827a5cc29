// libsodium's base64 decoder, kept to the alphabet: for public bytes (bytes.cpp) and secret ones (secret.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace coterie {

// How many bytes `text` is; nothing unless it is in canonical form. `variant` is one of libsodium's. `out` has room for
// text.size() / 4 * 3 + 3 bytes.
std::optional<std::size_t> decode_base64(std::string_view text, int variant, std::span<std::uint8_t> out);

}  // namespace coterie
