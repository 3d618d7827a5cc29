#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

namespace coterie::log {

void initialize(Level level) {
  auto logger = spdlog::get("coterie");
  if (!logger) logger = spdlog::stderr_logger_mt("coterie");
  logger->set_pattern("coterie: %H:%M:%S.%e %l: %v");
  switch (level) {
    case Level::warnings:
      logger->set_level(spdlog::level::warn);
      break;
    case Level::info:
      logger->set_level(spdlog::level::info);
      break;
    case Level::debug:
      logger->set_level(spdlog::level::debug);
      break;
  }
  spdlog::set_default_logger(logger);
}

std::string brief(std::string_view id) {
  return std::string(id.substr(0, 8)) + (id.size() > 8 ? "…" : "");
}

}  // namespace coterie::log
