// Values of options as a person writes them: times, numbers, addresses. Strict: nothing is guessed. Kind usage.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie::cli {

// "500ms", "30s", "10m", "2h": a whole number above zero and a unit; at most 24 h. `option` names it in errors.
Result<std::chrono::milliseconds> parse_duration(std::string_view text, std::string_view option);

// Decimal digits, with a minus in front where `least` allows it; no plus, blanks, octal or hexadecimal.
Result<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most,
                                  std::string_view option);

// "0:07", "12:34", "1:02:03".
std::string elapsed_text(std::chrono::milliseconds elapsed);

}  // namespace coterie::cli
