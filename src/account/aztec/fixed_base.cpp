#include "account/aztec/fixed_base.h"

#include <cstring>
#include <utility>

#include "account/aztec/wiped.h"

namespace coterie::account::aztec {

namespace {

constexpr std::size_t kDigits = 2 * Fq::kSize;
constexpr std::size_t kDigitValues = 16;
constexpr std::size_t kCoordinate = Fr::kSize;
// Set in every coordinate of the table, which is below 2^254: OpenSSL's reading of bytes takes longer for leading
// zeros.
constexpr int kMarkBit = 255;

// All ones when both are equal, else zero.
std::uint64_t equal_mask(std::uint64_t a, std::uint64_t b) {
  std::uint64_t mask = 0 - (((a ^ b) - 1) >> 63);  // both are small, so only 0 - 1 has the highest bit
  __asm__("" : "+r"(mask));                        // keeps the compiler from making a branch of it
  return mask;
}

// A digit of 0 would be the point at infinity, which the table cannot hold: each digit stands for one more than itself,
// and this, 11…1 in hexadecimal, is what all of them are too much.
const Fq& excess() {
  static const Fq excess = Fq::reduce(Bytes(Fq::kSize, 0x11));
  return excess;
}

}  // namespace

FixedBase::FixedBase(const Point& base) {
  std::vector<ProjectivePoint> multiples;
  multiples.reserve(kDigits * kDigitValues);
  PointSum sum(base);
  for (std::size_t digit = 0; digit < kDigits; ++digit) {
    const std::size_t first = multiples.size();
    multiples.push_back(sum.projective().clone());
    for (std::size_t value = 1; value < kDigitValues; ++value) {
      sum.add(multiples[first]);
      multiples.push_back(sum.projective().clone());
    }
    // The last of them, 16 times the first, is the first of the next digit.
  }
  for (const AffinePoint& point : to_affine(multiples)) entries_.push_back(to_entry(point));
}

FixedBase::Entry FixedBase::to_entry(const AffinePoint& point) {
  std::array<std::uint8_t, sizeof(Entry)> bytes;
  for (const auto& [number, at] : {std::pair{point.x.get(), 0}, std::pair{point.y.get(), 1}}) {
    require(BN_set_bit(number, kMarkBit));
    std::uint8_t* const coordinate = bytes.data() + at * kCoordinate;
    if (BN_bn2lebinpad(number, coordinate, kCoordinate) != static_cast<int>(kCoordinate)) require(0);
  }
  Entry entry;
  std::memcpy(entry.data(), bytes.data(), sizeof entry);
  return entry;
}

void FixedBase::add_multiple(const Fq& scalar, PointSum& sum) const {
  const Fq reduced = scalar - excess();
  Wiped<Fq::kSize> digits;
  if (BN_bn2lebinpad(reduced.number(), digits.data(), Fq::kSize) != static_cast<int>(Fq::kSize)) require(0);

  Wiped<sizeof(Entry)> selected;
  const AffinePoint point{make_number(), make_number()};
  for (std::size_t digit = 0; digit < kDigits; ++digit) {
    const unsigned value = (digits.data()[digit / 2] >> (4 * (digit % 2))) & 15u;
    // Every entry is read, so that no cache tells which one was wanted.
    Entry words{};
    const Entry* const entries = entries_.data() + digit * kDigitValues;
    for (std::size_t i = 0; i < kDigitValues; ++i) {
      const std::uint64_t mask = equal_mask(i, value);
      for (std::size_t word = 0; word < words.size(); ++word) words[word] |= entries[i][word] & mask;
    }
    std::memcpy(selected.data(), words.data(), sizeof words);
    wipe(words.data(), sizeof words);
    require(BN_lebin2bn(selected.data(), kCoordinate, point.x.get()));
    require(BN_lebin2bn(selected.data() + kCoordinate, kCoordinate, point.y.get()));
    require(BN_clear_bit(point.x.get(), kMarkBit));
    require(BN_clear_bit(point.y.get(), kMarkBit));
    sum.add(point);
  }
}

}  // namespace coterie::account::aztec
