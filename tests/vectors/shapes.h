// The few shapes that the examples are written in; docs/protocol.md, "Test vectors", describes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "crypto/envelope.h"

namespace coterie::vectors {

struct Labelled {
  std::string purpose;
  std::vector<Bytes> fields;

  Bytes sequence() const;
};

std::string hex(BytesView bytes);

// {"label","fields_hex","sequence_hex"}, and with "digest_hex".
json::Object describe_sequence(const Labelled& labelled);
json::Object describe_digest(const Labelled& labelled);

// {"payload","pae","envelope"}
json::Object describe_envelope(const crypto::Envelope& envelope);

// {"key_hex","nonce_hex","associated_data","plaintext","sealed_hex"}: opened with that key and associated data.
json::Object describe_sealed(BytesView key, const Labelled& associated_data, BytesView sealed);

}  // namespace coterie::vectors
