// A multisig that other software made, as `multisig import` keeps it: until its signers have been given the account
// from here, and have proven it, it is what a file said.
#pragma once

#include <string>

#include "account/account.h"
#include "account/account_file.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"

namespace coterie::session {

struct ImportedMultisig {
  std::string name;                 // in this vault
  SignKey signer;                   // whose record: a local signer
  account::ReferenceMultisig said;  // as the file says; created_at is always there
  account::SharedStateAccount account;

  // Strict JSON, in wiped memory because of the account.
  SecretBytes serialize() const;
  // Derives the account again. Kind refused.
  static Result<ImportedMultisig> parse(const SecretBytes& text);
};

// One entry of the reference's multisigs.json, its account checked. `name`: in this vault; default the entry's. Kind
// refused: an account that is not what the entry says, terms that no multisig can have, an entry that is no multisig.
Result<ImportedMultisig> read_imported(const account::AccountFile& file, std::size_t index, const SignKey& signer,
                                       const std::optional<std::string>& name,
                                       const std::optional<std::string>& profile);

// Kind usage, naming what differs, unless a creation with this threshold and these signers' names is of `imported`.
Result<void> check_imported_terms(const ImportedMultisig& imported, std::int64_t threshold,
                                  const std::vector<std::string>& signers);

// "coterie multisig create treasury 2 alice bob": what hands it to its signers.
std::string create_command(std::string_view name, std::int64_t threshold, const std::vector<std::string>& signers);

}  // namespace coterie::session
