// Examples of what travels through a signaling server, in the order in which it does: by a server's own rooms and by
// both sides' negotiators.
#include "account/account.h"
#include "ceremony/link_negotiator.h"
#include "crypto/digest.h"
#include "rtc/data_channel.h"
#include "rtc/sdp.h"
#include "signaling/room.h"
#include "vectors/protocol_vectors.h"
#include "vectors/shapes.h"

namespace coterie::vectors {

namespace {

using signaling::ConnectionId;

constexpr ConnectionId kAlice{1};
constexpr ConnectionId kBob{2};
constexpr ConnectionId kStranger{3};

Bytes bytes_of(BytesView view) {
  return to_vector(view);
}

Labelled create_fields(const signaling::RoomTerms& terms) {
  Labelled labelled{"create", {bytes_of(terms.salt.view()), bytes_of(as_bytes(std::to_string(terms.ttl.count())))}};
  for (const SignKey& key : terms.roster) labelled.fields.push_back(bytes_of(key.view()));
  return labelled;
}

// A join and what its proof signs.
json::Object describe_join(const signaling::Join& join, const Nonce& nonce) {
  json::Object described{{"nonce_hex", hex(nonce.view())}};
  json::Object payload{
      {"room", join.room.text()}, {"from", join.from.text()}, {"epoch", join.epoch.text()}, {"nonce", nonce.text()}};
  if (join.create) {
    described["create"] = describe_digest(create_fields(*join.create));
    payload["create"] =
        must(Digest::from_bytes(must(parse_hex(described.at("create").at("digest_hex").as_string())))).text();
  }
  const std::string text = json::serialize(payload);
  described["payload"] = text;
  described["pae"] = as_text(crypto::pre_authentication_encoding(crypto::PayloadType::join, as_bytes(text)));
  described["proof_hex"] = hex(join.proof.view());
  described["message"] = serialize(signaling::ClientMessage(join));
  return described;
}

// The only delivery of what a connection said.
signaling::ServerMessage answer(signaling::Rooms& rooms, ConnectionId id, const signaling::ClientMessage& message) {
  return rooms.handle_message(id, message, signaling::Time()).deliveries.at(0).message;
}

rtc::sdp::Description describe_connection(rtc::sdp::Setup setup) {
  rtc::sdp::Description description;
  description.ice_ufrag = setup == rtc::sdp::Setup::actpass ? "aBcD" : "eFgH";
  description.ice_pwd = setup == rtc::sdp::Setup::actpass ? "0123456789abcdefghijkl" : "mnopqrstuvwxyzABCDEFGH";
  const Bytes fingerprint = counting(setup == rtc::sdp::Setup::actpass ? 0x00 : 0x20, 32);
  std::copy(fingerprint.begin(), fingerprint.end(), description.fingerprint.bytes.begin());
  description.setup = setup;
  description.max_message_bytes = rtc::kMaxMessageBytes;
  return description;
}

// Both sides of one link between alice and bob.
class Link {
 public:
  explicit Link(const Example& example)
      : example_(example),
        key_(pair_key(example.treasury, example.alice, example.bob)),
        offering_(must(ceremony::OfferingNegotiator::create(
            {example.alice.identity, example.bob.card.peer(), "bob", example.treasury.room}))),
        answering_(must(ceremony::AnsweringNegotiator::create(
            {example.bob.identity, example.alice.card.peer(), "alice", example.treasury.room}))) {
    offering_.own_joined(example.alice_epoch);
    offering_.peer_joined(example.bob_epoch);
    answering_.own_joined(example.bob_epoch);
    answering_.peer_joined(example.alice_epoch);
    CountingRandom random(0xe0);
    link_ = must(offering_.start_link(random));
  }

  json::Object offer() {
    const std::string sdp = rtc::sdp::serialize(describe_connection(rtc::sdp::Setup::actpass), 1'000'000'007);
    const json::Value data = must(offering_.create_offer(sdp, nonces_));
    if (!must(answering_.consume_offer(data))) throw std::runtime_error("the offer was dropped");
    json::Object described = describe(ceremony::SignalType::offer, data);
    described["sdp"] = sdp;
    add_envelope(described);
    offer_ = must(crypto::Envelope::parse(described.at("envelope").as_string(), crypto::PayloadType::description,
                                          ceremony::kMaxDescriptionBytes));
    return described;
  }

  json::Object answer() {
    const std::string sdp = rtc::sdp::serialize(describe_connection(rtc::sdp::Setup::active), 1'000'000'009);
    const json::Value data = must(answering_.create_answer(sdp, nonces_));
    if (!must(offering_.consume_answer(data))) throw std::runtime_error("the answer was dropped");
    json::Object described = describe(ceremony::SignalType::answer, data);
    described["sdp"] = sdp;
    described["offer_digest"] = describe_digest({"offer", {offer_.pae()}});
    add_envelope(described);
    return described;
  }

  json::Object candidate(const std::optional<rtc::IceCandidateInit>& candidate) {
    const json::Value data = must(offering_.create_candidate(rtc::serialize_ice_candidate(candidate), nonces_));
    return describe(ceremony::SignalType::ice_candidate, data);
  }

 private:
  json::Object describe(ceremony::SignalType type, const json::Value& data) const {
    const bool from_alice = type != ceremony::SignalType::answer;
    const Signer& from = from_alice ? example_.alice : example_.bob;
    const Signer& to = from_alice ? example_.bob : example_.alice;
    const ceremony::SealedSignal signal = must(ceremony::SealedSignal::from_json(data));
    const char* name = ceremony::to_string(type);
    const Labelled associated{
        "sealed signal",
        {bytes_of(as_bytes(name)), bytes_of(example_.treasury.room.view()), bytes_of(from.key().view()),
         bytes_of(to.key().view()), bytes_of(signal.from_epoch.view()), bytes_of(signal.to_epoch.view()),
         bytes_of(signal.link.view())}};
    const signaling::Relay passed_on{relay_type(type), from.key(), to.key(), example_.treasury.room, data};
    return {{"type", name},
            {"from", from.card.name()},
            {"to", to.card.name()},
            {"from_epoch_hex", hex(signal.from_epoch.view())},
            {"to_epoch_hex", hex(signal.to_epoch.view())},
            {"link_hex", hex(signal.link.view())},
            {"sealed", describe_sealed(key_, associated, signal.sealed)},
            {"data", json::serialize(data)},
            {"message", serialize(signaling::ServerMessage(passed_on))}};
  }

  static signaling::RelayType relay_type(ceremony::SignalType type) {
    if (type == ceremony::SignalType::offer) return signaling::RelayType::offer;
    return type == ceremony::SignalType::answer ? signaling::RelayType::answer : signaling::RelayType::ice_candidate;
  }

  // The sealed text is an envelope: also what is in it.
  static void add_envelope(json::Object& described) {
    const auto envelope =
        must(crypto::Envelope::parse(described.at("sealed").at("plaintext").as_string(),
                                     crypto::PayloadType::description, ceremony::kMaxDescriptionBytes));
    for (const auto& field : describe_envelope(envelope)) described[field.key()] = field.value();
  }

  const Example& example_;
  Bytes key_;
  ceremony::OfferingNegotiator offering_;
  ceremony::AnsweringNegotiator answering_;
  CountingRandom nonces_{0x00};
  LinkId link_;
  crypto::Envelope offer_;
};

}  // namespace

json::Object describe_signaling(const Example& example) {
  const RoomId& room = example.treasury.room;
  signaling::Rooms rooms({}, signaling::ServerKind::embedded, room);
  json::Object described;

  CountingRandom first(0x00);
  const signaling::Hello hello = rooms.connect(kAlice, room, first);
  described["hello"] =
      json::Object{{"nonce_hex", hex(hello.nonce.view())}, {"message", serialize(signaling::ServerMessage(hello))}};
  const signaling::RoomTerms terms{
      example.treasury.salt, {example.alice.key(), example.bob.key()}, std::chrono::seconds(1200)};
  const signaling::Join creator_join =
      signaling::create_join(example.alice.identity, room, example.alice_epoch, hello.nonce, terms);
  described["creator_join"] = describe_join(creator_join, hello.nonce);
  described["joined_first"] = json::Object{{"message", serialize(answer(rooms, kAlice, creator_join))}};

  CountingRandom second(0x20);
  const Nonce nonce = rooms.connect(kBob, room, second).nonce;
  const signaling::Join join = signaling::create_join(example.bob.identity, room, example.bob_epoch, nonce, {});
  described["join"] = describe_join(join, nonce);
  for (const signaling::Delivery& delivery : rooms.handle_message(kBob, join, signaling::Time()).deliveries) {
    described[delivery.to == kBob ? "joined" : "ready"] = json::Object{{"message", serialize(delivery.message)}};
  }

  signaling::Joined with_servers{
      room, {}, {{{"stun:192.0.2.9:3478"}, "", ""}, {{"turn:192.0.2.9:3478?transport=udp"}, "user", "credential"}}};
  described["joined_with_ice_servers"] =
      json::Object{{"message", serialize(signaling::ServerMessage(std::move(with_servers)))}};
  described["leave"] =
      json::Object{{"message", serialize(signaling::ClientMessage(signaling::Leave{example.bob.key(), room}))}};

  CountingRandom third(0x60);
  const Nonce strangers = rooms.connect(kStranger, room, third).nonce;
  const auto refused = signaling::create_join(example.carol.identity, room, Epoch(), strangers, {});
  described["error"] = json::Object{{"message", serialize(answer(rooms, kStranger, refused))}};
  return described;
}

json::Object describe_signals(const Example& example) {
  Link link(example);
  json::Object offer = link.offer();
  json::Object answer = link.answer();
  json::Object candidate =
      link.candidate(rtc::IceCandidateInit{"candidate:1 1 UDP 2122252543 192.0.2.7 49152 typ host", "0", 0, "aBcD"});
  return {{"offer", std::move(offer)},
          {"answer", std::move(answer)},
          {"candidate", std::move(candidate)},
          {"end_of_candidates", link.candidate(std::nullopt)}};
}

}  // namespace coterie::vectors
