#include "account/aztec/grain.h"

#include <array>

namespace coterie::account::aztec {

namespace {

constexpr int kWordBits = 254;

struct Parameter {
  std::uint32_t value;
  int bits;
};
constexpr std::array kSeed = {
    Parameter{1, 2},                // a prime field
    Parameter{0, 4},                // the S-box is a power
    Parameter{kWordBits, 12},       // bits of the field
    Parameter{4, 12},               // width
    Parameter{8, 10},               // full rounds
    Parameter{56, 10},              // partial rounds
    Parameter{(1u << 30) - 1, 30},  // padding: all ones
};

}  // namespace

Grain::Grain() {
  for (const Parameter& parameter : kSeed) {
    for (int bit = parameter.bits - 1; bit >= 0; --bit) append((parameter.value >> bit) & 1u);
  }
  for (int warm_up = 0; warm_up < 160; ++warm_up) next_bit();
}

void Grain::append(std::uint64_t bit) {
  first_ = first_ >> 1 | last_ << 63;
  last_ = last_ >> 1 | bit << 15;
}

bool Grain::next_bit() {
  const std::uint64_t fresh = (first_ >> 62 ^ first_ >> 51 ^ first_ >> 38 ^ first_ >> 23 ^ first_ >> 13 ^ first_) & 1u;
  append(fresh);
  return fresh != 0;
}

bool Grain::next_selected_bit() {
  while (!next_bit()) next_bit();
  return next_bit();
}

Number Grain::next_word() {
  std::array<std::uint8_t, 32> bytes{};
  for (int bit = kWordBits - 1; bit >= 0; --bit) {
    if (next_selected_bit()) bytes[31 - bit / 8] |= static_cast<std::uint8_t>(1u << (bit % 8));
  }
  Number word = make_number();
  require(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), word.get()));
  return word;
}

}  // namespace coterie::account::aztec
