#include "signaling/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "crypto/room.h"

namespace coterie::signaling {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("nothing to replace");
  return text.replace(at, from.size(), to);
}

class MessageTest : public ::testing::Test {
 protected:
  SeededRandom random_{1};
  crypto::Identity alice_ = crypto::Identity::generate(random_);
  crypto::Identity bob_ = crypto::Identity::generate(random_);
  RoomSalt salt_ = random_.draw<RoomSalt>();
  RoomId room_ = crypto::room_id(alice_.sign_key(), salt_);
  Epoch epoch_ = random_.draw<Epoch>();
  Nonce nonce_ = random_.draw<Nonce>();
  RoomTerms terms_{salt_, {alice_.sign_key(), bob_.sign_key()}, std::chrono::seconds(600)};

  Join join() { return create_join(alice_, room_, epoch_, nonce_, terms_); }
  Relay offer() {
    return {RelayType::offer, alice_.sign_key(), bob_.sign_key(), room_, json::Object{{"sealed", "AAAA"}}};
  }
};

TEST_F(MessageTest, ClientMessagesComeBackAsTheyWereWritten) {
  const Join without_create = create_join(bob_, room_, epoch_, nonce_, std::nullopt);
  for (const ClientMessage& message : {ClientMessage(join()), ClientMessage(without_create), ClientMessage(offer()),
                                       ClientMessage(Leave{alice_.sign_key(), room_})}) {
    const auto parsed = parse_client_message(serialize(message));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, message);
  }
}

TEST_F(MessageTest, ServerMessagesComeBackAsTheyWereWritten) {
  const Member bob{bob_.sign_key(), epoch_};
  const IceServer turn{{"turn:192.0.2.1:3478"}, "name", "word"};
  for (const ServerMessage& message :
       {ServerMessage(Hello{kVersion, ServerKind::serve, nonce_}), ServerMessage(Joined{room_, {bob}, {turn}}),
        ServerMessage(Ready{bob, room_}), ServerMessage(offer()), ServerMessage(Leave{bob_.sign_key(), room_}),
        ServerMessage(Refusal{ErrorCode::too_many, "no"})}) {
    const auto parsed = parse_server_message(serialize(message));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, message);
  }
}

TEST_F(MessageTest, WritesTheFieldsInTheOrderOfTheProtocol) {
  EXPECT_EQ(serialize(ServerMessage(Hello{kVersion, ServerKind::embedded, nonce_})),
            R"({"type":"hello","version":1,"kind":"embedded","nonce":")" + nonce_.text() + R"("})");
  EXPECT_EQ(serialize(ClientMessage(offer())), R"({"type":"offer","from":")" + alice_.sign_key().text() +
                                                   R"(","to":")" + bob_.sign_key().text() + R"(","room":")" +
                                                   room_.text() + R"(","data":{"sealed":"AAAA"}})");
}

TEST_F(MessageTest, EveryTypeAndErrorCodeHasItsOwnWord) {
  for (const auto type : {RelayType::offer, RelayType::answer, RelayType::ice_candidate}) {
    Relay relay = offer();
    relay.type = type;
    EXPECT_EQ(std::get<Relay>(*parse_client_message(serialize(ClientMessage(relay)))).type, type);
  }
  for (const auto code :
       {ErrorCode::bad_message, ErrorCode::too_large, ErrorCode::too_many, ErrorCode::refused, ErrorCode::name_taken,
        ErrorCode::timed_out, ErrorCode::draining, ErrorCode::version, ErrorCode::replaced}) {
    EXPECT_EQ(std::get<Refusal>(*parse_server_message(serialize(ServerMessage(Refusal{code, ""})))).code, code);
  }
}

TEST_F(MessageTest, RefusesAFrameCutAtAnyLength) {
  const std::string frame = serialize(ClientMessage(join()));
  for (std::size_t length = 0; length < frame.size(); ++length) {
    EXPECT_FALSE(parse_client_message(frame.substr(0, length))) << length;
  }
}

TEST_F(MessageTest, RefusesWhatIsNoMessageOfThisProtocol) {
  const std::string to = bob_.sign_key().text();
  for (const std::string& frame : {
           std::string("[]"),
           std::string(R"({"type":7})"),
           std::string(R"({"type":"hello"})"),
           std::string(R"({"room":"x"})"),
           R"({"type":"leave","room":")" + room_.text() + R"(","more":1})",
           R"({"type":"leave","type":"leave","room":")" + room_.text() + R"("})",
           R"({"type":"offer","to":")" + to + R"(","room":")" + room_.text() + R"("})",
           R"({"type":"offer","to":")" + to + R"(","room":"short","data":1})",
       }) {
    const auto parsed = parse_client_message(frame);
    ASSERT_FALSE(parsed) << frame;
    EXPECT_EQ(parsed.error().kind, ErrorKind::refused);
  }
}

TEST_F(MessageTest, RefusesWhatNoServerOfThisProtocolSays) {
  const IceServer turn{{"turn:192.0.2.1:3478"}, "name", "word"};
  const std::string hello = serialize(ServerMessage(Hello{kVersion, ServerKind::serve, nonce_}));
  const std::string joined = serialize(ServerMessage(Joined{room_, {{bob_.sign_key(), epoch_}}, {turn}}));
  const std::string ready = serialize(ServerMessage(Ready{{bob_.sign_key(), epoch_}, room_}));
  const std::string relay = serialize(ServerMessage(offer()));
  const std::string refusal = serialize(ServerMessage(Refusal{ErrorCode::refused, "no"}));
  const std::string from = R"("from":")" + alice_.sign_key().text() + R"(",)";
  for (const std::string& frame : {
           replaced(hello, "hello", "join"),
           replaced(hello, "serve", "other"),
           replaced(hello, R"("version":1)", R"("version":0)"),
           replaced(joined, R"("members":[)", R"("members":[7,)"),
           replaced(joined, epoch_.text(), "short"),
           replaced(joined, R"("epoch":)", R"("age":)"),
           replaced(joined, R"("urls":[)", R"("urls":[7,)"),
           replaced(joined, "turn:", std::string(600, 'x')),
           replaced(joined, R"("username":"name")", R"("username":7)"),
           replaced(joined, R"("credential":"word")", R"("credential":")" + std::string(600, 'x') + '"'),
           replaced(joined, R"("ice_servers":)", R"("servers":)"),
           replaced(ready, epoch_.text(), "short"),
           replaced(relay, from, ""),
           replaced(refusal, R"("refused")", R"("because")"),
           replaced(refusal, R"("no")", '"' + std::string(2000, 'x') + '"'),
       }) {
    const auto parsed = parse_server_message(frame);
    ASSERT_FALSE(parsed) << frame;
    EXPECT_EQ(parsed.error().kind, ErrorKind::refused);
  }
}

TEST_F(MessageTest, RefusesDeepNestingAndOversizeFrames) {
  const std::string head =
      R"({"type":"offer","to":")" + bob_.sign_key().text() + R"(","room":")" + room_.text() + R"(","data":)";
  EXPECT_TRUE(parse_client_message(head + "[[[[]]]]}"));
  EXPECT_FALSE(parse_client_message(head + std::string(1000, '[') + std::string(1000, ']') + "}"));
  const auto oversize = parse_client_message(head + '"' + std::string(kMaxFrame, 'a') + "\"}");
  ASSERT_FALSE(oversize);
  EXPECT_THAT(oversize.error().message, ::testing::HasSubstr("longer than 65536 bytes"));
}

TEST_F(MessageTest, RefusesARosterThatIsTooLongOrNamesASignerTwice) {
  terms_.roster = {alice_.sign_key(), bob_.sign_key(), alice_.sign_key()};
  EXPECT_FALSE(parse_client_message(serialize(ClientMessage(join()))));
  terms_.roster.clear();
  for (std::size_t i = 0; i <= kMaxMembers; ++i) terms_.roster.push_back(random_.draw<SignKey>());
  EXPECT_FALSE(parse_client_message(serialize(ClientMessage(join()))));
}

TEST_F(MessageTest, RefusesARosterOfAnythingButSigningKeys) {
  const std::string good = serialize(ClientMessage(join()));
  const std::string bob = '"' + bob_.sign_key().text() + '"';
  for (const std::string& other : {std::string("7"), std::string("null"), std::string(R"("bob")"),
                                   '"' + std::string(200, 'A') + '"', "[" + bob + "]"}) {
    const auto parsed = parse_client_message(replaced(good, bob, other));
    ASSERT_FALSE(parsed) << other;
    EXPECT_EQ(parsed.error().message, R"(create: "roster": not a list of signing keys)");
  }
}

TEST_F(MessageTest, RefusesATtlOfZeroOrOverADay) {
  for (const auto ttl : {std::chrono::seconds(0), std::chrono::seconds(-1), kMaxRoomTtl + std::chrono::seconds(1)}) {
    terms_.ttl = ttl;
    EXPECT_FALSE(parse_client_message(serialize(ClientMessage(join())))) << ttl.count();
  }
}

TEST_F(MessageTest, AServerFrameMayBeLongerByTheNameOfTheSender) {
  Relay relay = offer();
  const std::string bare =
      R"({"type":"offer","to":")" + relay.to.text() + R"(","room":")" + room_.text() + R"(","data":"")";
  relay.data = std::string(kMaxFrame - bare.size() - 1, 'a');
  EXPECT_TRUE(parse_server_message(serialize(ServerMessage(relay))));
}

// Regression: the error was "create is not a JSON object" whatever was wrong before it.
TEST_F(MessageTest, OfSeveralMistakesTheFirstIsTold) {
  std::string frame = serialize(ClientMessage(join()));
  const std::size_t epoch = frame.find(R"("epoch":)");
  frame.erase(epoch, frame.find(R"("create":)") - epoch);
  const auto parsed = parse_client_message(frame);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, R"(join: "epoch": missing)");
}

TEST_F(MessageTest, AProofHoldsForItsOwnConnectionRoomEpochAndTermsOnly) {
  EXPECT_TRUE(verify_join(join(), nonce_));
  EXPECT_FALSE(verify_join(join(), random_.draw<Nonce>()));

  Join other_room = join();
  other_room.room = random_.draw<RoomId>();
  EXPECT_FALSE(verify_join(other_room, nonce_));

  Join other_name = join();
  other_name.from = bob_.sign_key();
  EXPECT_FALSE(verify_join(other_name, nonce_));

  Join other_epoch = join();
  other_epoch.epoch = random_.draw<Epoch>();
  EXPECT_FALSE(verify_join(other_epoch, nonce_));

  Join without_create = join();
  without_create.create.reset();
  EXPECT_FALSE(verify_join(without_create, nonce_));

  Join other_ttl = join();
  other_ttl.create->ttl += std::chrono::seconds(1);
  EXPECT_FALSE(verify_join(other_ttl, nonce_));

  Join other_order = join();
  std::swap(other_order.create->roster[0], other_order.create->roster[1]);
  EXPECT_FALSE(verify_join(other_order, nonce_));

  Join added_create = create_join(bob_, room_, epoch_, nonce_, std::nullopt);
  added_create.create = terms_;
  EXPECT_FALSE(verify_join(added_create, nonce_));
}

TEST_F(MessageTest, ARoomIdNamesBothKeyAndSalt) {
  EXPECT_EQ(crypto::room_id(alice_.sign_key(), salt_), room_);
  EXPECT_NE(crypto::room_id(bob_.sign_key(), salt_), room_);
  EXPECT_NE(crypto::room_id(alice_.sign_key(), random_.draw<RoomSalt>()), room_);
}

}  // namespace
}  // namespace coterie::signaling
