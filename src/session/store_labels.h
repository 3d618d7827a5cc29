// How the typed records of a vault are labelled and written; private to store*.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session/store.h"
#include "vault/transaction.h"

namespace coterie::session {

constexpr std::string_view kSignerPrefix = "signer/";
constexpr std::string_view kContactPrefix = "contact/";
constexpr std::string_view kMultisigPrefix = "multisig/";
constexpr std::string_view kDraftPrefix = "draft/";
constexpr std::string_view kImportedPrefix = "imported/";
constexpr std::string_view kSharedAccountPrefix = "shared-account/";
constexpr std::string_view kCurrentSigner = "current-signer";

std::string label(std::string_view prefix, std::string_view name);

// Everything of one kind, in the order of the labels.
Result<std::vector<LocalSigner>> load_signers(vault::Transaction& transaction);
Result<std::vector<ceremony::Card>> load_contacts(vault::Transaction& transaction);

// "draft/" or "multisig/", then "<sign key>/": what all of one signer's begin with.
std::string prefix_of(std::string_view kind, const SignKey& signer);
// Oldest first; rooms decide between equal times, so that the order is the same each time.
Result<std::vector<MultisigRecord>> load_multisigs(vault::Transaction& transaction, std::string_view prefix);
Result<std::vector<Draft>> load_drafts(vault::Transaction& transaction, std::string_view prefix);
Result<std::optional<Draft>> load_draft(vault::Transaction& transaction, const SignKey& signer, const RoomId& room);
Result<std::optional<ImportedMultisig>> load_imported(vault::Transaction& transaction, const SignKey& signer,
                                                      std::string_view name);
// Whether a multisig or a draft other than that of `except` holds the name: a pending or complete one does, the others
// have freed theirs. Imported ones are not looked at.
Result<bool> is_name_taken(vault::Transaction& transaction, const SignKey& signer, std::string_view name,
                           const std::optional<RoomId>& except);
Result<std::optional<ImportedMultisig>> load_imported_at(vault::Transaction& transaction, const std::string& at);
// Also those whose name a multisig holds. `prefix`: kImportedPrefix for those of all signers.
Result<std::vector<ImportedMultisig>> load_all_imported(vault::Transaction& transaction, std::string_view prefix);
// Whether there is an imported multisig of this name, and not with this account.
Result<bool> is_imported_with_another(vault::Transaction& transaction, const SignKey& signer, std::string_view name,
                                      const account::SharedStateAccount* account);
// Kind usage unless a multisig with this account may have the name; what `except` holds counts as free.
Result<void> check_name_free(vault::Transaction& transaction, const SignKey& signer, std::string_view name,
                             const account::SharedStateAccount* account, const std::optional<RoomId>& except);
// Those imported ones of the signer that have this account go, whatever their names.
Result<void> forget_imported(vault::Transaction& transaction, const SignKey& signer,
                             const account::SharedStateAccount& account);

}  // namespace coterie::session
