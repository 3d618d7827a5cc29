// receive_shared_state: the recipient's side of the exchange, from the invite's room to the stored certificate.
#pragma once

#include <optional>
#include <string>

#include "ceremony/invite.h"
#include "session/outcome.h"
#include "session/run.h"
#include "session/store.h"

namespace coterie::session {

// What a new multisig needs until consent is given.
struct JoinTerms {
  std::optional<std::string> local_name;  // what it is to be called here; absent: as its creator calls it
  std::optional<Hook> check_hook;         // its program an absolute path
};

// `known` is what the vault already holds of that room. A pending one is brought to completion, a complete one repeats
// its `stored` and ends well after connect-timeout even if nobody is there; one that was declined here, or ended before
// a receipt was given, is final and returned as it is.
Outcome receive_shared_state(Store& store, const LocalSigner& signer, const ceremony::Invite& invite,
                             std::optional<MultisigRecord> known, JoinTerms terms, const RunOptions& options);

}  // namespace coterie::session
