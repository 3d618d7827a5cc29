// Labelled digests: every hash in the protocol is over length-prefixed fields that begin with its purpose.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/secret.h"

namespace coterie::crypto {

// The bytes that are hashed or authenticated: field "coterie/1 <purpose>", then each field; every one with its length
// in front, 4 bytes big-endian (docs/protocol.md, "Hashes and associated data"). Two different lists never give equal
// bytes.
class LabelledFields {
 public:
  explicit LabelledFields(std::string_view purpose);
  LabelledFields& add(BytesView field);
  LabelledFields& add(std::string_view field) { return add(as_bytes(field)); }
  BytesView bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

// BLAKE2b-256 of the fields.
Digest digest(const LabelledFields& fields);
// Keyed BLAKE2b-256; key of 32 bytes. For names of vault records and for remembering accounts without keeping them.
Digest keyed_digest(const LabelledFields& fields, const Secret<32>& key);
// As digest, of fields followed by secret ones, which are hashed without a copy: a wiped 32-byte result.
Secret<32> secret_digest(const LabelledFields& fields, std::initializer_list<BytesView> secrets);
inline Secret<32> secret_digest(const LabelledFields& fields, BytesView secret) {
  return secret_digest(fields, std::initializer_list<BytesView>{secret});
}

// Thirty decimal digits in six groups of five, "12345 67890 …": group i is bytes 5i..5i+4 of the digest, big-endian,
// mod 100000. Fingerprints of cards and verification codes of manifests, to be read out by voice.
std::string digits(const Digest& digest);
// The digits alone, from text as a person types it (spaces ignored); an Error of kind usage unless exactly 30 digits.
Result<std::string> parse_digits(std::string_view typed);

}  // namespace coterie::crypto
