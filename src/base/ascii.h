// Text that may stand in an error as it is.
#pragma once

#include <algorithm>
#include <string_view>

namespace coterie {

// Letters, digits, punctuation and blanks of ASCII: nothing that a terminal obeys, no part of a code point.
inline bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace coterie
