// run_exchange: the creator's side of the exchange, from an open room to every signer's `stored`.
#pragma once

#include "session/outcome.h"
#include "session/run.h"
#include "session/store.h"
#include "session/venue.h"

namespace coterie::session {

// Runs the room at `venue` for a journaled multisig of which `creator` is the creator. A pending one ends with the last
// `stored`; a complete one answers late comers until join-timeout; a declined or abandoned one tells every comer why
// until join-timeout. Records before it acknowledges; whatever it returns, the vault says the same.
Outcome run_exchange(Store& store, const LocalSigner& creator, MultisigRecord multisig, PreparedVenue venue,
                     const RunOptions& options);

}  // namespace coterie::session
