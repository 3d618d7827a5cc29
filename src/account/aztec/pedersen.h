// The Pedersen hash of Aztec's packages 4.1.2 and 3.0.0-devnet.5, for up to three inputs: what the challenge of their
// Schnorr signatures needs, and no more. For public inputs.
#pragma once

#include <functional>
#include <span>

#include "account/aztec/grumpkin.h"

namespace coterie::account::aztec::pedersen {

constexpr std::size_t kMaxInputs = 3;
using Input = std::reference_wrapper<const Fr>;

// The x coordinate of n * L + x_0 * D_0 + … + x_(n-1) * D_(n-1). There must be 1 to kMaxInputs inputs (asserted).
Fr hash(std::span<const Input> inputs);
inline Fr hash(std::initializer_list<Input> inputs) {
  return hash(std::span(inputs.begin(), inputs.size()));
}

// The hash of three inputs for many firsts with the same second and third: a third of the work for each.
class HashOfThree {
 public:
  HashOfThree(const Fr& second, const Fr& third);
  Fr finish(const Fr& first) const;

 private:
  Point of_the_others_;
};

// D_0, D_1, D_2 and L: points whose logarithms nobody knows, as they come out of BLAKE3 of their names.
const Point& input_point(std::size_t index);
const Point& length_point();

}  // namespace coterie::account::aztec::pedersen
