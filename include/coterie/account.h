// The shared state account: what a creation hands to every signer.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "coterie/bytes.h"
#include "coterie/export.h"
#include "coterie/secret.h"

namespace coterie {

enum class AccountKind {
  aztec_schnorr,  // keys of an Aztec Schnorr account; anyone can recompute its address from them
  opaque,         // any JSON text, kept byte for byte; only a commitment to it is public
};
COTERIE_EXPORT const char* to_string(AccountKind kind);  // "aztec-schnorr", "opaque"

// The profile of accounts made here unless another is asked for: the version of the npm packages that agree with it.
constexpr std::string_view kDefaultProfile = "4.1.2";

// Bytes of an opaque account: room for what a signer must keep for good, and small enough for one proposal.
constexpr std::size_t kMaxOpaqueBytes = std::size_t{48} * 1024;

// Numbers are "0x" and 64 lower-case hexadecimal digits, below the modulus of Grumpkin's coordinates.
struct AztecPublic {
  std::string profile;  // one that this library knows
  std::string address;
  std::string public_key_x;
  std::string public_key_y;
  bool operator==(const AztecPublic&) const = default;
};

struct AztecPoint {
  std::string x;
  std::string y;
  bool operator==(const AztecPoint&) const = default;
};

// What a signer's card says of the signer's own Aztec account: everything that its address follows from. Numbers as
// above.
struct AztecPart {
  AztecPublic account;
  std::string salt;
  // Nullifier, incoming viewing, outgoing viewing and tagging public key.
  std::array<AztecPoint, 4> master_public_keys;
  bool operator==(const AztecPart&) const = default;
};

struct AztecSignatureTag {
  static constexpr const char* kName = "an Aztec signature";
};
// Schnorr over Grumpkin: 32 bytes of s, big-endian, then the 32 bytes of the challenge (docs/aztec.md).
using AztecSignature = FixedBytes<AztecSignatureTag, 64>;

// Digest over a random 32-byte opening and the exact bytes: tells nothing of them, and fits no others.
struct OpaquePublic {
  Digest commitment;
  bool operator==(const OpaquePublic&) const = default;
};

// What the manifest, and so every certificate, says of the account.
using PublicPart = std::variant<AztecPublic, OpaquePublic>;
COTERIE_EXPORT AccountKind kind_of(const PublicPart& part);

namespace account {
class SharedStateAccount;
}

// An account with its secrets. The public part was derived from them, so it is always consistent. Move-only; a
// moved-from one may only be assigned to or destroyed.
class COTERIE_EXPORT Account {
 public:
  // A new account of kind aztec-schnorr from the system's randomness. Kind usage for an unknown profile.
  static Result<Account> generate(std::string_view profile = kDefaultProfile);
  // An account of kind opaque from its JSON text (RFC 8259, UTF-8), at most kMaxOpaqueBytes. Kind usage when it is
  // none, or too long.
  static Result<Account> create_opaque(SecretBytes json_text);
  // An account of kind aztec-schnorr from the text of a file, at most 64 KiB: what `reveal` gives, a wallet's
  // {secretKey, salt, signingPrivateKey}, or an entry of the TypeScript reference's multisigs.json or signers.json
  // (docs/aztec.md, "Files"); of several entries the one called `entry`. `profile`: default the file's own, else
  // kDefaultProfile. Kind usage, naming the field and never its value: one that is missing, malformed, out of range, or
  // does not follow from the secrets.
  static Result<Account> parse_aztec(const SecretBytes& file_text, const std::optional<std::string>& profile = {},
                                     const std::optional<std::string>& entry = {});

  AccountKind kind() const { return kind_of(public_part()); }
  const PublicPart& public_part() const;

  // For aztec-schnorr the JSON object {kind, profile, address, public_key_x, public_key_y, secret_key, salt_key,
  // private_key}; for opaque the exact bytes of its text. Whoever reads it reads all that the multisig does, for good.
  SecretBytes reveal() const;

  // Why anybody could have its keys, in words that follow "the account" (it "has a secret key that anybody can guess:
  // …"): numbers below 2^64 are no random ones. Empty for every account that was made here, and for opaque ones.
  std::string weakness() const;

  Account(Account&&) noexcept;
  Account& operator=(Account&&) noexcept;
  ~Account();

 private:
  friend struct LibraryAccess;
  explicit Account(std::unique_ptr<account::SharedStateAccount> account);
  std::unique_ptr<account::SharedStateAccount> account_;
};

}  // namespace coterie
