// ICE candidates: the line of SDP, and the JSON around it.
#include "fuzz/fuzz.h"
#include "rtc/candidate.h"
#include "rtc/session_description.h"

using namespace coterie;
using fuzz::check;
using rtc::LoopbackCandidates;

namespace {

void check_line(std::string_view text) {
  for (const auto loopback : {LoopbackCandidates::allowed, LoopbackCandidates::refused}) {
    const auto candidate = rtc::parse_remote_candidate(text, loopback);
    fuzz::check_refusal(candidate);
    if (!candidate || !*candidate) continue;
    check(text.size() <= rtc::kMaxCandidateBytes, "no candidate is longer than its limit");
    check(rtc::usable_address((*candidate)->address, loopback), "packets go to usable addresses only");
    check((*candidate)->port != 0, "a port is there");
    check(!(*candidate)->foundation.empty() && (*candidate)->foundation.size() <= 32, "a foundation is bounded");
    const std::string written = (*candidate)->serialize();
    const auto again = rtc::parse_remote_candidate(written, loopback);
    check(again && *again && (*again)->serialize() == written, "parse(serialize(x)) is x");
  }
}

void check_json(std::string_view text) {
  const auto value = json::parse(text, 4096, "candidate");
  if (!value) return;
  const auto candidate = rtc::parse_ice_candidate(*value);
  fuzz::check_refusal(candidate);
  if (!candidate) return;
  const auto again = rtc::parse_ice_candidate(rtc::serialize_ice_candidate(*candidate));
  check(again && *again == *candidate, "parse(serialize(x)) is x");
  if (*candidate) check_line((*candidate)->candidate);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  check_line(text);
  check_json(text);
  return 0;
}
