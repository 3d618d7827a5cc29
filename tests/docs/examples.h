// The examples of docs/protocol.md, made by the code itself: one creation by alice with bob, from fixed secrets.
#pragma once

#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <variant>
#include <vector>

#include "account/account.h"
#include "base/json.h"
#include "base/random.h"
#include "ceremony/card.h"
#include "ceremony/creator.h"
#include "ceremony/invite.h"
#include "ceremony/link_negotiator.h"
#include "ceremony/manifest.h"
#include "ceremony/recipient.h"
#include "crypto/digest.h"
#include "crypto/room.h"
#include "rtc/data_channel.h"
#include "rtc/sdp.h"
#include "signaling/room.h"

namespace coterie {

using Examples = std::map<std::string, std::string>;

// Bytes that count upwards, as the document says them: a nonce "of bytes 00…17".
class CountingRandom final : public Random {
 public:
  explicit CountingRandom(std::uint8_t first) : next_(first) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_;
};

inline Bytes counting(std::uint8_t first, std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

struct ExampleSigner {
  crypto::Identity identity;
  ceremony::Card card;

  static ExampleSigner make(const char* name, std::uint8_t first) {
    crypto::Identity identity = *crypto::Identity::parse(counting(first, 64));
    ceremony::Card card = *ceremony::Card::create(name, identity, 1'700'000'000);
    return {std::move(identity), std::move(card)};
  }
  const SignKey& key() const { return card.sign_key(); }
};

class ExampleMaker {
 public:
  Examples make() {
    add_cards();
    add_manifest();
    add_signaling();
    add_creation();
    add_refusals();
    return std::move(examples_);
  }

 private:
  static constexpr std::uint8_t kAlice = 0x00;
  static constexpr std::uint8_t kBob = 0x40;

  static std::string payload(const crypto::Envelope& envelope) { return std::string(as_text(envelope.payload)); }

  void add_cards() {
    examples_["card payload"] = payload(alice_.card.envelope());
    examples_["card"] = alice_.card.envelope().serialize();
    examples_["card text"] = alice_.card.serialize();
    examples_["fingerprint"] = alice_.card.fingerprint();
    examples_["card of bob"] = bob_.card.envelope().serialize();
    examples_["room"] = room_.text();
    examples_["invite"] = ceremony::Invite{"192.0.2.7", 8081, room_, alice_.card.peer()}.serialize();
  }

  account::SharedStateAccount make_account() const {
    CountingRandom random(0xc0);
    return *account::SharedStateAccount::create_opaque(SecretBytes::copy_of(std::string_view(R"({"hello":"world"})")),
                                                       random);
  }

  ceremony::SignedManifest make_manifest() const {
    ceremony::Manifest manifest;
    manifest.name = "treasury";
    manifest.threshold = 2;
    manifest.signers = {alice_.card, bob_.card};
    manifest.account = make_account().public_part();
    manifest.room = room_;
    manifest.created_at = 1'700'000'100;
    return *ceremony::SignedManifest::create(std::move(manifest), alice_.identity);
  }

  void add_manifest() {
    examples_["account"] = json::serialize(account::to_json(make_account().public_part()));
    examples_["account secrets"] = std::string(make_account().serialize().text());
    const ceremony::SignedManifest manifest = make_manifest();
    examples_["manifest payload"] = payload(manifest.envelope());
    examples_["manifest"] = manifest.serialize();
    examples_["manifest digest"] = manifest.digest().text();
    examples_["verification code"] = manifest.verification_code();
  }

  rtc::sdp::Description describe(rtc::sdp::Setup setup) const {
    rtc::sdp::Description description;
    description.ice_ufrag = setup == rtc::sdp::Setup::actpass ? "aBcD" : "eFgH";
    description.ice_pwd = setup == rtc::sdp::Setup::actpass ? "0123456789abcdefghijkl" : "mnopqrstuvwxyzABCDEFGH";
    std::iota(description.fingerprint.bytes.begin(), description.fingerprint.bytes.end(), std::uint8_t{0});
    description.setup = setup;
    description.max_message_bytes = rtc::kMaxMessageBytes;
    return description;
  }

  void join_room(signaling::Rooms& rooms, signaling::ConnectionId id, const ExampleSigner& signer, const Epoch& epoch,
                 std::uint8_t nonce, const std::optional<signaling::RoomTerms>& create) {
    CountingRandom random(nonce);
    const signaling::Hello hello = rooms.connect(id, room_, random);
    if (create) examples_["hello"] = serialize(signaling::ServerMessage(hello));
    const signaling::Join join = signaling::create_join(signer.identity, room_, epoch, hello.nonce, create);
    examples_[create ? "creator join" : "join"] = serialize(signaling::ClientMessage(join));
    const auto handled = rooms.handle_message(id, join, signaling::Time());
    for (const signaling::Delivery& delivery : handled.deliveries) {
      // Of the last who joins: it lists the one before.
      const bool joined = std::holds_alternative<signaling::Joined>(delivery.message);
      examples_[joined ? "joined" : "ready"] = serialize(delivery.message);
    }
  }

  // What the server passes on of a message that `from` sent.
  std::string relayed(signaling::Rooms& rooms, signaling::ConnectionId id, signaling::RelayType type,
                      const SignKey& from, const SignKey& to, const json::Value& data) {
    const auto handled = rooms.handle_message(id, signaling::Relay{type, from, to, room_, data}, signaling::Time());
    return serialize(handled.deliveries.at(0).message);
  }

  void add_signaling() {
    const auto alice_epoch = *Epoch::from_bytes(counting(0xa0, 16));
    const auto bob_epoch = *Epoch::from_bytes(counting(0xb0, 16));
    const signaling::ConnectionId first{1};
    const signaling::ConnectionId second{2};
    signaling::Rooms rooms({}, signaling::ServerKind::embedded, room_);
    const signaling::RoomTerms terms{salt_, {alice_.key(), bob_.key()}, std::chrono::seconds(1200)};
    join_room(rooms, first, alice_, alice_epoch, 0x00, terms);
    join_room(rooms, second, bob_, bob_epoch, 0x20, std::nullopt);

    auto offering = *ceremony::OfferingNegotiator::create({alice_.identity, bob_.card.peer(), "bob", room_});
    auto answering = *ceremony::AnsweringNegotiator::create({bob_.identity, alice_.card.peer(), "alice", room_});
    offering.own_joined(alice_epoch);
    offering.peer_joined(bob_epoch);
    answering.own_joined(bob_epoch);
    answering.peer_joined(alice_epoch);

    CountingRandom link(0xe0);
    CountingRandom nonce(0x00);
    (void)offering.start_link(link);
    examples_["sdp offer"] = rtc::sdp::serialize(describe(rtc::sdp::Setup::actpass), 1'000'000'007);
    examples_["sdp answer"] = rtc::sdp::serialize(describe(rtc::sdp::Setup::active), 1'000'000'009);
    const json::Value offer = *offering.create_offer(examples_["sdp offer"], nonce);
    examples_["offer"] = relayed(rooms, first, signaling::RelayType::offer, alice_.key(), bob_.key(), offer);
    verified_offer_ = answering.consume_offer(offer)->has_value();
    const json::Value answer = *answering.create_answer(examples_["sdp answer"], nonce);
    examples_["answer"] = relayed(rooms, second, signaling::RelayType::answer, bob_.key(), alice_.key(), answer);
    verified_answer_ = offering.consume_answer(answer)->has_value();

    const rtc::IceCandidateInit init{"candidate:1 1 UDP 2122252543 192.0.2.7 49152 typ host", "0", 0, "aBcD"};
    const json::Value candidate = rtc::serialize_ice_candidate(init);
    examples_["candidate"] = json::serialize(candidate);
    examples_["ice-candidate"] = relayed(rooms, first, signaling::RelayType::ice_candidate, alice_.key(), bob_.key(),
                                         *offering.create_candidate(candidate, nonce));
    examples_["leave"] = serialize(signaling::ClientMessage(signaling::Leave{bob_.key(), room_}));
    examples_["signaling error"] = refused_join(rooms);
    add_description(offer, alice_epoch, bob_epoch);
  }

  std::string refused_join(signaling::Rooms& rooms) {
    const signaling::ConnectionId stranger{3};
    CountingRandom random(0x60);
    const auto hello = rooms.connect(stranger, room_, random);
    const ExampleSigner mallory = ExampleSigner::make("mallory", 0x10);
    const auto join = signaling::create_join(mallory.identity, room_, Epoch(), hello.nonce, std::nullopt);
    return serialize(rooms.handle_message(stranger, join, signaling::Time()).deliveries.at(0).message);
  }

  void add_description(const json::Value& offer, const Epoch& from, const Epoch& to) {
    const auto signal = *ceremony::SealedSignal::from_json(offer);
    const auto key = *crypto::PairKey::derive(bob_.identity, alice_.card.peer(), room_);
    const ceremony::LinkContext context{room_, alice_.key(), bob_.key(), from, to, signal.link};
    const auto opened = ceremony::open_signal(ceremony::SignalType::offer, context, signal, key);
    const std::string text(opened->text());
    examples_["offer envelope"] = text;
    examples_["offer payload"] = payload(*crypto::Envelope::parse(text, crypto::PayloadType::description, 1 << 20));
  }

  // --- the data channel: both machines, with nothing between them ---

  ceremony::Creator make_creator(Random& random) {
    return *ceremony::Creator::create({make_manifest(), make_account(), {}, {}, {}, {}}, alice_.identity, random);
  }
  ceremony::Recipient make_recipient() {
    return *ceremony::Recipient::create(bob_.identity, {alice_.card.peer(), room_, bob_.card});
  }

  template <class Machine>
  static std::vector<std::string> sent(Machine& machine) {
    std::vector<std::string> messages;
    while (const auto event = machine.poll_event()) {
      std::visit(
          [&](const auto& what) {
            if constexpr (requires { what.message; }) messages.push_back(what.message);
          },
          *event);
    }
    return messages;
  }

  void add_creation() {
    CountingRandom nonce(0x00);
    ceremony::Creator creator = make_creator(nonce);
    ceremony::Recipient recipient = make_recipient();
    creator.link_opened(bob_.key());
    recipient.link_opened();
    examples_["proposal"] = sent(creator).at(0);
    recipient.handle_message(examples_["proposal"]);
    (void)sent(recipient);
    recipient.accept();
    examples_["receipt"] = sent(recipient).at(0);
    creator.handle_message(bob_.key(), examples_["receipt"]);
    examples_["certificate"] = sent(creator).at(0);
    recipient.handle_message(examples_["certificate"]);
    examples_["stored"] = sent(recipient).at(0);
    creator.handle_message(bob_.key(), examples_["stored"]);
    complete_ = creator.state() == ceremony::Creator::State::complete &&
                recipient.state() == ceremony::Recipient::State::complete;
  }

  void add_refusals() {
    CountingRandom nonce(0x00);
    ceremony::Creator declined = make_creator(nonce);
    ceremony::Recipient recipient = make_recipient();
    declined.link_opened(bob_.key());
    recipient.link_opened();
    recipient.handle_message(sent(declined).at(0));
    (void)sent(recipient);
    recipient.decline("not agreed");
    examples_["decline"] = sent(recipient).at(0);
    declined.handle_message(bob_.key(), examples_["decline"]);
    examples_["abort"] = sent(declined).at(0);

    ceremony::Creator abandoned = make_creator(nonce);
    (void)abandoned.abandon("wrong threshold");
    abandoned.link_opened(bob_.key());
    examples_["abort of an abandoned one"] = sent(abandoned).at(0);
  }

 public:
  bool verified_offer() const { return verified_offer_; }
  bool verified_answer() const { return verified_answer_; }
  bool complete() const { return complete_; }

 private:
  ExampleSigner alice_ = ExampleSigner::make("alice", kAlice);
  ExampleSigner bob_ = ExampleSigner::make("bob", kBob);
  RoomSalt salt_ = *RoomSalt::from_bytes(counting(0x80, 32));
  RoomId room_ = crypto::room_id(alice_.key(), salt_);
  Examples examples_;
  bool verified_offer_ = false;
  bool verified_answer_ = false;
  bool complete_ = false;
};

}  // namespace coterie
