#include "account/aztec/field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace coterie::account::aztec {
namespace {

constexpr const char* kP = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
constexpr const char* kPLessOne = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000";
constexpr const char* kQ = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
constexpr const char* kQLessOne = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd46";
constexpr const char* kZero = "0x0000000000000000000000000000000000000000000000000000000000000000";
constexpr const char* kAllOnes = "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

TEST(FieldTest, AcceptsEveryNumberBelowTheModulus) {
  for (const char* text : {kZero, kPLessOne}) {
    const auto element = Fr::parse(text);
    ASSERT_TRUE(element) << text;
    EXPECT_EQ(element->text(), text);
  }
  for (const char* text : {kZero, kP, kQLessOne}) {
    const auto element = Fq::parse(text);
    ASSERT_TRUE(element) << text;
    EXPECT_EQ(element->text(), text);
  }
}

TEST(FieldTest, RefusesTheModulusAndAboveInsteadOfReducing) {
  for (const char* text : {kP, kQ, kAllOnes}) {
    const auto element = Fr::parse(text);
    ASSERT_FALSE(element) << text;
    EXPECT_EQ(element.error().kind, ErrorKind::refused);
    EXPECT_THAT(element.error().message, testing::HasSubstr("out of range"));
  }
  for (const char* text : {kQ, kAllOnes}) EXPECT_FALSE(Fq::parse(text)) << text;
}

TEST(FieldTest, RefusesEveryTextButTheCanonicalOne) {
  const std::string good = "0x0000000000000000000000000000000000000000000000000000000000000abc";
  ASSERT_TRUE(Fr::parse(good));
  std::string capital_prefix = good;
  capital_prefix[1] = 'X';
  std::string capital_digit = good;
  capital_digit.back() = 'C';
  std::string zero_byte = good;
  zero_byte[10] = '\0';
  const std::string no_prefix = good.substr(2);
  for (const std::string& text :
       {std::string(), std::string("0x"), std::string("0xabc"), std::string("12"), no_prefix, "00" + no_prefix,
        good + "0", " " + good, good + " ", good.substr(0, 65), "0x" + std::string(63, '0') + "g",
        "0x" + std::string(63, '0') + ":", "0x-" + std::string(62, '0') + "1", "0x" + good.substr(0, 64),
        capital_prefix, capital_digit, zero_byte}) {
    const auto element = Fr::parse(text);
    ASSERT_FALSE(element) << text;
    EXPECT_EQ(element.error().kind, ErrorKind::refused) << text;
  }
}

TEST(FieldTest, DoesNotQuoteARefusedNumberInTheError) {
  EXPECT_THAT(Fr::parse(kAllOnes).error().message, testing::Not(testing::HasSubstr("ffff")));
  EXPECT_THAT(Fr::parse("0xsecret").error().message, testing::Not(testing::HasSubstr("secret")));
}

TEST(FieldTest, RefusesBytesOfAnotherLength) {
  EXPECT_FALSE(Fr::from_bytes(Bytes(31)));
  EXPECT_FALSE(Fr::from_bytes(Bytes(33)));
  EXPECT_TRUE(Fr::from_bytes(Bytes(32)));
}

TEST(FieldTest, WritesAndReadsBytesBigEndian) {
  Bytes bytes(32);
  bytes[31] = 2;
  bytes[30] = 1;
  const auto element = Fr::from_bytes(bytes);
  ASSERT_TRUE(element);
  EXPECT_EQ(*element, Fr::from_integer(258));
  EXPECT_TRUE(std::ranges::equal(element->bytes().view(), bytes));
}

TEST(FieldTest, ReducesALongNumberModuloTheModulus) {
  Bytes modulus_and_five = *parse_hex(std::string_view(kQ).substr(2));
  modulus_and_five.back() = static_cast<std::uint8_t>(modulus_and_five.back() + 5);
  EXPECT_EQ(Fq::reduce(modulus_and_five), Fq::from_integer(5));
  // 2^512 - 1, checked with another program's big integers.
  EXPECT_EQ(Fr::reduce(Bytes(64, 0xff)).text(), "0x0216d0b17f4e44a58c49833d53bb808553fe3ab1e35c59e31bb8e645ae216da6");
}

TEST(FieldTest, ReducesNumbersOfEveryLengthAsADivisionDoes) {
  SeededRandom random(3);
  const Scratch scratch = make_scratch();
  for (std::size_t size = 0; size <= 64; ++size) {
    for (const int fill : {-1, 0, 0xff}) {
      Bytes bytes(size, static_cast<std::uint8_t>(fill));
      if (fill < 0) random.fill(bytes);
      const Number wide = make_number();
      require(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), wide.get()));
      Number rest = make_number();
      require(BN_nnmod(rest.get(), wide.get(), Fq::modulus(), scratch.get()));
      EXPECT_EQ(Fq::reduce(bytes), Fq(std::move(rest))) << size;
      rest = make_number();
      require(BN_nnmod(rest.get(), wide.get(), Fr::modulus(), scratch.get()));
      EXPECT_EQ(Fr::reduce(bytes), Fr(std::move(rest))) << size;
    }
  }
}

TEST(FieldTest, DrawsDifferentElementsThatReadBack) {
  SeededRandom random(1);
  const Fq first = Fq::draw(random);
  const Fq second = Fq::draw(random);
  EXPECT_FALSE(first == second);
  EXPECT_EQ(*Fq::parse(first.text()), first);
  EXPECT_EQ(first.secret_text().text(), first.text());
}

TEST(FieldTest, AddsSubtractsAndMultipliesModuloTheModulus) {
  const Fq zero = Fq::from_integer(0);
  const Fq one = Fq::from_integer(1);
  const Fq last = *Fq::parse(kQLessOne);
  EXPECT_EQ(last + one, zero);
  EXPECT_EQ(-one, last);
  EXPECT_EQ(-zero, zero);
  EXPECT_EQ((-zero).text(), kZero);
  EXPECT_EQ(zero - one, last);
  EXPECT_EQ(last * last, one);
  EXPECT_EQ(zero * last, zero);
  EXPECT_EQ(Fq::from_integer(1u << 31) * Fq::from_integer(1u << 31), Fq::from_integer(std::uint64_t{1} << 62));
  SeededRandom random(2);
  for (int i = 0; i < 50; ++i) {
    const Fq a = Fq::draw(random);
    const Fq b = Fq::draw(random);
    const Fq c = Fq::draw(random);
    EXPECT_EQ((a - b) + b, a);
    EXPECT_EQ(a * b, b * a);
    EXPECT_EQ(a * (b + c), a * b + a * c);
    EXPECT_EQ(a * -b, -(a * b));
  }
}

TEST(FieldTest, TakesACoordinateForTheScalarOfTheSameNumber) {
  for (const char* text : {kZero, kPLessOne}) EXPECT_EQ(to_scalar(*Fr::parse(text)).text(), text);
}

}  // namespace
}  // namespace coterie::account::aztec
