// The terminal: which of our streams is one, its width and colours, and questions asked on it.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace coterie::cli {

enum class Device { out, err };

// What was typed before a question was there: taken for its answer, or not.
enum class TypedAhead { taken, dropped };

enum class Colour { none, bold, dim, red, green, yellow, cyan, white_on_black };

class Terminal {
 public:
  // None at all: for programs in a pipe, and tests.
  Terminal() = default;
  // Looks at the descriptors 0, 1, 2 and the environment (TERM, NO_COLOR). Questions go to standard input when that is
  // a terminal, else to the controlling terminal when standard error is one ("multisig join -" at a prompt).
  static Terminal detect();

  Terminal(Terminal&& other) noexcept;
  Terminal& operator=(Terminal&&) = delete;
  ~Terminal();

  bool is_terminal(Device device) const { return device == Device::out ? out_ : err_; }
  bool can_ask() const { return input_ >= 0; }
  int width(Device device) const;   // columns, at least 20; 80 where there is no terminal
  int height(Device device) const;  // rows, at least 3; 24 where there is no terminal
  bool can_redraw(Device device) const { return is_terminal(device) && !dumb_; }

  void disable_colour() { colour_ = false; }
  // `text` in that colour when `device` is a terminal that shows colours, else as it is.
  std::string paint(Device device, Colour colour, std::string_view text) const;

  // Shows `line` where the questions are. Nothing when there is nobody to ask.
  void tell(std::string_view line) const;

  // Both print `prompt` and read one line of at most 4096 bytes. Kinds: usage when there is nobody to ask, interrupted
  // when stop was requested, Ctrl-C typed, or the line ended the input.
  Result<std::string> ask(std::string_view prompt, std::stop_token stop = {},
                          TypedAhead typed_ahead = TypedAhead::taken);
  Result<SecretBytes> ask_secret(std::string_view prompt, std::stop_token stop = {});  // without echo

 private:
  Result<SecretBytes> read_line(std::string_view prompt, bool echo, std::stop_token stop);
  void show(std::string_view words) const;

  bool out_ = false;
  bool err_ = false;
  bool dumb_ = true;
  bool colour_ = false;
  int input_ = -1;  // read from and, when standard error is no terminal, prompted on
  bool owns_input_ = false;
};

// Undoes what a question in progress changed of the terminal; for a program that ends at once.
void restore_terminal();

// Prose in lines of less than `width` columns, broken at spaces; further lines of a line begin with `indent`. What has
// to be copied or read out as one piece is not broken: words, `commands` in backquotes, digits of a fingerprint. Lines
// that begin with a space are laid out already and stay as they are.
std::string wrap(std::string_view text, int width, std::string_view indent = "");

// Columns that `text` takes on a terminal; wide East Asian characters take two, colours none.
int display_width(std::string_view text);
// `text` in exactly `columns`: padded with spaces, or cut with "…" at its end.
std::string fit(std::string_view text, int columns);

}  // namespace coterie::cli
