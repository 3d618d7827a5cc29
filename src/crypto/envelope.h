// DSSE envelopes (github.com/secure-systems-lab/dsse, v1): a payload, its type, and signatures over both.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "crypto/identity.h"

namespace coterie::crypto {

enum class PayloadType { card, manifest, description, join };
const char* to_string(PayloadType type);  // "application/vnd.coterie.card+json" …

// Pre-authentication encoding: "DSSEv1 <type length> <type> <payload length> <payload>".
Bytes pre_authentication_encoding(PayloadType type, BytesView payload);

struct EnvelopeSignature {
  std::string keyid;  // base64url of the Ed25519 key; finds a key, proves nothing
  Bytes sig;
  bool operator==(const EnvelopeSignature&) const = default;
};

// {"payload":…,"payloadType":…,"signatures":[{"keyid":…,"sig":…}]}, fields in this order; payload and sig in standard
// base64.
struct Envelope {
  PayloadType type = PayloadType::card;
  Bytes payload;
  std::vector<EnvelopeSignature> signatures;

  static constexpr std::size_t kMaxSignatures = 64;

  // Canonical: text is accepted only if `serialize` gives it back byte for byte. Kind: refused. Verifies no signature.
  static Result<Envelope> parse(std::string_view text, PayloadType expected, std::size_t max_bytes);
  static Result<Envelope> from_json(const json::Value& value, PayloadType expected, std::size_t max_bytes);
  json::Value to_json() const;
  std::string serialize() const;

  Bytes pae() const { return pre_authentication_encoding(type, payload); }
  void sign(const Identity& identity);  // appends one signature
  // Whether signatures[index] is by `key`: keyid equal and the signature right.
  bool signed_by(std::size_t index, const SignKey& key) const;

  bool operator==(const Envelope&) const = default;
};

}  // namespace coterie::crypto
