// Session descriptions: SDP as the other side's browser or program writes it.
#include "fuzz/fuzz.h"
#include "rtc/sdp.h"
#include "rtc/sdp_grammar.h"

using namespace coterie;
using fuzz::check;
using rtc::SessionDescription;
using rtc::sdp::Setup;

namespace {

void check_description(const rtc::sdp::Description& description, SessionDescription::Type type) {
  check(description.ice_ufrag.size() >= 4 && description.ice_ufrag.size() <= 256 &&
            rtc::sdp::is_ice_chars(description.ice_ufrag),
        "ice-ufrag is as RFC 8839 has it");
  check(description.ice_pwd.size() >= 22 && description.ice_pwd.size() <= 256 &&
            rtc::sdp::is_ice_chars(description.ice_pwd),
        "ice-pwd is as RFC 8839 has it");
  check(description.sctp_port != 0, "a port is there");
  check(type == SessionDescription::Type::offer || description.setup != Setup::actpass, "an answer says who is client");
  check(description.candidates.size() <= 64, "candidates are bounded");
  for (const std::string& candidate : description.candidates) {
    check(rtc::sdp::is_line(candidate), "a candidate is one line");
  }
  const std::string written = rtc::sdp::serialize(description, 1);
  if (written.size() > rtc::kMaxSdpBytes) return;  // with our own lines it can be longer than it came
  const auto again = rtc::sdp::parse({type, written});
  check(again && *again == description, "parse(serialize(x)) is x");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string sdp(as_text({data, size}));
  for (const auto type : {SessionDescription::Type::offer, SessionDescription::Type::answer}) {
    const auto description = rtc::sdp::parse({type, sdp});
    fuzz::check_refusal(description);
    if (!description) continue;
    check(size <= rtc::kMaxSdpBytes, "no SDP is longer than its limit");
    check_description(*description, type);
  }
  return 0;
}
