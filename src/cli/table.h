// The live table: a line per signer, drawn again in place on a terminal.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace coterie::cli {

struct TableRow {
  std::string name;   // escaped
  std::string state;  // "connected host"
  Colour colour = Colour::none;
  std::chrono::milliseconds since{};  // when that state began
};

// "  bob    connected host   since 0:03", each line less than `width` columns: "since" gives way first, then names.
// Colours as `terminal` has them on `device`.
std::vector<std::string> render_table(const std::vector<TableRow>& rows, int width, const Terminal& terminal,
                                      Device device);

// The last lines of a terminal, replaced as a whole. Whatever else is printed goes between `clear` and `draw`.
class LiveArea {
 public:
  explicit LiveArea(std::ostream& stream) : stream_(stream) {}

  // `width`: the terminal's columns now. It may have been another when the last lines were drawn: terminals wrap anew
  // what no longer fits, so that those lines take more rows.
  void draw(const std::vector<std::string>& lines, int width);
  void clear(int width);
  // Leaves what is drawn where it is, for good.
  void keep() { drawn_.clear(); }

 private:
  int rows_drawn(int width) const;

  std::ostream& stream_;
  std::vector<int> drawn_;  // columns of each line
};

}  // namespace coterie::cli
