// The Grain LFSR that Poseidon2's constants are drawn from, so that they are nobody's choice (eprint.iacr.org/2019/458,
// appendix F).
#pragma once

#include <bitset>
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
  bool next_bit();           // of the register
  bool next_selected_bit();  // of each pair with a one in front, the other

  static constexpr std::size_t kSize = 80;
  std::bitset<kSize> bits_;
  std::size_t first_ = 0;  // the register is a ring: its bit 0 stands here
};

}  // namespace coterie::account::aztec
