#include "ceremony/description.h"

#include "base/json.h"
#include "crypto/digest.h"

namespace coterie::ceremony {

namespace {

std::string serialize_payload(const Description& description) {
  const LinkContext& context = description.context;
  json::Object object{{"type", to_string(description.type)},
                      {"room", context.room.text()},
                      {"from", context.from.text()},
                      {"to", context.to.text()},
                      {"from_epoch", context.from_epoch.text()},
                      {"to_epoch", context.to_epoch.text()},
                      {"link", context.link.text()},
                      {"sdp", description.sdp}};
  if (description.offer_digest) object["offer_digest"] = description.offer_digest->text();
  return json::serialize(object);
}

}  // namespace

const char* to_string(SignalType type) {
  switch (type) {
    case SignalType::offer:
      return "offer";
    case SignalType::answer:
      return "answer";
    case SignalType::ice_candidate:
      return "ice-candidate";
  }
  return "";
}

crypto::Envelope Description::sign(const crypto::Identity& from) const {
  crypto::Envelope envelope;
  envelope.type = crypto::PayloadType::description;
  envelope.payload = to_vector(as_bytes(serialize_payload(*this)));
  envelope.sign(from);
  return envelope;
}

Result<Description> Description::consume(const crypto::Envelope& envelope, const SignKey& signer) {
  COTERIE_TRY(const json::Value value, json::parse(as_text(envelope.payload), kMaxDescriptionBytes, "description"));
  json::ObjectReader reader(value, "description");
  Description description;
  const std::string type = reader.string("type", 16);
  if (type == to_string(SignalType::answer)) {
    description.type = SignalType::answer;
  } else if (type != to_string(SignalType::offer)) {
    reader.fail("type", "neither offer nor answer");
  }
  description.context.room = reader.fixed<RoomId>("room");
  description.context.from = reader.fixed<SignKey>("from");
  description.context.to = reader.fixed<SignKey>("to");
  description.context.from_epoch = reader.fixed<Epoch>("from_epoch");
  description.context.to_epoch = reader.fixed<Epoch>("to_epoch");
  description.context.link = reader.fixed<LinkId>("link");
  description.sdp = reader.string("sdp", kMaxSdp);
  if (description.type == SignalType::answer) description.offer_digest = reader.fixed<Digest>("offer_digest");
  COTERIE_CHECK(reader.finish());
  if (serialize_payload(description) != as_text(envelope.payload)) {
    return refused_error("the description is not in canonical form");
  }
  if (envelope.type != crypto::PayloadType::description || envelope.signatures.size() != 1 ||
      !envelope.signed_by(0, signer)) {
    return refused_error("the description does not have exactly one signature, by its sender");
  }
  return description;
}

Digest offer_digest(const crypto::Envelope& offer) {
  return crypto::digest(crypto::LabelledFields("offer").add(offer.pae()));
}

}  // namespace coterie::ceremony
