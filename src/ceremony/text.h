// Small things about text that came by copy and paste.
#pragma once

#include <string_view>

namespace coterie::ceremony {

// Without the given characters at both ends; ASCII white space unless said.
inline std::string_view trim(std::string_view text, std::string_view unwanted = " \t\r\n\v\f") {
  const std::size_t first = text.find_first_not_of(unwanted);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(unwanted) - first + 1);
}

}  // namespace coterie::ceremony
