#include "cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace coterie::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::vector<std::string> rendered(const std::vector<TableRow>& rows, int width) {
  const Terminal terminal;
  return render_table(rows, width, terminal, Device::out);
}

TEST(TableTest, ALineForEachSignerInColumns) {
  EXPECT_THAT(rendered({{"bob", "connected host", Colour::none, 3s}, {"carol", "absent", Colour::none, 0s}}, 80),
              ElementsAre("  bob    connected host   since 0:03", "  carol  absent           since 0:00"));
}

TEST(TableTest, ALongNameGivesWayInFortyColumns) {
  const std::string name(64, 'n');
  for (const int width : {40, 80}) {
    for (const std::string& line : rendered({{name, "connected srflx", Colour::none, 12min}}, width)) {
      EXPECT_LT(display_width(line), width);
      EXPECT_THAT(line, testing::HasSubstr("connected srflx"));
      EXPECT_THAT(line, testing::HasSubstr("12:00"));
    }
  }
}

TEST(TableTest, NeverFillsTheLastColumnWhateverTheWidth) {
  for (int width = 20; width < 100; ++width) {
    for (const std::string& line :
         rendered({{"财库财库财库", "connected relay", Colour::none, 2h}, {"b", "absent", Colour::none, 1s}}, width)) {
      EXPECT_LT(display_width(line), width);
    }
  }
}

TEST(TableTest, TheLiveAreaReplacesExactlyWhatItDrew) {
  std::ostringstream screen;
  LiveArea area(screen);
  area.clear(80);
  EXPECT_EQ(screen.str(), "");
  area.draw({"one", "two"}, 80);
  EXPECT_EQ(screen.str(), "\x1b[2Kone\n\x1b[2Ktwo\n");
  screen.str("");
  area.draw({"three"}, 80);
  EXPECT_EQ(screen.str(), "\x1b[2A\r\x1b[2Kthree\n\x1b[J");
  screen.str("");
  area.clear(80);
  EXPECT_EQ(screen.str(), "\x1b[1A\r\x1b[2K\n\x1b[1A");
}

TEST(TableTest, TheLiveAreaCountsTheRowsThatANarrowerTerminalMadeOfItsLines) {
  std::ostringstream screen;
  LiveArea area(screen);
  area.draw({std::string(45, 'a'), "\x1b[31m财库\x1b[0m"}, 80);
  screen.str("");
  area.draw({"a"}, 20);  // 45 columns take three rows, 4 columns one
  EXPECT_EQ(screen.str(), "\x1b[4A\r\x1b[2Ka\n\x1b[J");
}

}  // namespace
}  // namespace coterie::cli
