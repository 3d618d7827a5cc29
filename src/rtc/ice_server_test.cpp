#include "rtc/ice_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::rtc {
namespace {

using testing::HasSubstr;

TEST(TurnUrlTest, ReadsEachFormAndWritesItAgain) {
  struct Case {
    const char* text;
    TurnUrl url;
    const char* written;
  };
  const Case cases[] = {
      {"turn:turn.example", {"turn.example", 3478, TurnTransport::udp}, "turn:turn.example:3478"},
      {"turn:192.0.2.1:443?transport=udp", {"192.0.2.1", 443, TurnTransport::udp}, "turn:192.0.2.1:443"},
      {"turn:turn.example?transport=tcp",
       {"turn.example", 3478, TurnTransport::tcp},
       "turn:turn.example:3478?transport=tcp"},
      {"turns:turn.example", {"turn.example", 5349, TurnTransport::tls}, "turns:turn.example:5349"},
      {"turns:[2001:db8::1]:443?transport=tcp", {"2001:db8::1", 443, TurnTransport::tls}, "turns:[2001:db8::1]:443"},
  };
  for (const Case& one : cases) {
    const auto url = TurnUrl::parse(one.text);
    ASSERT_TRUE(url) << one.text;
    EXPECT_EQ(*url, one.url) << one.text;
    EXPECT_EQ(url->text(), one.written);
    EXPECT_EQ(*TurnUrl::parse(url->text()), *url);
  }
}

TEST(TurnUrlTest, RefusesEverythingElseSayingWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "neither turn: nor turns:"},
      {"stun:turn.example", "neither turn: nor turns:"},
      {"turn:", "host is malformed"},
      {"turn:-a.example", "host is malformed"},
      {"turn:ada@turn.example", "host is malformed"},
      {"turn://turn.example", "host is malformed"},
      {"turn:turn.example:0", "port is malformed"},
      {"turn:turn.example:65536", "port is malformed"},
      {"turn:[2001:db8::1", "bracket is missing"},
      {"turn:[192.0.2.1]", "brackets are for IPv6"},
      {"turn:turn.example?transport=sctp", "transport=udp or transport=tcp"},
      {"turn:turn.example?transport=tcp&x", "transport=udp or transport=tcp"},
      {"turns:turn.example?transport=udp", "DTLS is not supported"},
      {"turn:turn.example\r\n", "control characters"},
      {"turn:\u202eelpmaxe.nrut", "others than ASCII"},
  };
  for (const auto& [text, words] : cases) {
    const auto url = TurnUrl::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::usage);
    EXPECT_THAT(url.error().message, HasSubstr(words)) << text;
  }
  EXPECT_LT(TurnUrl::parse("turn:" + std::string(100'000, ':')).error().message.size(), 200u);
}

}  // namespace
}  // namespace coterie::rtc
