// Messages of the data channel: what creator and recipient read of each other.
#include "ceremony/framing.h"
#include "ceremony/message.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using fuzz::check;

namespace {

const std::string* reason_of(const ceremony::Message& message) {
  if (const auto* decline = std::get_if<ceremony::DeclineMessage>(&message)) return &decline->reason;
  if (const auto* abort = std::get_if<ceremony::AbortMessage>(&message)) return &abort->reason;
  return nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto message = ceremony::parse_message(text);
  fuzz::check_refusal(message);
  if (!message) return 0;
  check(size <= ceremony::kMaxChannelMessage, "no message is longer than its limit");
  if (const std::string* reason = reason_of(*message)) {
    check(reason->size() <= ceremony::kMaxReason, "a reason is bounded");
  }
  const std::string written = ceremony::serialize_message(*message);
  const auto again = ceremony::parse_message(written);
  check(again.ok(), "what was read can be written and read again");
  check(ceremony::serialize_message(*again) == written, "parse(serialize(x)) is x");
  check(again->index() == message->index() && ceremony::digest_of(*again) == ceremony::digest_of(*message),
        "parse(serialize(x)) is x");
  return 0;
}
