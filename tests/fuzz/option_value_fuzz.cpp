// Values of options: times, numbers, bytes, field elements.
#include "cli/option_values.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto duration = cli::parse_duration(text, "--timeout");
  fuzz::check_refusal(duration);
  if (duration) {
    check(duration->count() > 0 && *duration <= std::chrono::hours(24), "a time is within its bounds");
    const auto again = cli::parse_duration(std::to_string(duration->count()) + "ms", "--timeout");
    check(again && *again == *duration, "parse(serialize(x)) is x");
    check(!cli::elapsed_text(*duration).empty(), "a time can be shown");
  }
  const auto number = cli::parse_number(text, -5, 65535, "--port");
  fuzz::check_refusal(number);
  if (number) {
    check(*number >= -5 && *number <= 65535, "a number is within its bounds");
    const auto again = cli::parse_number(std::to_string(*number), -5, 65535, "--port");
    check(again && *again == *number, "parse(serialize(x)) is x");
  }
  const auto bytes = cli::parse_hex_bytes(text, std::nullopt, "--message");
  if (!bytes) fuzz::check_secret_error(bytes.error());
  if (bytes) {
    const auto again = cli::parse_hex_bytes(serialize_hex(*bytes), bytes->size(), "--message");
    check(again && *again == *bytes, "parse(serialize(x)) is x");
  }
  const auto field = cli::parse_field(text, "--field");
  fuzz::check_refusal(field);
  if (field) {
    const auto again = cli::parse_field(field->text(), "--field");
    check(again && *again == *field, "parse(serialize(x)) is x");
  }
  return 0;
}
