#include "session/outcome.h"

namespace coterie::session {

Outcome failed(Error error) {
  return {{}, {}, std::move(error)};
}

Outcome outcome_of(const MultisigRecord* record, std::optional<Error> error) {
  Outcome outcome;
  outcome.error = std::move(error);
  if (record != nullptr) {
    if (auto copy = MultisigRecord::parse(record->serialize())) outcome.multisig = std::move(*copy);
  }
  return outcome;
}

}  // namespace coterie::session
