// URLs of STUN and TURN servers: options, and what a signaling server offers.
#include "fuzz/fuzz.h"
#include "rtc/ice_server.h"
#include "rtc/ip_address.h"

using namespace coterie;
using fuzz::check;

namespace {

template <class Url>
void check_url(std::string_view text) {
  const auto url = Url::parse(text);
  fuzz::check_refusal(url);
  if (!url) return;
  check(!url->host.empty() && url->port != 0, "a host and a port are there");
  check(std::all_of(url->host.begin(), url->host.end(), [](char c) { return c > ' ' && c < 0x7f; }),
        "a host is of visible ASCII");
  check(url->host.find(':') == std::string::npos || rtc::IpAddress::parse(url->host), "a host with colons is IPv6");
  const auto again = Url::parse(url->text());
  check(again && *again == *url, "parse(serialize(x)) is x");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  check_url<rtc::StunUrl>(text);
  check_url<rtc::TurnUrl>(text);
  return 0;
}
