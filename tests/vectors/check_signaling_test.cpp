// Checks what tests/vectors/protocol.json says of signaling: by a server's rooms and by both sides' negotiators.
#include "ceremony/link_negotiator.h"
#include "crypto/digest.h"
#include "rtc/sdp.h"
#include "signaling/room.h"
#include "vectors/vector_reader.h"

namespace coterie::vectors {

namespace {

using signaling::ConnectionId;

constexpr ConnectionId kAlice{1};
constexpr ConnectionId kBob{2};
constexpr ConnectionId kCarol{3};

class ProtocolFileSignalingTest : public VectorReaderTest {
 protected:
  ProtocolFileSignalingTest() : rooms_({}, signaling::ServerKind::embedded, room_) {}

  static signaling::ClientMessage client_message(const std::string& text) {
    return signaling::parse_client_message(text).value();
  }
  static json::Value parse(const std::string& text) { return json::parse(text, kMaxVectorFile, "data").value(); }
  static SignKey key(const std::string& signer) {
    return SignKey::parse(text("signers." + signer + ".sign_key")).value();
  }
  static crypto::Peer peer(const std::string& signer) {
    return {key(signer), BoxKey::parse(text("signers." + signer + ".box_key")).value()};
  }

  std::string connect(ConnectionId id, Bytes nonce) {
    ReplayedRandom random(std::move(nonce));
    return serialize(signaling::ServerMessage(rooms_.connect(id, room_, random)));
  }
  // To whom what is said of a message.
  std::vector<std::pair<ConnectionId, std::string>> told(ConnectionId id, const std::string& message) {
    std::vector<std::pair<ConnectionId, std::string>> deliveries;
    for (const auto& delivery : rooms_.handle_message(id, client_message(message), signaling::Time()).deliveries) {
      deliveries.emplace_back(delivery.to, serialize(delivery.message));
    }
    return deliveries;
  }
  using Told = std::vector<std::pair<ConnectionId, std::string>>;
  void join_both() {
    connect(kAlice, bytes("signaling.creator_join.nonce_hex"));
    EXPECT_EQ(told(kAlice, text("signaling.creator_join.message")),
              (Told{{kAlice, text("signaling.joined_first.message")}}));
    connect(kBob, bytes("signaling.join.nonce_hex"));
    const Told joined = told(kBob, text("signaling.join.message"));
    const Told expected{{kBob, text("signaling.joined.message")}, {kAlice, text("signaling.ready.message")}};
    EXPECT_TRUE(std::is_permutation(joined.begin(), joined.end(), expected.begin(), expected.end()));
  }

  RoomId room_ = RoomId::parse(text("rooms.treasury.room")).value();
  signaling::Rooms rooms_;
};

TEST_F(ProtocolFileSignalingTest, HasMessagesThatAreReadAndWrittenTheSame) {
  for (const char* name : {"hello", "joined_first", "joined", "joined_with_ice_servers", "ready", "error", "leave"}) {
    const std::string message = text(std::string("signaling.") + name + ".message");
    const auto parsed = signaling::parse_server_message(message);
    ASSERT_TRUE(parsed) << name << ": " << parsed.error().message;
    EXPECT_EQ(serialize(*parsed), message);
  }
  for (const char* name : {"creator_join", "join", "leave"}) {
    const std::string message = text(std::string("signaling.") + name + ".message");
    EXPECT_EQ(serialize(client_message(message)), message);
  }
  for (const auto& signal : follow(document(), "signals").as_object()) {
    const std::string message = text_at(signal.value(), "message");
    EXPECT_EQ(serialize(client_message(message)), message);
    EXPECT_EQ(serialize(signaling::parse_server_message(message).value()), message);
  }
}

TEST_F(ProtocolFileSignalingTest, HasJoinsWhoseProofsSignThePayloadsShown) {
  for (const auto& [name, signer] : {std::pair("creator_join", "alice"), std::pair("join", "bob")}) {
    const json::Value& described = follow(document(), std::string("signaling.") + name);
    const auto join = std::get<signaling::Join>(client_message(text_at(described, "message")));
    const auto nonce = fixed_at<Nonce>(described, "nonce_hex");
    const std::string pae = text_at(described, "pae");
    EXPECT_TRUE(verify_join(join, nonce)) << name;
    EXPECT_TRUE(crypto::verify_signature(key(signer), as_bytes(pae), join.proof)) << name;
    EXPECT_EQ(join.proof, fixed_at<Signature>(described, "proof_hex"));
    EXPECT_TRUE(pae.ends_with(" " + text_at(described, "payload"))) << name;
    EXPECT_EQ(signaling::create_join(identity(signer), join.room, join.epoch, nonce, join.create), join) << name;
    EXPECT_EQ(json::serialize(parse(text_at(described, "payload"))), text_at(described, "payload"));
    EXPECT_EQ(has(parse(text_at(described, "payload")), "create"), join.create.has_value());
    if (join.create) {
      EXPECT_EQ(text_at(parse(text_at(described, "payload")), "create"),
                fixed_at<Digest>(described, "create.digest_hex").text());
    }
  }
}

TEST_F(ProtocolFileSignalingTest, HasWhatAServerSaysInTheOrderInWhichItSaysIt) {
  EXPECT_EQ(connect(kAlice, bytes("signaling.hello.nonce_hex")), text("signaling.hello.message"));
  join_both();
  EXPECT_EQ(told(kAlice, text("signals.offer.message")), (Told{{kBob, text("signals.offer.message")}}));
  EXPECT_EQ(told(kBob, text("signals.answer.message")), (Told{{kAlice, text("signals.answer.message")}}));
  EXPECT_EQ(told(kAlice, text("signals.candidate.message")), (Told{{kBob, text("signals.candidate.message")}}));
  const Told left = told(kBob, text("signaling.leave.message"));
  EXPECT_EQ(left, (Told{{kAlice, text("signaling.leave.message")}, {kBob, text("signaling.leave.message")}}));
  connect(kCarol, Bytes(32));
  const auto carols = signaling::create_join(identity("carol"), room_, Epoch(), Nonce(), {});
  EXPECT_EQ(told(kCarol, signaling::serialize(signaling::ClientMessage(carols))),
            (Told{{kCarol, text("signaling.error.message")}}));
}

TEST_F(ProtocolFileSignalingTest, HasSignalsThatBothSidesMakeAndTake) {
  const json::Value& offer = follow(document(), "signals.offer");
  const json::Value& answer = follow(document(), "signals.answer");
  const crypto::Identity alice = identity("alice");
  const crypto::Identity bob = identity("bob");
  auto offering = ceremony::OfferingNegotiator::create({alice, peer("bob"), "bob", room_});
  auto answering = ceremony::AnsweringNegotiator::create({bob, peer("alice"), "alice", room_});
  ASSERT_TRUE(offering && answering);
  offering->own_joined(fixed_at<Epoch>(offer, "from_epoch_hex"));
  offering->peer_joined(fixed_at<Epoch>(offer, "to_epoch_hex"));
  answering->own_joined(fixed_at<Epoch>(answer, "from_epoch_hex"));
  answering->peer_joined(fixed_at<Epoch>(answer, "to_epoch_hex"));

  ReplayedRandom link(bytes_at(offer, "link_hex"));
  ASSERT_TRUE(offering->start_link(link));
  ReplayedRandom offer_nonce(bytes_at(offer, "sealed.nonce_hex"));
  EXPECT_EQ(json::serialize(offering->create_offer(text_at(offer, "sdp"), offer_nonce).value()),
            text_at(offer, "data"));
  const auto offered = answering->consume_offer(parse(text_at(offer, "data")));
  ASSERT_TRUE(offered && offered->has_value());
  EXPECT_EQ((*offered)->sdp(), text_at(offer, "sdp"));

  ReplayedRandom answer_nonce(bytes_at(answer, "sealed.nonce_hex"));
  EXPECT_EQ(json::serialize(answering->create_answer(text_at(answer, "sdp"), answer_nonce).value()),
            text_at(answer, "data"));
  const auto answered = offering->consume_answer(parse(text_at(answer, "data")));
  ASSERT_TRUE(answered && answered->has_value());
  EXPECT_EQ((*answered)->sdp(), text_at(answer, "sdp"));

  for (const char* name : {"candidate", "end_of_candidates"}) {
    const auto candidate = answering->consume_candidate(parse(text(std::string("signals.") + name + ".data")));
    ASSERT_TRUE(candidate && candidate->has_value()) << name;
    EXPECT_EQ(json::serialize((*candidate)->candidate), text(std::string("signals.") + name + ".sealed.plaintext"));
    const auto init = rtc::parse_ice_candidate((*candidate)->candidate);
    ASSERT_TRUE(init) << name;
    EXPECT_EQ(init->has_value(), std::string_view(name) == "candidate");
  }
}

TEST_F(ProtocolFileSignalingTest, HasSignalsWhoseMessagesCarryTheirData) {
  for (const auto& signal : follow(document(), "signals").as_object()) {
    const json::Value message = parse(text_at(signal.value(), "message"));
    EXPECT_EQ(json::serialize(follow(message, "data")), text_at(signal.value(), "data"));
    EXPECT_EQ(text_at(message, "type"), text_at(signal.value(), "type"));
    EXPECT_EQ(text_at(message, "from"), key(text_at(signal.value(), "from")).text());
    EXPECT_EQ(serialize_base64(bytes_at(signal.value(), "sealed.sealed_hex"), Base64::url),
              text_at(follow(message, "data"), "sealed"));
  }
}

TEST_F(ProtocolFileSignalingTest, HasDescriptionsWhoseSdpIsAccepted) {
  using Type = rtc::SessionDescription::Type;
  for (const auto& [name, type] : {std::pair("offer", Type::offer), std::pair("answer", Type::answer)}) {
    const auto sdp = rtc::sdp::parse({type, text(std::string("signals.") + name + ".sdp")});
    EXPECT_TRUE(sdp) << name << ": " << (sdp ? "" : sdp.error().message);
  }
  const auto envelope = crypto::Envelope::parse(text("signals.offer.envelope"), crypto::PayloadType::description,
                                                ceremony::kMaxDescriptionBytes);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(ceremony::offer_digest(*envelope), fixed<Digest>("signals.answer.offer_digest.digest_hex"));
  EXPECT_EQ(text_at(parse(text("signals.answer.payload")), "offer_digest"), ceremony::offer_digest(*envelope).text());
}

}  // namespace

}  // namespace coterie::vectors
