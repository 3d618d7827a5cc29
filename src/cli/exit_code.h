// Exit codes: one for each kind of error (docs/reference.md lists them).
#pragma once

#include "base/result.h"

namespace coterie::cli {

// `signal` is the one that was received, for kind interrupted: 130 for SIGINT, 143 for SIGTERM.
int exit_code(ErrorKind kind, int signal);

}  // namespace coterie::cli
