// The log: spdlog to stderr, once <coterie/log.h> switched it on. Lower case, few lines, never a secret; shortened ids
// (see `brief`).
#pragma once

#include <spdlog/logger.h>

#include <string>
#include <string_view>
#include <utility>

#include "coterie/log.h"

namespace coterie::log {

// Ours alone: spdlog's default logger belongs to the program that embeds us.
spdlog::logger& logger();

// The first eight characters of an id: enough to tell rooms apart, too little to join one.
std::string brief(std::string_view id);

template <class... Arguments>
void debug(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
  logger().debug(format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void info(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
  logger().info(format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void warn(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
  logger().warn(format, std::forward<Arguments>(arguments)...);
}

}  // namespace coterie::log
