// The log, for whoever looks for the cause of a failure. Off at first: a library writes nothing unasked.
#pragma once

#include "coterie/export.h"

namespace coterie {

enum class LogLevel { off, warnings, info, debug };

// From now on, for the whole process: lines of this level and above go to stderr. Never a secret; rooms and keys
// shortened.
COTERIE_EXPORT void log_to_stderr(LogLevel level);

}  // namespace coterie
