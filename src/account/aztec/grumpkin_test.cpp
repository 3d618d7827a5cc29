#include "account/aztec/grumpkin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec::grumpkin {
namespace {

constexpr const char* kGeneratorY = "0x0000000000000002cf135e7506a45d632d270d45f1181294833fc48d823f272c";
constexpr const char* kOrderLessOne = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd46";

Point generator() {
  return {Fr::from_integer(1), fr(kGeneratorY)};
}

TEST(GrumpkinTest, MultipliesTheGeneratorByOne) {
  EXPECT_EQ(*multiply_generator(Fq::from_integer(1)), generator());
}

TEST(GrumpkinTest, HasTheOrderOfFq) {
  // (Q - 1) G = -G: so the sum with G is the point at infinity.
  const auto minus_generator = multiply_generator(*Fq::parse(kOrderLessOne));
  ASSERT_TRUE(minus_generator);
  EXPECT_EQ(minus_generator->x, generator().x);
  EXPECT_FALSE(minus_generator->y == generator().y);
  const auto sum = add(*minus_generator, generator());
  ASSERT_FALSE(sum);
  EXPECT_EQ(sum.error().kind, ErrorKind::refused);
  EXPECT_THAT(sum.error().message, testing::HasSubstr("infinity"));
}

TEST(GrumpkinTest, RefusesTheScalarZero) {
  const auto point = multiply_generator(Fq::from_integer(0));
  ASSERT_FALSE(point);
  EXPECT_EQ(point.error().kind, ErrorKind::refused);
}

TEST(GrumpkinTest, AddsAsItMultiplies) {
  const auto sum = add(*multiply_generator(Fq::from_integer(1234567)), *multiply_generator(Fq::from_integer(7654321)));
  ASSERT_TRUE(sum);
  EXPECT_EQ(*sum, *multiply_generator(Fq::from_integer(1234567 + 7654321)));
  const auto twice = add(generator(), generator());
  ASSERT_TRUE(twice);
  EXPECT_EQ(*twice, *multiply_generator(Fq::from_integer(2)));
}

TEST(GrumpkinTest, RefusesAPointThatIsNotOnTheCurve) {
  const Point beside{Fr::from_integer(1), Fr::from_integer(1)};
  for (const auto& sum : {add(beside, generator()), add(generator(), beside)}) {
    ASSERT_FALSE(sum);
    EXPECT_THAT(sum.error().message, testing::HasSubstr("not on Grumpkin"));
  }
}

}  // namespace
}  // namespace coterie::account::aztec::grumpkin
