// The signaling client and server over real sockets on loopback: the whole way of a room, restarts, time-outs, ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/raw_websocket.h"
#include "net/signaling_fixture.h"
#include "signaling/probe.h"

namespace coterie::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const json::Value kData = json::Object{{"sealed", "AAAA"}};

class SignalingTest : public SignalingFixture {
 protected:
  ClientOptions options_for(std::uint16_t port) const {
    ClientOptions options;
    options.server = {{"127.0.0.1", port}};
    options.room = room_;
    options.first_retry = std::chrono::milliseconds(1);
    return options;
  }
  // What alice's client, which never joins, says of its first attempts.
  std::vector<Error> errors_of(ClientOptions options, std::size_t attempts) {
    std::vector<Error> errors;
    ClientHandlers handlers;
    handlers.on_joined = [](const Epoch&, const auto&, const auto&) { ADD_FAILURE() << "joined"; };
    handlers.on_disconnected = [&](const Error& error) { errors.push_back(error); };
    Client client(context_, alice_, random_, std::move(options), std::move(handlers));
    client.start();
    EXPECT_TRUE(run_until([&] { return errors.size() >= attempts; }));
    return errors;
  }
};

TEST_F(SignalingTest, TwoSignersMeetAndExchangeMessages) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until([&] { return !alice->ready.empty() && bob->client->joined(); }));
  EXPECT_EQ(alice->ready[0], (Member{bob_.sign_key(), bob->joined[0].first}));
  EXPECT_THAT(bob->joined[0].second, ElementsAre(Member{alice_.sign_key(), alice->joined[0].first}));

  EXPECT_TRUE(alice->client->send(RelayType::offer, bob_.sign_key(), kData));
  EXPECT_TRUE(alice->client->send(RelayType::ice_candidate, bob_.sign_key(), nullptr));
  EXPECT_TRUE(bob->client->send(RelayType::answer, alice_.sign_key(), kData));
  ASSERT_TRUE(run_until([&] { return bob->messages.size() == 2 && alice->messages.size() == 1; }));
  EXPECT_THAT(bob->messages, ElementsAre(Pair(alice_.sign_key(), R"(offer {"sealed":"AAAA"})"),
                                         Pair(alice_.sign_key(), "ice-candidate null")));
  EXPECT_THAT(alice->messages, ElementsAre(Pair(bob_.sign_key(), R"(answer {"sealed":"AAAA"})")));
}

TEST_F(SignalingTest, WhoComesBeforeTheCreatorKeepsTryingUntilTheRoomIsOpen) {
  start_server();
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until([&] { return bob->refused.size() >= 2; }));
  EXPECT_EQ(bob->refused[0].kind, ErrorKind::refused);
  EXPECT_THAT(bob->refused[0].message, HasSubstr("the room is not open, or you are not in its roster"));
  const auto alice = make_creator();
  EXPECT_TRUE(run_until_joined(*bob));
}

TEST_F(SignalingTest, AStrangerWithTheInviteIsRefusedInTheSameWords) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto mallory = make_peer(mallory_);
  ASSERT_TRUE(run_until([&] { return mallory->refused.size() >= 2; }));
  EXPECT_THAT(mallory->refused[0].message, HasSubstr("the room is not open, or you are not in its roster"));
  EXPECT_TRUE(alice->ready.empty());
}

TEST_F(SignalingTest, ClientsComeBackAndTheCreatorOpensTheRoomAgainWhenTheServerRestarts) {
  start_server();
  const auto alice = make_creator();
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*alice));
  ASSERT_TRUE(run_until_joined(*bob));
  ServerOptions options;
  options.kind = ServerKind::serve;
  options.port = server_->port();
  for (std::size_t restart = 1; restart <= 20; ++restart) {
    const std::size_t received = bob->messages.size();
    server_->stop();
    start_server(options);
    ASSERT_TRUE(run_until([&] {
      return alice->joined.size() > restart && bob->joined.size() > restart && alice->client->joined() &&
             bob->client->joined();
    })) << restart;
    EXPECT_NE(alice->joined[restart].first, alice->joined[restart - 1].first);  // a new epoch
    ASSERT_TRUE(alice->client->send(RelayType::offer, bob_.sign_key(), kData));
    ASSERT_TRUE(run_until([&] { return bob->messages.size() > received; })) << restart;
  }
  EXPECT_FALSE(alice->disconnected.empty());
}

TEST_F(SignalingTest, SendingWhileOutOfTheRoomSaysSo) {
  start_server();
  const auto alice = make_creator();
  const auto too_early = alice->client->send(RelayType::offer, bob_.sign_key(), kData);
  ASSERT_FALSE(too_early);
  EXPECT_EQ(too_early.error().kind, ErrorKind::environment);
  ASSERT_TRUE(run_until_joined(*alice));
  const auto too_long =
      alice->client->send(RelayType::offer, bob_.sign_key(), json::Value(std::string(kMaxFrame, 'a')));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().kind, ErrorKind::usage);
  EXPECT_TRUE(alice->client->joined());
}

TEST_F(SignalingTest, AMessageOfFullSizePasses) {
  start_server();
  const auto alice = make_creator();
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*alice));
  ASSERT_TRUE(run_until_joined(*bob));
  const Relay empty{RelayType::offer, alice_.sign_key(), bob_.sign_key(), room_, ""};
  const std::size_t room_for_data = kMaxFrame - serialize(ClientMessage(empty)).size();
  ASSERT_TRUE(alice->client->send(RelayType::offer, bob_.sign_key(), json::Value(std::string(room_for_data, 'a'))));
  ASSERT_TRUE(run_until([&] { return !bob->messages.empty(); }));
  EXPECT_TRUE(alice->disconnected.empty());
}

TEST_F(SignalingTest, TheSameIdentityElsewhereReplacesAClientForGood) {
  start_server();
  const auto first = make_creator();
  ASSERT_TRUE(run_until_joined(*first));
  const auto second = make_creator();
  ASSERT_TRUE(run_until([&] { return first->replaced == 1 && second->client->joined(); }));
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until([&] { return !second->ready.empty(); }));
  EXPECT_FALSE(first->client->joined());
  EXPECT_EQ(first->joined.size(), 1u);
  EXPECT_EQ(second->replaced, 0);
}

TEST_F(SignalingTest, TheSenderIsToldWhenTheReceiverIsNotThere) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  ASSERT_TRUE(alice->client->send(RelayType::offer, bob_.sign_key(), kData));
  ASSERT_TRUE(run_until([&] { return !alice->left.empty(); }));
  EXPECT_EQ(alice->left[0], bob_.sign_key());
}

TEST_F(SignalingTest, TheOthersAreToldWhoWentAndTheRoomStays) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*bob));
  bob->client->close();
  ASSERT_TRUE(run_until([&] { return alice->left.size() == 1; }));
  bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*bob));
  bob->client->leave();
  ASSERT_TRUE(run_until([&] { return alice->left.size() == 2; }));
  EXPECT_TRUE(alice->client->joined());
}

TEST_F(SignalingTest, TheCreatorsLeaveEndsTheRoom) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*bob));
  alice->client->leave();
  ASSERT_TRUE(run_until([&] { return !bob->refused.empty(); }));
  EXPECT_THAT(bob->left, ElementsAre(alice_.sign_key()));
  EXPECT_EQ(bob->disconnected.size(), 1u);
}

TEST_F(SignalingTest, NoHandlerIsCalledAfterClose) {
  start_server();
  const auto alice = make_creator();
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*alice));
  ASSERT_TRUE(run_until_joined(*bob));
  ASSERT_TRUE(run_until([&] { return !alice->ready.empty() || !alice->joined[0].second.empty(); }));
  ASSERT_TRUE(alice->client->send(RelayType::offer, bob_.sign_key(), kData));
  bob->client->close();
  ASSERT_TRUE(run_until([&] { return !alice->left.empty(); }));  // bob's end has reached the server and come back
  EXPECT_TRUE(bob->messages.empty());
  EXPECT_TRUE(bob->disconnected.empty());
}

TEST_F(SignalingTest, AHandlerMayDestroyItsClient) {
  start_server();
  std::unique_ptr<Client> client;
  bool joined = false;
  ClientOptions options;
  options.server = {{"127.0.0.1", server_->port()}};
  options.room = room_;
  options.create = terms_;
  ClientHandlers handlers;
  handlers.on_joined = [&](const Epoch&, const std::vector<Member>&, const std::vector<IceServer>&) {
    client.reset();
    joined = true;
  };
  client = std::make_unique<Client>(context_, alice_, random_, options, std::move(handlers));
  client->start();
  EXPECT_TRUE(run_until([&] { return joined; }));
}

TEST_F(SignalingTest, AClientWhoseServerIsGoneSaysSoAndKeepsTrying) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const std::string port = std::to_string(server_->port());
  server_->stop();
  ASSERT_TRUE(run_until([&] { return alice->disconnected.size() >= 3; }));
  EXPECT_THAT(alice->disconnected[0].message, HasSubstr("the server stops"));
  EXPECT_THAT(alice->disconnected[1].message, HasSubstr("127.0.0.1:" + port));
  EXPECT_THAT(alice->disconnected[1].hint, HasSubstr("TCP " + port));
}

TEST_F(SignalingTest, AServerIsFoundByName) {
  start_server();
  const auto alice = make_peer(alice_, terms_, "localhost");
  EXPECT_TRUE(run_until_joined(*alice));
}

TEST_F(SignalingTest, StoppingFreesThePortAtOnceAndTwiceIsFine) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const std::uint16_t port = server_->port();
  server_->stop();
  server_->stop();
  const auto listener = Listener::bind("127.0.0.1", port);
  ASSERT_TRUE(listener);
  EXPECT_TRUE(listener->has_value());
}

TEST_F(SignalingTest, ATakenPortIsNamedWithTheWayOut) {
  start_server();
  const auto listener = Listener::bind("127.0.0.1", server_->port());
  ASSERT_TRUE(listener);
  EXPECT_FALSE(listener->has_value());

  ServerOptions options;
  options.listen = "127.0.0.1";
  options.port = server_->port();
  const auto second = Server::start(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::environment);
  EXPECT_THAT(second.error().message, HasSubstr("port " + std::to_string(server_->port()) + " is taken"));
  EXPECT_THAT(second.error().hint, HasSubstr("--port"));
}

TEST_F(SignalingTest, AnAddressThatIsNotOursIsAWrongCall) {
  EXPECT_EQ(Listener::bind("192.0.2.1", 0).error().kind, ErrorKind::usage);
  EXPECT_EQ(Listener::bind("not an address", 0).error().kind, ErrorKind::usage);
}

TEST_F(SignalingTest, TheDefaultListensForIPv4WhereverIPv6IsOrIsNot) {
  ServerOptions options;
  options.room = room_;
  options.port = 0;
  auto server = Server::start(options);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_THAT((*server)->address(), ::testing::AnyOf("::", "0.0.0.0"));
  EXPECT_EQ(probe_server("127.0.0.1", (*server)->port(), kDeadline), ServerKind::embedded);
  if ((*server)->address() == "::") {
    EXPECT_EQ(probe_server("::1", (*server)->port(), kDeadline), ServerKind::embedded);
  }
}

TEST_F(SignalingTest, AnEmbeddedServerAdmitsNobodyToAnotherRoom) {
  ServerOptions options;
  options.room = random_.draw<RoomId>();
  options.port = 0;
  start_server(options);
  const auto alice = make_creator();
  EXPECT_TRUE(run_until([&] { return !alice->refused.empty(); }));
}

TEST_F(SignalingTest, ConnectionsThatWaitedInTheBacklogAreAllServed) {
  auto listener = Listener::bind("127.0.0.1", 0);
  ASSERT_TRUE(listener && listener->has_value());
  std::vector<std::unique_ptr<RawWebSocket>> waiting;
  waiting.reserve(100);
  for (int i = 0; i < 100; ++i) waiting.push_back(std::make_unique<RawWebSocket>((*listener)->port()));
  ServerOptions options;
  options.room = room_;
  auto server = Server::start(options, std::move(**listener));
  ASSERT_TRUE(server);
  for (const auto& socket : waiting) {
    EXPECT_THAT(socket->upgrade(path()), ::testing::StartsWith("HTTP/1.1 101"));
  }
}

TEST_F(SignalingTest, AProbeTellsACoterieServerFromOthersAndFromNothing) {
  start_server();
  const std::uint16_t port = server_->port();
  EXPECT_EQ(probe_server("127.0.0.1", port, kDeadline), ServerKind::serve);
  server_->stop();
  EXPECT_EQ(probe_server("127.0.0.1", port, kDeadline), std::nullopt);
  const auto silent = Listener::bind("127.0.0.1", 0);  // accepts in the backlog and never answers
  ASSERT_TRUE(silent && silent->has_value());
  EXPECT_EQ(probe_server("127.0.0.1", (*silent)->port(), std::chrono::milliseconds(200)), std::nullopt);
}

// Whoever stands in between could answer without TLS: nothing is said to it.
TEST_F(SignalingTest, AServerWithoutTlsIsNotTrustedWhereTlsIsWanted) {
  start_server();
  ClientOptions options = options_for(server_->port());
  options.server.security = TransportSecurity::tls;
  options.create = terms_;
  const std::vector<Error> errors = errors_of(options, 2);
  EXPECT_EQ(errors.at(0).kind, ErrorKind::refused);
  EXPECT_THAT(errors.at(0).hint, HasSubstr("--tls-ca"));
}

TEST_F(SignalingTest, AnAuthorityThatCannotBeReadIsNamedBeforeAnythingIsSent) {
  start_server();
  ClientOptions options = options_for(server_->port());
  options.server.security = TransportSecurity::tls;
  options.tls_ca = "/nowhere/authority.pem";
  EXPECT_THAT(errors_of(options, 1).at(0).message, HasSubstr("/nowhere/authority.pem"));
}

TEST_F(SignalingTest, AJoinThatCannotBeSentIsTriedAgain) {
  start_server();
  ClientOptions options = options_for(server_->port());
  options.create = terms_;
  options.queue_bytes = 10;
  EXPECT_THAT(errors_of(options, 2).at(0).message, HasSubstr("the join could not be sent"));
}

TEST_F(SignalingTest, AServerThatNeverAnswersIsTriedAgain) {
  auto silent = Listener::bind("127.0.0.1", 0);
  ASSERT_TRUE(silent && silent->has_value());
  ClientOptions options = options_for((*silent)->port());
  options.connect = std::chrono::milliseconds(50);
  EXPECT_THAT(errors_of(options, 2).at(0).message, HasSubstr("no answer in time"));
}

}  // namespace
}  // namespace coterie::test
