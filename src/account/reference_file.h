// Entries of the TypeScript reference's multisigs.json and signers.json, as that reads and writes them. Who reads them
// here is AccountFile (account/account_file.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/aztec_account.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"

namespace coterie::account {

// What an entry of multisigs.json says beside its account. Nobody has proven any of it.
struct ReferenceMultisig {
  std::string name;                    // others' text, not checked: escape it
  std::optional<std::string> address;  // of the multisig's contract, in canonical form
  std::int64_t threshold = 0;          // from 1 to the number of signers
  std::vector<std::string> signers;    // names, likewise not checked
  std::optional<UnixSeconds> created_at;
  bool operator==(const ReferenceMultisig&) const = default;
};

constexpr std::size_t kMaxReferenceSigners = 64;

// `what` names the entry in errors. Kind refused, naming the field.
Result<ReferenceMultisig> parse_reference_multisig(const json::Value& entry, const std::string& what);

// {name, address?, threshold, signers, createdAt, sharedStateAccountAddress, …SecretKey, …SaltKey, …PublicKeyX,
// …PublicKeyY, …PrivateKey}. The profile has no place in it: it must be told to whoever reads it.
SecretBytes write_reference_multisig(const ReferenceMultisig& multisig, const AztecAccount& account);

// {name, address, privateKey, publicKeyX, publicKeyY, createdAt}, and secretKey and salt, which the reference leaves
// out: without them nobody has the address again.
SecretBytes write_reference_signer(std::string_view name, UnixSeconds created_at, const AztecAccount& account);

}  // namespace coterie::account
