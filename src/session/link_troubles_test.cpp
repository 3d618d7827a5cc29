#include "session/link_troubles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::session {
namespace {

using testing::HasSubstr;

LinkFailure failure(const std::string& why, std::size_t pairs = 1) {
  return {FindingCode::link_checks,
          "no path was found",
          {{{rtc::CandidateType::host, rtc::CandidateType::host}, pairs}},
          why,
          "allow UDP"};
}

TEST(LinkTroublesTest, SaysEachReasonOnceHoweverManyPairsWereTried) {
  LinkTroubles bob("bob");
  EXPECT_FALSE(bob.take_news());
  bob.attempt_failed(failure("a firewall drops UDP"));
  EXPECT_THAT(bob.take_news().value_or(""), HasSubstr("no link to bob yet: no path was found"));
  bob.attempt_failed(failure("a firewall drops UDP", 7));
  EXPECT_FALSE(bob.take_news());
  bob.attempt_failed(failure("the NAT is symmetric"));
  EXPECT_THAT(bob.take_news().value_or(""), HasSubstr("the NAT is symmetric"));
}

TEST(LinkTroublesTest, BeginsAnewOnceALinkWasOpen) {
  LinkTroubles bob("bob");
  bob.attempt_failed(failure("a firewall drops UDP"));
  EXPECT_TRUE(bob.take_news());
  bob.link_opened();
  EXPECT_FALSE(bob.latest());
  bob.attempt_failed(failure("a firewall drops UDP"));
  EXPECT_TRUE(bob.take_news());
}

TEST(LinkTroublesTest, ABreachIsSaidOnceAndCountsForMoreUntilTheNextJoin) {
  LinkTroubles bob("bob");
  bob.attempt_failed(failure("a firewall drops UDP"));
  const LinkFailure breach{FindingCode::link_sctp, "too many channels", {}, {}, {}};
  EXPECT_EQ(bob.broken_off(breach, "too many channels"), "the link to bob is broken off: too many channels");
  EXPECT_FALSE(bob.broken_off(breach, "too many channels"));
  EXPECT_EQ(bob.latest()->what, "too many channels");
  bob.joined_anew();
  EXPECT_EQ(bob.latest()->what, "no path was found");
  EXPECT_TRUE(bob.broken_off(breach, "too many channels"));
}

}  // namespace
}  // namespace coterie::session
