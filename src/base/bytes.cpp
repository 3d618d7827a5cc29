#include "base/bytes.h"

#include <sodium.h>

#include "base/base64.h"
#include "base/sodium_init.h"

namespace coterie {

std::string serialize_hex(BytesView bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

Result<Bytes> parse_hex(std::string_view text) {
  Bytes bytes((text.size() + 1) / 2);
  if (bytes.empty()) return bytes;  // libsodium takes no null pointer, not even for nothing
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end) != 0 ||
      end != text.data() + text.size() || size * 2 != text.size()) {
    return refused_error("not hexadecimal");
  }
  return bytes;
}

namespace {
int variant(Base64 alphabet) {
  return alphabet == Base64::url ? sodium_base64_VARIANT_URLSAFE_NO_PADDING : sodium_base64_VARIANT_ORIGINAL;
}
}  // namespace

std::string serialize_base64(BytesView bytes, Base64 alphabet) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant(alphabet)), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant(alphabet));
  text.pop_back();  // libsodium writes a final zero byte
  return text;
}

Result<Bytes> parse_base64(std::string_view text, Base64 alphabet) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  const auto size = decode_base64(text, variant(alphabet), bytes);
  if (!size) return refused_error(alphabet == Base64::url ? "not canonical base64url" : "not canonical base64");
  bytes.resize(*size);
  return bytes;
}

namespace detail {

std::string serialize_fixed(BytesView bytes) {
  return serialize_base64(bytes, Base64::url);
}

Result<void> parse_fixed(std::string_view base64url, const char* kind, std::span<std::uint8_t> bytes) {
  COTERIE_TRY(const Bytes parsed, parse_base64(base64url, Base64::url));
  if (parsed.size() != bytes.size()) return wrong_size(kind, bytes.size(), parsed.size());
  std::copy(parsed.begin(), parsed.end(), bytes.begin());
  return {};
}

Error wrong_size(const char* kind, std::size_t expected, std::size_t given) {
  return refused_error(std::string(kind) + " must have " + std::to_string(expected) + " bytes, not " +
                       std::to_string(given));
}

}  // namespace detail

}  // namespace coterie
