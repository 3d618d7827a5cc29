// What a deploy hook writes: a multisig's address, of the form that the kind of its account has.
#include "account/multisig_address.h"
#include "fuzz/fuzz.h"
#include "session/hook.h"

using namespace coterie;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view answer = as_text({data, size});
  for (const AccountKind kind : {AccountKind::aztec_schnorr, AccountKind::opaque}) {
    const auto address = session::parse_hook_answer(answer, kind);
    fuzz::check_refusal(address);
    if (!address) continue;
    check(account::check_multisig_address(kind, *address).ok(), "an address has its form");
    check(address->size() <= account::kMaxMultisigAddressBytes, "an address is bounded");
    check(fuzz::is_displayable(*address), "an address can be shown");
    const auto again = session::parse_hook_answer(json::serialize(json::Object{{"address", *address}}), kind);
    check(again && *again == *address, "parse(serialize(x)) is x");
  }
  return 0;
}
