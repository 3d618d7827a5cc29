// OpenSSL's big numbers as owned, wiped values, and the one check their calls need.
#pragma once

#include <openssl/bn.h>

#include <memory>
#include <stdexcept>

namespace coterie::account::aztec {

struct NumberDeleter {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
using Number = std::unique_ptr<BIGNUM, NumberDeleter>;

struct ScratchDeleter {
  void operator()(BN_CTX* scratch) const { BN_CTX_free(scratch); }  // its numbers are wiped, too
};
using Scratch = std::unique_ptr<BN_CTX, ScratchDeleter>;

struct MontgomeryDeleter {
  void operator()(BN_MONT_CTX* context) const { BN_MONT_CTX_free(context); }
};
using Montgomery = std::unique_ptr<BN_MONT_CTX, MontgomeryDeleter>;

// For calls that fail only without memory or when misused: neither is an answer to the world outside.
inline void require(int done) {
  if (done != 1) throw std::runtime_error("a call into libcrypto failed");
}
template <class T>
T* require(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

// Zero. Every number here is handled as if it were secret: the flag keeps BN's division and the curve's ladder from
// branching on it.
inline Number make_number() {
  Number number(require(BN_secure_new()));
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}
inline Scratch make_scratch() {
  return Scratch(require(BN_CTX_secure_new()));
}

}  // namespace coterie::account::aztec
