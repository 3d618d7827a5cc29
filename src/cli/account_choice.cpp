#include "cli/account_choice.h"

#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "account/account_file.h"
#include "account/aztec/profile.h"
#include "ceremony/name.h"
#include "cli/file.h"

namespace coterie::cli {

namespace {

Result<AccountKind> kind_of(const AccountArguments& arguments) {
  if (!arguments.kind) return arguments.file ? AccountKind::opaque : AccountKind::aztec_schnorr;
  for (const AccountKind kind : {AccountKind::aztec_schnorr, AccountKind::opaque}) {
    if (*arguments.kind == to_string(kind)) return kind;
  }
  return usage_error(fmt::format("--account-kind \"{}\" is not known", ceremony::escape(*arguments.kind, 32)),
                     "give --account-kind aztec-schnorr or --account-kind opaque");
}

Result<AccountKind> check_arguments(const AccountArguments& arguments) {
  COTERIE_TRY(const AccountKind kind, kind_of(arguments));
  if (kind == AccountKind::opaque && !arguments.file) {
    return usage_error("--account-kind opaque needs the text to share", "give it with --account-file FILE");
  }
  if (kind == AccountKind::opaque && arguments.profile) {
    return usage_error("--profile is of Aztec accounts, but this one is opaque",
                       arguments.kind ? "leave --profile out"
                                      : "if that file holds an Aztec account, say so: --account-kind aztec-schnorr");
  }
  COTERIE_CHECK(check_profile(arguments.profile));
  return kind;
}

bool holds_aztec_account(const SecretBytes& text) {
  const auto file = account::AccountFile::parse(text);
  for (std::size_t i = 0; file && i < file->size(); ++i) {
    if (file->account(i)) return true;
  }
  return false;
}

void warn_of_weakness(Context& context, const Account& account) {
  if (const std::string weakness = account.weakness(); !weakness.empty()) context.warn("this account " + weakness);
}

Result<Account> read_opaque(Context& context, const AccountArguments& arguments) {
  COTERIE_TRY(SecretBytes text, read_secret(*arguments.file, kMaxOpaqueBytes, "account"));
  if (!arguments.kind && holds_aztec_account(text)) {
    context.warn(
        "the account file holds an Aztec account, but is shared as opaque text: nobody checks its keys or its address. "
        "If that is not meant, stop here, and give --account-kind aztec-schnorr");
  }
  return Account::create_opaque(std::move(text));
}

Result<Account> read_aztec(Context& context, const AccountArguments& arguments, const std::string& multisig_name) {
  COTERIE_TRY(const SecretBytes text, read_secret(*arguments.file, account::kMaxAccountFileBytes, "account"));
  COTERIE_TRY(Account account, Account::parse_aztec(text, arguments.profile, multisig_name));
  warn_of_weakness(context, account);
  return account;
}

// What is there for all signers of a multisig is nobody's own.
Result<void> refuse_multisigs(const SecretBytes& text) {
  COTERIE_TRY(const account::AccountFile file, account::AccountFile::parse(text));
  for (std::size_t i = 0; i < file.size(); ++i) {
    if (!file.is_multisig(i)) continue;
    return usage_error("the account file holds a multisig, whose account is all its signers' and nobody's own",
                       "`coterie multisig import --format reference FILE` takes it");
  }
  return {};
}

void add_profile_option(CLI::App& command, std::optional<std::string>& profile) {
  command
      .add_option("--profile", profile,
                  fmt::format("Version of Aztec (default: the file's own, else {})", kDefaultProfile))
      ->type_name("PROFILE");
}

}  // namespace

Result<void> check_profile(const std::optional<std::string>& profile) {
  if (!profile) return {};
  auto found = account::aztec::find_profile(*profile);
  if (!found) return usage_error(found.error().message, found.error().hint);
  return {};
}

void add_account_options(CLI::App& command, AccountArguments& arguments) {
  command
      .add_option("--account-file", arguments.file,
                  "Share the account in this file instead of a new Aztec account: any JSON text, or Aztec's keys")
      ->type_name("FILE");
  command
      .add_option("--account-kind", arguments.kind,
                  "aztec-schnorr: keys and address are checked by all; opaque: any JSON text (default: opaque with "
                  "--account-file, else aztec-schnorr)")
      ->type_name("KIND");
  add_profile_option(command, arguments.profile);
}

void add_own_account_options(CLI::App& command, OwnAccountArguments& arguments) {
  command
      .add_option("--aztec-key-file", arguments.file,
                  "Your own Aztec account as JSON, or - for standard input (default: a new one)")
      ->type_name("FILE");
  add_profile_option(command, arguments.profile);
}

Result<Account> choose_own_account(Context& context, const OwnAccountArguments& arguments,
                                   const std::string& signer_name) {
  COTERIE_CHECK(check_profile(arguments.profile));
  if (!arguments.file) return Account::generate(arguments.profile.value_or(std::string(kDefaultProfile)));
  COTERIE_TRY(const SecretBytes text, read_secret(*arguments.file, account::kMaxAccountFileBytes, "account"));
  auto checked = refuse_multisigs(text);
  if (!checked) return usage_error(checked.error().message, checked.error().hint);
  COTERIE_TRY(Account account, Account::parse_aztec(text, arguments.profile, signer_name));
  warn_of_weakness(context, account);
  return account;
}

Result<std::optional<Account>> choose_account(Context& context, const AccountArguments& arguments,
                                              const std::string& multisig_name) {
  COTERIE_TRY(const AccountKind kind, check_arguments(arguments));
  if (!arguments.file) return std::optional<Account>();
  COTERIE_TRY(Account account, kind == AccountKind::opaque ? read_opaque(context, arguments)
                                                           : read_aztec(context, arguments, multisig_name));
  return std::optional<Account>(std::move(account));
}

}  // namespace coterie::cli
