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
  EXPECT_EQ(display_width("e\u0301"), 1);  // a combining accent
  EXPECT_EQ(display_width("\U0001F511"), 2);
  EXPECT_EQ(display_width("\x1b[31mbob\x1b[0m"), 3);
}

TEST(TerminalTest, WrapsProseAtSpacesAndLeavesWhatIsCopiedWhole) {
  EXPECT_EQ(wrap("one two three", 8), "one two\nthree");
  EXPECT_EQ(wrap("one two three", 8, "  "), "one two\n  three");
  EXPECT_EQ(wrap("answer: ", 8), "answer: ");
  EXPECT_EQ(wrap("go on with `coterie multisig resume x` now", 20), "go on with\n`coterie multisig resume x`\nnow");
  EXPECT_EQ(wrap("you: 12345 67890 and 2 of 3", 18), "you: 12345 67890\nand 2 of 3");
  EXPECT_EQ(wrap("  laid out by whoever printed it", 10), "  laid out by whoever printed it");
  EXPECT_EQ(wrap("one\n\ntwo three", 6), "one\n\ntwo\nthree");
  EXPECT_EQ(wrap("财库财库 财库", 10), "财库财库\n财库");
  EXPECT_EQ(wrap("a ` alone breaks", 8), "a `\nalone\nbreaks");
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
