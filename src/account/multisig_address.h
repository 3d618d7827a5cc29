// The address of a multisig's contract, as a manifest claims it and hooks tell it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "coterie/account.h"

namespace coterie::account {

constexpr std::size_t kMaxMultisigAddressBytes = 66;

// With an account of kind aztec-schnorr: "0x" and 64 lower-case hexadecimal digits, below the modulus, and the x of a
// point, as the address of every Aztec contract is. With an opaque one, whose chain is not known here: "0x" and 1 to 64
// lower-case hexadecimal digits. Kind refused. Says nothing about what is at that address.
Result<void> check_multisig_address(AccountKind kind, std::string_view address);

}  // namespace coterie::account
