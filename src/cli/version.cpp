#include "cli/version.h"

namespace coterie::cli {

const char* const kVersion = COTERIE_VERSION;

}  // namespace coterie::cli
