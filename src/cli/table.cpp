#include "cli/table.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <ostream>

#include "cli/option_values.h"

namespace coterie::cli {

std::vector<std::string> render_table(const std::vector<TableRow>& rows, int width, const Terminal& terminal,
                                      Device device) {
  constexpr int kIndent = 2;
  constexpr int kGap = 2;
  constexpr int kLeastName = 4;
  constexpr int kUsualState = 15;  // "connected srflx": the columns stand still while states change
  int name_width = kLeastName;
  int state_width = kUsualState;
  int time_width = 0;
  for (const TableRow& row : rows) {
    name_width = std::max(name_width, display_width(row.name));
    state_width = std::max(state_width, display_width(row.state));
    time_width = std::max(time_width, display_width(elapsed_text(row.since)));
  }
  // One column stays free: a full last column makes some terminals wrap, and the redraw would count one line too few.
  const int room = width - 1 - kIndent - 2 * kGap - time_width;
  name_width = std::max(std::min(name_width, room - state_width), kLeastName);
  state_width = std::max(std::min(state_width, room - name_width), 1);

  std::vector<std::string> lines;
  for (const TableRow& row : rows) {
    lines.push_back(fmt::format("{:{}}{}{:{}}{}{:{}}{:>{}}", "", kIndent, fit(row.name, name_width), "", kGap,
                                terminal.paint(device, row.colour, fit(row.state, state_width)), "", kGap,
                                elapsed_text(row.since), time_width));
  }
  return lines;
}

void LiveArea::draw(const std::vector<std::string>& lines) {
  // In one write, so that no half-drawn table is seen.
  std::string text;
  if (drawn_ > 0) text = fmt::format("\x1b[{}A\r\x1b[J", drawn_);
  for (const std::string& line : lines) text += line + "\n";
  drawn_ = lines.size();
  stream_ << text << std::flush;
}

void LiveArea::clear() {
  if (drawn_ > 0) stream_ << fmt::format("\x1b[{}A\r\x1b[J", drawn_) << std::flush;
  drawn_ = 0;
}

}  // namespace coterie::cli
