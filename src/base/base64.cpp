#include "base/base64.h"

#include <sodium.h>

#include <algorithm>

namespace coterie {

std::optional<std::size_t> decode_base64(std::string_view text, int variant, std::span<std::uint8_t> out) {
  // The decoder refuses foreign characters, missing padding and non-zero trailing bits. But libsodium 1.0.18 takes
  // every byte above 0x7f for the last letter of the alphabet.
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7f; })) {
    return std::nullopt;
  }
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, &end, variant) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  return size;
}

}  // namespace coterie
