// Host and port, as options and signaling URLs have them.
#include "fuzz/fuzz.h"
#include "signaling/address.h"

using namespace coterie;
using fuzz::check;

namespace {

void check_address(const Result<signaling::HostPort>& address, std::string_view what) {
  fuzz::check_refusal(address);
  if (!address) return;
  check(!address->host.empty() && address->port != 0, "a host and a port are there");
  check(std::all_of(address->host.begin(), address->host.end(), [](char c) { return c > ' ' && c < 0x7f; }),
        "a host is of visible ASCII");
  const auto again = signaling::parse_host_port(address->text(), 1, what);
  check(again && *again == *address, "parse(serialize(x)) is x");
  signaling::reach_of(address->host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  check_address(signaling::parse_host_port(text, 8081, "--advertise"), "--advertise");
  const auto url = signaling::parse_signaling_url(text);
  if (!url) {
    fuzz::check_refusal(url);
    return 0;
  }
  check_address(url->address, "--signaling");
  const auto again = signaling::parse_signaling_url(url->text());
  check(again && *again == *url, "parse(serialize(x)) is x");
  return 0;
}
