#include "session/outcome.h"

namespace coterie::session {

const char* to_string(Outcome::Status status) {
  switch (status) {
    case Outcome::Status::complete:
      return "complete";
    case Outcome::Status::pending:
      return "pending";
    case Outcome::Status::declined:
      return "declined";
    case Outcome::Status::failed:
      return "failed";
  }
  return "unknown";
}

}  // namespace coterie::session
