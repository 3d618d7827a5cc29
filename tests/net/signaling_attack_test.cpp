// The signaling server against peers that break the rules, over real sockets on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  limits.handshake = milliseconds(100);
  start_server(limits);
  const auto socket = connect();
  EXPECT_EQ(read_error(*socket), ErrorCode::timed_out);
  EXPECT_EQ(socket->read_close_code(), kPolicyViolation);
}

TEST_F(SignalingAttackTest, DropsAMemberThatNoLongerAnswersPings) {
  ServerLimits limits;
  limits.idle_ping = milliseconds(50);
  start_server(limits);
  const auto alice = make_creator();
  ASSERT_TRUE(run_until_joined(*alice));
  const auto silent = connect();
  join(*silent, bob_);
  EXPECT_TRUE(run_until([&] { return alice->left.size() == 1; }));
  EXPECT_TRUE(alice->client->joined());  // who answers stays
}

TEST_F(SignalingAttackTest, AFloodOfPingsIsCut) {
  ServerLimits limits;
  limits.messages_per_second = 20;
  start_server(limits);
  const auto socket = connect();
  for (int i = 0; i < 200 && socket->write_frame(Opcode::ping, "x"); ++i) {
  }
  EXPECT_EQ(socket->read_close_code(), kPolicyViolation);
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
