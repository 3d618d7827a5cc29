// Joins, descriptions, signals, channel messages and vault headers that must be refused.
#include "ceremony/description.h"
#include "ceremony/framing.h"
#include "ceremony/message.h"
#include "ceremony/sealed_signal.h"
#include "crypto/digest.h"
#include "signaling/message.h"
#include "vectors/alter.h"
#include "vectors/protocol_vectors.h"
#include "vectors/shapes.h"

namespace coterie::vectors {

namespace {

using ceremony::SignalType;
using crypto::PayloadType;

constexpr const char* kRefusedJoin = "the room is not open, or you are not in its roster";

// What alice's offer to bob says, as it stands under "signals".
ceremony::Description describe_offer(const Example& example) {
  ceremony::Description offer;
  offer.context = {example.treasury.room, example.alice.key(), example.bob.key(),
                   example.alice_epoch,   example.bob_epoch,   must(LinkId::from_bytes(counting(0xe0, 16)))};
  offer.sdp = std::string(describe_signals(example).at("offer").at("sdp").as_string());
  return offer;
}

}  // namespace

void add_refused_joins(json::Array& refused, const Example& example) {
  const RoomId& room = example.treasury.room;
  const Nonce nonce = must(Nonce::from_bytes(counting(0x20, 32)));
  const signaling::RoomTerms terms{
      example.treasury.salt, {example.alice.key(), example.bob.key()}, std::chrono::seconds(1200)};
  enum class RoomState { open, not_open };
  // What the server that greeted with `nonce` is told, with alice's room open or not.
  const auto message = [&](std::string_view rule, std::string_view fault, RoomState state, const std::string& text,
                           std::string_view words) {
    refuse(refused, "join", rule, fault,
           {{"room_is_open", state == RoomState::open}, {"nonce_hex", hex(nonce.view())}, {"message", text}}, words);
  };
  const auto refuse_join = [&](std::string_view rule, std::string_view fault, RoomState state,
                               const signaling::Join& altered) {
    message(rule, fault, state, serialize(signaling::ClientMessage(altered)), kRefusedJoin);
  };
  const auto bobs = [&](const Nonce& greeted) {
    return signaling::create_join(example.bob.identity, room, example.bob_epoch, greeted, {});
  };
  const auto alices = [&](const signaling::RoomTerms& create) {
    return signaling::create_join(example.alice.identity, room, example.alice_epoch, nonce, create);
  };
  const signaling::Join good = bobs(nonce);
  const auto altered = [&](auto alter) {
    signaling::Join join = good;
    alter(join);
    return join;
  };

  refuse_join("proof", "a proof for another connection's nonce", RoomState::open,
              bobs(must(Nonce::from_bytes(counting(0x21, 32)))));
  refuse_join("proof", "another epoch than signed", RoomState::open,
              altered([&](signaling::Join& join) { join.epoch = example.alice_epoch; }));
  refuse_join("proof", "the proof of another signer", RoomState::open,
              altered([&](signaling::Join& join) { join.from = example.alice.key(); }));
  refuse_join("proof", "a bit of the proof", RoomState::open,
              altered([](signaling::Join& join) { join.proof.data()[0] ^= 1; }));
  refuse_join("room", "another room than the one of this server", RoomState::open,
              signaling::create_join(example.bob.identity, example.estate.room, example.bob_epoch, nonce, {}));
  refuse_join("roster", "somebody who is not in the roster", RoomState::open,
              signaling::create_join(example.carol.identity, room, example.bob_epoch, nonce, {}));
  refuse_join("create", "a create by somebody else than the creator", RoomState::open,
              signaling::create_join(example.bob.identity, room, example.bob_epoch, nonce, terms));
  refuse_join("create", "no create, while the room is not open", RoomState::not_open, good);
  refuse_join("create", "a create by somebody else than the creator, while the room is not open", RoomState::not_open,
              signaling::create_join(example.bob.identity, room, example.bob_epoch, nonce, terms));
  signaling::RoomTerms other_salt = terms;
  other_salt.salt = example.estate.salt;
  refuse_join("create", "the salt of another room, while the room is not open", RoomState::not_open,
              alices(other_salt));
  signaling::RoomTerms without_creator = terms;
  without_creator.roster = {example.bob.key()};
  refuse_join("create", "a roster without the creator, while the room is not open", RoomState::not_open,
              alices(without_creator));
  signaling::RoomTerms other_order = terms;
  std::swap(other_order.roster.front(), other_order.roster.back());
  refuse_join("create", "the roster in another order than the open room's", RoomState::open, alices(other_order));
  signaling::Join other_ttl = alices(terms);
  other_ttl.create->ttl = std::chrono::seconds(1201);
  refuse_join("proof", "another ttl than signed", RoomState::open, other_ttl);
  signaling::Join without_create = alices(terms);
  without_create.create.reset();
  refuse_join("proof", "without the create that was signed", RoomState::open, without_create);

  const std::string text = serialize(signaling::ClientMessage(alices(terms)));
  const std::string roster = "\"" + example.bob.key().text() + "\"]";
  message("fields", "a signer twice in the roster", RoomState::open,
          replaced(text, roster, roster.substr(0, 45) + "," + roster), "create: a signer stands twice in the roster");
  message("fields", "a ttl of 0", RoomState::open, replaced(text, ":1200", ":0"),
          "create: \"ttl\": not between 1 and 86400");
  message("fields", "a ttl of more than a day", RoomState::open, replaced(text, ":1200", ":86401"),
          "create: \"ttl\": not between 1 and 86400");
  message("fields", "a further field", RoomState::open, replaced(text, "\"epoch\"", "\"more\":1,\"epoch\""),
          "join has fields that do not belong there");
  message("fields", "no epoch", RoomState::open,
          replaced(serialize(signaling::ClientMessage(good)), "\"epoch\":\"" + example.bob_epoch.text() + "\",", ""),
          "join: \"epoch\": missing");
  message("fields", "an unknown type", RoomState::open, replaced(text, "\"join\"", "\"Join\""),
          "signaling message: not a type that belongs here");
  message("fields", "a message that only a server sends", RoomState::open,
          serialize(signaling::ServerMessage(signaling::Hello{1, signaling::ServerKind::serve, nonce})),
          "signaling message: not a type that belongs here");
}

void add_refused_descriptions(json::Array& refused, const Example& example) {
  const ceremony::Description good = describe_offer(example);
  const std::string payload = payload_of(good.sign(example.alice.identity));
  const auto envelope = [&](std::string_view rule, std::string_view fault, const crypto::Envelope& description,
                            std::string_view message) {
    refuse(refused, "description", rule, fault,
           {{"from", example.alice.key().text()}, {"envelope", description.serialize()}}, message);
  };
  const auto change = [&](std::string_view rule, std::string_view fault, std::string_view old_part,
                          std::string_view new_part, std::string_view message) {
    envelope(rule, fault, sign(PayloadType::description, replaced(payload, old_part, new_part), {&example.alice}),
             message);
  };
  const std::string not_one = "the description does not have exactly one signature, by its sender";
  envelope("signature", "signed by its receiver", sign(PayloadType::description, payload, {&example.bob}), not_one);
  envelope("signature_count", "two signatures", sign(PayloadType::description, payload, {&example.alice, &example.bob}),
           not_one);
  crypto::Envelope changed = good.sign(example.alice.identity);
  changed.payload = to_vector(as_bytes(replaced(payload, "sha-256 00:", "sha-256 01:")));
  envelope("signature", "another DTLS fingerprint, not signed anew", changed, not_one);
  crypto::Envelope renamed = good.sign(example.alice.identity);
  renamed.signatures.front().keyid = example.bob.key().text();
  envelope("keyid", "the keyid of bob", renamed, not_one);
  envelope("payload_type", "called a join", sign(PayloadType::join, payload, {&example.alice}),
           "description: \"payloadType\": not application/vnd.coterie.description+json");
  change("canonical_payload", "white space in the payload", ",\"room\"", ", \"room\"",
         "the description is not in canonical form");
  change("canonical_payload", "an escape that is not needed", "v=0", "\\u0076=0",
         "the description is not in canonical form");
  change("fields", "neither offer nor answer", "\"offer\"", "\"pranswer\"",
         "description: \"type\": neither offer nor answer");
  change("fields", "an answer without the digest of its offer", "\"offer\"", "\"answer\"",
         "description: \"offer_digest\": missing");
  change("fields", "an offer with a digest", "\"}", "\",\"offer_digest\":\"" + Digest().text() + "\"}",
         "description has fields that do not belong there");
}

void add_refused_signals(json::Array& refused, const Example& example) {
  const ceremony::Description good = describe_offer(example);
  const ceremony::LinkContext& context = good.context;
  const crypto::PairKey key =
      must(crypto::PairKey::derive(example.alice.identity, example.bob.card.peer(), context.room));
  // To bob, who is in the room and waits for alice's first offer; or to alice, whose offer waits for bob's answer.
  const auto signal = [&](std::string_view rule, std::string_view fault, SignalType type,
                          const ceremony::SealedSignal& data) {
    const bool to_bob = type == SignalType::offer;
    refuse(refused, "signal", rule, fault,
           {{"type", ceremony::to_string(type)},
            {"from", to_bob ? "alice" : "bob"},
            {"to", to_bob ? "bob" : "alice"},
            {"data", json::serialize(data.to_json())}},
           to_bob ? "description not signed by alice" : "description not signed by bob");
  };
  CountingRandom nonce(0x00);
  const auto seal = [&](SignalType type, const ceremony::LinkContext& sealed_for, const crypto::Envelope& envelope) {
    return ceremony::seal_signal(type, sealed_for, envelope.serialize(), key, nonce);
  };
  const auto offer = [&](std::string_view rule, std::string_view fault, auto alter) {
    ceremony::Description altered = good;
    alter(altered);
    signal(rule, fault, SignalType::offer, seal(SignalType::offer, context, altered.sign(example.alice.identity)));
  };
  const crypto::Envelope envelope = good.sign(example.alice.identity);

  ceremony::SealedSignal flipped = seal(SignalType::offer, context, envelope);
  flipped.sealed.back() ^= 1;
  signal("sealing", "a bit of the tag", SignalType::offer, flipped);
  signal("sealing", "sealed as an answer", SignalType::offer, seal(SignalType::answer, context, envelope));
  ceremony::LinkContext reversed = context;
  std::swap(reversed.from, reversed.to);
  signal("sealing", "sealed for the other direction", SignalType::offer, seal(SignalType::offer, reversed, envelope));
  ceremony::LinkContext elsewhere = context;
  elsewhere.room = example.estate.room;
  signal("sealing", "sealed for another room", SignalType::offer, seal(SignalType::offer, elsewhere, envelope));
  ceremony::SealedSignal moved = seal(SignalType::offer, context, envelope);
  moved.link = must(LinkId::from_bytes(counting(0xd0, 16)));
  signal("sealing", "the signal of another link", SignalType::offer, moved);
  signal("signature", "a description that its receiver signed", SignalType::offer,
         seal(SignalType::offer, context, good.sign(example.bob.identity)));
  offer("context", "a description of another room",
        [&](ceremony::Description& description) { description.context.room = example.estate.room; });
  offer("context", "a description of another link", [](ceremony::Description& description) {
    description.context.link = must(LinkId::from_bytes(counting(0xd0, 16)));
  });
  offer("context", "a description for another signer",
        [&](ceremony::Description& description) { description.context.to = example.carol.key(); });
  offer("context", "a description of another epoch of its sender", [](ceremony::Description& description) {
    description.context.from_epoch = must(Epoch::from_bytes(counting(0x90, 16)));
  });
  offer("context", "a description for another epoch of its receiver", [](ceremony::Description& description) {
    description.context.to_epoch = must(Epoch::from_bytes(counting(0x90, 16)));
  });
  offer("context", "an answer in an offer", [](ceremony::Description& description) {
    description.type = SignalType::answer;
    description.offer_digest = Digest();
  });

  ceremony::Description answer = good;
  answer.type = SignalType::answer;
  std::swap(answer.context.from, answer.context.to);
  std::swap(answer.context.from_epoch, answer.context.to_epoch);
  answer.offer_digest = Digest();
  signal("offer_digest", "an answer to another offer", SignalType::answer,
         seal(SignalType::answer, answer.context, answer.sign(example.bob.identity)));
}

void add_refused_channel_messages(json::Array& refused, const Example& example) {
  const auto message = [&](std::string_view rule, std::string_view fault, const std::string& text,
                           std::string_view words) {
    refuse(refused, "channel message", rule, fault, {{"message", text}}, words);
  };
  const auto frame = [&](std::string_view rule, std::string_view fault, const char* bytes, std::string_view words) {
    refuse(refused, "frame", rule, fault, {{"frame_hex", bytes}}, words);
  };
  const json::Object treasury = describe_channel(example).at("treasury").as_object();
  const auto good = [&](const char* name) { return std::string(treasury.at(name).at("message").as_string()); };
  const std::string digest = "\"digest\":\"" + example.treasury.manifest.digest().text() + "\"";

  message("fields", "an unknown type", replaced(good("stored"), "\"stored\"", "\"store\""),
          "a channel message of an unknown type");
  message("fields", "no digest", replaced(good("stored"), "," + digest, ""), "channel message: \"digest\": missing");
  message("fields", "a further field", replaced(good("stored"), "}", ",\"more\":1}"),
          "channel message has fields that do not belong there");
  const std::string signature(must(json::parse(good("receipt"), 4096, "receipt")).at("signature").as_string());
  message("fields", "a receipt of 63 bytes", replaced(good("receipt"), signature, signature.substr(0, 84)),
          "channel message: \"signature\": a signature must have 64 bytes, not 63");
  message("fields", "a reason of 1025 bytes", replaced(good("decline"), "not agreed", std::string(1025, 'x')),
          "channel message: \"reason\": longer than 1024 bytes");
  message("fields", "an unknown cause", replaced(good("abort"), "\"declined\"", "\"tired\""),
          "channel message: \"cause\": neither declined nor abandoned");
  const std::string type = "\"payloadType\":\"application/vnd.coterie.manifest+json\",";
  message("canonical_envelope", "fields of the certificate's envelope in another order",
          replaced(replaced(good("certificate"), type, ""), "{\"payload\"", "{" + type + "\"payload\""),
          "manifest is not in canonical form");
  message("json", "something behind the message", good("stored") + "{}",
          "channel message is not valid JSON: something follows the value");
  frame("size", "a length of 0", "00000000", "an empty message was sent over the channel");
  frame("size", "a length of 512 KiB and 1", "00080001", "a message of 524289 bytes was announced, more than 524288");
}

void add_refused_vault_headers(json::Array& refused) {
  const json::Object good = describe_vault_header();
  const Bytes bytes = must(parse_hex(good.at("header_hex").as_string()));
  const std::string passphrase(good.at("passphrase").as_string());
  const auto header = [&](std::string_view rule, std::string_view fault, const Bytes& altered, std::string_view with,
                          std::string_view words) {
    refuse(refused, "vault header", rule, fault, {{"passphrase", with}, {"header_hex", hex(altered)}}, words);
  };
  // With the checksum made anew, as whoever can write to the file would.
  const auto overwritten = [&](std::size_t at, const Bytes& with) {
    Bytes altered(bytes.begin(), bytes.end() - Digest::kSize);
    std::copy(with.begin(), with.end(), altered.begin() + static_cast<std::ptrdiff_t>(at));
    const Digest checksum = crypto::digest(crypto::LabelledFields("vault header").add(altered));
    altered.insert(altered.end(), checksum.view().begin(), checksum.view().end());
    return altered;
  };
  header("checksum", "a bit of the salt", with_bit_flipped(bytes, 30), passphrase, "the header was changed");
  header("size", "a byte short", Bytes(bytes.begin(), bytes.end() - 1), passphrase, "the header has the wrong length");
  header("parameters", "16 TiB of memory", overwritten(16, {0, 0, 16, 0, 0, 0, 0, 0}), passphrase,
         "passphrase parameters: memory of 17592186044416 bytes is not between 8 MiB and 1 GiB");
  header("parameters", "no pass", overwritten(24, {0, 0, 0, 0}), passphrase,
         "passphrase parameters: 0 passes are not between 1 and 16");
  header("sealing", "another vault's id", overwritten(0, {1}), passphrase, "wrong passphrase");
  header("sealing", "another passphrase", bytes, "correct horse battery stapler", "wrong passphrase");
}

}  // namespace coterie::vectors
