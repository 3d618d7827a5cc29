// SharedAccounts: which accounts this vault has seen shared, and in which room. What the signers of one multisig know
// must not guard another: so an account, or a key of one, is neither sent nor accepted in a second room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "account/account.h"
#include "base/ids.h"
#include "vault/transaction.h"
#include "vault/vault.h"

namespace coterie::session {

class SharedAccounts {
 public:
  // Both outlive it.
  SharedAccounts(vault::Vault& vault, vault::Transaction& transaction) : vault_(vault), transaction_(transaction) {}

  // A room other than this one in which the account was shared, or a key of it.
  Result<std::optional<RoomId>> other_room(const account::SharedStateAccount& account, const RoomId& room) const;
  // Kind usage, naming it, when there is one.
  Result<void> check(const account::SharedStateAccount& account, const RoomId& room) const;
  // The same, and from now on the account is shared in this room.
  Result<void> remember(const account::SharedStateAccount& account, const RoomId& room);
  // Whether it is remembered so.
  Result<bool> knows(const account::SharedStateAccount& account, const RoomId& room) const;

 private:
  Result<std::optional<RoomId>> load_room(const std::string& at) const;
  std::vector<std::string> labels_of(const account::SharedStateAccount& account) const;

  vault::Vault& vault_;
  vault::Transaction& transaction_;
};

}  // namespace coterie::session
