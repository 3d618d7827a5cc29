#include "ceremony/card.h"

#include <spdlog/fmt/fmt.h>

#include "ceremony/name.h"
#include "ceremony/text.h"

namespace coterie::ceremony {

namespace {

constexpr int kVersion = 1;

std::string serialize_payload(std::string_view name, const crypto::Peer& peer, UnixSeconds created_at) {
  return json::serialize(json::Object{{"version", kVersion},
                                      {"name", name},
                                      {"sign_key", peer.sign_key.text()},
                                      {"box_key", peer.box_key.text()},
                                      {"created_at", created_at}});
}

Error named(const Error& error, std::string_view name) {
  return {error.kind, fmt::format("the card of {}: {}", escape(name), error.message), error.hint};
}

}  // namespace

Result<Card> Card::create(std::string_view name, const crypto::Identity& identity, UnixSeconds created_at) {
  if (auto checked = check_name(name, "signer name"); !checked) {
    return usage_error(checked.error().message, checked.error().hint);
  }
  if (created_at < 0) return usage_error("the time of a card is before 1970");
  crypto::Envelope envelope;
  envelope.type = crypto::PayloadType::card;
  envelope.payload =
      to_vector(as_bytes(serialize_payload(name, {identity.sign_key(), identity.box_key()}, created_at)));
  envelope.sign(identity);
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
  COTERIE_CHECK(reader.finish());
  COTERIE_CHECK(check_name(card.name_, "signer name"));
  if (serialize_payload(card.name_, card.peer_, card.created_at_) != as_text(envelope.payload)) {
    return named(refused_error("not in canonical form"), card.name_);
  }
  if (auto checked = crypto::check_box_key(card.peer_.box_key); !checked) return named(checked.error(), card.name_);
  if (envelope.signatures.size() != 1) return named(refused_error("it must have exactly one signature"), card.name_);
  if (!envelope.signed_by(0, card.peer_.sign_key)) {
    return named(refused_error("it is not signed by its own key", "ask for the card again: it was altered"),
                 card.name_);
  }
  card.envelope_ = std::move(envelope);
  return card;
}

std::string Card::serialize() const {
  return std::string(kTextPrefix) + serialize_base64(as_bytes(envelope_.serialize()), Base64::url);
}

}  // namespace coterie::ceremony
