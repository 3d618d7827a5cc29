// The typed records of a vault: own signers, contacts, multisigs. Each call is one transaction: done whole or not at
// all.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "ceremony/card.h"
#include "crypto/identity.h"
#include "session/record.h"
#include "vault/vault.h"

namespace coterie::session {

struct LocalSigner {
  ceremony::Card card;
  crypto::Identity identity;
  bool current = false;  // the one that commands use when none is named
};

enum class ReplaceContact { no, yes };

class Store {
 public:
  explicit Store(vault::Vault& vault) : vault_(vault) {}
  vault::Vault& vault() { return vault_; }

  // Own signers. The first one made is current.
  Result<LocalSigner> create_signer(std::string_view name, UnixSeconds created_at, Random& random);
  Result<std::vector<LocalSigner>> signers();
  // By name; without one the current signer. Kind usage when there is none, naming those there are.
  Result<LocalSigner> signer(const std::optional<std::string>& name);
  Result<void> use_signer(std::string_view name);

  // Contacts: cards one has accepted; all of one call, or none. A known name with another key, or a known key with
  // another card, is refused naming both, unless replaced (then both fingerprints are for the caller to show).
  struct AddedContact {
    ceremony::Card card;
    std::optional<ceremony::Card> replaced;
  };
  Result<std::vector<AddedContact>> add_contacts(const std::vector<ceremony::Card>& cards, ReplaceContact replace);
  Result<std::vector<ceremony::Card>> contacts();
  Result<ceremony::Card> contact(std::string_view name);
  Result<void> remove_contact(std::string_view name);

  // Cards for the names of `create`: contacts and own signers. Kind usage, naming the unknown name.
  Result<std::vector<ceremony::Card>> cards(const std::vector<std::string>& names);

  // Multisigs. A name belongs to one pending or complete multisig of a signer; the others are named by room.
  Result<std::vector<MultisigRecord>> multisigs();
  Result<MultisigRecord> multisig(const SignKey& signer,
                                  std::string_view name_or_room);  // kind usage when there is none
  Result<std::optional<MultisigRecord>> multisig_in_room(const SignKey& signer, const RoomId& room);
  Result<bool> name_taken(const SignKey& signer, std::string_view name);
  // A new record. Kind usage when the name is taken; an account that was sent in another manifest is refused, naming
  // that room (kind usage); the account is remembered by keyed hash.
  Result<void> insert(const MultisigRecord& record);
  // Reads the record, applies `change`, writes it: in one transaction, so what another process wrote is seen first.
  // An error of `change` leaves the vault as it was and is returned.
  Result<MultisigRecord> update(const SignKey& signer, const RoomId& room,
                                const std::function<Result<void>(MultisigRecord&)>& change);

 private:
  vault::Vault& vault_;
};

}  // namespace coterie::session
