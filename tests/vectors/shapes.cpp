#include "vectors/shapes.h"

#include "crypto/digest.h"
#include "crypto/sealing.h"
#include "vectors/example.h"

namespace coterie::vectors {

namespace {

constexpr std::size_t kNonceBytes = 24;

crypto::LabelledFields labelled_fields(const Labelled& labelled) {
  crypto::LabelledFields fields(labelled.purpose);
  for (const Bytes& field : labelled.fields) fields.add(field);
  return fields;
}

}  // namespace

Bytes Labelled::sequence() const {
  return to_vector(labelled_fields(*this).bytes());
}

std::string hex(BytesView bytes) {
  return serialize_hex(bytes);
}

json::Object describe_sequence(const Labelled& labelled) {
  json::Array fields;
  for (const Bytes& field : labelled.fields) fields.emplace_back(hex(field));
  return {{"label", "coterie/1 " + labelled.purpose},
          {"fields_hex", std::move(fields)},
          {"sequence_hex", hex(labelled.sequence())}};
}

json::Object describe_digest(const Labelled& labelled) {
  json::Object described = describe_sequence(labelled);
  described["digest_hex"] = hex(crypto::digest(labelled_fields(labelled)).view());
  return described;
}

json::Object describe_envelope(const crypto::Envelope& envelope) {
  return {{"payload", as_text(envelope.payload)}, {"pae", as_text(envelope.pae())}, {"envelope", envelope.serialize()}};
}

json::Object describe_sealed(BytesView key, const Labelled& associated_data, BytesView sealed) {
  const SecretBytes plaintext =
      must(crypto::open(must(Secret<32>::from_bytes(key)), associated_data.sequence(), sealed));
  return {{"key_hex", hex(key)},
          {"nonce_hex", hex(sealed.first(kNonceBytes))},
          {"associated_data", describe_sequence(associated_data)},
          {"plaintext", std::string(plaintext.text())},
          {"sealed_hex", hex(sealed)}};
}

}  // namespace coterie::vectors
