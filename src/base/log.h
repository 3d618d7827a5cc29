// The log: spdlog to stderr, for -v and -vv. Lower case, few lines, never a secret; shortened ids (see `brief`).
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

namespace coterie::log {

enum class Level { warnings, info, debug };
void initialize(Level level);

// The first eight characters of an id: enough to tell rooms apart, too little to join one.
std::string brief(std::string_view id);

using spdlog::debug;
using spdlog::info;
using spdlog::warn;

}  // namespace coterie::log
