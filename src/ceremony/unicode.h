// UTF-8 one code point at a time, and what of Unicode the rules for names need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::ceremony {

// Takes the first code point off `text`; nothing (and `text` unchanged) when it does not begin with valid UTF-8
// (RFC 3629: shortest form, no surrogates, at most U+10FFFF). `text` is not empty.
std::optional<char32_t> take_code_point(std::string_view& text);
void append_code_point(std::string& text, char32_t code_point);

// Would not be seen, or would change how its neighbours are seen: control characters, line and paragraph separators,
// bidirectional marks, embeddings, overrides and isolates, zero-width and invisible characters, tags.
bool is_invisible(char32_t code_point);

// Shows nothing and takes room: spaces of every width (Zs), and the blanks of Braille, hieroglyphs, Khitan and music.
bool is_blank(char32_t code_point);

// Simple case folding, Unicode 14.
char32_t fold_case(char32_t code_point);

}  // namespace coterie::ceremony
