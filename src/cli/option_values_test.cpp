#include "cli/option_values.h"

#include <gtest/gtest.h>

namespace coterie::cli {
namespace {

using namespace std::chrono_literals;

TEST(OptionValuesTest, ReadsTimesWithTheirUnit) {
  EXPECT_EQ(*parse_duration("500ms", "--connect-timeout"), 500ms);
  EXPECT_EQ(*parse_duration("30s", "--connect-timeout"), 30s);
  EXPECT_EQ(*parse_duration("10m", "--connect-timeout"), 10min);
  EXPECT_EQ(*parse_duration("24h", "--connect-timeout"), 24h);
}

TEST(OptionValuesTest, RefusesTimesThatAreNotExactlyANumberAndAUnit) {
  for (const char* text : {"", "30", "s", "0s", "-1s", "+1s", " 1s", "1 s", "1.5s", "1sec", "25h", "1e3s", "0x1s",
                           "9223372036854775807h", "99999999999999999999s"}) {
    const auto duration = parse_duration(text, "--join-timeout");
    ASSERT_FALSE(duration.ok()) << text;
    EXPECT_EQ(duration.error().kind, ErrorKind::usage);
    EXPECT_NE(duration.error().message.find("--join-timeout"), std::string::npos);
  }
}

TEST(OptionValuesTest, ReadsDecimalNumbersInTheirRange) {
  EXPECT_EQ(*parse_number("0", 0, 65535, "--port"), 0);
  EXPECT_EQ(*parse_number("65535", 0, 65535, "--port"), 65535);
  EXPECT_EQ(*parse_number("-3", -10, 10, "threshold"), -3);
}

TEST(OptionValuesTest, RefusesNumbersInAnyOtherFormOrOutOfRange) {
  for (const char* text : {"", "65536", "-1", "+1", " 1", "1 ", "0x10", "1.0", "99999999999999999999"}) {
    EXPECT_FALSE(parse_number(text, 0, 65535, "--port").ok()) << text;
  }
}

TEST(OptionValuesTest, WritesElapsedTimeAsAClockDoes) {
  EXPECT_EQ(elapsed_text(0ms), "0:00");
  EXPECT_EQ(elapsed_text(7999ms), "0:07");
  EXPECT_EQ(elapsed_text(12min + 34s), "12:34");
  EXPECT_EQ(elapsed_text(1h + 2min + 3s), "1:02:03");
}

}  // namespace
}  // namespace coterie::cli
