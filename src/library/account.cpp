#include "base/random.h"
#include "library/access.h"

namespace coterie {

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

const PublicPart& Account::public_part() const {
  return account_->public_part();
}

SecretBytes Account::reveal() const {
  return account_->reveal();
}

}  // namespace coterie
