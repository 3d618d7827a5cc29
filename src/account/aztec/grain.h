// The Grain LFSR that Poseidon2's constants are drawn from, so that they are nobody's choice (eprint.iacr.org/2019/458,
// appendix F).
#pragma once

#include <cstdint>

#include "account/aztec/number.h"

namespace coterie::account::aztec {

class Grain {
 public:
  // Of the field Fr, width 4, 8 full and 56 partial rounds.
  Grain();

  // The next 254 selected bits, most significant first: not yet below the modulus.
  Number next_word();

 private:
  void append(std::uint64_t bit);  // and drop the register's first
  bool next_bit();
  bool next_selected_bit();  // of each pair with a one in front, the other

  // The register's 80 bits: bit i of the first 64 at position i, then the last 16 likewise.
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace coterie::account::aztec
