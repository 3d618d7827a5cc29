// Strict JSON: everything else that reads JSON stands on it.
#include "base/json.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using fuzz::check;

namespace {

constexpr std::size_t kMaxBytes = 4096;

std::size_t depth_of(const json::Value& value) {
  std::size_t below = 0;
  if (const auto* object = value.if_object()) {
    for (const auto& field : *object) below = std::max(below, depth_of(field.value()));
  } else if (const auto* array = value.if_array()) {
    for (const json::Value& item : *array) below = std::max(below, depth_of(item));
  } else {
    return 0;
  }
  return below + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto value = json::parse(text, kMaxBytes, "text");
  const auto valid = json::validate(text, kMaxBytes, "text");
  fuzz::check_refusal(valid);
  if (!value) {
    fuzz::check_error(value.error());
    check(value.error().kind == ErrorKind::refused, "JSON is refused, not anything else");
    return 0;
  }
  check(valid.ok(), "what strict JSON takes is JSON");
  check(size <= kMaxBytes, "nothing is longer than its limit");
  check(depth_of(*value) <= json::kMaxDepth, "nothing is deeper than the limit");
  const std::string written = json::serialize(*value);
  const auto again = json::parse(written, written.size(), "text");
  check(again && *again == *value, "parse(serialize(x)) is x");
  check(json::serialize(*again) == written, "one value has one text");
  check(json::serialize_secret(*value).text() == written, "in wiped memory it is the same text");
  return 0;
}
