#include "ceremony/invite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using test::replaced;
using ::testing::HasSubstr;

class InviteTest : public ::testing::Test {
 protected:
  Invite invite(const std::string& host) const {
    return {host, 8081, TransportSecurity::none, test::make_room(1), alice_.card.peer()};
  }
  std::string text() const { return invite("192.0.2.7").serialize(); }

  test::TestSigner alice_ = test::make_signer("alice", 1);
};

TEST_F(InviteTest, IsReadBackForEveryKindOfHost) {
  for (const char* host : {"192.0.2.7", "meet.example.org", "2001:db8::1", "::1", "localhost", "my_host-1"}) {
    const auto parsed = Invite::parse(invite(host).serialize());
    ASSERT_TRUE(parsed.ok()) << host << ": " << parsed.error().message;
    EXPECT_EQ(parsed->host, host);
    EXPECT_EQ(parsed->port, 8081);
    EXPECT_EQ(parsed->room, test::make_room(1));
    EXPECT_EQ(parsed->creator.sign_key, alice_.key());
    EXPECT_EQ(parsed->creator.box_key, alice_.card.box_key());
    EXPECT_EQ(parsed->serialize(), invite(host).serialize());
  }
}

TEST_F(InviteTest, HasTheFormThatTheProtocolGives) {
  EXPECT_EQ(text(), "coterie://192.0.2.7:8081/" + test::make_room(1).text() + "#" + alice_.key().text() + "." +
                        alice_.card.box_key().text());
  EXPECT_THAT(invite("::1").serialize(), HasSubstr("coterie://[::1]:8081/"));
}

TEST_F(InviteTest, SaysWhetherTheServerHasTls) {
  const std::string secure = replaced(text(), "coterie://", "coteries://");
  ASSERT_TRUE(Invite::parse(secure));
  EXPECT_EQ(Invite::parse(secure)->security, TransportSecurity::tls);
  EXPECT_EQ(Invite::parse(secure)->serialize(), secure);
  EXPECT_EQ(Invite::parse(text())->security, TransportSecurity::none);
}

TEST_F(InviteTest, IsReadAsAMailProgramMayGiveIt) {
  for (const std::string& around : {" " + text() + "\r\n", "'" + text() + "'", "\"" + text() + "\"", "<" + text() + ">",
                                    " \"<" + text() + ">\"\n"}) {
    EXPECT_TRUE(Invite::parse(around).ok()) << around;
  }
}

TEST_F(InviteTest, SaysWhichPartIsMalformed) {
  const std::string room = test::make_room(1).text();
  const std::pair<std::string, const char*> cases[] = {
      {"", "coterie://"},
      {"http://example.org/", "coterie://"},
      {replaced(text(), "coterie://", "coteriess://"), "coteries://"},
      {replaced(text(), ":8081", ""), "port"},
      {replaced(text(), ":8081", ":0"), "port"},
      {replaced(text(), ":8081", ":65536"), "port"},
      {replaced(text(), ":8081", ":+81"), "port"},
      {replaced(text(), ":8081", ":"), "port"},
      {replaced(text(), ":8081", ":08081"), "port"},
      {replaced(text(), "192.0.2.7", ""), "host"},
      {replaced(text(), "192.0.2.7", "::1"), "host"},
      {replaced(text(), "192.0.2.7", "[::1%lo]"), "host"},
      {replaced(text(), "192.0.2.7", std::string("[::1\0x]", 8)), "host"},
      {replaced(text(), "192.0.2.7", "user@host"), "host"},
      {replaced(text(), "192.0.2.7", "-host"), "host"},
      {replaced(text(), "192.0.2.7", ".host"), "host"},
      {replaced(text(), "192.0.2.7", "host{"), "host"},
      {replaced(text(), "192.0.2.7", std::string(254, 'a')), "host"},
      {replaced(text(), room, ""), "room"},
      {replaced(text(), room, room.substr(1)), "room"},
      {text().substr(0, text().find('#')), "keys"},
      {replaced(text(), "192.0.2.7", "#192.0.2.7"), "keys"},
      {text().substr(0, text().find('.', text().find('#'))), "key"},
      {text() + "A", "key"},
      {replaced(text(), alice_.card.box_key().text(), BoxKey().text()), "key"},
      {replaced(text(), alice_.card.sign_key().text(), alice_.card.sign_key().text().substr(1)), "key"},
      {text() + std::string(2000, ' '), "longer"},
  };
  for (const auto& [malformed, part] : cases) {
    const auto parsed = Invite::parse(malformed);
    ASSERT_FALSE(parsed.ok()) << malformed;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_THAT(parsed.error().message, HasSubstr(part)) << malformed;
  }
}

TEST_F(InviteTest, RefusesEveryCut) {
  for (std::size_t length = 0; length < text().size(); ++length) {
    EXPECT_FALSE(Invite::parse(text().substr(0, length)).ok()) << length;
  }
}

}  // namespace
}  // namespace coterie::ceremony
