#include "cli/qr_code.h"

#include <gtest/gtest.h>

#include "cli/terminal.h"

namespace coterie::cli {
namespace {

// As long as an invite with an IPv4 address.
const std::string kInvite =
    "coterie://192.168.100.200:8081/" + std::string(22, 'r') + "#" + std::string(43, 's') + "." + std::string(43, 'b');

TEST(QrCodeTest, AnInviteFitsATerminalOfEightyColumns) {
  const auto lines = render_qr_code(kInvite, 80);
  ASSERT_TRUE(lines);
  const int width = display_width(lines->front());
  EXPECT_LE(width, 80);
  for (const std::string& line : *lines) EXPECT_EQ(display_width(line), width);
  EXPECT_EQ(static_cast<int>(lines->size()), (width + 1) / 2);
}

TEST(QrCodeTest, IsLeftOutWhereItDoesNotFit) {
  EXPECT_FALSE(render_qr_code(kInvite, 40));
  const int width = display_width(render_qr_code(kInvite, 80)->front());
  EXPECT_TRUE(render_qr_code(kInvite, width));
  EXPECT_FALSE(render_qr_code(kInvite, width - 1));
}

TEST(QrCodeTest, IsLeftOutForTextThatNoCodeHolds) {
  EXPECT_FALSE(render_qr_code(std::string(5000, 'x'), 10'000));
}

// The three finder patterns: a dark frame of seven modules behind two light ones.
TEST(QrCodeTest, DrawsLightModulesAndAQuietZone) {
  const auto lines = render_qr_code("coterie", 80);
  ASSERT_TRUE(lines);
  EXPECT_EQ(display_width(lines->front()), 21 + 4);
  std::string full;
  for (int column = 0; column < 25; ++column) full += "█";
  EXPECT_EQ(lines->front(), full);
  // Row 0 of the code is all dark across the pattern, row 1 only at its two ends.
  EXPECT_EQ(lines->at(1).rfind("██ ▄▄▄▄▄ █", 0), 0u) << lines->at(1);
}

}  // namespace
}  // namespace coterie::cli
