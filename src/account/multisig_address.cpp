#include "account/multisig_address.h"

#include <algorithm>

#include "account/aztec/derivation.h"

namespace coterie::account {

namespace {

bool is_lower_case_hex(std::string_view digits) {
  return std::all_of(digits.begin(), digits.end(),
                     [](char digit) { return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'); });
}

Result<void> check_aztec(std::string_view address) {
  const auto number = aztec::Fr::parse(address);
  if (!number) return refused_error("the multisig address: " + number.error().message);
  if (!aztec::is_possible_address(*number)) {
    return refused_error("the multisig address is no address: it is the x of no point of Grumpkin",
                         "copy it again: every Aztec address is one");
  }
  return {};
}

}  // namespace

Result<void> check_multisig_address(AccountKind kind, std::string_view address) {
  if (kind == AccountKind::aztec_schnorr) return check_aztec(address);
  const std::string_view prefix = "0x";
  if (address.size() <= prefix.size() || address.size() > kMaxMultisigAddressBytes || !address.starts_with(prefix) ||
      !is_lower_case_hex(address.substr(prefix.size()))) {
    return refused_error("the multisig address: not \"0x\" and 1 to 64 lower-case hexadecimal digits");
  }
  return {};
}

}  // namespace coterie::account
