#include "base/result.h"

namespace coterie {

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::environment:
      return "environment";
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::declined:
      return "declined";
    case ErrorKind::timed_out:
      return "timed_out";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::pending:
      return "pending";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "unknown";
}

}  // namespace coterie
