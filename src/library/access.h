// LibraryAccess: from the public classes to what is inside them, and back. For this module only.
#pragma once

#include <memory>
#include <utility>

#include "account/account.h"
#include "ceremony/card.h"
#include "coterie/account.h"
#include "coterie/card.h"
#include "coterie/vault.h"
#include "session/store.h"
#include "vault/vault.h"

namespace coterie {

// What a Vault and its Signers share.
class VaultState {
 public:
  explicit VaultState(vault::Vault vault) : vault_(std::move(vault)), store_(vault_) {}
  vault::Vault& vault() { return vault_; }
  session::Store& store() { return store_; }

 private:
  vault::Vault vault_;
  session::Store store_;
};

struct LibraryAccess {
  static const ceremony::Card& inside(const Card& card) { return *card.card_; }
  static Card wrap(ceremony::Card card) { return Card(std::make_shared<const ceremony::Card>(std::move(card))); }

  static const account::SharedStateAccount& inside(const Account& account) { return *account.account_; }
  static Account wrap(account::SharedStateAccount account) {
    return Account(std::make_unique<account::SharedStateAccount>(std::move(account)));
  }

  static session::Store& store(Vault& vault) { return vault.state_->store(); }
  static session::Store& store(const Signer& signer) { return signer.vault_->store(); }
  static Signer wrap(Vault& vault, session::LocalSigner signer) {
    return {vault.state_, wrap(std::move(signer.card)), signer.current};
  }
};

}  // namespace coterie
