#include "doctor/finding.h"

#include <gtest/gtest.h>

namespace coterie::doctor {
namespace {

const Findings kFindings{
    {.check = "vault", .text = "/home/canary/vault, yours alone"},
    {.check = "stun",
     .subject = "stun:canary.example:3478",
     .status = Status::warning,
     .code = FindingCode::stun_silent,
     .text = "no answer from canary",
     .hint = "name another"},
};

TEST(FindingTest, OnlyAFailureMeansThatSomethingNeededFailed) {
  EXPECT_FALSE(needed_failed({}));
  EXPECT_FALSE(needed_failed(kFindings));
  Findings findings = kFindings;
  findings.push_back({.check = "udp", .status = Status::failed, .code = FindingCode::udp_blocked, .text = "silent"});
  EXPECT_TRUE(needed_failed(findings));
}

TEST(FindingTest, JsonHasEverythingThatThereIs) {
  EXPECT_EQ(json::serialize(to_json(kFindings)),
            R"({"findings":[{"check":"vault","status":"ok","text":"/home/canary/vault, yours alone"},)"
            R"({"check":"stun","status":"warning","code":"stun-silent","hint":"name another",)"
            R"("subject":"stun:canary.example:3478","text":"no answer from canary"}],"needed_failed":false})");
}

TEST(FindingTest, RedactedReportHasNoNameAddressOrPath) {
  const std::string report = redacted_report({"1.2.3", "Linux 6 x86_64"}, kFindings);
  EXPECT_EQ(report.find("canary"), report.npos) << report;
  EXPECT_NE(report.find("stun-silent"), report.npos);
  EXPECT_NE(report.find("Linux 6 x86_64"), report.npos);
}

}  // namespace
}  // namespace coterie::doctor
