#include "ceremony/sealed_signal.h"

namespace coterie::ceremony {

namespace {

constexpr std::size_t kMaxSealedSignal = kMaxDescriptionBytes + 64;  // nonce and tag

crypto::LabelledFields signal_fields(SignalType type, const LinkContext& context) {
  crypto::LabelledFields fields("sealed signal");
  fields.add(to_string(type)).add(context.room.view()).add(context.from.view()).add(context.to.view());
  fields.add(context.from_epoch.view()).add(context.to_epoch.view()).add(context.link.view());
  return fields;
}

}  // namespace

Result<SealedSignal> SealedSignal::from_json(const json::Value& data) {
  json::ObjectReader reader(data, "signal");
  SealedSignal signal;
  signal.from_epoch = reader.fixed<Epoch>("from_epoch");
  signal.to_epoch = reader.fixed<Epoch>("to_epoch");
  signal.link = reader.fixed<LinkId>("link");
  signal.sealed = reader.bytes("sealed", kMaxSealedSignal, Base64::url);
  COTERIE_CHECK(reader.finish());
  return signal;
}

json::Value SealedSignal::to_json() const {
  return json::Object{{"from_epoch", from_epoch.text()},
                      {"to_epoch", to_epoch.text()},
                      {"link", link.text()},
                      {"sealed", serialize_base64(sealed, Base64::url)}};
}

SealedSignal seal_signal(SignalType type, const LinkContext& context, std::string_view plaintext,
                         const crypto::PairKey& key, Random& random) {
  return {context.from_epoch, context.to_epoch, context.link,
          key.seal(signal_fields(type, context), as_bytes(plaintext), random)};
}

Result<SecretBytes> open_signal(SignalType type, const LinkContext& context, const SealedSignal& signal,
                                const crypto::PairKey& key) {
  return key.open(signal_fields(type, context), signal.sealed);
}

}  // namespace coterie::ceremony
