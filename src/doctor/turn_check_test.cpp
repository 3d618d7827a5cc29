#include "doctor/turn_check.h"

#include <gtest/gtest.h>

namespace coterie::doctor {
namespace {

TurnReading reading(std::optional<std::chrono::milliseconds> relayed, std::string problem) {
  return {{*rtc::TurnUrl::parse("turn:192.0.2.1"), "ada", nullptr, {}}, relayed, {}, std::move(problem)};
}

TEST(TurnCheckTest, CodeIsOfTheFirstReasonThatTheWordsGive) {
  EXPECT_EQ(turn_code("turn:h:1: it refuses the user or the password"), FindingCode::turn_credentials);
  EXPECT_EQ(turn_code("turn:h:1: cannot resolve h: Name or service not known"), FindingCode::turn_unresolved);
  EXPECT_EQ(turn_code("turn:h:1: its name is not resolved in time"), FindingCode::turn_unresolved);
  EXPECT_EQ(turn_code("turn:h:1: it has no relay left (508)"), FindingCode::turn_refused);
  EXPECT_EQ(turn_code("turn:h:1: it refuses with code 403"), FindingCode::turn_refused);
  EXPECT_EQ(turn_code("turn:h:1: it does not answer"), FindingCode::turn_unreachable);
  EXPECT_EQ(turn_code(""), FindingCode::turn_unreachable);
}

TEST(TurnCheckTest, OneServerThatRelaysIsEnough) {
  EXPECT_EQ(judge_turn({})[0].status, Status::skipped);
  EXPECT_EQ(judge_turn({reading({}, "")})[0].status, Status::failed);
  const Findings both = judge_turn({reading({}, ""), reading(std::chrono::milliseconds(5), "")});
  EXPECT_EQ(both[0].status, Status::warning);
  EXPECT_EQ(both[1].status, Status::ok);
}

}  // namespace
}  // namespace coterie::doctor
