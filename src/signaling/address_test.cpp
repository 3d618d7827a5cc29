#include "signaling/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <optional>
#include <thread>

namespace coterie::signaling {
namespace {

TEST(AddressTest, ReadsHostsAndPortsAsPeopleWriteThem) {
  const auto read = [](std::string_view text) { return *parse_host_port(text, 8081, "--advertise"); };
  EXPECT_EQ(read("example.org"), (HostPort{"example.org", 8081}));
  EXPECT_EQ(read("example.org:9000"), (HostPort{"example.org", 9000}));
  EXPECT_EQ(read("192.0.2.1:1"), (HostPort{"192.0.2.1", 1}));
  EXPECT_EQ(read("[2001:db8::1]:65535"), (HostPort{"2001:db8::1", 65535}));
  EXPECT_EQ(read("[::1]"), (HostPort{"::1", 8081}));
}

TEST(AddressTest, WritesIPv6InBracketsSoThatItReadsItBack) {
  EXPECT_EQ((HostPort{"2001:db8::1", 80}).text(), "[2001:db8::1]:80");
  EXPECT_EQ((HostPort{"192.0.2.1", 80}).text(), "192.0.2.1:80");
  EXPECT_EQ(*parse_host_port("[2001:db8::1]:80", 1, "x"), (HostPort{"2001:db8::1", 80}));
}

TEST(AddressTest, RefusesWhatIsNoHostAndPort) {
  for (const char* text : {"", ":80", "host:", "host:0", "host:65536", "host:80x", "host:-1", "a b", "2001:db8::1",
                           "[2001:db8::1", "[nonsense]:80", "[::1]80", "host:80:90", "ho/st", "user@host"}) {
    const auto parsed = parse_host_port(text, 8081, "--advertise");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_THAT(parsed.error().message, ::testing::StartsWith("--advertise"));
  }
  EXPECT_EQ(parse_host_port("\x1b[31m", 8081, "--advertise").error().message,
            "--advertise: not a host name or IP address");
  EXPECT_FALSE(parse_host_port(std::string(300, 'a'), 8081, "--advertise"));
  EXPECT_FALSE(parse_host_port(std::string("[::1\0x]:80", 11), 8081, "--advertise"));
}

TEST(AddressTest, ReadsSignalingUrls) {
  EXPECT_EQ(*parse_signaling_url("ws://meet.example:9000/"), (ServerUrl{{"meet.example", 9000}}));
  EXPECT_EQ(*parse_signaling_url("ws://[::1]"), (ServerUrl{{"::1", 8081}}));
  EXPECT_EQ(*parse_signaling_url("10.0.0.1:8082"), (ServerUrl{{"10.0.0.1", 8082}}));
  EXPECT_EQ(*parse_signaling_url("wss://meet.example"), (ServerUrl{{"meet.example", 443}, TransportSecurity::tls}));
  EXPECT_EQ(parse_signaling_url("wss://[::1]:9000/")->text(), "wss://[::1]:9000");
}

TEST(AddressTest, RefusesOtherSchemesAndPaths) {
  const auto other = parse_signaling_url("http://meet.example");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, ::testing::HasSubstr("ws:// or wss://"));
  EXPECT_FALSE(parse_signaling_url("ws://meet.example/rooms/x"));
  // No invite has such a host.
  EXPECT_FALSE(parse_signaling_url("ws://.meet.example"));
  EXPECT_FALSE(parse_signaling_url("ws://-meet.example"));
}

TEST(AddressTest, KnowsHowFarAHostReaches) {
  for (const char* host : {"127.0.0.1", "127.8.9.10", "::1", "localhost", "LocalHost", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(reach_of(host), Reach::loopback) << host;
  }
  for (const char* host : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "100.64.0.1",
                           "fd00::1", "fe80::1", "::ffff:10.0.0.1"}) {
    EXPECT_EQ(reach_of(host), Reach::private_network) << host;
  }
  for (const char* host : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2001:4860:4860::8888"}) {
    EXPECT_EQ(reach_of(host), Reach::everywhere) << host;
  }
  EXPECT_EQ(reach_of("meet.example"), Reach::by_name);
}

TEST(AddressTest, AdvertisesALoopbackAddressOnlyWhereNothingElseIsUp) {
  const AdvertisedHost chosen = choose_advertised_host();
  EXPECT_EQ(reach_of(chosen.host) == Reach::loopback, chosen.by == AdvertisedBy::loopback) << chosen.host;
  EXPECT_NE(reach_of(chosen.host), Reach::by_name);
}

TEST(AddressTest, AdvertisesALoopbackAddressWithoutAnyNetwork) {
  std::optional<AdvertisedHost> chosen;
  std::thread alone([&] {
    if (unshare(CLONE_NEWNET) == 0) chosen = choose_advertised_host();  // of this thread only
  });
  alone.join();
  if (!chosen) GTEST_SKIP() << "this user may not make a network namespace";
  EXPECT_EQ(chosen->host, "127.0.0.1");
  EXPECT_EQ(chosen->by, AdvertisedBy::loopback);
}

}  // namespace
}  // namespace coterie::signaling
