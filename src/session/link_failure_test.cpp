#include "session/link_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::session {
namespace {

using rtc::CandidateType;
using rtc::ConnectionReport;
using rtc::ConnectionStage;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto kHost = CandidateType::host;
constexpr auto kSrflx = CandidateType::srflx;
constexpr auto kRelay = CandidateType::relay;

// Two homes whose NATs are known to both, and no check was answered.
ConnectionReport checks_between_homes() {
  ConnectionReport report;
  report.stage = ConnectionStage::checks;
  report.local = {{kHost, 1}, {kSrflx, 1}};
  report.pairs = {{{kHost, kHost}, 2}, {{kHost, kSrflx}, 1}, {{kSrflx, kHost}, 2}, {{kSrflx, kSrflx}, 1}};
  report.knows_stun = true;
  return report;
}

TEST(LinkFailureTest, SaysStageAndCodeThenWhatWasTriedThenWhy) {
  const LinkFailure failure = judge_link(checks_between_homes(), std::nullopt);
  EXPECT_EQ(describe(failure),
            "no path was found (link-checks); tried host–host 2, host–srflx 1, srflx–host 2, srflx–srflx 1, none "
            "answered; the NAT of one side gives each destination another port (symmetric), or a firewall drops UDP");
  EXPECT_THAT(failure.advice, HasSubstr("--turn"));
}

TEST(LinkFailureTest, ThatNoStunServerAnsweredHereIsUdpBlockedHere) {
  ConnectionReport report = checks_between_homes();
  report.local = {{kHost, 1}};
  report.knows_stun = false;
  EXPECT_THAT(describe(judge_link(report, std::nullopt)), HasSubstr("UDP seems to be blocked on this side"));
}

TEST(LinkFailureTest, PrivateAddressesAloneFromThereAreUdpBlockedThere) {
  ConnectionReport report = checks_between_homes();
  report.remote_is_private = true;
  EXPECT_THAT(describe(judge_link(report, std::nullopt)), HasSubstr("UDP seems to be blocked there"));
}

TEST(LinkFailureTest, AddressesOfTwoFamiliesAreNamed) {
  ConnectionReport report = checks_between_homes();
  report.pairs = {};
  report.local_ipv6 = true;
  EXPECT_THAT(describe(judge_link(report, std::nullopt)), HasSubstr("this side has only IPv6, the other only IPv4"));
  report.local_ipv6 = false;
  EXPECT_THAT(describe(judge_link(report, std::nullopt)), HasSubstr("this side has only IPv4, the other only IPv6"));
}

TEST(LinkFailureTest, TurnServerThatGaveNoRelayComesBeforeAnyGuess) {
  ConnectionReport report = checks_between_homes();
  report.turn_problems = {
      {"turn:turn.example", rtc::TurnProblem::Kind::credentials, "it refuses the user or the password"}};
  report.knows_stun = false;
  const LinkFailure failure = judge_link(report, std::nullopt);
  EXPECT_THAT(failure.why, HasSubstr("turn:turn.example: it refuses the user or the password"));
  EXPECT_THAT(failure.advice, HasSubstr("password"));
}

TEST(LinkFailureTest, ProblemOfOneTurnServerIsNoneWhenAnotherGaveARelay) {
  ConnectionReport report = checks_between_homes();
  report.local[kRelay] = 1;
  report.turn_problems = {{"turn:turn.example", rtc::TurnProblem::Kind::unreachable, "it does not answer"}};
  const LinkFailure failure = judge_link(report, std::nullopt);
  EXPECT_THAT(failure.why, Not(HasSubstr("turn.example")));
  EXPECT_THAT(failure.why, HasSubstr("does not even reach the relay"));
}

TEST(LinkFailureTest, RelayThatMayNotSendToTheOtherSideIsWhatIsToBlame) {
  ConnectionReport report = checks_between_homes();
  report.local[kRelay] = 1;
  report.turn_problems = {{"turn:turn.example", rtc::TurnProblem::Kind::forbidden, "it forbids to send (403)"}};
  const LinkFailure failure = judge_link(report, std::nullopt);
  EXPECT_THAT(failure.why, HasSubstr("nothing is relayed: turn:turn.example: it forbids to send (403)"));
  EXPECT_THAT(failure.advice, HasSubstr("whoever runs the TURN server"));
}

TEST(LinkFailureTest, PublicHostLooksForTheFirewall) {
  ConnectionReport report = checks_between_homes();
  report.local = {{kHost, 2}};
  EXPECT_THAT(describe(judge_link(report, std::nullopt)), HasSubstr("a firewall on one of both sides drops UDP"));
}

TEST(LinkFailureTest, EachStageHasItsCode) {
  ConnectionReport report = checks_between_homes();
  for (const auto& [stage, code] : {std::pair(ConnectionStage::gathering, FindingCode::link_gathering),
                                    std::pair(ConnectionStage::signaling, FindingCode::link_signaling),
                                    std::pair(ConnectionStage::checks, FindingCode::link_checks),
                                    std::pair(ConnectionStage::dtls, FindingCode::link_dtls),
                                    std::pair(ConnectionStage::sctp, FindingCode::link_sctp),
                                    std::pair(ConnectionStage::open, FindingCode::link_ceremony)}) {
    report.stage = stage;
    const LinkFailure failure = judge_link(report, std::nullopt);
    EXPECT_EQ(failure.code, code);
    EXPECT_THAT(failure.what, Not(IsEmpty()));
    EXPECT_THAT(failure.advice, Not(IsEmpty()));
    EXPECT_EQ(failure.tried.empty(), stage != ConnectionStage::checks);
  }
  EXPECT_EQ(judge_missing_offer().code, FindingCode::link_signaling);
  EXPECT_EQ(judge_departure().code, FindingCode::link_signaling);
  EXPECT_EQ(judge_silent_link().code, FindingCode::link_ceremony);
}

TEST(LinkFailureTest, WantOfOwnAddressesIsToldApartFromTheOthers) {
  ConnectionReport report;
  report.stage = ConnectionStage::gathering;
  const Error error = environment_error("this machine has no network address", "check that an interface is up");
  EXPECT_EQ(describe(judge_link(report, error)), "this machine has no network address (link-gathering)");
  EXPECT_EQ(judge_link(report, error).advice, "check that an interface is up");
  report.local = {{kHost, 1}};
  EXPECT_THAT(judge_link(report, std::nullopt).what, HasSubstr("the other side has no network address"));
}

TEST(LinkFailureTest, RefusalIsToldInItsOwnWordsAndIsNoFirewall) {
  ConnectionReport report = checks_between_homes();
  const Error error = refused_error("the other side's certificate is not the one of its description", "do not retry");
  report.stage = ConnectionStage::dtls;
  EXPECT_EQ(describe(judge_link(report, error)), error.message + " (link-dtls)");
  EXPECT_EQ(judge_link(report, error).advice, "do not retry");
  report.stage = ConnectionStage::checks;
  EXPECT_EQ(describe(judge_link(report, error)), error.message + " (link-signaling)");
}

TEST(LinkFailureTest, SignersWithOneCauseShareAClause) {
  ConnectionReport dtls;
  dtls.stage = ConnectionStage::dtls;
  const LinkFailure homes = judge_link(checks_between_homes(), std::nullopt);
  const UnlinkedSigners all = describe({{"bob", homes}, {"carol", judge_link(dtls, std::nullopt)}, {"dave", homes}});
  EXPECT_THAT(all.words,
              testing::StartsWith("no link to bob and dave: no path was found (link-checks); tried host–host 4,"));
  EXPECT_THAT(all.words,
              HasSubstr("; no link to carol: the other side does not answer the DTLS handshake (link-dtls)"));
  EXPECT_EQ(all.code, "link-checks");
  EXPECT_EQ(all.advice,
            homes.advice + "; `coterie doctor` looks at this side's network");  // once: it is the same for all
}

TEST(LinkFailureTest, NobodyIsNoWords) {
  const UnlinkedSigners nobody = describe(std::vector<UnlinkedSigner>());
  EXPECT_TRUE(nobody.words.empty() && nobody.advice.empty() && nobody.code.empty());
}

}  // namespace
}  // namespace coterie::session
