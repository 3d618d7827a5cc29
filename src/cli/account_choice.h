// The options that say which account a multisig hands out, and which Aztec account is a signer's own.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "coterie/account.h"

namespace coterie::cli {

struct AccountArguments {
  std::optional<std::string> file;
  std::optional<std::string> kind;
  std::optional<std::string> profile;
};

void add_account_options(CLI::App& command, AccountArguments& arguments);

// The account of --account-file, read and checked; nothing where a new one is to be made, of --profile. Of several
// accounts in a file that of the multisig's name. Warns of one that anybody could have, and of an Aztec account that
// was not called one. Kind usage.
Result<std::optional<Account>> choose_account(Context& context, const AccountArguments& arguments,
                                              const std::string& multisig_name);

// The Aztec account of a signer's own: that of --aztec-key-file, else a new one. Of several in a file that of the
// signer's name. Warns of one that anybody could have. Kind usage, also for the account of a multisig.
struct OwnAccountArguments {
  std::optional<std::string> file;
  std::optional<std::string> profile;
};
void add_own_account_options(CLI::App& command, OwnAccountArguments& arguments);
Result<Account> choose_own_account(Context& context, const OwnAccountArguments& arguments,
                                   const std::string& signer_name);

// --profile: kind usage for an unknown one, naming the known ones.
Result<void> check_profile(const std::optional<std::string>& profile);

}  // namespace coterie::cli
