#include "doctor/stun_check.h"

#include <gtest/gtest.h>

namespace coterie::doctor {
namespace {

using rtc::IpAddress;
using rtc::stun::MappedAddress;

MappedAddress at(std::string_view address, std::uint16_t port) {
  return {*IpAddress::parse(address), port};
}

StunServerReadings answering(std::string_view server, const MappedAddress& mapped) {
  return {{std::string(server), 3478}, {{*IpAddress::parse(server), mapped, std::chrono::milliseconds(7)}}};
}

StunReadings readings(std::vector<StunServerReadings> servers) {
  return {std::move(servers), at("192.168.1.2", 5000)};
}

TEST(StunCheckTest, SameAddressSeenByTwoIsOneMapping) {
  const auto mapped = at("198.51.100.1", 40000);
  const StunReadings both = readings({answering("192.0.2.1", mapped), answering("192.0.2.2", mapped)});
  EXPECT_EQ(mapping_of(both), Mapping::endpoint_independent);
  EXPECT_EQ(judge_mapping(both, false).status, Status::ok);
}

TEST(StunCheckTest, AnotherPortForEachIsSymmetric) {
  const StunReadings both =
      readings({answering("192.0.2.1", at("198.51.100.1", 40000)), answering("192.0.2.2", at("198.51.100.1", 40001))});
  EXPECT_EQ(mapping_of(both), Mapping::address_dependent);
  EXPECT_EQ(judge_mapping(both, false).code, FindingCode::nat_symmetric);
  EXPECT_EQ(judge_mapping(both, true).status, Status::ok);
}

TEST(StunCheckTest, OwnAddressMeansNoNatAlsoWithOneAnswer) {
  EXPECT_EQ(mapping_of(readings({answering("192.0.2.1", at("192.168.1.2", 5000))})), Mapping::none);
  EXPECT_EQ(mapping_of(readings({answering("192.0.2.1", at("192.168.1.2", 5001))})), Mapping::unknown);
}

TEST(StunCheckTest, OneAnswerOrIPv6SaysNothingOfAMapping) {
  const auto mapped = at("198.51.100.1", 40000);
  EXPECT_EQ(mapping_of(readings({answering("192.0.2.1", mapped)})), Mapping::unknown);
  EXPECT_EQ(mapping_of(readings({answering("192.0.2.1", mapped), answering("2001:db8::1", at("2001:db8::2", 5))})),
            Mapping::unknown);
  EXPECT_EQ(judge_mapping(readings({}), false).status, Status::skipped);
}

TEST(StunCheckTest, SilenceIsToldApartFromANameThatDoesNotResolve) {
  const StunServerReadings silent{{"192.0.2.1", 3478}, {{*IpAddress::parse("192.0.2.1"), {}, {}}}};
  const StunServerReadings nameless{{"stun.example", 3478}, {}};
  const Findings findings = judge_stun(readings({silent, nameless, answering("192.0.2.3", at("2001:db8::2", 5))}));
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].code, FindingCode::stun_silent);
  EXPECT_EQ(findings[1].code, FindingCode::stun_unresolved);
  EXPECT_EQ(findings[2].text, "IPv6 in 7 ms, sees [2001:db8::2]:5");
}

}  // namespace
}  // namespace coterie::doctor
