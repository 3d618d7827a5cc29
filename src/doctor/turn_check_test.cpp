#include "doctor/turn_check.h"

#include <gtest/gtest.h>

namespace coterie::doctor {
namespace {

using namespace std::chrono_literals;
using Kind = rtc::TurnProblem::Kind;

TurnReading nothing() {
  return {.server = {*rtc::TurnUrl::parse("turn:192.0.2.1"), "ada", nullptr, {}}};
}

TurnReading broken(Kind kind) {
  TurnReading reading = nothing();
  reading.problem = rtc::TurnProblem{"turn:192.0.2.1:3478", kind, "words"};
  return reading;
}

TurnReading working() {
  TurnReading reading = nothing();
  reading.allocated = 3ms;
  reading.opened = 40ms;
  reading.echoed = 45ms;
  return reading;
}

TEST(TurnCheckTest, EachProblemHasItsCodeAndAHint) {
  const std::pair<Kind, FindingCode> codes[] = {
      {Kind::unresolved, FindingCode::turn_unresolved},   {Kind::unreachable, FindingCode::turn_unreachable},
      {Kind::not_trusted, FindingCode::turn_tls},         {Kind::not_turn, FindingCode::turn_not_turn},
      {Kind::credentials, FindingCode::turn_credentials}, {Kind::refused, FindingCode::turn_refused},
      {Kind::forbidden, FindingCode::turn_forbidden},
  };
  for (const auto& [kind, code] : codes) {
    const Finding finding = judge_turn({broken(kind)})[0];
    EXPECT_EQ(finding.code, code);
    EXPECT_EQ(finding.status, Status::failed);
    EXPECT_EQ(finding.text, "words");
    EXPECT_FALSE(finding.hint.empty());
  }
}

TEST(TurnCheckTest, SilenceIsTheServersOrTheRelays) {
  EXPECT_EQ(judge_turn({nothing()})[0].code, FindingCode::turn_unreachable);
  TurnReading allocated = nothing();
  allocated.allocated = 3ms;
  EXPECT_EQ(judge_turn({allocated})[0].code, FindingCode::turn_silent);
}

TEST(TurnCheckTest, TellsTheTimeOfEachStep) {
  EXPECT_EQ(judge_turn({working()})[0].text,
            "relay given after 3 ms, link through it open after 40 ms, echo after 45 ms");
}

TEST(TurnCheckTest, OneServerThatRelaysIsEnough) {
  EXPECT_EQ(judge_turn({})[0].status, Status::skipped);
  EXPECT_EQ(judge_turn({nothing()})[0].status, Status::failed);
  const Findings both = judge_turn({nothing(), working()});
  EXPECT_EQ(both[0].status, Status::warning);
  EXPECT_EQ(both[1].status, Status::ok);
}

}  // namespace
}  // namespace coterie::doctor
