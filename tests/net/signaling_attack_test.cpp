// The signaling server against peers that break the rules, over real sockets on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>

#include "net/raw_websocket.h"
#include "net/signaling_fixture.h"

namespace coterie::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kProtocolError = 1002;
constexpr int kUnsupportedData = 1003;
constexpr int kNotUtf8 = 1007;
constexpr int kPolicyViolation = 1008;
constexpr int kTooLarge = 1009;

class SignalingAttackTest : public SignalingFixture {
 protected:
  // A connection at our room that has read its hello.
  std::unique_ptr<RawWebSocket> connect(const std::string& source = "127.0.0.1",
                                        RawWebSocket::Receiving receiving = RawWebSocket::Receiving::normal) {
    auto socket = std::make_unique<RawWebSocket>(server_->port(), source, receiving);
    EXPECT_THAT(socket->upgrade(path()), StartsWith("HTTP/1.1 101"));
    const auto hello = socket->read_frame();
    EXPECT_TRUE(hello);
    if (hello) nonce_ = std::get<Hello>(*parse_server_message(hello->payload)).nonce;
    return socket;
  }
  void join(RawWebSocket& socket, const crypto::Identity& identity) {
    const Join message = create_join(identity, room_, random_.draw<Epoch>(), nonce_, std::nullopt);
    EXPECT_TRUE(socket.write_frame(Opcode::text, serialize(ClientMessage(message))));
  }
  static ErrorCode read_error(RawWebSocket& socket) {
    const auto frame = socket.read_frame();
    if (!frame || frame->opcode != Opcode::text) return ErrorCode::name_taken;  // never sent by this server
    const auto message = parse_server_message(frame->payload);
    const Refusal* refusal = message ? std::get_if<Refusal>(&*message) : nullptr;
    return refusal == nullptr ? ErrorCode::name_taken : refusal->code;
  }
  // Everything that the server says to one join until it closes: types, bytes, close code.
  std::string answer_to(const std::string& target, const Join& join) {
    RawWebSocket socket(server_->port());
    EXPECT_THAT(socket.upgrade(target), StartsWith("HTTP/1.1 101"));
    EXPECT_TRUE(socket.read_frame());  // hello: its nonce is different each time
    EXPECT_TRUE(socket.write_frame(Opcode::text, serialize(ClientMessage(join))));
    std::string answer;
    while (const auto frame = socket.read_frame()) {
      answer += std::to_string(static_cast<int>(frame->opcode)) + " " + frame->payload + "\n";
      if (frame->opcode == Opcode::close) break;
    }
    return answer;
  }

  static void flood(RawWebSocket& socket, Opcode opcode, const std::string& payload) {
    int sent = 0;
    while (sent < 200 && socket.write_frame(opcode, payload)) ++sent;
  }
  // After what the server may have said before.
  static void expect_cut(RawWebSocket& socket, Opcode before) {
    auto frame = socket.read_frame();
    while (frame && frame->opcode == before) frame = socket.read_frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->close_code(), kPolicyViolation);
    EXPECT_EQ(frame->payload.substr(2), "too_many");
  }

  // Whatever happened, honest signers still meet.
  void expect_room_still_works() {
    const auto alice = make_creator();
    const auto bob = make_peer(bob_);
    EXPECT_TRUE(run_until([&] { return alice->client->joined() && bob->client->joined(); }));
  }

  Nonce nonce_;  // of the last connection
};

TEST_F(SignalingAttackTest, ClosesOnAFrameOverTheLimit) {
  start_server();
  const auto socket = connect();
  socket->write_frame(Opcode::text, std::string(kMaxFrame + 1, 'a'));
  EXPECT_EQ(socket->read_close_code(), kTooLarge);
  expect_room_still_works();
}

TEST_F(SignalingAttackTest, ClosesOnALengthThatNobodyCouldSend) {
  start_server();
  const auto socket = connect();
  socket->write(std::string("\x81\xff\x40\0\0\0\0\0\0\0", 10) + std::string(4, '\0'));
  EXPECT_EQ(socket->read_close_code(), kTooLarge);
}

TEST_F(SignalingAttackTest, ClosesOnAMessageThatNeverEnds) {
  start_server();
  const auto socket = connect();
  socket->write_frame(Opcode::text, std::string(1000, 'a'), {.final = false});
  for (std::size_t sent = 1000; sent <= kMaxFrame; sent += 1000) {
    socket->write_frame(Opcode::continuation, std::string(1000, 'a'), {.final = false});
  }
  EXPECT_EQ(socket->read_close_code(), kTooLarge);
}

TEST_F(SignalingAttackTest, TakesTextFramesOnly) {
  start_server();
  const auto socket = connect();
  socket->write_frame(Opcode::binary, "{}");
  EXPECT_EQ(socket->read_close_code(), kUnsupportedData);
}

TEST_F(SignalingAttackTest, ClosesOnTextThatIsNotUtf8) {
  start_server();
  const auto socket = connect();
  socket->write_frame(Opcode::text, "\xff\xfe");
  EXPECT_EQ(socket->read_close_code(), kNotUtf8);
}

TEST_F(SignalingAttackTest, ClosesOnUnmaskedAndCompressedFrames) {
  start_server();
  const auto unmasked = connect();
  unmasked->write_frame(Opcode::text, "{}", {.masked = false});
  EXPECT_EQ(unmasked->read_close_code(), kProtocolError);
  const auto compressed = connect();
  compressed->write_frame(Opcode::text, "{}", {.compressed_bit = true});
  EXPECT_EQ(compressed->read_close_code(), kProtocolError);
}

TEST_F(SignalingAttackTest, NegotiatesNoCompression) {
  start_server();
  RawWebSocket socket(server_->port());
  const std::string head = socket.upgrade(path(), "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 101"));
  EXPECT_THAT(head, Not(HasSubstr("Sec-WebSocket-Extensions")));
}

TEST_F(SignalingAttackTest, SaysWhatItDoesNotUnderstandAndCloses) {
  start_server();
  for (const std::string& text : {std::string("hello"), std::string(R"({"type":"join"})"), std::string(5000, '[')}) {
    const auto socket = connect();
    socket->write_frame(Opcode::text, text);
    EXPECT_EQ(read_error(*socket), ErrorCode::bad_message);
    EXPECT_EQ(socket->read_close_code(), kPolicyViolation);
  }
  expect_room_still_works();
}

TEST_F(SignalingAttackTest, DropsAHandshakeThatNeverComes) {
  ServerLimits limits;
  limits.handshake = milliseconds(100);
  start_server(limits);
  RawWebSocket silent(server_->port());
  RawWebSocket slow(server_->port());
  slow.write("GET /rooms/");
  EXPECT_TRUE(silent.read_end());
  EXPECT_TRUE(slow.read_end());
}

TEST_F(SignalingAttackTest, DropsAConnectionThatNeverJoins) {
  ServerLimits limits;
  limits.handshake = milliseconds(1'000);
  start_server(limits);
  const auto socket = connect();
  EXPECT_EQ(read_error(*socket), ErrorCode::timed_out);
  EXPECT_EQ(socket->read_close_code(), kPolicyViolation);
}

// Inside Beast the read, which wants to end the connection over the broken text, then waits for the close, which waits
// for the read. If they were left so, stop() would never return.
TEST_F(SignalingAttackTest, StopsAlsoWhenAConnectionBreaksTheRulesWhileItIsClosed) {
  ServerLimits limits;
  limits.handshake = milliseconds(1'000);
  start_server(limits);
  const auto socket = connect();
  const std::string half_a_frame("\x81\x88\0\0\0\0abcd", 10);
  ASSERT_TRUE(socket->write(half_a_frame));
  EXPECT_EQ(socket->read_close_code(), kPolicyViolation);  // it has not joined in time
  EXPECT_TRUE(socket->write("\xff\xff\xff\xff"));
  EXPECT_TRUE(socket->read_end());
  server_->stop();
}

TEST_F(SignalingAttackTest, DropsAMemberThatNoLongerAnswersPings) {
  ServerLimits limits;
  limits.idle_ping = milliseconds(1'000);
  start_server(limits);
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto silent = connect();
  join(*silent, bob_);
  EXPECT_TRUE(run_until([&] { return alice->left.size() == 1; }));
  EXPECT_TRUE(alice->client->joined());  // who answers stays
}

TEST_F(SignalingAttackTest, AMessageInEndlessEmptyPiecesEndsWithTheTimeToJoin) {
  ServerLimits limits;
  limits.handshake = milliseconds(200);
  start_server(limits);
  const auto socket = connect();
  socket->write_frame(Opcode::text, "{", {.final = false});
  const std::string piece("\x00\x80\0\0\0\0", 6);  // a masked continuation of nothing
  std::string pieces;
  for (int i = 0; i < 1000; ++i) pieces += piece;
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (socket->write(pieces) && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_LT(std::chrono::steady_clock::now(), deadline);
  expect_room_still_works();
}

TEST_F(SignalingAttackTest, RoomsThatAreGuessedAnswerAllAlike) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto join = [&](const RoomId& room, const crypto::Identity& who) {
    return create_join(who, room, random_.draw<Epoch>(), random_.draw<Nonce>(), std::nullopt);
  };
  const RoomId unknown = random_.draw<RoomId>();
  const std::string answer = answer_to("/rooms/" + unknown.text(), join(unknown, mallory_));
  EXPECT_THAT(answer, HasSubstr("the room is not open, or you are not in its roster"));
  EXPECT_EQ(answer_to(path(), join(room_, mallory_)), answer);    // open; mallory is not in its roster
  EXPECT_EQ(answer_to(path(), join(room_, bob_)), answer);        // open; bob's key without a proof for this connection
  EXPECT_EQ(answer_to(path(), join(unknown, mallory_)), answer);  // another room than the path's
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*bob));
  alice->client->leave();
  ASSERT_TRUE(run_until([&] { return !bob->disconnected.empty(); }));
  EXPECT_EQ(answer_to(path(), join(room_, mallory_)), answer);  // closed
}

TEST_F(SignalingAttackTest, AJoinThatWasRecordedIsRefusedOnAnyOtherConnection) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto first = connect();
  const Join recorded = create_join(bob_, room_, random_.draw<Epoch>(), nonce_, std::nullopt);
  ASSERT_TRUE(first->write_frame(Opcode::text, serialize(ClientMessage(recorded))));
  const auto admitted = first->read_frame();
  ASSERT_TRUE(admitted);
  EXPECT_TRUE(std::holds_alternative<Joined>(*parse_server_message(admitted->payload)));
  const auto thief = connect();
  ASSERT_TRUE(thief->write_frame(Opcode::text, serialize(ClientMessage(recorded))));
  EXPECT_EQ(read_error(*thief), ErrorCode::refused);
  EXPECT_EQ(thief->read_close_code(), kPolicyViolation);
  ASSERT_TRUE(alice->client->send(RelayType::offer, bob_.sign_key(), nullptr));
  const auto offer = first->read_frame();  // bob's own connection was not replaced
  ASSERT_TRUE(offer);
  EXPECT_TRUE(std::holds_alternative<Relay>(*parse_server_message(offer->payload)));
}

TEST_F(SignalingAttackTest, AForgedSenderIsOverwrittenAndNothingReachesAnotherRoom) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto bob = connect();
  join(*bob, bob_);
  const Relay forged{RelayType::offer, mallory_.sign_key(), alice_.sign_key(), room_, "from whom?"};
  ASSERT_TRUE(bob->write_frame(Opcode::text, serialize(ClientMessage(forged))));
  ASSERT_TRUE(run_until([&] { return !alice->messages.empty(); }));
  EXPECT_EQ(alice->messages[0].first, bob_.sign_key());

  // Mallory opens a room of her own on the same server and writes to alice from it.
  const RoomTerms terms{salt_, {mallory_.sign_key()}, std::chrono::seconds(60)};
  const RoomId own = crypto::room_id(mallory_.sign_key(), salt_);
  RawWebSocket mallory(server_->port());
  EXPECT_THAT(mallory.upgrade("/rooms/" + own.text()), StartsWith("HTTP/1.1 101"));
  const auto hello = mallory.read_frame();
  ASSERT_TRUE(hello);
  const Nonce nonce = std::get<Hello>(*parse_server_message(hello->payload)).nonce;
  const Join opening = create_join(mallory_, own, random_.draw<Epoch>(), nonce, terms);
  ASSERT_TRUE(mallory.write_frame(Opcode::text, serialize(ClientMessage(opening))));
  ASSERT_TRUE(mallory.read_frame());  // joined
  const Relay inside{RelayType::offer, {}, alice_.sign_key(), own, "hello"};
  ASSERT_TRUE(mallory.write_frame(Opcode::text, serialize(ClientMessage(inside))));
  const auto absent = mallory.read_frame();
  ASSERT_TRUE(absent);
  EXPECT_EQ(*parse_server_message(absent->payload), ServerMessage(Leave{alice_.sign_key(), own}));
  const Relay across{RelayType::offer, {}, alice_.sign_key(), room_, "hello"};
  ASSERT_TRUE(mallory.write_frame(Opcode::text, serialize(ClientMessage(across))));
  EXPECT_EQ(read_error(mallory), ErrorCode::bad_message);

  // After bob's next message has come, nothing of mallory's is on its way any more.
  ASSERT_TRUE(bob->write_frame(Opcode::text, serialize(ClientMessage(forged))));
  ASSERT_TRUE(run_until([&] { return alice->messages.size() >= 2; }));
  EXPECT_EQ(alice->messages[1].first, bob_.sign_key());
}

TEST_F(SignalingAttackTest, AFloodOfPingsIsCut) {
  ServerLimits limits;
  limits.messages_per_second = 20;
  start_server(limits);
  const auto socket = connect();
  flood(*socket, Opcode::ping, "x");
  expect_cut(*socket, Opcode::pong);
}

TEST_F(SignalingAttackTest, AFloodOfMessagesIsCutAndKeepsNobodyOut) {
  ServerLimits limits;
  limits.messages_per_second = 20;
  start_server(limits);
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto socket = connect();
  join(*socket, bob_);
  const std::string message =
      serialize(ClientMessage(Relay{RelayType::offer, bob_.sign_key(), alice_.sign_key(), room_, json::Object{}}));
  flood(*socket, Opcode::text, message);
  expect_cut(*socket, Opcode::text);
  EXPECT_TRUE(run_until([&] { return !alice->left.empty(); }));
  EXPECT_LE(alice->messages.size(), 40U);  // of two seconds at most
  expect_room_still_works();
}

TEST_F(SignalingAttackTest, AFloodOfRefusedJoinsIsMeteredAndKeepsNobodyOut) {
  ServerLimits limits;
  limits.refused_per_second = 1;
  start_server(limits);
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  int refused = 0;
  int too_many = 0;
  for (int i = 0; i < 50; ++i) {
    const auto stranger = connect();
    join(*stranger, mallory_);
    const ErrorCode code = read_error(*stranger);
    refused += code == ErrorCode::refused ? 1 : 0;
    too_many += code == ErrorCode::too_many ? 1 : 0;
  }
  EXPECT_GE(refused, 2);
  EXPECT_GT(too_many, 0);
  EXPECT_EQ(refused + too_many, 50);
  const auto bob = make_peer(bob_);  // from the same address
  EXPECT_TRUE(run_until_joined(*bob));
}

TEST_F(SignalingAttackTest, AFloodOfConnectionsFromOneAddressIsTurnedAwayAndOthersAreNot) {
  ServerLimits limits;
  limits.connections_per_second = 5;
  start_server(limits);
  int turned_away = 0;
  for (int i = 0; i < 100; ++i) {
    RawWebSocket socket(server_->port(), "127.0.0.2");
    const std::string head = socket.upgrade(path());
    // Empty: reset, for the request was never read.
    if (head.empty() || head.starts_with("HTTP/1.1 429")) ++turned_away;
  }
  EXPECT_GT(turned_away, 0);
  expect_room_still_works();
}

TEST_F(SignalingAttackTest, WhoHasNotJoinedGivesWayWhenTheServerIsFull) {
  ServerLimits limits;
  limits.connections = 3;
  limits.handshake = 2 * kDeadline;  // it is not the time to join that makes place
  start_server(limits);
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto oldest = connect();
  const auto newer = connect();
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*bob));
  EXPECT_TRUE(oldest->read_end());
  EXPECT_TRUE(alice->disconnected.empty());
}

TEST_F(SignalingAttackTest, WhoHasNotJoinedGivesWayWhenTheServerIsOutOfDescriptors) {
  ServerLimits limits;
  limits.handshake = 2 * kDeadline;  // it is not the time to join that frees one
  start_server(limits);
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto oldest = connect();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = dup(STDIN_FILENO);
  ASSERT_GE(lowest_free, 0);
  close(lowest_free);
  const rlimit one_more{static_cast<rlim_t>(lowest_free) + 1, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &one_more), 0);
  RawWebSocket newcomer(server_->port());  // has the last one
  const std::string head = newcomer.upgrade(path());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 101"));
  EXPECT_TRUE(oldest->read_end());
  EXPECT_TRUE(alice->disconnected.empty());
}

TEST_F(SignalingAttackTest, NobodyWhoHasJoinedGivesWay) {
  ServerLimits limits;
  limits.connections = 2;
  start_server(limits);
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto bob = make_peer(bob_);
  ASSERT_TRUE(run_until_joined(*bob));
  RawWebSocket newcomer(server_->port());
  const std::string head = newcomer.upgrade(path());
  // Empty: reset, for the request was never read.
  EXPECT_TRUE(head.empty() || head.starts_with("HTTP/1.1 429")) << head;
  ASSERT_TRUE(bob->client->send(RelayType::offer, alice_.sign_key(), json::Object{}));
  EXPECT_TRUE(run_until([&] { return !alice->messages.empty(); }));
  EXPECT_TRUE(alice->disconnected.empty());
  EXPECT_TRUE(bob->disconnected.empty());
}

TEST_F(SignalingAttackTest, AReaderThatNeverReadsIsDroppedAndTheRoomGoesOn) {
  start_server();
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto deaf = connect("127.0.0.1", RawWebSocket::Receiving::tiny);
  join(*deaf, bob_);
  ASSERT_TRUE(run_until([&] { return !alice->ready.empty(); }));
  const json::Value big(std::string(60'000, 'a'));
  ASSERT_TRUE(run_until([&] {
    // A full queue on our own side only means: later.
    if (alice->left.empty()) static_cast<void>(alice->client->send(RelayType::offer, bob_.sign_key(), big).ok());
    return !alice->left.empty();
  }));
  EXPECT_EQ(alice->left[0], bob_.sign_key());
  EXPECT_TRUE(alice->client->joined());
  const auto bob = make_peer(bob_);
  EXPECT_TRUE(run_until_joined(*bob));
}

TEST_F(SignalingAttackTest, TheQueueOfAReaderThatNeverReadsIsBoundedAndTheOthersDoNotWait) {
  const auto carol_identity = crypto::Identity::generate(random_);
  terms_.roster.push_back(carol_identity.sign_key());
  ServerLimits limits;
  limits.queue_bytes = 128ul * 1024;
  start_server(limits);
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto carol = make_peer(carol_identity);
  ASSERT_TRUE(run_until_joined(*carol));
  const auto deaf = connect("127.0.0.1", RawWebSocket::Receiving::tiny);
  join(*deaf, bob_);
  ASSERT_TRUE(run_until([&] { return alice->ready.size() == 2; }));

  const json::Value big(std::string(60'000, 'a'));
  std::size_t to_bob = 0;
  std::size_t to_carol = 0;
  ASSERT_TRUE(run_until([&] {
    if (!alice->left.empty()) return true;
    if (alice->client->send(RelayType::offer, bob_.sign_key(), big)) ++to_bob;
    // Each round carol's message has passed before the next is sent: the deaf reader holds nothing up.
    if (carol->messages.size() == to_carol &&
        alice->client->send(RelayType::answer, carol_identity.sign_key(), nullptr))
      ++to_carol;
    return false;
  }));
  EXPECT_EQ(alice->left[0], bob_.sign_key());
  // The server's queue and what the kernel takes for a connection (at most 4 MiB, tcp_wmem): no more is kept for bob.
  EXPECT_LT(to_bob * 60'000, std::size_t{6} * 1024 * 1024);
  EXPECT_TRUE(run_until([&] { return carol->messages.size() == to_carol; }));
  EXPECT_GT(to_carol, 1u);
  EXPECT_TRUE(carol->disconnected.empty());
}

TEST_F(SignalingAttackTest, RefusesABrowserPageUnlessItsOriginIsAllowed) {
  ServerOptions options;
  options.kind = ServerKind::serve;
  options.port = 0;
  options.allowed_origins = {"https://signer.example"};
  start_server(options);
  RawWebSocket foreign(server_->port());
  EXPECT_THAT(foreign.upgrade(path(), "Origin: https://evil.example\r\n"), StartsWith("HTTP/1.1 403"));
  RawWebSocket sandboxed(server_->port());
  EXPECT_THAT(sandboxed.upgrade(path(), "Origin: null\r\n"), StartsWith("HTTP/1.1 403"));
  RawWebSocket own(server_->port());
  EXPECT_THAT(own.upgrade(path(), "Origin: https://signer.example\r\n"), StartsWith("HTTP/1.1 101"));
}

TEST_F(SignalingAttackTest, AnswersOtherPagesAndPlainHttpShortly) {
  start_server();
  for (const char* target : {"/", "/rooms/", "/rooms/short", "/rooms/../etc/passwd"}) {
    RawWebSocket socket(server_->port());
    EXPECT_THAT(socket.upgrade(target), StartsWith("HTTP/1.1 404")) << target;
  }
  RawWebSocket plain(server_->port());
  EXPECT_THAT(plain.get(path()), StartsWith("HTTP/1.1 426"));
  RawWebSocket endless(server_->port());
  endless.write("GET " + path() + " HTTP/1.1\r\nX: " + std::string(20'000, 'a'));
  EXPECT_TRUE(endless.read_end());
}

}  // namespace
}  // namespace coterie::test
