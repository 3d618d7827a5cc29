// create_multisig: the creator's side of one creation, from terms to certificate. Blocking.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/account.h"
#include "ceremony/card.h"
#include "coterie/options.h"
#include "session/outcome.h"
#include "session/store.h"

namespace coterie::session {

struct Terms {
  std::string name;
  std::int64_t threshold = 0;
  std::vector<ceremony::Card> signers;  // in the order of the manifest, but the creator, who is one of them, first
  std::optional<account::SharedStateAccount> account;  // absent: a new one of kind aztec-schnorr
  std::optional<std::string> profile = {};             // of the new one; absent: kDefaultProfile
  std::optional<std::string> multisig_address = {};    // of its contract, for the manifest
};

// Checks everything local, makes and journals the account and the signed manifest, opens the room, shows the invite and
// runs the exchange until every signer has stored the certificate, join-timeout, or stop. With a deploy hook a draft is
// journaled first, then the hook is run; the manifest holds what it answers. The same terms of a pending multisig
// continue it; of a complete one return it again. A name of an imported multisig means that one: its account is handed
// out, and what was imported stays until the new one is complete. A multisig of one signer is complete at once, without
// network.
Outcome create_multisig(Store& store, const LocalSigner& creator, Terms terms, const CreateOptions& options);

// Finishes what an earlier create or join of this vault left: either role, by name or room.
Outcome resume_multisig(Store& store, const LocalSigner& signer, std::string_view name_or_room,
                        const ResumeOptions& options);

// Marks a pending multisig abandoned. The creator may do so only before the last receipt (else kind usage, with the way
// to finish), also before the deploy hook has answered; a recipient at any time before completion. A receipt once given
// stays valid.
Result<StoredMultisig> abandon_multisig(Store& store, const LocalSigner& signer, std::string_view name_or_room);

}  // namespace coterie::session
