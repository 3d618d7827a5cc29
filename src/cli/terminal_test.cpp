#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace coterie::cli {
namespace {

TEST(TerminalTest, WithoutAnyDeviceThereIsNobodyToAsk) {
  Terminal terminal;
  EXPECT_FALSE(terminal.can_ask());
  const auto answer = terminal.ask("name? ");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::usage);
}

TEST(TerminalTest, WithoutADeviceTextIsNotColoured) {
  const Terminal terminal;
  EXPECT_EQ(terminal.paint(Device::out, Colour::red, "failed"), "failed");
  EXPECT_EQ(terminal.width(Device::out), 80);
}

TEST(TerminalTest, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("bob"), 3);
  EXPECT_EQ(display_width("zoë"), 3);
  EXPECT_EQ(display_width("财库"), 4);
  EXPECT_EQ(display_width("a\xff"), 2);
}

TEST(TerminalTest, FitsTextIntoExactlyTheColumnsGiven) {
  EXPECT_EQ(fit("bob", 5), "bob  ");
  EXPECT_EQ(fit("alexander", 5), "alex…");
  EXPECT_EQ(fit("财库财库", 6), "财库… ");
  for (int columns = 1; columns < 12; ++columns) {
    EXPECT_EQ(display_width(fit("财库 treasury", columns)), columns);
  }
}

}  // namespace
}  // namespace coterie::cli
