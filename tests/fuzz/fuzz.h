// What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput: libFuzzer drives it (./test.sh fuzz),
// and replay.cpp runs it over its corpus (label fuzz). docs/fuzzing.md says what each of them holds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "ceremony/unicode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace coterie::fuzz {

// A property that does not hold is a finding: it ends the process, in every build.
inline void check(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %s\n", property);
  std::abort();
}

// Takes an input apart; where it has ended, it gives zeros and nothing.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool at_end() const { return rest_.empty(); }
  BytesView take(std::size_t size) {
    const BytesView taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::uint8_t take_byte() {
    const BytesView taken = take(1);
    return taken.empty() ? 0 : taken[0];
  }
  std::uint16_t take_u16() {
    const std::uint8_t high = take_byte();
    return static_cast<std::uint16_t>(high << 8 | take_byte());
  }
  // Which of `count` ways to go on.
  unsigned choose(unsigned count) { return take_byte() % count; }
  BytesView rest() { return take(rest_.size()); }
  std::string_view rest_text() { return as_text(rest()); }

 private:
  BytesView rest_;
};

// Could stand on a terminal as it is: UTF-8, with nothing in it that is obeyed or not seen.
inline bool is_displayable(std::string_view text) {
  while (!text.empty()) {
    const auto code_point = ceremony::take_code_point(text);
    if (!code_point || ceremony::is_invisible(*code_point)) return false;
  }
  return true;
}

inline void check_error(const Error& error) {
  check(!error.message.empty(), "an error says something");
  check(is_displayable(error.message) && is_displayable(error.hint), "an error can be shown as it is");
}

// For what is secret: its numbers have 64 hexadecimal digits, its bytes 43 characters of base64url or more, and no word
// of ours is as long as half of that.
inline void check_secret_error(const Error& error) {
  check_error(error);
  std::size_t run = 0;
  for (const char c : error.message + " " + error.hint) {
    const bool in_token =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    run = in_token ? run + 1 : 0;
    check(run < 32, "an error quotes nothing secret");
  }
}

template <class T>
void check_refusal(const Result<T>& result) {
  if (!result) check_error(result.error());
}

}  // namespace coterie::fuzz
