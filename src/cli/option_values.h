// Values of options as a person writes them: times, numbers, bytes. Strict: nothing is guessed. Kind usage.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "account/aztec/field.h"
#include "base/bytes.h"
#include "base/result.h"

namespace coterie::cli {

// "500ms", "30s", "10m", "2h": a whole number above zero and a unit; at most 24 h. `option` names it in errors.
Result<std::chrono::milliseconds> parse_duration(std::string_view text, std::string_view option);

// Decimal digits, with a minus in front where `least` allows it; no plus, blanks, octal or hexadecimal.
Result<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most,
                                  std::string_view option);

// Hexadecimal digits of either case, with or without "0x" in front; exactly `size` bytes, if given.
Result<Bytes> parse_hex_bytes(std::string_view text, std::optional<std::size_t> size, std::string_view option);

// A number below the modulus of Aztec's fields: "0x" and 64 lower-case hexadecimal digits, or decimal ones.
Result<account::aztec::Fr> parse_field(std::string_view text, std::string_view option);

// "0:07", "12:34", "1:02:03".
std::string elapsed_text(std::chrono::milliseconds elapsed);

}  // namespace coterie::cli
