// What a signaling server and its members read of each other.
#include "fuzz/fuzz.h"
#include "signaling/message.h"

using namespace coterie;
using fuzz::check;

namespace {

template <class Message>
void check_message(std::string_view frame, std::size_t most, Result<Message> (*parse)(std::string_view)) {
  const auto message = parse(frame);
  fuzz::check_refusal(message);
  if (!message) return;
  check(frame.size() <= most, "no frame is longer than its limit");
  const std::string written = signaling::serialize(*message);
  if (written.size() > most) return;  // a client need not say `from`, and so may write less than we do
  const auto again = parse(written);
  check(again && *again == *message, "parse(serialize(x)) is x");
}

void check_bounds(const signaling::Joined& joined) {
  check(joined.members.size() <= signaling::kMaxMembers, "a room has its most members");
  check(joined.ice_servers.size() <= signaling::kMaxIceServers, "there are at most so many ICE servers");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view frame = as_text({data, size});
  check_message(frame, signaling::kMaxFrame, &signaling::parse_client_message);
  check_message(frame, signaling::kMaxServerFrame, &signaling::parse_server_message);
  if (const auto message = signaling::parse_server_message(frame)) {
    if (const auto* joined = std::get_if<signaling::Joined>(&*message)) check_bounds(*joined);
  }
  if (const auto message = signaling::parse_client_message(frame)) {
    if (const auto* join = std::get_if<signaling::Join>(&*message)) {
      if (join->create) check(join->create->roster.size() <= signaling::kMaxMembers, "a roster is bounded");
      signaling::verify_join(*join, Nonce());
    }
  }
  return 0;
}
