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
           "candidate:1 1 UDP 1 192.0.2.1 5000 typ guest",  // RFC 8839 §5.1: candidate-types has room for new ones
           "candidate:1 1 QUIC 1 192.0.2.1 5000 typ host",
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
           "candidate:1 1 UDP 1 192.0.2.1 5000 typ ho/st",
           "candidate:1 1 UDP 1 192.0.2.1 5000 typ ",
           "candidate:1\r\na=x 1 UDP 1 192.0.2.1 5000 typ host",
           "candidate:! 1 UDP 1 192.0.2.1 5000 typ host",
           "candidate:123456789012345678901234567890123 1 UDP 1 192.0.2.1 5000 typ host",
       }) {
    EXPECT_FALSE(parse_remote_candidate(text, kAllowed).ok()) << text;
  }
  EXPECT_FALSE(parse_remote_candidate(with_address("192.0.2.1") + std::string(600, ' '), kAllowed).ok());
  EXPECT_FALSE(
      parse_remote_candidate(with_address("192.0.2.1") + " x " + std::string(1024ul * 1024, 'x'), kAllowed).ok());
}

// The examples of the RFCs, each as it stands there with its folded lines joined.
Candidate parsed(const std::string& text) {
  const auto result = parse_remote_candidate(text, kRefused);
  EXPECT_TRUE(result.ok() && *result) << text;
  return result.ok() && *result ? **result : Candidate{};
}

TEST(CandidateTest, ReadsTheExamplesOfRfc8839Section5_1AndAppendixA) {
  const Candidate host = parsed("a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host");
  EXPECT_EQ(host.foundation, "1");
  EXPECT_EQ(host.priority, 2130706431u);
  EXPECT_EQ(host.address.text(), "203.0.113.141");
  EXPECT_EQ(host.port, 8998);
  EXPECT_EQ(host.type, Candidate::Type::host);
  EXPECT_FALSE(host.related_address.has_value());

  const Candidate srflx =
      parsed("a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998");
  EXPECT_EQ(srflx.foundation, "2");
  EXPECT_EQ(srflx.address.text(), "192.0.2.3");
  EXPECT_EQ(srflx.port, 45664);
  EXPECT_EQ(srflx.type, Candidate::Type::srflx);
  EXPECT_EQ(srflx.related_address->text(), "203.0.113.141");
  EXPECT_EQ(srflx.related_port, 8998);

  const Candidate ipv6 = parsed(
      "a=candidate:2 1 UDP 1694498815 2001:db8:8101:3a55:4858:a2a9:22ff:99b9 45664 typ srflx raddr "
      "fe80::6676:baff:fe9c:ee4a rport 8998");
  EXPECT_TRUE(ipv6.address.is_ipv6());
  EXPECT_EQ(ipv6.address.text(), "2001:db8:8101:3a55:4858:a2a9:22ff:99b9");
  EXPECT_EQ(ipv6.related_address->text(), "fe80::6676:baff:fe9c:ee4a");
  // Its host candidate is link-local: no packet goes there on a peer's word.
  const auto link_local =
      parse_remote_candidate("a=candidate:1 1 UDP 2130706431 fe80::6676:baff:fe9c:ee4a 8998 typ host", kRefused);
  ASSERT_TRUE(link_local.ok());
  EXPECT_FALSE(link_local->has_value());
}

TEST(CandidateTest, ReadsTheCandidatesOfRfc8829Section7_2) {
  EXPECT_EQ(parsed("candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host").type, Candidate::Type::host);
  const Candidate srflx =
      parsed("candidate:1 1 udp 1845494015 198.51.100.100 11100 typ srflx raddr 203.0.113.100 rport 10100");
  EXPECT_EQ(srflx.type, Candidate::Type::srflx);
  EXPECT_EQ(srflx.related_port, 10100);
  const Candidate relay = parsed("candidate:1 1 udp 255 192.0.2.100 12100 typ relay raddr 198.51.100.100 rport 11100");
  EXPECT_EQ(relay.type, Candidate::Type::relay);
  EXPECT_EQ(relay.priority, 255u);
  EXPECT_EQ(relay.address.text(), "192.0.2.100");
  EXPECT_EQ(relay.related_address->text(), "198.51.100.100");
}

TEST(CandidateTest, SkipsTheTcpCandidatesOfRfc6544) {
  for (const char* text : {
           "a=candidate:1 1 TCP 2128609279 10.0.1.1 9 typ host tcptype active",
           "a=candidate:2 1 TCP 2124414975 10.0.1.1 8998 typ host tcptype passive",
           "a=candidate:3 1 TCP 2120220671 10.0.1.1 8999 typ host tcptype so",
           "a=candidate:4 1 TCP 1688207359 192.0.2.3 9 typ srflx raddr 10.0.1.1 rport 9 tcptype active",
           "a=candidate:5 1 TCP 1684013055 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998 tcptype passive",
       }) {
    const auto result = parse_remote_candidate(text, kRefused);
    ASSERT_TRUE(result.ok()) << text;
    EXPECT_FALSE(result->has_value()) << text;
  }
}

TEST(CandidateTest, TakesARelatedAddressThatIsWithheld) {
  // RFC 8839 §5.1: 0.0.0.0 or :: with port 9 when the base shall not be told; browsers write port 0.
  for (const char* related : {"raddr 0.0.0.0 rport 9", "raddr 0.0.0.0 rport 0", "raddr :: rport 9"}) {
    EXPECT_EQ(parsed(std::string("candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx ") + related).port, 45664);
  }
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
