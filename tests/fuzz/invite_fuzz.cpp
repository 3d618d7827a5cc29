// Invites, as they come by any channel.
#include "ceremony/invite.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto invite = ceremony::Invite::parse(as_text({data, size}));
  if (!invite) {
    fuzz::check_error(invite.error());
    check(invite.error().kind == ErrorKind::usage, "a malformed invite is a matter of usage");
    return 0;
  }
  check(size <= ceremony::Invite::kMaxBytes, "no invite is longer than its limit");
  check(invite->port != 0 && !invite->host.empty(), "an invite says where");
  check(std::all_of(invite->host.begin(), invite->host.end(), [](char c) { return c > ' ' && c < 0x7f; }),
        "a host is of visible ASCII");
  check(crypto::check_box_key(invite->creator.box_key).ok(), "an invite has a box key that can be used");
  const std::string written = invite->serialize();
  const auto again = ceremony::Invite::parse(written);
  check(again && again->serialize() == written && again->host == invite->host && again->room == invite->room &&
            again->security == invite->security,
        "parse(serialize(x)) is x");
  return 0;
}
