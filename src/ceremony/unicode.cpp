#include "ceremony/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace coterie::ceremony {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Cc, Zl, Zp, Bidi_Control and Default_Ignorable_Code_Point (which has the variation selectors), interlinear
// annotation.
constexpr Range kInvisible[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

// Zs, U+2800, and what the names of the rest call blank, filler or null.
constexpr Range kBlank[] = {
    {0x0020, 0x0020}, {0x00A0, 0x00A0}, {0x1680, 0x1680},   {0x2000, 0x200A},   {0x202F, 0x202F},   {0x205F, 0x205F},
    {0x2800, 0x2800}, {0x3000, 0x3000}, {0x13441, 0x13442}, {0x16FE4, 0x16FE4}, {0x1D159, 0x1D159},
};

struct Folding {
  char32_t first;
  char32_t last;
  char32_t stride;
  std::int32_t delta;
};

constexpr Folding kFoldings[] = {
#include "ceremony/case_folding.inc"
};

template <std::size_t Count>
bool is_within(const Range (&ranges)[Count], char32_t code_point) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& range) { return code_point >= range.first && code_point <= range.last; });
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char lead = byte(0);
  std::size_t length = 0;
  char32_t code_point = 0;
  char32_t least = 0;
  if (lead < 0x80) {
    length = 1;
    code_point = lead;
  } else if (lead >= 0xC2 && lead < 0xE0) {
    length = 2;
    code_point = lead & 0x1F;
    least = 0x80;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    length = 3;
    code_point = lead & 0x0F;
    least = 0x800;
  } else if (lead >= 0xF0 && lead < 0xF5) {
    length = 4;
    code_point = lead & 0x07;
    least = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < length) return std::nullopt;
  for (std::size_t index = 1; index < length; ++index) {
    if ((byte(index) & 0xC0) != 0x80) return std::nullopt;
    code_point = (code_point << 6) | (byte(index) & 0x3F);
  }
  if (code_point < least || code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
    return std::nullopt;
  }
  text.remove_prefix(length);
  return code_point;
}

void append_code_point(std::string& text, char32_t code_point) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

bool is_invisible(char32_t code_point) {
  return is_within(kInvisible, code_point);
}

bool is_blank(char32_t code_point) {
  return is_within(kBlank, code_point);
}

char32_t fold_case(char32_t code_point) {
  const auto* folding = std::lower_bound(std::begin(kFoldings), std::end(kFoldings), code_point,
                                         [](const Folding& entry, char32_t point) { return entry.last < point; });
  if (folding == std::end(kFoldings) || code_point < folding->first) return code_point;
  if ((code_point - folding->first) % folding->stride != 0) return code_point;
  return static_cast<char32_t>(static_cast<std::int32_t>(code_point) + folding->delta);
}

}  // namespace coterie::ceremony
