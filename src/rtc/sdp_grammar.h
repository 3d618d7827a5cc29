// The few lexical rules that SDP and ICE candidates share (RFC 8866 §9, RFC 8839 §5).
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace coterie::rtc::sdp {

// No CR, LF, NUL or other control character: cannot smuggle a second line in.
inline bool is_line(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

// ice-char: ALPHA / DIGIT / "+" / "/"; at least one.
inline bool is_ice_chars(std::string_view text) {
  for (const char c : text) {
    const bool alpha_numeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alpha_numeric && c != '+' && c != '/') return false;
  }
  return !text.empty();
}

// token (RFC 8866 §9): visible ASCII without separators; at least one.
inline bool is_token(std::string_view text) {
  for (const char c : text) {
    if (c <= 0x20 || c == 0x7f || std::string_view("\"(),/:;<=>?@[\\]").find(c) != std::string_view::npos) return false;
  }
  return !text.empty();
}

// Plain decimal digits that fit.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace coterie::rtc::sdp
