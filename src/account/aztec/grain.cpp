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
  std::size_t at = 0;
  for (const Parameter& parameter : kSeed) {
    for (int bit = parameter.bits - 1; bit >= 0; --bit) bits_[at++] = ((parameter.value >> bit) & 1u) != 0;
  }
  for (int warm_up = 0; warm_up < 160; ++warm_up) next_bit();
}

bool Grain::next_bit() {
  const auto bit = [this](std::size_t index) { return bits_[(first_ + index) % kSize]; };
  const bool fresh = bit(62) ^ bit(51) ^ bit(38) ^ bit(23) ^ bit(13) ^ bit(0);
  bits_[first_] = fresh;
  first_ = (first_ + 1) % kSize;
  return fresh;
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
