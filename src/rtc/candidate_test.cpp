#include "rtc/candidate.h"

#include <gtest/gtest.h>

#include <string>

namespace coterie::rtc {
namespace {

constexpr auto kRefused = LoopbackCandidates::refused;
constexpr auto kAllowed = LoopbackCandidates::allowed;

std::string with_address(const std::string& address) {
  return "candidate:1 1 UDP 2113937151 " + address + " 51000 typ host";
}

TEST(CandidateTest, ReadsWhatItWrites) {
  Candidate candidate;
  candidate.foundation = "842163049";
  candidate.priority = 1677729535;
  candidate.address = *IpAddress::parse("2001:db8::1");
  candidate.port = 46154;
  candidate.type = Candidate::Type::srflx;
  candidate.related_address = *IpAddress::parse("192.168.1.7");
  candidate.related_port = 50000;
  const auto parsed = parse_remote_candidate(candidate.serialize(), kRefused);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, candidate);
}

TEST(CandidateTest, ReadsABrowsersExtensions) {
  const auto parsed = parse_remote_candidate(
      "a=candidate:842163049 1 udp 1677729535 198.51.100.4 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag "
      "Nm0b network-cost 999",
      kRefused);
  ASSERT_TRUE(parsed.ok());
  ASSERT_TRUE(parsed->has_value());
  EXPECT_EQ((*parsed)->address.text(), "198.51.100.4");
  EXPECT_EQ((*parsed)->type, Candidate::Type::srflx);
}

TEST(CandidateTest, SkipsWhatIsNotForUs) {
  for (const char* text : {
           "candidate:1 1 TCP 1 192.0.2.1 9 typ host tcptype active",
           "candidate:1 2 UDP 1 192.0.2.1 5000 typ host",
           "candidate:1 1 UDP 1 a3b1c2d4-0000-4000-8000-000000000000.local 5000 typ host",
           "candidate:1 1 UDP 1 example.org 5000 typ host",
           "candidate:1 1 UDP 1 192.0.2.1 0 typ host",
       }) {
    const auto parsed = parse_remote_candidate(text, kAllowed);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_FALSE(parsed->has_value()) << text;
  }
}

TEST(CandidateTest, SkipsAddressesNoPacketMayGoTo) {
  for (const char* address :
       {"0.0.0.0", "0.1.2.3", "224.0.0.251", "239.1.1.1", "255.255.255.255", "240.0.0.1", "169.254.169.254",
        "169.254.1.1", "::", "ff02::fb", "fe80::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:192.0.2.1",
        "::192.0.2.1", "127.0.0.1", "127.8.9.10", "::1"}) {
    const auto parsed = parse_remote_candidate(with_address(address), kRefused);
    ASSERT_TRUE(parsed.ok()) << address;
    EXPECT_FALSE(parsed->has_value()) << address;
  }
  for (const char* address : {"192.0.2.1", "10.0.0.1", "100.64.0.1", "2001:db8::1", "fd00::1"}) {
    EXPECT_TRUE(parse_remote_candidate(with_address(address), kRefused)->has_value()) << address;
  }
}

TEST(CandidateTest, TakesLoopbackOnlyWhenAllowed) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    EXPECT_TRUE(parse_remote_candidate(with_address(address), kAllowed)->has_value()) << address;
    EXPECT_FALSE(parse_remote_candidate(with_address(address), kRefused)->has_value()) << address;
  }
}

TEST(CandidateTest, RefusesMalformedOnes) {
  for (const char* text : {
           "",
           "candidate:",
           "nonsense",
           "candidate:1 1 UDP 1 192.0.2.1 5000 host",
           "candidate:1 x UDP 1 192.0.2.1 5000 typ host",
           "candidate:1 1 UDP 4294967296 192.0.2.1 5000 typ host",
           "candidate:1 1 UDP -1 192.0.2.1 5000 typ host",
           "candidate:1 1 UDP 1 192.0.2.1 65536 typ host",
           "candidate:1 1 UDP 1 192.0.2.1 5000 typ guest",
           "candidate:1\r\na=x 1 UDP 1 192.0.2.1 5000 typ host",
           "candidate:! 1 UDP 1 192.0.2.1 5000 typ host",
           "candidate:123456789012345678901234567890123 1 UDP 1 192.0.2.1 5000 typ host",
       }) {
    EXPECT_FALSE(parse_remote_candidate(text, kAllowed).ok()) << text;
  }
  EXPECT_FALSE(parse_remote_candidate(with_address("192.0.2.1") + std::string(600, ' '), kAllowed).ok());
}

TEST(CandidateTest, SurvivesEveryTruncationAndWritesAgainWhatItRead) {
  const std::string whole =
      "candidate:842163049 1 udp 1677729535 198.51.100.4 46154 typ srflx raddr 10.0.0.1 rport 50000 generation 0";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto parsed = parse_remote_candidate(whole.substr(0, size), kAllowed);
    if (!parsed || !*parsed) continue;
    EXPECT_EQ(*parse_remote_candidate((*parsed)->serialize(), kAllowed), *parsed) << size;
  }
}

TEST(IpAddressTest, TakesLiteralsOnly) {
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4.5", "010.0.0.1", "fe80::1%lo", "[::1]", "1.2.3.4 "}) {
    EXPECT_FALSE(IpAddress::parse(text).has_value()) << text;
  }
  EXPECT_EQ(IpAddress::parse("2001:DB8:0:0::1")->text(), "2001:db8::1");
}

}  // namespace
}  // namespace coterie::rtc
