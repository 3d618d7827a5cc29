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

// "  bob    connected host   0:03", each line at most `width` columns: names give way first. Colours as `terminal`
// has them on `device`.
std::vector<std::string> render_table(const std::vector<TableRow>& rows, int width, const Terminal& terminal,
                                      Device device);

// The last lines of a terminal, replaced as a whole. Whatever else is printed goes between `clear` and `draw`.
class LiveArea {
 public:
  explicit LiveArea(std::ostream& stream) : stream_(stream) {}

  void draw(const std::vector<std::string>& lines);
  void clear();
  // Leaves what is drawn where it is, for good.
  void keep() { drawn_ = 0; }

 private:
  std::ostream& stream_;
  std::size_t drawn_ = 0;
};

}  // namespace coterie::cli
