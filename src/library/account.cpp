#include "coterie/account.h"

#include "account/account_file.h"
#include "base/random.h"
#include "library/access.h"
#include "session/account_entry.h"

namespace coterie {

namespace {

Result<account::SharedStateAccount> read_aztec(const SecretBytes& text, const std::optional<std::string>& profile,
                                               const std::optional<std::string>& entry) {
  COTERIE_TRY(const account::AccountFile file, account::AccountFile::parse(text));
  COTERIE_TRY(const std::size_t index,
              session::choose_entry(file, file.size() > 1 ? entry : std::nullopt, session::kChooseByNewName));
  COTERIE_TRY(const account::FileAccount read, file.account(index));
  COTERIE_TRY(account::AztecAccount derived, account::derive_claimed_account(read, profile));
  return account::SharedStateAccount(std::move(derived));
}

}  // namespace

Account::Account(std::unique_ptr<account::SharedStateAccount> account) : account_(std::move(account)) {}
Account::Account(Account&&) noexcept = default;
Account& Account::operator=(Account&&) noexcept = default;
Account::~Account() = default;

Result<Account> Account::generate(std::string_view profile) {
  SystemRandom random;
  COTERIE_TRY(account::SharedStateAccount made, account::SharedStateAccount::generate(profile, random));
  return LibraryAccess::wrap(std::move(made));
}

Result<Account> Account::create_opaque(SecretBytes json_text) {
  SystemRandom random;
  COTERIE_TRY(account::SharedStateAccount made,
              account::SharedStateAccount::create_opaque(std::move(json_text), random));
  return LibraryAccess::wrap(std::move(made));
}

Result<Account> Account::parse_aztec(const SecretBytes& file_text, const std::optional<std::string>& profile,
                                     const std::optional<std::string>& entry) {
  auto read = read_aztec(file_text, profile, entry);
  if (!read) return usage_error(read.error().message, read.error().hint);
  return LibraryAccess::wrap(std::move(*read));
}

const PublicPart& Account::public_part() const {
  return account_->public_part();
}

SecretBytes Account::reveal() const {
  return account_->reveal();
}

std::string Account::weakness() const {
  const account::AztecAccount* aztec = account_->aztec();
  return aztec != nullptr ? account::describe_weakness(aztec->secrets()) : std::string();
}

}  // namespace coterie
