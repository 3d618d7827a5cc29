// Holds the product to the list of what must be refused in tests/vectors/protocol.json: each item, with those words.
#include <map>

#include "ceremony/card.h"
#include "ceremony/certificate.h"
#include "ceremony/framing.h"
#include "ceremony/invite.h"
#include "ceremony/link_negotiator.h"
#include "ceremony/message.h"
#include "signaling/room.h"
#include "vault/header.h"
#include "vectors/vector_reader.h"

namespace coterie::vectors {

namespace {

template <class T>
Result<void> outcome(const Result<T>& result) {
  if (result) return {};
  return result.error();
}

class RefusedVectorsTest : public VectorReaderTest {
 protected:
  using Judge = Result<void> (*)(const json::Value& item);

  static Result<void> judge_card(const json::Value& item) {
    return outcome(ceremony::Card::parse(text_at(item, "text")));
  }
  static Result<void> judge_invite(const json::Value& item) {
    return outcome(ceremony::Invite::parse(text_at(item, "text")));
  }
  static Result<void> judge_manifest(const json::Value& item) {
    return outcome(ceremony::SignedManifest::parse(text_at(item, "text")));
  }
  static Result<void> judge_certificate(const json::Value& item) {
    return outcome(ceremony::Certificate::parse(text_at(item, "text")));
  }
  static Result<void> judge_proposal(const json::Value& item) {
    const auto manifest = ceremony::SignedManifest::parse(text_at(item, "text"));
    EXPECT_TRUE(manifest) << text_at(item, "fault");  // right by itself
    COTERIE_CHECK(outcome(manifest));
    COTERIE_TRY(const ceremony::Card own, ceremony::Card::parse(text("signers.bob.card.text")));
    return ceremony::verify_proposal(*manifest, {peer("alice"), room(), own});
  }
  static Result<void> judge_account(const json::Value& item) {
    COTERIE_TRY(const json::Value value, json::parse(text_at(item, "public"), 4096, "account"));
    COTERIE_TRY(const account::PublicPart claimed, account::parse_public_part(value));
    return outcome(account::SharedStateAccount::parse(SecretBytes::copy_of(text_at(item, "secrets")), claimed));
  }
  static Result<void> judge_channel_message(const json::Value& item) {
    return outcome(ceremony::parse_message(text_at(item, "message")));
  }
  static Result<void> judge_frame(const json::Value& item) {
    return ceremony::FrameReader().add(bytes_at(item, "frame_hex"));
  }
  static Result<void> judge_vault_header(const json::Value& item) {
    COTERIE_TRY(const vault::Header header, vault::Header::parse(bytes_at(item, "header_hex")));
    return outcome(header.unwrap(Passphrase(SecretBytes::copy_of(text_at(item, "passphrase")))));
  }
  static Result<void> judge_description(const json::Value& item) {
    COTERIE_TRY(const SignKey from, SignKey::parse(text_at(item, "from")));
    COTERIE_TRY(const crypto::Envelope envelope,
                crypto::Envelope::parse(text_at(item, "envelope"), crypto::PayloadType::description,
                                        ceremony::kMaxDescriptionBytes));
    return outcome(ceremony::Description::consume(envelope, from));
  }
  static Result<void> judge_join(const json::Value& item);
  static Result<void> judge_signal(const json::Value& item);

  static crypto::Peer peer(const std::string& signer) {
    return {SignKey::parse(text("signers." + signer + ".sign_key")).value(),
            BoxKey::parse(text("signers." + signer + ".box_key")).value()};
  }
  static RoomId room() { return RoomId::parse(text("rooms.treasury.room")).value(); }
};

Result<void> RefusedVectorsTest::judge_join(const json::Value& item) {
  constexpr signaling::ConnectionId kAlice{1};
  constexpr signaling::ConnectionId kComer{2};
  signaling::Rooms rooms({}, signaling::ServerKind::embedded, room());
  if (follow(item, "room_is_open").as_bool()) {
    ReplayedRandom random(bytes("signaling.creator_join.nonce_hex"));
    rooms.connect(kAlice, room(), random);
    COTERIE_TRY(const signaling::ClientMessage join,
                signaling::parse_client_message(text("signaling.creator_join.message")));
    EXPECT_EQ(rooms.handle_message(kAlice, join, signaling::Time()).join, signaling::JoinOutcome::admitted);
  }
  ReplayedRandom random(bytes_at(item, "nonce_hex"));
  rooms.connect(kComer, room(), random);
  COTERIE_TRY(const signaling::ClientMessage join, signaling::parse_client_message(text_at(item, "message")));
  const signaling::Handled handled = rooms.handle_message(kComer, join, signaling::Time());
  if (handled.join == signaling::JoinOutcome::admitted) return {};
  const auto& refusal = std::get<signaling::Refusal>(handled.deliveries.at(0).message);
  EXPECT_EQ(refusal.code, signaling::ErrorCode::refused);
  return refused_error(refusal.message);
}

Result<void> RefusedVectorsTest::judge_signal(const json::Value& item) {
  const json::Value& offer = follow(document(), "signals.offer");
  COTERIE_TRY(const json::Value data, json::parse(text_at(item, "data"), kMaxVectorFile, "data"));
  const crypto::Identity own = identity(text_at(item, "to"));
  const std::string from = text_at(item, "from");
  const auto alice_epoch = fixed_at<Epoch>(offer, "from_epoch_hex");
  const auto bob_epoch = fixed_at<Epoch>(offer, "to_epoch_hex");
  if (text_at(item, "type") == "offer") {
    COTERIE_TRY(auto answering, ceremony::AnsweringNegotiator::create({own, peer(from), from, room()}));
    answering.own_joined(bob_epoch);
    answering.peer_joined(alice_epoch);
    const auto consumed = answering.consume_offer(data);
    EXPECT_EQ(answering.dropped(), 0u);  // nothing of the list is merely late
    return outcome(consumed);
  }
  COTERIE_TRY(auto offering, ceremony::OfferingNegotiator::create({own, peer(from), from, room()}));
  offering.own_joined(alice_epoch);
  offering.peer_joined(bob_epoch);
  ReplayedRandom link(bytes_at(offer, "link_hex"));
  COTERIE_CHECK(outcome(offering.start_link(link)));
  ReplayedRandom nonce(bytes_at(offer, "sealed.nonce_hex"));
  COTERIE_CHECK(outcome(offering.create_offer(text_at(offer, "sdp"), nonce)));
  const auto consumed = offering.consume_answer(data);
  EXPECT_EQ(offering.dropped(), 0u);
  return outcome(consumed);
}

TEST_F(RefusedVectorsTest, AreRefusedWithTheWordsThatTheyGive) {
  const std::map<std::string, Judge> judges{{"card", judge_card},         {"invite", judge_invite},
                                            {"manifest", judge_manifest}, {"certificate", judge_certificate},
                                            {"account", judge_account},   {"join", judge_join},
                                            {"signal", judge_signal},     {"description", judge_description},
                                            {"frame", judge_frame},       {"channel message", judge_channel_message},
                                            {"proposal", judge_proposal}, {"vault header", judge_vault_header}};
  std::map<std::string, std::size_t> counts;
  for (const json::Value& item : follow(document(), "refused").as_array()) {
    const std::string what = text_at(item, "what");
    const std::string which = what + ": " + text_at(item, "fault");
    ASSERT_TRUE(judges.contains(what)) << which;
    ++counts[what];
    const Result<void> judged = judges.at(what)(item);
    ASSERT_FALSE(judged) << "accepted: " << which;
    EXPECT_EQ(judged.error().message, text_at(item, "error.message")) << which;
    EXPECT_EQ(to_string(judged.error().kind), text_at(item, "error.kind")) << which;
  }
  for (const auto& [what, judge] : judges) EXPECT_GT(counts[what], 1u) << what;
}

// Each item stands for one fault: two alike would hide that one is not what it says.
TEST_F(RefusedVectorsTest, AreAllDifferent) {
  std::map<std::string, std::string> seen;
  for (const json::Value& item : follow(document(), "refused").as_array()) {
    json::Object input = item.as_object();
    for (const char* key : {"rule", "fault", "error"}) input.erase(key);
    const auto [other, fresh] = seen.emplace(json::serialize(input), text_at(item, "fault"));
    EXPECT_TRUE(fresh) << text_at(item, "what") << ": " << text_at(item, "fault") << " is the same as "
                       << other->second;
  }
}

}  // namespace

}  // namespace coterie::vectors
