#include "account/aztec/grumpkin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec::grumpkin {
namespace {

constexpr const char* kOrderLessOne = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd46";

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

TEST(GrumpkinTest, MultipliesAPointAsItAddsIt) {
  const Point point = *multiply_generator(Fq::from_integer(1234567));
  EXPECT_EQ(*multiply(point, Fq::from_integer(1)), point);
  EXPECT_EQ(*multiply(point, Fq::from_integer(3)), *add(*add(point, point), point));
  EXPECT_EQ(*multiply(point, Fq::from_integer(1000)), *multiply_generator(Fq::from_integer(1234567000)));
  const auto nothing = multiply(point, Fq::from_integer(0));
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message, testing::HasSubstr("infinity"));
  const auto beside = multiply({Fr::from_integer(1), Fr::from_integer(1)}, Fq::from_integer(1));
  ASSERT_FALSE(beside);
  EXPECT_THAT(beside.error().message, testing::HasSubstr("not on Grumpkin"));
}

TEST(GrumpkinTest, TellsAPointOfTheCurveFromOneBeside) {
  EXPECT_TRUE(is_on_curve(generator()));
  EXPECT_TRUE(is_on_curve({generator().x.clone(), -generator().y}));
  EXPECT_FALSE(is_on_curve({generator().y.clone(), generator().x.clone()}));
  EXPECT_FALSE(is_on_curve({Fr::from_integer(0), Fr::from_integer(0)}));
}

TEST(GrumpkinTest, LeavesNoErrorBehindInOpenSslForAPointBeside) {
  ERR_clear_error();
  EXPECT_FALSE(is_on_curve({Fr::from_integer(0), Fr::from_integer(0)}));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

// Euler's criterion, with nothing of the curve's code but the field's modulus.
bool has_root(const Fr& x) {
  const Scratch scratch = make_scratch();
  const Fr square = x * x * x - Fr::from_integer(17);
  const Number exponent = make_number();
  require(BN_rshift1(exponent.get(), Fr::modulus()));
  const Number power = make_number();
  require(BN_mod_exp(power.get(), square.number(), exponent.get(), Fr::modulus(), scratch.get()));
  return BN_is_one(power.get()) == 1;
}

TEST(GrumpkinTest, KnowsWhichNumbersAreTheXOfAPoint) {
  EXPECT_TRUE(is_x_of_a_point(Fr::from_integer(1)));
  SeededRandom random(1);
  int points = 0;
  constexpr int kNumbers = 200;
  for (int i = 0; i < kNumbers; ++i) {
    const Fr x = Fr::draw(random);
    EXPECT_EQ(is_x_of_a_point(x), has_root(x)) << x.text();
    points += is_x_of_a_point(x);
  }
  // About half of them: 70 of 200 is more than four standard deviations away.
  EXPECT_GT(points, 70);
  EXPECT_LT(points, 130);
}

}  // namespace
}  // namespace coterie::account::aztec::grumpkin
