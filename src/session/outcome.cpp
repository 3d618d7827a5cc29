#include "session/outcome.h"

namespace coterie::session {

Outcome outcome_of(const MultisigRecord* record, std::optional<Error> error) {
  Outcome outcome;
  outcome.error = std::move(error);
  if (!outcome.error) {
    outcome.status = Outcome::Status::complete;
  } else if (outcome.error->kind == ErrorKind::pending) {
    outcome.status = Outcome::Status::pending;
  } else if (outcome.error->kind == ErrorKind::declined) {
    outcome.status = Outcome::Status::declined;
  }
  if (record != nullptr) {
    if (auto copy = MultisigRecord::parse(record->serialize())) outcome.multisig = std::move(*copy);
  }
  return outcome;
}

}  // namespace coterie::session
