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

TEST(OptionValuesTest, ReadsBytesInHexadecimalOfEitherCaseWithOrWithoutPrefix) {
  const Bytes bytes = {0x0a, 0xbc};
  for (const char* text : {"0abc", "0ABC", "0x0aBc", "0X0abc"}) {
    EXPECT_EQ(*parse_hex_bytes(text, 2, "--message-hex"), bytes) << text;
  }
  EXPECT_EQ(*parse_hex_bytes("", std::nullopt, "--message-hex"), Bytes());
  EXPECT_EQ(*parse_hex_bytes("0x", std::nullopt, "--message-hex"), Bytes());
}

TEST(OptionValuesTest, RefusesWhatIsNotHexadecimalOrOfAnotherLength) {
  for (const char* text : {"0", "abc", "0x0", "xy", "0x0x0a", "0a ", " 0a", "0a 0b", "x0a", "0a:0b"}) {
    const auto bytes = parse_hex_bytes(text, std::nullopt, "--message-hex");
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().kind, ErrorKind::usage);
    EXPECT_EQ(bytes.error().message, "--message-hex is not hexadecimal");
  }
  EXPECT_EQ(parse_hex_bytes("0a0b", 1, "--s").error().message, "--s has 2 bytes, but must have 1");
  EXPECT_EQ(parse_hex_bytes("", 1, "--s").error().message, "--s has 0 bytes, but must have 1");
}

TEST(OptionValuesTest, ReadsFieldsInDecimalAndInCanonicalHexadecimal) {
  const auto text = [](std::string_view field) { return parse_field(field, "FIELD 1")->text(); };
  EXPECT_EQ(text("0"), "0x" + std::string(64, '0'));
  EXPECT_EQ(text("291"), "0x" + std::string(61, '0') + "123");
  EXPECT_EQ(text("0x" + std::string(61, '0') + "123"), "0x" + std::string(61, '0') + "123");
  constexpr const char* kLargest = "21888242871839275222246405745257275088548364400416034343698204186575808495616";
  EXPECT_EQ(text(kLargest), "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000");
  EXPECT_EQ(*parse_field(kLargest, "FIELD 1") + account::aztec::Fr::from_integer(1),
            account::aztec::Fr::from_integer(0));
}

TEST(OptionValuesTest, RefusesFieldsInAnyOtherFormOrOutOfRange) {
  for (const char* text : {"", "-1", "+1", "01", "00", " 1", "1 ", "1.0", "1e3", "0x1", "0x", "abc",
                           "0X0000000000000000000000000000000000000000000000000000000000000001",
                           "0x000000000000000000000000000000000000000000000000000000000000000A",
                           "0000000000000000000000000000000000000000000000000000000000000001",
                           "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001",
                           "21888242871839275222246405745257275088548364400416034343698204186575808495617",
                           "30000000000000000000000000000000000000000000000000000000000000000000000000000",
                           "100000000000000000000000000000000000000000000000000000000000000000000000000000"}) {
    const auto field = parse_field(text, "FIELD 2");
    ASSERT_FALSE(field) << text;
    EXPECT_EQ(field.error().kind, ErrorKind::usage);
    EXPECT_EQ(field.error().message.find("FIELD 2 "), 0u) << field.error().message;
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
