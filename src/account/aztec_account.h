// An Aztec Schnorr account: its secrets, and the public part that follows from them (docs/aztec.md). The shared state
// account is one, and so is a signer's own, whose public part stands in the signer's card.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "base/json.h"
#include "base/random.h"
#include "base/secret.h"
#include "coterie/account.h"

namespace coterie::account {

using coterie::AztecPart;
using coterie::AztecPoint;
using coterie::AztecPublic;
using coterie::AztecSignature;

struct AztecSecrets {
  Secret<32> secret_key;   // big-endian, as the others; below the modulus of Grumpkin's coordinates
  Secret<32> salt_key;     // likewise
  Secret<32> private_key;  // above zero and below the order of Grumpkin
  AztecSecrets clone() const;
};

// Always consistent: there is no other way to have one than to derive it. Moved-from objects may only be assigned to or
// destroyed.
class AztecAccount {
 public:
  // From the system's randomness but in tests. Kind refused for an unknown profile, naming the known ones.
  static Result<AztecAccount> generate(std::string_view profile, Random& random);
  // Kind refused: an unknown profile, a number out of range, a private key of zero.
  static Result<AztecAccount> derive(std::string_view profile, AztecSecrets secrets);

  const AztecPublic& public_part() const { return public_; }
  // What a signer's card shows of the signer's own account, the salt among it. Never to be asked of a shared account,
  // whose salt is a secret: it comes in plain memory.
  AztecPart part() const;
  const std::array<AztecPoint, 4>& master_public_keys() const { return master_public_keys_; }  // public of any account
  const AztecSecrets& secrets() const { return secrets_; }

  // By the account's signing key, over any bytes. `random` must be SystemRandom but in tests: whoever guesses a nonce
  // has the key. Two signatures of one message differ.
  AztecSignature sign(BytesView message, Random& random) const;

  // {"secret_key":…,"salt_key":…,"private_key":…}, each as "0x" and 64 lower-case hexadecimal digits.
  SecretBytes serialize() const;
  // What `serialize` gives, but in any order and with white space. Kind refused as for `derive`, and for fields that
  // are missing, foreign or malformed.
  static Result<AztecAccount> parse(std::string_view text, std::string_view profile);

  // secret_key, salt_key and private_key as "0x" and 64 lower-case hexadecimal digits, appended to `object`, whose
  // memory must be wiped (json::secret_object).
  void add_secrets(json::Object& object) const;

  AztecAccount clone() const { return {public_, master_public_keys_, secrets_.clone()}; }

 private:
  AztecAccount(AztecPublic public_part, std::array<AztecPoint, 4> master_public_keys, AztecSecrets secrets)
      : public_(std::move(public_part)),
        master_public_keys_(std::move(master_public_keys)),
        secrets_(std::move(secrets)) {}

  AztecPublic public_;
  std::array<AztecPoint, 4> master_public_keys_;
  AztecSecrets secrets_;
};

// {profile, address, public_key_x, public_key_y}, in this order.
json::Object public_fields_to_json(const AztecPublic& account);
// The same and salt, master_public_keys: [4 × {x, y}].
json::Value to_json(const AztecPart& part);
// Recomputes: a part that comes back has an address that follows from its keys, all of which are on the curve. Kind
// refused: missing, foreign and malformed fields, numbers out of range, an unknown profile, naming the known ones.
Result<AztecPart> parse_aztec_part(const json::Value& value);

// Kind usage unless `message` is 32 bytes, big-endian, below the modulus of Grumpkin's coordinates: the hash that an
// account contract checks a signature of. A card's signature is over longer bytes, so neither can pass for the other.
Result<void> check_contract_message(BytesView message);

// Kind refused, with the reason, unless `signature` is of `message` by the signing key of `account`.
Result<void> verify_aztec_signature(const AztecPublic& account, BytesView message, BytesView signature);

}  // namespace coterie::account
