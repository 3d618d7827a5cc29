// Card: a signer's public, self-signed description. A Card that exists has been verified.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "account/aztec_account.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"
#include "crypto/envelope.h"
#include "crypto/identity.h"
#include "crypto/sealing.h"

namespace coterie::ceremony {

// Payload {"version":1,"name":…,"sign_key":…,"box_key":…,"created_at":…,"aztec":{…}} in a DSSE envelope with one
// signature, by sign_key. `aztec`, the public part of the signer's own Aztec account, may be absent; with it there is a
// second signature, by that account's signing key. Proves that whoever holds these keys chose the rest; not who that
// is: compare fingerprints for that.
class Card {
 public:
  static constexpr std::size_t kMaxBytes = 4ul * 1024;  // of the envelope
  static constexpr std::string_view kTextPrefix = "coterie-card:";

  static constexpr std::string_view kAztecKeyId = "aztec-schnorr";  // of the second signature

  // A new card of one's own, without a chain key or with it. Kind usage for a name that is not allowed.
  static Result<Card> create(std::string_view name, const crypto::Identity& identity, UnixSeconds created_at);
  static Result<Card> create(std::string_view name, const crypto::Identity& identity, UnixSeconds created_at,
                             const account::AztecAccount& own_account, Random& random);

  // Text form ("coterie-card:" and base64url of the envelope) or the envelope's JSON; white space around it is trimmed.
  // Kind refused: not canonical, a field missing or unknown, a name not allowed, a low-order box key, a wrong
  // signature, an Aztec part whose address does not follow from its keys.
  static Result<Card> parse(std::string_view text);
  static Result<Card> from_envelope(crypto::Envelope envelope);
  static Result<Card> from_json(const json::Value& envelope);

  std::string serialize() const;  // the text form, one line
  json::Value to_json() const { return envelope_.to_json(); }

  const std::string& name() const { return name_; }
  const SignKey& sign_key() const { return peer_.sign_key; }
  const BoxKey& box_key() const { return peer_.box_key; }
  const crypto::Peer& peer() const { return peer_; }
  UnixSeconds created_at() const { return created_at_; }  // the signer's word
  // Verified: the address follows from the keys, and the signing key signed this card. Absent: no chain key.
  const std::optional<account::AztecPart>& aztec() const { return aztec_; }
  // Of it what stands in contracts: address and public key.
  std::optional<account::AztecPublic> chain_key() const {
    return aztec_ ? std::optional(aztec_->account) : std::nullopt;
  }
  const crypto::Envelope& envelope() const { return envelope_; }
  std::string fingerprint() const { return crypto::fingerprint(peer_.sign_key, peer_.box_key); }

  // The same bytes and signature; a signer's other card is another card.
  bool operator==(const Card& other) const { return envelope_ == other.envelope_; }

 private:
  Card() = default;

  std::string name_;
  crypto::Peer peer_;
  UnixSeconds created_at_ = 0;
  std::optional<account::AztecPart> aztec_;
  crypto::Envelope envelope_;
};

}  // namespace coterie::ceremony
