// SharedAccounts: which accounts this vault has seen shared, and in which room. What the signers of one multisig know
// must not guard another: so an account, or a key of one, is neither sent nor accepted in a second room. But the same
// signers may share it again where that came to nothing: an account that is on a chain already cannot be a new one.
// What others have by an imported multisig counts as shared among its signers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "account/account.h"
#include "base/ids.h"
#include "ceremony/card.h"
#include "vault/transaction.h"
#include "vault/vault.h"

namespace coterie::session {

// Where else an account was shared, so that it may not be shared now.
struct OtherUse {
  std::string where;    // "room …" or "the imported multisig company", for a person
  std::string pending;  // the name of that multisig when it is pending, and would be in no way if it were ended
};

class SharedAccounts {
 public:
  // Both outlive it.
  SharedAccounts(vault::Vault& vault, vault::Transaction& transaction) : vault_(vault), transaction_(transaction) {}

  // What stands against sharing this account with these signers in this room.
  Result<std::optional<OtherUse>> other_use(const account::SharedStateAccount& account, const RoomId& room,
                                            const std::vector<ceremony::Card>& signers) const;
  // Kind usage, naming where, when there is something; or when it has a key of a signer of this vault.
  Result<void> check(const account::SharedStateAccount& account, const RoomId& room,
                     const std::vector<ceremony::Card>& signers) const;
  // The same, and from now on it is shared in this room.
  Result<void> remember(const account::SharedStateAccount& account, const RoomId& room,
                        const std::vector<ceremony::Card>& signers);
  // Whether it is remembered, of whatever room.
  Result<bool> knows(const account::SharedStateAccount& account) const;
  // The name of this vault's signer of whose own account it has a key, in the roster or not: such a key is for the eyes
  // of one signer.
  Result<std::optional<std::string>> signer_with_key_of(const account::SharedStateAccount& account) const;
  // Kind usage when there is one.
  Result<void> check_no_signers_own(const account::SharedStateAccount& account) const;
  // Kind usage when others have this account, or a key of it: so it cannot be a signer's own.
  Result<void> check_own(const account::AztecAccount& account) const;

 private:
  std::vector<std::string> labels_of(const account::SharedStateAccount& account) const;
  Result<std::optional<RoomId>> load_room(const std::string& at) const;
  Result<std::optional<OtherUse>> judge(const RoomId& other, const std::vector<ceremony::Card>& signers) const;

  vault::Vault& vault_;
  vault::Transaction& transaction_;
};

}  // namespace coterie::session
