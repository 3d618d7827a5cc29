// Card: a signer's public, self-signed description. A Card that exists has been verified.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "coterie/account.h"
#include "coterie/bytes.h"
#include "coterie/export.h"

namespace coterie {

namespace ceremony {
class Card;
}

// Proves that whoever holds the signing key chose the rest; not who that is: for that, people compare fingerprints.
// Cheap to copy.
class COTERIE_EXPORT Card {
 public:
  // The text form ("coterie-card:" and base64url of a DSSE envelope) or the envelope's JSON; white space around it is
  // trimmed; an envelope of at most 4 KiB. Kind refused: not canonical, a field missing or unknown, a name not allowed,
  // a low-order box key, a wrong signature, an Aztec address that does not follow from the keys beside it.
  static Result<Card> parse(std::string_view text);

  std::string envelope() const;     // the DSSE envelope's JSON, for other implementations
  std::string text() const;         // the text form, one line
  const std::string& name() const;  // others' text: escape it for a terminal
  const SignKey& sign_key() const;  // names the signer
  const BoxKey& box_key() const;    // what is for that signer only is sealed to it
  std::int64_t created_at() const;  // Unix seconds; the signer's word
  std::string fingerprint() const;  // thirty digits in groups of five, of both keys: to be compared by voice
  // The signer's chain key: the public part of an Aztec account of the signer's own. The address follows from the keys,
  // and the account's signing key has signed this card. Nothing: the signer has no chain key.
  const std::optional<AztecPart>& aztec() const;
  bool operator==(const Card& other) const;  // the same bytes and signature: a signer's other card is another card

 private:
  friend struct LibraryAccess;
  explicit Card(std::shared_ptr<const ceremony::Card> card) : card_(std::move(card)) {}
  std::shared_ptr<const ceremony::Card> card_;
};

// For a card whose name or key another contact has.
enum class ReplaceContact { no, yes };

enum class ContactEffect {
  added,
  unchanged,   // that very card was accepted before
  own_signer,  // the card of a signer of this vault: known anyway, so not stored
  replaced,    // other cards had this name or key; they are gone
};

}  // namespace coterie
