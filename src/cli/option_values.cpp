#include "cli/option_values.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>

#include "ceremony/name.h"

namespace coterie::cli {

namespace {
constexpr std::size_t kShown = 32;  // code points of a wrong value, in an error
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text, std::string_view option) {
  using std::chrono::milliseconds;
  constexpr milliseconds kMost = std::chrono::hours(24);
  const Error error =
      usage_error(fmt::format("{} must be a time, but is \"{}\"", option, ceremony::escape(text, kShown)),
                  "write a number with its unit: 500ms, 30s, 10m or 2h; at most 24h");
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || number <= 0 || number > kMost.count()) return error;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  milliseconds step{};
  if (unit == "ms") {
    step = milliseconds(1);
  } else if (unit == "s") {
    step = std::chrono::seconds(1);
  } else if (unit == "m") {
    step = std::chrono::minutes(1);
  } else if (unit == "h") {
    step = std::chrono::hours(1);
  } else {
    return error;
  }
  const milliseconds duration = number * step;
  if (duration > kMost) return error;
  return duration;
}

Result<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most,
                                  std::string_view option) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size() || number < least || number > most) {
    return usage_error(
        fmt::format("{} must be a whole number from {} to {}, but is \"{}\"", option, least, most,
                    ceremony::escape(text, kShown)),
        option == "--port" ? "--port 0 takes any free port" : "what it means is in the command's --help");
  }
  return number;
}

std::string elapsed_text(std::chrono::milliseconds elapsed) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace coterie::cli
