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
constexpr std::string_view kImportedPrefix = "imported/";
constexpr std::string_view kSentAccountPrefix = "sent-account/";
constexpr std::string_view kCurrentSigner = "current-signer";

std::string label(std::string_view prefix, std::string_view name);

// Everything of one kind, in the order of the labels.
Result<std::vector<LocalSigner>> load_signers(vault::Transaction& transaction);
Result<std::vector<ceremony::Card>> load_contacts(vault::Transaction& transaction);

// Whether a pending or complete multisig of the signer has the name.
Result<bool> multisig_has_name(vault::Transaction& transaction, const SignKey& signer, std::string_view name);
Result<std::optional<ImportedMultisig>> load_imported(vault::Transaction& transaction, const SignKey& signer,
                                                      std::string_view name);
// The imported multisig of the record's name goes when the record has its account; kind usage when it has another one.
Result<void> give_up_imported(vault::Transaction& transaction, const MultisigRecord& record);

}  // namespace coterie::session
