#include "cli/exit_code.h"

namespace coterie::cli {

int exit_code(ErrorKind kind, int signal) {
  switch (kind) {
    case ErrorKind::environment:
      return 1;
    case ErrorKind::usage:
      return 2;
    case ErrorKind::declined:
      return 3;
    case ErrorKind::timed_out:
      return 4;
    case ErrorKind::refused:
      return 5;
    case ErrorKind::pending:
      return 6;
    case ErrorKind::interrupted:
      return 128 + signal;
  }
  return 1;
}

}  // namespace coterie::cli
