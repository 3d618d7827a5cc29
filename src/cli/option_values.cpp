#include "cli/option_values.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>

#include "ceremony/name.h"

namespace coterie::cli {

namespace {

using account::aztec::Fr;

constexpr std::size_t kShown = 32;  // code points of a wrong value, in an error

// Of Aztec's fields: FrTag::kModulus.
constexpr std::string_view kDecimalModulus =
    "21888242871839275222246405745257275088548364400416034343698204186575808495617";

bool is_decimal(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit) && (text.size() == 1 || text[0] != '0');
}

Fr decimal_value(std::string_view digits) {
  const Fr ten = Fr::from_integer(10);
  Fr value = Fr::from_integer(0);
  for (const char digit : digits) value = value * ten + Fr::from_integer(static_cast<std::uint64_t>(digit - '0'));
  return value;
}

}  // namespace

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

Result<Bytes> parse_hex_bytes(std::string_view text, std::optional<std::size_t> size, std::string_view option) {
  const bool prefixed = text.starts_with("0x") || text.starts_with("0X");
  auto bytes = parse_hex(text.substr(prefixed ? 2 : 0));
  if (!bytes) {
    return usage_error(fmt::format("{} is not hexadecimal", option),
                       "two digits for each byte, with or without 0x in front");
  }
  if (size && bytes->size() != *size) {
    return usage_error(fmt::format("{} has {} bytes, but must have {}", option, bytes->size(), *size),
                       fmt::format("{} hexadecimal digits, with leading zeros", 2 * *size));
  }
  return std::move(*bytes);
}

Result<Fr> parse_field(std::string_view text, std::string_view option) {
  if (auto element = Fr::parse(text)) return std::move(*element);
  // No number of as many digits as the modulus is below it unless it comes before it.
  const bool below =
      text.size() < kDecimalModulus.size() || (text.size() == kDecimalModulus.size() && text < kDecimalModulus);
  if (is_decimal(text) && below) return decimal_value(text);
  return usage_error(
      fmt::format("{} is no field element, but \"{}\"", option, ceremony::escape(text, 2 * kShown + 2)),
      "write 0x and 64 lower-case hexadecimal digits, or decimal ones without leading zeros; below the modulus");
}

std::string elapsed_text(std::chrono::milliseconds elapsed) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace coterie::cli
