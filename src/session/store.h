// The typed records of a vault: own signers, contacts, multisigs. Each call is one transaction: done whole or not at
// all. Errors of the vault itself (damaged, disk full, busy) come back as they are.
//
// Labels: signer/<folded name>, current-signer, contact/<folded name>, multisig/<sign key>/<room>, draft/<sign
// key>/<room>, imported/<sign key>/<folded name>, shared-account/<keyed hash>. A name means one key only: it is unique
// over own signers and contacts together, whatever its case.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "account/aztec_account.h"
#include "base/clock.h"
#include "base/random.h"
#include "ceremony/card.h"
#include "coterie/card.h"
#include "crypto/identity.h"
#include "session/draft.h"
#include "session/imported.h"
#include "session/record.h"
#include "session/shared_accounts.h"
#include "vault/session_lock.h"
#include "vault/vault.h"

namespace coterie::session {

struct LocalSigner {
  ceremony::Card card;
  crypto::Identity identity;
  std::optional<account::AztecAccount> own_account;  // whose public part is in the card; absent: no chain key
  bool current = false;                              // the one that commands use when none is named
};

struct RenewedSigner {
  LocalSigner signer;
  ceremony::Card before;
};

struct AddedContact {
  ceremony::Card card;
  ContactEffect effect = ContactEffect::added;
  std::vector<ceremony::Card> replaced;  // for the caller to show, with both fingerprints
};

// What a name or a room stands for: a multisig, or one whose deploy hook has not finished.
using StoredMultisig = std::variant<MultisigRecord, Draft>;

class Store {
 public:
  explicit Store(vault::Vault& vault) : vault_(vault) {}
  vault::Vault& vault() { return vault_; }

  // Own signers, in the order of their names. The first one made is current. Kind usage: a bad name, or one that an own
  // signer or a contact has; nothing is ever overwritten.
  // `own_account`: kind usage also when another signer or a contact has its key.
  Result<LocalSigner> create_signer(std::string_view name, UnixSeconds created_at, account::AztecAccount own_account,
                                    Random& random);
  // The same with a new account of the default profile.
  Result<LocalSigner> create_signer(std::string_view name, UnixSeconds created_at, Random& random);
  // A signer made before gets a chain key, and so a new card. Kind usage when there is one already.
  Result<RenewedSigner> add_own_account(std::string_view name, UnixSeconds created_at,
                                        account::AztecAccount own_account, Random& random);
  Result<std::vector<LocalSigner>> signers();
  // By name; without one the current signer. Kind usage when there is none, naming those there are.
  Result<LocalSigner> signer(const std::optional<std::string>& name);
  Result<LocalSigner> use_signer(std::string_view name);

  // Contacts: cards one has accepted; all of one call, or none. Kind refused, naming both, for a known name with
  // another key and a known key with another card, unless replaced; and always for two such cards in one call, and for
  // a card that has an own signer's name or key without being its card.
  Result<std::vector<AddedContact>> add_contacts(const std::vector<ceremony::Card>& cards, ReplaceContact replace);
  Result<std::vector<ceremony::Card>> contacts();                // in the order of their names
  Result<ceremony::Card> contact(std::string_view name);         // kind usage when there is none
  Result<ceremony::Card> remove_contact(std::string_view name);  // the removed one; kind usage when there is none

  // Cards for the names of `create`: contacts and own signers. Kind usage, naming the unknown name.
  Result<std::vector<ceremony::Card>> cards(const std::vector<std::string>& names);

  // Multisigs and drafts. A name belongs to one of them that is pending or complete; the others are named by room.
  Result<std::vector<MultisigRecord>> multisigs();  // of all own signers, oldest first
  Result<std::vector<Draft>> drafts();              // likewise
  // A name first, then a room. Kind usage when there is none.
  Result<StoredMultisig> find(const SignKey& signer, std::string_view name_or_room);
  // The same for what needs a manifest: kind pending for a draft.
  Result<MultisigRecord> multisig(const SignKey& signer, std::string_view name_or_room);
  Result<std::optional<MultisigRecord>> multisig_in_room(const SignKey& signer, const RoomId& room);
  Result<bool> name_taken(const SignKey& signer, std::string_view name);
  // What stands against sharing the account with these signers in this room (SharedAccounts).
  Result<std::optional<OtherUse>> other_use(const account::SharedStateAccount& account, const RoomId& room,
                                            const std::vector<ceremony::Card>& signers);
  // Whoever works on the multisig of this room holds it, so as to be alone. `name`, empty where there is none yet, is
  // for the error. Kind environment when it is held elsewhere, naming the process.
  // The name of this vault's signer of whose own account it has a key, if there is one.
  Result<std::optional<std::string>> signer_with_key_of(const account::SharedStateAccount& account);
  Result<vault::SessionLock> lock_multisig(const SignKey& signer, const RoomId& room, std::string_view name);
  // A new record, in place of the draft of its room, if there is one, or of what gives way to it; kind declined when
  // that was abandoned meanwhile. Kind usage when the name or the room is taken, and when its account was shared in
  // another room.
  Result<void> insert(const MultisigRecord& record);
  // Reads the record, applies `change`, writes it: in one transaction, so what another process wrote is seen first.
  // An error of `change` leaves the vault as it was and is returned. A certificate that completes an abandoned multisig
  // late never fails for its name: if that was given away meanwhile, the record gets the name with its room behind.
  Result<MultisigRecord> update(const SignKey& signer, const RoomId& room,
                                const std::function<Result<void>(MultisigRecord&)>& change);

  // A new draft. Kind usage when its name is taken, also by an imported multisig with another account, or when its
  // account was shared before.
  Result<void> insert_draft(const Draft& draft);
  // Kind usage when the account of a draft that is there was shared since.
  Result<void> check_account(const Draft& draft);
  Result<std::optional<Draft>> draft_in_room(const SignKey& signer, const RoomId& room);
  // As `update`.
  Result<Draft> update_draft(const SignKey& signer, const RoomId& room,
                             const std::function<Result<void>(Draft&)>& change);

  // Multisigs that other software made. Such a name is no other multisig's, but of the record or draft that is inserted
  // under it with the same account: while that one holds the name, it stands for both; when it ends without
  // certificate, the imported one is there again; when it is complete, the imported one is gone.
  Result<void> insert_imported(const ImportedMultisig& imported);  // kind usage when the name is taken
  // Those whose name nothing else holds.
  Result<std::vector<ImportedMultisig>> imported(const SignKey& signer);
  Result<std::optional<ImportedMultisig>> imported(const SignKey& signer, std::string_view name);
  // Kind usage when something holds its name by now.
  Result<void> remove_imported(const ImportedMultisig& imported);

  // All of one signer's, as they are at one moment; of imported ones those whose name nothing else holds.
  struct Everything {
    std::vector<MultisigRecord> multisigs;
    std::vector<Draft> drafts;
    std::vector<ImportedMultisig> imported;
  };
  Result<Everything> everything_of(const SignKey& signer);

 private:
  vault::Vault& vault_;
};

}  // namespace coterie::session
