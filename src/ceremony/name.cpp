#include "ceremony/name.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "ceremony/unicode.h"

namespace coterie::ceremony {

namespace {

// Takes the first code point off `text` and adds what is shown for it.
void take_shown(std::string_view& text, std::string& shown) {
  const auto code_point = take_code_point(text);
  if (!code_point) {
    shown += fmt::format("\\x{{{:02X}}}", static_cast<unsigned char>(text.front()));
    text.remove_prefix(1);
  } else if (is_invisible(*code_point)) {
    shown += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(*code_point));
  } else {
    append_code_point(shown, *code_point);
  }
}

}  // namespace

Result<void> check_name(std::string_view name, std::string_view what) {
  const auto not_allowed = [&](std::string_view why) {
    return refused_error(fmt::format("the {} \"{}\" is not allowed: {}", what, escape(name, kMaxNameCodePoints), why),
                         "names have 1 to 64 visible characters, no '/', and start with neither '-' nor '.'");
  };
  if (name.empty()) return not_allowed("it is empty");
  if (name.size() > kMaxNameBytes) return not_allowed("it is longer than 256 bytes");
  if (name.front() == '-' || name.front() == '.') return not_allowed("it starts with '-' or '.'");

  std::size_t code_points = 0;
  bool is_seen = false;
  for (std::string_view rest = name; !rest.empty(); ++code_points) {
    const auto code_point = take_code_point(rest);
    if (!code_point) return not_allowed("it is not UTF-8");
    if (*code_point == U'/') return not_allowed("it has a '/'");
    if (is_invisible(*code_point)) return not_allowed("it has an invisible character");
    is_seen = is_seen || !is_blank(*code_point);
  }
  if (code_points > kMaxNameCodePoints) return not_allowed("it is longer than 64 characters");
  if (!is_seen) return not_allowed("it has blanks only");
  return {};
}

std::string fold_name(std::string_view name) {
  std::string folded;
  bool after_blank = false;
  while (!name.empty()) {
    const auto code_point = take_code_point(name);
    if (!code_point) break;
    if (is_blank(*code_point)) {
      after_blank = true;
      continue;
    }
    if (std::exchange(after_blank, false) && !folded.empty()) folded += ' ';
    append_code_point(folded, fold_case(*code_point));
  }
  return folded;
}

std::string escape(std::string_view text, std::size_t max_code_points) {
  std::string shown;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == max_code_points) return shown + "…";
    if (text.front() == '\\') shown += '\\';
    take_shown(text, shown);
  }
  return shown;
}

std::string escape_words(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    if (text.front() == '\n') {
      shown += '\n';
      text.remove_prefix(1);
    } else {
      take_shown(text, shown);
    }
  }
  return shown;
}

std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string shell_argument(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '.' || byte == '_' || byte == '-' || value >= 0x80;
  });
  // A room may begin with '-'; after "--" it is no option.
  const std::string before = name.starts_with('-') ? "-- " : "";
  if (plain && !name.empty()) return before + std::string(name);
  std::string quoted = "'";
  for (const char byte : name) quoted += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
  return before + quoted + "'";
}

}  // namespace coterie::ceremony
