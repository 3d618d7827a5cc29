#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

namespace coterie {

void log_to_stderr(LogLevel level) {
  switch (level) {
    case LogLevel::off:
      log::logger().set_level(spdlog::level::off);
      break;
    case LogLevel::warnings:
      log::logger().set_level(spdlog::level::warn);
      break;
    case LogLevel::info:
      log::logger().set_level(spdlog::level::info);
      break;
    case LogLevel::debug:
      log::logger().set_level(spdlog::level::debug);
      break;
  }
}

namespace log {

spdlog::logger& logger() {
  static const std::unique_ptr<spdlog::logger> own = [] {
    auto made = std::make_unique<spdlog::logger>("coterie", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("coterie: %H:%M:%S.%e %l: %v");
    made->set_level(spdlog::level::off);
    return made;
  }();
  return *own;
}

std::string brief(std::string_view id) {
  return std::string(id.substr(0, 8)) + (id.size() > 8 ? "…" : "");
}

}  // namespace log

}  // namespace coterie
