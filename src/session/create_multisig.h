// create_multisig: the creator's side of one creation, from terms to certificate. Blocking.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/secret.h"
#include "session/options.h"
#include "session/outcome.h"
#include "session/progress.h"
#include "session/store.h"

namespace coterie::session {

struct Terms {
  std::string name;
  std::int64_t threshold = 0;
  std::vector<std::string> signers;         // names: own and contacts', in the order of the manifest but creator first
  std::optional<SecretBytes> account_text;  // JSON text of an opaque account; absent: a new aztec-schnorr account
};

// Checks everything local, makes and journals the account and the signed manifest, opens the room, shows the invite and
// runs the exchange until every signer has stored the certificate, join-timeout, or stop. The same terms of a pending
// multisig continue it; of a complete one return it again. A multisig of one signer is complete at once, without
// network.
Outcome create_multisig(Store& store, const LocalSigner& creator, Terms terms, const CreateOptions& options,
                        Observer& observer, std::stop_token stop);

// Finishes what an earlier create or join of this vault left: either role, by name or room.
Outcome resume_multisig(Store& store, const LocalSigner& signer, const std::string& name_or_room,
                        const ConnectionOptions& options, Observer& observer, std::stop_token stop);

// Marks a pending multisig abandoned. The creator may do so only before the last receipt (else kind usage, with the way
// to finish); a recipient at any time before completion. A receipt once given stays valid.
Result<MultisigRecord> abandon_multisig(Store& store, const LocalSigner& signer, const std::string& name_or_room);

}  // namespace coterie::session
