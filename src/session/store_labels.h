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
constexpr std::string_view kSentAccountPrefix = "sent-account/";
constexpr std::string_view kCurrentSigner = "current-signer";

std::string label(std::string_view prefix, std::string_view name);

// Everything of one kind, in the order of the labels.
Result<std::vector<LocalSigner>> load_signers(vault::Transaction& transaction);
Result<std::vector<ceremony::Card>> load_contacts(vault::Transaction& transaction);

}  // namespace coterie::session
