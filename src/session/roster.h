// Roster: who the signers of a proposal are to this vault: oneself, a contact, or new.
#pragma once

#include <vector>

#include "ceremony/manifest.h"
#include "coterie/observer.h"
#include "crypto/sealing.h"
#include "session/store.h"

namespace coterie::session {

// Contacts and own signers: every card this vault has accepted.
Result<std::vector<ceremony::Card>> known_cards(Store& store);

// In the given order. Kind refused, naming both: a known name with another key, or a known key with another card.
// Signers who are no contacts are `unknown`, which only the verification code can mend.
Result<std::vector<ProposedSigner>> compare_with_contacts(const std::vector<ceremony::Card>& known,
                                                          const LocalSigner& own,
                                                          const std::vector<ceremony::Card>& given);

// The contact (or own signer) who has the invite's signing key; nothing when there is none. Kind refused when the
// invite gives that signer another box key.
Result<std::optional<ceremony::Card>> find_creator(Store& store, const crypto::Peer& creator);

}  // namespace coterie::session
