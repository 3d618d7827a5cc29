#include "account/aztec/fixed_base.h"

#include <gtest/gtest.h>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec {
namespace {

using grumpkin::generator;

Fq power_of_two(int exponent) {
  Fq power = Fq::from_integer(1);
  for (int i = 0; i < exponent; ++i) power = power + power;
  return power;
}

Point negative(const Point& point) {
  return {point.x.clone(), -point.y};
}

// A base whose multiples hold every shape of scalar against OpenSSL's ladder.
class FixedBaseTest : public testing::Test {
 protected:
  const Point base_ = *grumpkin::multiply(generator(), Fq::from_integer(987654321));
  const FixedBase table_{base_};

  Result<Point> multiple(const Fq& scalar) const {
    PointSum sum;
    table_.add_multiple(scalar, sum);
    return sum.point();
  }
};

TEST_F(FixedBaseTest, MultipliesAsOpenSslsLadderByRandomScalars) {
  SeededRandom random(3);
  for (int i = 0; i < 100; ++i) {
    const Fq scalar = Fq::draw(random);
    const auto product = multiple(scalar);
    ASSERT_TRUE(product);
    EXPECT_EQ(*product, *grumpkin::multiply(base_, scalar)) << scalar.text();
  }
}

TEST_F(FixedBaseTest, MultipliesAsOpenSslsLadderByEveryDigitAtEveryPlace) {
  // Sixteen scalars hold each digit at each place but the highest, which is 0 to 3 below the order.
  for (unsigned shift = 0; shift < 16; ++shift) {
    Bytes bytes(Fq::kSize);
    for (unsigned place = 0; place < 2 * Fq::kSize; ++place) {
      const unsigned digit = (place + shift) % 16;
      bytes[place / 2] = static_cast<std::uint8_t>(bytes[place / 2] | (place % 2 == 0 ? digit << 4 : digit));
    }
    bytes[0] &= 0x1f;
    const auto scalar = Fq::from_bytes(bytes);
    ASSERT_TRUE(scalar);
    // The table's digits are those of the scalar less 11…1: both are tried.
    for (const Fq& each : {*scalar + Fq::from_integer(0), *scalar + Fq::reduce(Bytes(Fq::kSize, 0x11))}) {
      const auto product = multiple(each);
      ASSERT_TRUE(product);
      EXPECT_EQ(*product, *grumpkin::multiply(base_, each)) << each.text();
    }
  }
}

TEST_F(FixedBaseTest, MultipliesByTheScalarsAtBothEndsAndByPowersOfTwo) {
  EXPECT_EQ(*multiple(Fq::from_integer(1)), base_);
  EXPECT_EQ(*multiple(-Fq::from_integer(1)), negative(base_));
  for (std::uint64_t small = 2; small < 40; ++small) {
    EXPECT_EQ(*multiple(Fq::from_integer(small)), *grumpkin::multiply(base_, Fq::from_integer(small))) << small;
    EXPECT_EQ(*multiple(-Fq::from_integer(small)), negative(*multiple(Fq::from_integer(small)))) << small;
  }
  for (int exponent = 0; exponent < 254; ++exponent) {
    const Fq power = power_of_two(exponent);
    EXPECT_EQ(*multiple(power), *grumpkin::multiply(base_, power)) << exponent;
  }
}

TEST_F(FixedBaseTest, GivesThePointAtInfinityForZeroAndRefusesItAsAPoint) {
  const auto product = multiple(Fq::from_integer(0));
  ASSERT_FALSE(product);
  EXPECT_EQ(product.error().kind, ErrorKind::refused);
}

TEST_F(FixedBaseTest, AddsTheMultipleToWhatTheSumHolds) {
  PointSum sum(generator());
  table_.add_multiple(Fq::from_integer(5), sum);
  EXPECT_EQ(*sum.point(), *grumpkin::add(generator(), *grumpkin::multiply(base_, Fq::from_integer(5))));
  table_.add_multiple(-Fq::from_integer(5), sum);
  EXPECT_EQ(*sum.point(), generator());
  table_.add_multiple(Fq::from_integer(0), sum);
  EXPECT_EQ(*sum.point(), generator());
}

TEST(PointSumTest, AddsEqualOppositeAndOtherPointsAsOpenSsl) {
  const Point other = *grumpkin::multiply(generator(), Fq::from_integer(77));
  PointSum twice(other);
  twice.add(PointSum(other).projective());
  EXPECT_EQ(*twice.point(), *grumpkin::add(other, other));
  twice.add(twice.projective());
  EXPECT_EQ(*twice.point(), *grumpkin::multiply(other, Fq::from_integer(4)));

  PointSum nothing(other);
  nothing.add(PointSum(negative(other)).projective());
  EXPECT_FALSE(nothing.point());
  nothing.add(PointSum().projective());
  EXPECT_FALSE(nothing.point());
  nothing.add(twice.projective());
  EXPECT_EQ(*nothing.point(), *twice.point());

  PointSum sum(generator());
  sum.add(PointSum().projective());
  EXPECT_EQ(*sum.point(), generator());
  sum.add(twice.projective());
  EXPECT_EQ(*sum.point(), *grumpkin::add(generator(), *twice.point()));
}

TEST(PointSumTest, AddsAffinePointsInEveryCaseAsProjectiveOnes) {
  const Point other = *grumpkin::multiply(generator(), Fq::from_integer(78));
  for (const Point& held : {generator().clone(), negative(generator()), other.clone()}) {
    std::vector<ProjectivePoint> added;
    added.push_back(PointSum(generator()).projective().clone());
    PointSum affine(held);
    affine.add(to_affine(added).front());
    PointSum projective(held);
    projective.add(added.front());
    const auto expected = grumpkin::add(held, generator());
    EXPECT_EQ(affine.point().ok(), expected.ok());
    EXPECT_EQ(projective.point().ok(), expected.ok());
    if (!expected) continue;
    EXPECT_EQ(*affine.point(), *expected);
    EXPECT_EQ(*projective.point(), *expected);
  }
  PointSum empty;
  std::vector<ProjectivePoint> added;
  added.push_back(PointSum(other).projective().clone());
  empty.add(to_affine(added).front());
  EXPECT_EQ(*empty.point(), other);
}

}  // namespace
}  // namespace coterie::account::aztec
