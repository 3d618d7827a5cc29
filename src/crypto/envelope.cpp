// DSSE envelopes: see envelope.h.
#include "crypto/envelope.h"

namespace coterie::crypto {

namespace {

// The longest keyid in use is an Ed25519 key, 43 characters; every signature scheme in use has 64 bytes.
constexpr std::size_t kMaxKeyId = 64;
constexpr std::size_t kMaxSignature = 64;

std::string name_of(PayloadType type) {
  switch (type) {
    case PayloadType::card:
      return "card";
    case PayloadType::manifest:
      return "manifest";
    case PayloadType::description:
      return "description";
    case PayloadType::join:
      return "join";
  }
  return "envelope";
}

}  // namespace

const char* to_string(PayloadType type) {
  switch (type) {
    case PayloadType::card:
      return "application/vnd.coterie.card+json";
    case PayloadType::manifest:
      return "application/vnd.coterie.manifest+json";
    case PayloadType::description:
      return "application/vnd.coterie.description+json";
    case PayloadType::join:
      return "application/vnd.coterie.join+json";
  }
  return "";
}

Bytes pre_authentication_encoding(PayloadType type, BytesView payload) {
  const std::string_view name = to_string(type);
  const std::string head =
      "DSSEv1 " + std::to_string(name.size()) + " " + std::string(name) + " " + std::to_string(payload.size()) + " ";
  Bytes encoding = to_vector(as_bytes(head));
  encoding.insert(encoding.end(), payload.begin(), payload.end());
  return encoding;
}

Result<Envelope> Envelope::parse(std::string_view text, PayloadType expected, std::size_t max_bytes) {
  COTERIE_TRY(const json::Value value, json::parse(text, max_bytes, name_of(expected)));
  COTERIE_TRY(Envelope envelope, from_json(value, expected, max_bytes));
  if (envelope.serialize() != text) return refused_error(name_of(expected) + " is not in canonical form");
  return envelope;
}

Result<Envelope> Envelope::from_json(const json::Value& value, PayloadType expected, std::size_t max_bytes) {
  const std::string what = name_of(expected);
  json::ObjectReader reader(value, what);
  Envelope envelope;
  envelope.type = expected;
  envelope.payload = reader.bytes("payload", max_bytes, Base64::standard);
  if (reader.string_view("payloadType", 128) != to_string(expected)) {
    reader.fail("payloadType", std::string("not ") + to_string(expected));
  }
  for (const json::Value& item : reader.array("signatures", kMaxSignatures)) {
    json::ObjectReader signature(item, "signature of the " + what);
    std::string keyid = signature.string("keyid", kMaxKeyId);
    Bytes sig = signature.bytes("sig", kMaxSignature, Base64::standard);
    COTERIE_CHECK(signature.finish());
    envelope.signatures.push_back({std::move(keyid), std::move(sig)});
  }
  if (reader.ok() && envelope.signatures.empty()) reader.fail("signatures", "empty");
  COTERIE_CHECK(reader.finish());
  // Objects compare equal whatever the order of their fields; only their text shows it.
  if (json::serialize(value) != envelope.serialize()) return refused_error(what + " is not in canonical form");
  return envelope;
}

json::Value Envelope::to_json() const {
  json::Array list;
  for (const EnvelopeSignature& signature : signatures) {
    list.push_back(
        json::Object{{"keyid", signature.keyid}, {"sig", serialize_base64(signature.sig, Base64::standard)}});
  }
  return json::Object{{"payload", serialize_base64(payload, Base64::standard)},
                      {"payloadType", to_string(type)},
                      {"signatures", std::move(list)}};
}

std::string Envelope::serialize() const {
  return json::serialize(to_json());
}

void Envelope::sign(const Identity& identity) {
  signatures.push_back({identity.sign_key().text(), to_vector(identity.sign(pae()).view())});
}

bool Envelope::signed_by(std::size_t index, const SignKey& key) const {
  if (index >= signatures.size() || signatures[index].keyid != key.text()) return false;
  const auto signature = Signature::from_bytes(signatures[index].sig);
  return signature && verify_signature(key, pae(), *signature);
}

}  // namespace coterie::crypto
