#include "session/ice_servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::session {
namespace {

using testing::HasSubstr;

ConnectionOptions with_turn(std::vector<std::string> urls) {
  ConnectionOptions options;
  options.stun = {};
  options.turn = std::move(urls);
  options.turn_user = "ada";
  options.turn_password = std::make_shared<const SecretBytes>(SecretBytes::copy_of("opensesame"));
  return options;
}

TEST(IceServersTest, TakesWhatTheUserNamed) {
  ConnectionOptions options = with_turn({"turn:turn.example", "turns:[2001:db8::1]:443"});
  options.stun = {"stun:stun.example"};
  const auto servers = parse_ice_servers(options);
  ASSERT_TRUE(servers);
  EXPECT_EQ(servers->stun, std::vector{*rtc::StunUrl::parse("stun:stun.example")});
  ASSERT_EQ(servers->turn.size(), 2u);
  EXPECT_EQ(servers->turn[1].url.text(), "turns:[2001:db8::1]:443");
  EXPECT_EQ(servers->turn[1].user, "ada");
  EXPECT_EQ(servers->turn[1].password->text(), "opensesame");
}

TEST(IceServersTest, WithRelaysOnlyNoStunServerIsAsked) {
  ConnectionOptions options = with_turn({"turn:turn.example"});
  options.stun = {"stun:stun.example"};
  options.ice_policy = IcePolicy::relay;
  const auto servers = parse_ice_servers(options);
  ASSERT_TRUE(servers);
  EXPECT_TRUE(servers->stun.empty());
  EXPECT_EQ(servers->turn.size(), 1u);
}

TEST(IceServersTest, RefusesWhatCannotBe) {
  const auto refused = [](const ConnectionOptions& options, const char* words) {
    const auto servers = parse_ice_servers(options);
    ASSERT_FALSE(servers) << words;
    EXPECT_EQ(servers.error().kind, ErrorKind::usage);
    EXPECT_THAT(servers.error().message, HasSubstr(words));
    EXPECT_THAT(servers.error().message, testing::Not(HasSubstr("opensesame")));
  };
  refused(with_turn({"turn:"}), "its host is malformed");
  refused(with_turn(std::vector<std::string>(5, "turn:turn.example")), "5 TURN servers: there are at most 4");
  ConnectionOptions options = with_turn({"turn:turn.example"});
  options.turn_user.clear();
  refused(options, "needs a user and a password");
  options.turn_user = "a\nb";
  refused(options, "control characters");
  options = with_turn({"turn:turn.example"});
  options.turn_password.reset();
  refused(options, "needs a user and a password");
  options.turn_password = std::make_shared<const SecretBytes>(SecretBytes::copy_of(std::string(600, 'x')));
  refused(options, "more than 512 bytes");
  options = with_turn({});
  refused(options, "no TURN server");
  options = with_turn({"turns:turn.example"});
  options.tls_ca = "/nowhere/ca.pem";
  refused(options, "cannot read certificates from /nowhere/ca.pem");
  options = {};
  options.ice_policy = IcePolicy::relay;
  refused(options, "only relays are allowed");
}

TEST(IceServersTest, RefusesTimesThatNobodyMeans) {
  using std::chrono::milliseconds;
  for (const milliseconds time : {milliseconds(0), milliseconds(-1), milliseconds::max(), milliseconds(86'400'001)}) {
    ConnectionOptions connecting;
    connecting.connect_timeout = time;
    EXPECT_EQ(parse_ice_servers(connecting).error().kind, ErrorKind::usage) << time.count();
    ConnectionOptions joining;
    joining.join_timeout = time;
    EXPECT_EQ(parse_ice_servers(joining).error().kind, ErrorKind::usage) << time.count();
  }
  ConnectionOptions longest;
  longest.connect_timeout = longest.join_timeout = std::chrono::hours(24);
  EXPECT_TRUE(parse_ice_servers(longest));
}

TEST(IceServersTest, TakesNoTurnServerThatASignalingServerCouldPointIntoASignersNetwork) {
  std::vector<signaling::IceServer> offered = {
      {{"turn:signal.example", "turn:10.0.0.1", "turn:192.0.2.7", "turn:127.0.0.1", "turn:other.example",
        "stun:8.8.8.8", "turn:8.8.8.8:443?transport=tcp", "turns:[2620:fe::fe]", "turn:[fd00::1]",
        "turn:169.254.169.254"},
       "ada",
       "minted"},
      {{"turn:signal.example"}, "", "no user"},
      {{"turn:signal.example"}, "ada", ""},
  };
  const auto usable = usable_turn_servers(offered, "signal.example");
  ASSERT_EQ(usable.size(), 3u);
  EXPECT_EQ(usable[0].url.text(), "turn:signal.example:3478");
  EXPECT_TRUE(usable[0].offered);  // so its name leads nowhere into this network, either: TurnTunnelTest
  EXPECT_EQ(usable[1].url.text(), "turn:8.8.8.8:443?transport=tcp");
  EXPECT_EQ(usable[2].url.text(), "turns:[2620:fe::fe]:5349");
  EXPECT_EQ(usable[2].password->text(), "minted");
  offered[0].urls = std::vector<std::string>(20, "turn:signal.example");
  EXPECT_EQ(usable_turn_servers(offered, "signal.example").size(), signaling::kMaxIceServers);
  EXPECT_EQ(usable_turn_servers({{{"turn:192.168.0.9"}, "ada", "minted"}}, "192.168.0.9").size(), 1u);
}

}  // namespace
}  // namespace coterie::session
