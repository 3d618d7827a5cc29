// File descriptors: whether this process may open as many more as it is going to need. Libraries below us end the whole
// process when there is none left, so it is asked before.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace coterie {

// Kind environment, with what needs them, when fewer than `count` are free. Nothing is held: others may take them.
Result<void> check_descriptors(std::size_t count, std::string_view what);

}  // namespace coterie
