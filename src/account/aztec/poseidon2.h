// Poseidon2 (eprint.iacr.org/2023/323) over Fr with width 4, as Aztec uses it: the hash behind every Aztec address.
#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "account/aztec/field.h"

namespace coterie::account::aztec::poseidon2 {

using State = std::array<Fr, 4>;
State permute(const State& state);

// Elements stay where they are: they may be secret, and are hashed without a copy.
using Input = std::reference_wrapper<const Fr>;

// The sponge with rate 3 and one output; the capacity holds the number of inputs, so no padding is needed.
Fr hash(std::span<const Input> inputs);
inline Fr hash(std::initializer_list<Input> inputs) {
  return hash(std::span(inputs.begin(), inputs.size()));
}
// The same with a domain separator as first input, which counts.
Fr hash_separated(std::uint32_t separator, std::initializer_list<Input> inputs);

// Text as elements: pieces of 31 bytes, each a little-endian number. How Aztec names separators and selectors.
Fr hash_text(std::string_view text);

}  // namespace coterie::account::aztec::poseidon2
