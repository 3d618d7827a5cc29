// join_multisig: a recipient's side of one creation, from invite to stored certificate. Blocking.
#pragma once

#include "ceremony/invite.h"
#include "coterie/options.h"
#include "session/outcome.h"
#include "session/store.h"

namespace coterie::session {

// Joins the invite's room, checks the proposal, asks the observer for consent, stores the account, gives the receipt
// and waits for the certificate. A room already known to the vault is resumed without asking again.
Outcome join_multisig(Store& store, const LocalSigner& signer, const ceremony::Invite& invite,
                      const JoinOptions& options);

}  // namespace coterie::session
