#include "base/clock.h"

#include <gtest/gtest.h>

namespace coterie {
namespace {

// By `new Date(seconds * 1000).toISOString()`.
TEST(ClockTest, WritesTimesAsEcmaScriptDoes) {
  EXPECT_EQ(iso_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_text(1'761'552'568), "2025-10-27T08:09:28.000Z");
  EXPECT_EQ(iso_text(951'782'400), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(iso_text(4'107'542'399), "2100-02-28T23:59:59.000Z");
  EXPECT_EQ(iso_text(-1), "1969-12-31T23:59:59.000Z");
  EXPECT_EQ(iso_text(253'402'300'799), "9999-12-31T23:59:59.000Z");
  EXPECT_EQ(iso_text(253'402'300'800), "+010000-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_text(-62'167'219'200), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_text(-62'167'219'201), "-000001-12-31T23:59:59.000Z");
  EXPECT_EQ(iso_text(8'640'000'000'000), "+275760-09-13T00:00:00.000Z");
  EXPECT_EQ(iso_text(INT64_MAX), "+275760-09-13T00:00:00.000Z");
  EXPECT_EQ(iso_text(INT64_MIN), "-271821-04-20T00:00:00.000Z");
}

TEST(ClockTest, ReadsWhatItWrites) {
  for (const UnixSeconds time : {UnixSeconds{0}, UnixSeconds{951'782'400}, UnixSeconds{1'761'552'568},
                                 UnixSeconds{-62'167'219'200}, UnixSeconds{253'402'300'799}}) {
    EXPECT_EQ(*parse_iso_text(iso_text(time)), time);
  }
  EXPECT_EQ(*parse_iso_text("2025-10-27T08:09:28.339Z"), 1'761'552'568);
}

TEST(ClockTest, RefusesTimesInAnotherFormOrThatThereAreNot) {
  for (const char* text :
       {"", "2025", "2025-10-27", "2025-10-27T08:09:28Z", "2025-10-27T08:09:28.339", "2025-10-27 08:09:28.339Z",
        "2025-10-27T08:09:28.339+", "2025-13-27T08:09:28.339Z", "2025-00-27T08:09:28.339Z", "2025-02-29T08:09:28.339Z",
        "2025-10-27T24:09:28.339Z", "2025-10-27T08:60:28.339Z", "2025-10-27T08:09:60.339Z", "+025-10-27T08:09:28.339Z",
        "-025-10-27T08:09:28.339Z", "2025-10-2 T08:09:28.339Z", "2025-10-27T08:09:28.33xZ",
        "+010000-01-01T00:00:00.000Z"}) {
    EXPECT_FALSE(parse_iso_text(text)) << text;
  }
}

}  // namespace
}  // namespace coterie
