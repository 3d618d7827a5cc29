#include "doctor/examination.h"

#include <gtest/gtest.h>

#include "doctor/signaling_check.h"

namespace coterie::doctor {
namespace {

TEST(ExaminationTest, SilentUdpFailsUnlessATurnServerWorksOverAStream) {
  EXPECT_EQ(judge_udp(UdpSeen::answered, StreamRelay::none).status, Status::ok);
  EXPECT_EQ(judge_udp(UdpSeen::not_asked, StreamRelay::none).status, Status::skipped);
  EXPECT_EQ(judge_udp(UdpSeen::silent, StreamRelay::none).status, Status::failed);
  EXPECT_EQ(judge_udp(UdpSeen::silent, StreamRelay::works).status, Status::warning);
}

TEST(SignalingCheckTest, ARefusalIsExpectedOfAnEmbeddedServerOnly) {
  SignalingReading reading{.server = {{"192.0.2.1", 8081}}, .step = SignalingStep::refused};
  reading.kind = signaling::ServerKind::embedded;
  EXPECT_EQ(judge_signaling(reading)[0].status, Status::ok);
  reading.kind = signaling::ServerKind::serve;
  EXPECT_EQ(judge_signaling(reading)[0].code, FindingCode::signaling_refused);
  reading.step = SignalingStep::version;
  EXPECT_EQ(judge_signaling(reading)[0].code, FindingCode::signaling_version);
}

TEST(SignalingCheckTest, AnInviteIsJudgedByItsHost) {
  SignalingReading reading{.server = {{"10.0.0.1", 8081}}, .step = SignalingStep::unreachable};
  EXPECT_EQ(judge_invite(reading, true)[0].code, FindingCode::invite_local);
  EXPECT_EQ(judge_invite(reading, true)[1].code, FindingCode::port_closed);
  EXPECT_EQ(judge_invite(reading, false)[1].status, Status::skipped);
  reading.server.address.host = "9.9.9.9";
  EXPECT_EQ(judge_invite(reading, false)[0].status, Status::ok);
}

TEST(MachineCheckTest, AddressesAreCountedByKindAndShownOnlyWhenAsked) {
  const std::vector<rtc::IpAddress> addresses{*rtc::IpAddress::parse("9.9.9.9"), *rtc::IpAddress::parse("100.64.0.2"),
                                              *rtc::IpAddress::parse("192.168.1.2"), *rtc::IpAddress::parse("fd00::1")};
  EXPECT_EQ(judge_addresses(addresses, Addresses::counted).text,
            "1 public IPv4, 1 private IPv4, 1 carrier-grade IPv4, 1 private IPv6");
  EXPECT_NE(judge_addresses(addresses, Addresses::shown).text.find("100.64.0.2"), std::string::npos);
  EXPECT_EQ(judge_addresses({}, Addresses::counted).code, FindingCode::no_network);
}

TEST(SignalingCheckTest, ACertificateThatExpiresSoonIsAWarningBeforeTheRoom) {
  SignalingReading reading{.server = {{"meet.example", 443}, TransportSecurity::tls}, .step = SignalingStep::joined};
  reading.certificate = CertificateReading{{}, "TLSv1.3", 2, std::chrono::days(90)};
  EXPECT_EQ(judge_signaling(reading)[0].status, Status::ok);
  EXPECT_EQ(judge_signaling(reading)[0].text, "TLSv1.3, 2 certificates in its chain, valid for 90 more days");
  reading.certificate->valid_for = std::chrono::days(13);
  EXPECT_EQ(judge_signaling(reading)[0].code, FindingCode::signaling_expiry);
  EXPECT_EQ(judge_signaling(reading)[1].status, Status::ok);
  reading.step = SignalingStep::not_trusted;
  reading.certificate->problem = "its certificate is refused: certificate has expired";
  ASSERT_EQ(judge_signaling(reading).size(), 1u);
  EXPECT_EQ(judge_signaling(reading)[0].code, FindingCode::signaling_tls);
  EXPECT_EQ(judge_signaling(reading)[0].status, Status::failed);
}

TEST(MachineCheckTest, AClockIsHeldAgainstWhatCanBeAndAgainstServers) {
  using std::chrono::seconds;
  EXPECT_EQ(judge_clock(0, {}).code, FindingCode::clock_wrong);
  EXPECT_EQ(judge_clock(1'900'000'000, {}).status, Status::ok);
  EXPECT_EQ(judge_clock(1'900'000'000, {seconds(119), seconds(-119)}).status, Status::ok);
  const Finding behind = judge_clock(1'900'000'000, {seconds(1), seconds(-3 * 3600)});
  EXPECT_EQ(behind.code, FindingCode::clock_wrong);
  EXPECT_NE(behind.text.find("the signaling server's clock is 3 h behind"), std::string::npos) << behind.text;
}

}  // namespace
}  // namespace coterie::doctor
