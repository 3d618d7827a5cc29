#include "ceremony/card.h"

#include <spdlog/fmt/fmt.h>

#include "ceremony/name.h"
#include "ceremony/text.h"

namespace coterie::ceremony {

namespace {

constexpr int kVersion = 1;

// `aztec`: null for none.
std::string serialize_payload(std::string_view name, const crypto::Peer& peer, UnixSeconds created_at,
                              const json::Value& aztec) {
  json::Object payload{{"version", kVersion},
                       {"name", name},
                       {"sign_key", peer.sign_key.text()},
                       {"box_key", peer.box_key.text()},
                       {"created_at", created_at}};
  if (!aztec.is_null()) payload.emplace("aztec", aztec);
  return json::serialize(payload);
}

Error named(const Error& error, std::string_view name) {
  return {error.kind, fmt::format("the card of {}: {}", escape(name), error.message), error.hint};
}

Result<crypto::Envelope> make_envelope(std::string_view name, const crypto::Identity& identity, UnixSeconds created_at,
                                       const json::Value& aztec) {
  if (auto checked = check_name(name, "signer name"); !checked) {
    return usage_error(checked.error().message, checked.error().hint);
  }
  if (created_at < 0) return usage_error("the time of a card is before 1970");
  crypto::Envelope envelope;
  envelope.type = crypto::PayloadType::card;
  envelope.payload =
      to_vector(as_bytes(serialize_payload(name, {identity.sign_key(), identity.box_key()}, created_at, aztec)));
  envelope.sign(identity);
  return envelope;
}

// Last, for it costs a thousand times what the rest does: only of a card that its own key has signed.
Result<account::AztecPart> verify_aztec_part(const json::Value& value, const crypto::Envelope& envelope) {
  COTERIE_TRY(account::AztecPart part, account::parse_aztec_part(value));
  if (json::serialize(account::to_json(part)) != json::serialize(value)) {
    return refused_error("its Aztec part is not in canonical form");
  }
  const crypto::EnvelopeSignature& signature = envelope.signatures[1];
  if (signature.keyid != Card::kAztecKeyId ||
      !account::verify_aztec_signature(part.account, envelope.pae(), signature.sig)) {
    return refused_error("it is not signed by its Aztec key", "ask for the card again: it was altered");
  }
  return part;
}

}  // namespace

Result<Card> Card::create(std::string_view name, const crypto::Identity& identity, UnixSeconds created_at) {
  COTERIE_TRY(crypto::Envelope envelope, make_envelope(name, identity, created_at, nullptr));
  return from_envelope(std::move(envelope));
}

Result<Card> Card::create(std::string_view name, const crypto::Identity& identity, UnixSeconds created_at,
                          const account::AztecAccount& own_account, Random& random) {
  COTERIE_TRY(crypto::Envelope envelope,
              make_envelope(name, identity, created_at, account::to_json(own_account.part())));
  envelope.signatures.push_back({std::string(kAztecKeyId), to_vector(own_account.sign(envelope.pae(), random).view())});
  return from_envelope(std::move(envelope));
}

Result<Card> Card::parse(std::string_view text) {
  text = trim(text);
  if (!text.starts_with(kTextPrefix)) {
    COTERIE_TRY(crypto::Envelope envelope, crypto::Envelope::parse(text, crypto::PayloadType::card, kMaxBytes));
    return from_envelope(std::move(envelope));
  }
  text.remove_prefix(kTextPrefix.size());
  if (text.size() > kMaxBytes * 4 / 3 + 4) return refused_error("the card is too long");
  const auto bytes = parse_base64(text, Base64::url);
  if (!bytes) {
    return refused_error("the card is damaged: " + bytes.error().message,
                         "copy the whole line, with nothing in between, or ask for the card again");
  }
  COTERIE_TRY(crypto::Envelope envelope,
              crypto::Envelope::parse(as_text(*bytes), crypto::PayloadType::card, kMaxBytes));
  return from_envelope(std::move(envelope));
}

Result<Card> Card::from_json(const json::Value& value) {
  COTERIE_TRY(crypto::Envelope envelope, crypto::Envelope::from_json(value, crypto::PayloadType::card, kMaxBytes));
  return from_envelope(std::move(envelope));
}

Result<Card> Card::from_envelope(crypto::Envelope envelope) {
  if (envelope.type != crypto::PayloadType::card) return refused_error("not a card");
  COTERIE_TRY(const json::Value value, json::parse(as_text(envelope.payload), kMaxBytes, "card"));
  json::ObjectReader reader(value, "card");
  Card card;
  reader.integer("version", kVersion, kVersion);
  card.name_ = reader.string("name", kMaxNameBytes);
  card.peer_.sign_key = reader.fixed<SignKey>("sign_key");
  card.peer_.box_key = reader.fixed<BoxKey>("box_key");
  card.created_at_ = reader.integer("created_at", 0, INT64_MAX);
  const json::Value aztec = reader.has("aztec") ? reader.value("aztec") : json::Value();
  if (reader.has("aztec") && !aztec.is_object()) reader.fail("aztec", "not an object");
  COTERIE_CHECK(reader.finish());
  COTERIE_CHECK(check_name(card.name_, "signer name"));
  if (serialize_payload(card.name_, card.peer_, card.created_at_, aztec) != as_text(envelope.payload)) {
    return named(refused_error("not in canonical form"), card.name_);
  }
  if (auto checked = crypto::check_box_key(card.peer_.box_key); !checked) return named(checked.error(), card.name_);
  if (envelope.signatures.size() != (aztec.is_null() ? 1 : 2)) {
    return named(refused_error(aztec.is_null() ? "it must have exactly one signature"
                                               : "it must have exactly two signatures, the second by its Aztec key"),
                 card.name_);
  }
  if (!envelope.signed_by(0, card.peer_.sign_key)) {
    return named(refused_error("it is not signed by its own key", "ask for the card again: it was altered"),
                 card.name_);
  }
  if (!aztec.is_null()) {
    auto part = verify_aztec_part(aztec, envelope);
    if (!part) return named(part.error(), card.name_);
    card.aztec_ = std::move(*part);
  }
  card.envelope_ = std::move(envelope);
  return card;
}

std::string Card::serialize() const {
  return std::string(kTextPrefix) + serialize_base64(as_bytes(envelope_.serialize()), Base64::url);
}

}  // namespace coterie::ceremony
