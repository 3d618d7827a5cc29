// The signaling client against servers that break the rules, over real sockets on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <memory>

#include "net/signaling_fixture.h"
#include "signaling/probe.h"
#include "signaling/websocket.h"

namespace coterie::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Sends each client that connects the same frames, whatever it says.
class HostileServerTest : public SignalingFixture {
 protected:
  void SetUp() override {
    auto listener = Listener::bind("127.0.0.1", 0);
    ASSERT_TRUE(listener && listener->has_value());
    listener_ = std::make_unique<Listener>(std::move(**listener));
    listening_ = listener_->release();
  }
  void TearDown() override {
    for (const auto& socket : sockets_) socket->abort();
    ::close(listening_);
  }

  void accept_one() {
    const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return;
    const WebSocketLimits limits{kMaxFrame, 64ul * 1024 * 1024};
    const std::size_t index = sockets_.size();
    sockets_.push_back(accept_websocket(context_, descriptor, limits, {{}, [this, index] { greet(index); }, {}, {}}));
  }
  void greet(std::size_t index) {
    for (const std::string& frame : frames_) {
      static_cast<void>(sockets_[index]->send(std::make_shared<const std::string>(frame)));
    }
  }

  ClientOptions options() const {
    ClientOptions options;
    options.server = {{"127.0.0.1", listener_->port()}};
    options.room = room_;
    options.first_retry = std::chrono::milliseconds(1);
    return options;
  }

  // What bob's client says of a server that sends `frames`, and that it comes back for more.
  std::string complaint_about(std::vector<std::string> frames) {
    frames_ = std::move(frames);
    std::vector<Error> errors;
    int joined = 0;
    ClientHandlers handlers;
    handlers.on_disconnected = [&](const Error& error) { errors.push_back(error); };
    handlers.on_joined = [&](const Epoch&, const std::vector<Member>&, const std::vector<IceServer>&) { ++joined; };
    handlers.on_replaced = [&] { ADD_FAILURE() << "replaced where it has not joined"; };
    Client client(context_, bob_, random_, options(), std::move(handlers));
    client.start();
    EXPECT_TRUE(run_until([&] {
      accept_one();
      return errors.size() >= 2;
    }));
    EXPECT_EQ(joined, 0);
    return errors.empty() ? "" : errors[0].message;
  }

  static std::string text_of(const ServerMessage& message) { return serialize(message); }
  std::string hello(int version = kVersion) {
    return text_of(Hello{version, ServerKind::serve, random_.draw<Nonce>()});
  }
  std::optional<ServerKind> probe() {
    auto kind =
        std::async(std::launch::async, [this] { return probe_server("127.0.0.1", listener_->port(), kDeadline); });
    EXPECT_TRUE(run_until([&] {
      accept_one();
      return kind.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    }));
    return kind.get();
  }

  std::unique_ptr<Listener> listener_;  // its port; the descriptor is ours
  int listening_ = -1;
  std::vector<std::string> frames_;
  std::vector<std::shared_ptr<WebSocket>> sockets_;
};

TEST_F(HostileServerTest, AnotherVersionIsNamed) {
  EXPECT_THAT(complaint_about({hello(2)}), HasSubstr("speaks version 2 of the protocol, this program version 1"));
}

TEST_F(HostileServerTest, WhatIsNoMessageEndsTheConnection) {
  EXPECT_THAT(complaint_about({"{}"}), HasSubstr("not a message of this protocol"));
  EXPECT_THAT(complaint_about({R"({"type":"hello","version":1,"kind":"serve","nonce":"AAAA"})"}),
              HasSubstr("not a message of this protocol"));
}

TEST_F(HostileServerTest, MessagesOutOfTurnEndTheConnection) {
  EXPECT_THAT(complaint_about({hello(), hello()}), HasSubstr("said hello out of turn"));
  EXPECT_THAT(complaint_about({serialize(ServerMessage(Joined{room_, {}, {}}))}),
              HasSubstr("answered a join that was not made"));
  EXPECT_THAT(complaint_about({hello(), serialize(ServerMessage(Joined{RoomId(), {}, {}}))}),
              HasSubstr("answered a join that was not made"));
}

TEST_F(HostileServerTest, WhatIsSaidBeforeTheRoomIsEnteredOrOfAnotherRoomOrToAnotherSignerIsNotPassedOn) {
  const SignKey alice = alice_.sign_key();
  const SignKey bob = bob_.sign_key();
  const Member member{alice, random_.draw<Epoch>()};
  const RoomId other = random_.draw<RoomId>();
  const json::Value data = json::Object{{"sdp", "x"}};
  frames_ = {text_of(Ready{member, room_}),
             text_of(Relay{RelayType::offer, alice, bob, room_, data}),
             text_of(Leave{alice, room_}),
             hello(),
             text_of(Ready{member, room_}),
             text_of(Relay{RelayType::offer, alice, bob, room_, data}),
             text_of(Leave{alice, room_}),
             text_of(Joined{room_, {}, {}}),
             text_of(Ready{member, other}),
             text_of(Relay{RelayType::offer, alice, bob, other, data}),
             text_of(Relay{RelayType::offer, alice, alice, room_, data}),
             text_of(Leave{alice, other}),
             text_of(Ready{member, room_}),
             text_of(Relay{RelayType::answer, alice, bob, room_, data}),
             text_of(Leave{alice, room_})};
  std::vector<std::string> told;
  ClientHandlers handlers;
  handlers.on_joined = [&](const Epoch&, const auto&, const auto&) { told.emplace_back("joined"); };
  handlers.on_ready = [&](const Member&) { told.emplace_back("ready"); };
  handlers.on_message = [&](RelayType type, const SignKey&, const json::Value&) { told.emplace_back(to_string(type)); };
  handlers.on_left = [&](const SignKey&) { told.emplace_back("left"); };
  handlers.on_disconnected = [&](const Error& error) { told.push_back(error.message); };
  Client client(context_, bob_, random_, options(), std::move(handlers));
  client.start();
  ASSERT_TRUE(run_until([&] {
    accept_one();
    return !told.empty() && told.back() == "left";
  }));
  EXPECT_THAT(told, ElementsAre("joined", "ready", "answer", "left"));
}

TEST_F(HostileServerTest, OnlyWhoHasJoinedCanBeReplaced) {
  const std::string replaced = text_of(Refusal{ErrorCode::replaced, "by another"});
  EXPECT_THAT(complaint_about({replaced}), HasSubstr("replaced: by another"));
  EXPECT_THAT(complaint_about({hello(), replaced}), HasSubstr("replaced: by another"));
}

TEST_F(HostileServerTest, AProbeBelievesOnlyAHelloOfThisVersion) {
  frames_ = {hello()};
  EXPECT_EQ(probe(), ServerKind::serve);
  for (const std::string& first : {hello(2), text_of(Refusal{ErrorCode::draining, ""}), std::string("{}")}) {
    frames_ = {first, hello()};
    EXPECT_EQ(probe(), std::nullopt) << first;
  }
}

TEST_F(HostileServerTest, AnEndlessFrameIsNotRead) {
  EXPECT_THAT(complaint_about({std::string(32ul * 1024 * 1024, 'a')}), HasSubstr("a frame over the limit"));
}

TEST_F(HostileServerTest, ItsWordsAreBoundedLikeAllOthers) {
  const std::string long_words = serialize(ServerMessage(Refusal{ErrorCode::draining, std::string(2000, 'a')}));
  EXPECT_THAT(complaint_about({long_words}), HasSubstr("not a message of this protocol"));
}

}  // namespace
}  // namespace coterie::test
