// Strict JSON: bounded before it is parsed, no duplicate keys, whole numbers only, UTF-8, written exactly as
// ECMAScript's JSON.stringify writes it. A signed payload is accepted only if parse then serialize gives the same
// bytes.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace coterie::json {

using Value = boost::json::value;
using Object = boost::json::object;  // keeps insertion order: fields are written in the order they were added
using Array = boost::json::array;

constexpr std::size_t kMaxDepth = 16;

// `what` names the text in errors ("card"). Refuses: more than max_bytes, deeper than kMaxDepth, duplicate keys,
// numbers with fraction or exponent or beyond 64 bits, invalid UTF-8, anything after the value. The memory of the
// result is wiped when freed. Errors are of kind `refused` and never quote the text.
Result<Value> parse(std::string_view text, std::size_t max_bytes, std::string_view what);

// Only whether `text` is one JSON text (RFC 8259) with any numbers; for accounts that are kept byte for byte.
Result<void> validate(std::string_view text, std::size_t max_bytes, std::string_view what);

std::string serialize(const Value& value);
SecretBytes serialize_secret(const Value& value);  // the same text, in wiped memory

// An empty object or array whose memory is wiped when freed; for values that hold secrets.
Object secret_object();

// Reads an object field by field; remembers the first error, so that a parser reads straight through and asks once.
//   ObjectReader reader(value, "card");
//   card.name = reader.string("name", 256);
//   COTERIE_CHECK(reader.finish());
class ObjectReader {
 public:
  ObjectReader(const Value& value, std::string what);

  bool has(std::string_view key) const;
  std::string string(std::string_view key, std::size_t max_bytes);
  std::string_view string_view(std::string_view key, std::size_t max_bytes);  // valid as long as the value; for secrets
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
  bool boolean(std::string_view key);
  template <class Fixed>
  Fixed fixed(std::string_view key) {  // base64url of exactly Fixed::kSize bytes
    const std::string_view text = string_view(key, Fixed::kSize * 2);
    if (!ok()) return {};
    auto parsed = Fixed::parse(text);
    if (!parsed) return fail(key, parsed.error().message), Fixed{};
    return *parsed;
  }
  Bytes bytes(std::string_view key, std::size_t max_bytes, Base64 alphabet);  // max_bytes after decoding
  SecretBytes secret_base64(std::string_view key, std::size_t max_bytes);     // base64url; max_bytes after decoding
  const Array& array(std::string_view key, std::size_t max_items);
  const Value& value(std::string_view key);  // any type; null when missing (an error is remembered)

  void fail(std::string_view key, std::string_view problem);
  bool ok() const { return !error_.has_value(); }
  // The first error, or a field that nobody read.
  Result<void> finish();
  // The first error; other fields may be there. For files of other programs, never for what is signed or stored here.
  Result<void> finish_ignoring_others();

 private:
  const Value* find(std::string_view key);

  const Object* object_ = nullptr;
  std::string what_;
  std::size_t read_ = 0;  // fields read so far; each key is read at most once
  std::optional<Error> error_;
};

}  // namespace coterie::json
