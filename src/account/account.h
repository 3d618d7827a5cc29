// The shared state account: what a creation hands to every signer, in two kinds. Its public part stands in the
// manifest; its secrets travel sealed and are believed only when the public part follows from them.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "account/aztec_account.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/random.h"
#include "base/secret.h"
#include "coterie/account.h"

namespace coterie::account {

using Kind = AccountKind;
using coterie::kDefaultProfile;
using coterie::kind_of;
using coterie::kMaxOpaqueBytes;
using coterie::OpaquePublic;
// The manifest's `account`. Parsed means well formed; only SharedStateAccount::parse shows that secrets belong to it.
using coterie::PublicPart;
using coterie::to_string;

// {kind, profile, address, public_key_x, public_key_y} or {kind, commitment}, in this order.
json::Value to_json(const PublicPart& part);
// Refuses missing, foreign and malformed fields, numbers out of range, and an unknown profile, naming the known ones.
Result<PublicPart> parse_public_part(const json::Value& value);

// The secrets together with the public part that was derived from them; there is no other way to have one, so it is
// always consistent. Moved-from objects may only be assigned to or destroyed.
class SharedStateAccount {
 public:
  // A new account of kind aztec-schnorr. Kind usage for an unknown profile.
  static Result<SharedStateAccount> generate(std::string_view profile, Random& random);

  // An account of one's own, of kind aztec-schnorr.
  explicit SharedStateAccount(AztecAccount account)
      : public_part_(account.public_part()), secrets_(std::move(account)) {}

  // An account of kind opaque from its JSON text, at most kMaxOpaqueBytes. Kind usage when it is none, or too long.
  static Result<SharedStateAccount> create_opaque(SecretBytes json_text, Random& random);

  // What `serialize` wrote, by whomever: accepted only in exactly that form and when `claimed` follows from it. Kind
  // refused, naming what differs: "the account does not match the manifest: address differs".
  static Result<SharedStateAccount> parse(const SecretBytes& text, const PublicPart& claimed);

  // {"secret_key":…,"salt_key":…,"private_key":…} as "0x" and 64 lower-case hexadecimal digits each, or
  // {"opening":…,"data":…} in base64url.
  SecretBytes serialize() const;

  Kind kind() const { return kind_of(public_part_); }
  const PublicPart& public_part() const { return public_part_; }
  const AztecAccount* aztec() const { return std::get_if<AztecAccount>(&secrets_); }  // null for kind opaque
  SharedStateAccount clone() const;

  // What `export --format account` writes: for aztec-schnorr the JSON object of the public part followed by secret_key,
  // salt_key and private_key, for opaque the exact bytes of its text. Equal for equal accounts, and without the opening
  // of the commitment: so terms are compared by it.
  SecretBytes reveal() const;

 private:
  struct OpaqueSecrets {
    Secret<32> opening;
    SecretBytes data;
  };

  SharedStateAccount(OpaquePublic public_part, OpaqueSecrets secrets)
      : public_part_(public_part), secrets_(std::move(secrets)) {}

  static Result<SharedStateAccount> parse_aztec(std::string_view text, std::string_view profile);
  static Result<SharedStateAccount> parse_opaque(std::string_view text);
  static Result<SharedStateAccount> seal_opaque(OpaqueSecrets secrets);

  PublicPart public_part_;
  std::variant<AztecAccount, OpaqueSecrets> secrets_;
};

}  // namespace coterie::account
