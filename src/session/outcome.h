// How a creation ended for this process.
#pragma once

#include <optional>

#include "base/result.h"
#include "session/draft.h"
#include "session/record.h"

namespace coterie::session {

struct Outcome {
  std::optional<MultisigRecord> multisig;  // as it now stands in the vault; absent when nothing is stored here
  std::optional<Draft> draft;              // in its place while the deploy hook has not answered
  std::optional<Error> error;              // of what kind, says how it ended; none: complete
};

// With nothing of it in the vault.
Outcome failed(Error error);
// With a copy of the record as it was last written, if there is one.
Outcome outcome_of(const MultisigRecord* record, std::optional<Error> error);

}  // namespace coterie::session
