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
  const std::string since = width >= 60 ? "since " : "";
  int time_width = 0;
  for (const TableRow& row : rows) {
    name_width = std::max(name_width, display_width(row.name));
    state_width = std::max(state_width, display_width(row.state));
    time_width = std::max(time_width, display_width(since + elapsed_text(row.since)));
  }
  // One column stays free: a full last column makes some terminals wrap, and the redraw would count one line too few.
  const int room = width - 1 - kIndent - 2 * kGap - time_width;
  name_width = std::max(std::min(name_width, room - state_width), kLeastName);
  state_width = std::max(std::min(state_width, room - name_width), 1);

  std::vector<std::string> lines;
  lines.reserve(rows.size());
  for (const TableRow& row : rows) {
    lines.push_back(fmt::format("{:{}}{}{:{}}{}{:{}}{:>{}}", "", kIndent, fit(row.name, name_width), "", kGap,
                                terminal.paint(device, row.colour, fit(row.state, state_width)), "", kGap,
                                since + elapsed_text(row.since), time_width));
  }
  return lines;
}

int LiveArea::rows_drawn(int width) const {
  int rows = 0;
  for (const int columns : drawn_) rows += std::max((columns + width - 1) / width, 1);
  return rows;
}

void LiveArea::draw(const std::vector<std::string>& lines, int width) {
  // In one write, so that no half-drawn table is seen; each line cleared by itself: terminals that keep what a cleared
  // screen showed would fill their history with tables. Cleared before it is written: only a line that was empty is
  // surely no longer taken for the first part of a wrapped one, which a wider terminal would join with the next.
  std::string text;
  if (!drawn_.empty()) text = fmt::format("\x1b[{}A\r", rows_drawn(width));
  for (const std::string& line : lines) text += "\x1b[2K" + line + "\n";
  if (!drawn_.empty()) text += "\x1b[J";
  drawn_.clear();
  for (const std::string& line : lines) drawn_.push_back(display_width(line));
  stream_ << text << std::flush;
}

void LiveArea::clear(int width) {
  const int rows = rows_drawn(width);
  drawn_.clear();
  if (rows == 0) return;
  std::string text = fmt::format("\x1b[{}A\r", rows);
  for (int row = 0; row < rows; ++row) text += "\x1b[2K\n";
  stream_ << text << fmt::format("\x1b[{}A", rows) << std::flush;
}

}  // namespace coterie::cli
