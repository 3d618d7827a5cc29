#include "account/aztec/pedersen.h"

#include <gtest/gtest.h>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec::pedersen {
namespace {

class PedersenVectorTest : public testing::TestWithParam<std::string> {};

// The one vector that starts at another point than D_0 is for the independent check, pedersen_points_test.py.
TEST_P(PedersenVectorTest, HashesAsThePackages) {
  const json::Value vectors = load_vectors(GetParam());
  std::size_t hashed = 0;
  for (const json::Value& vector : vectors.at("pedersenHash").as_array()) {
    if (vector.at("index").as_int64() != 0) continue;
    std::vector<Fr> elements;
    for (const json::Value& input : vector.at("inputs").as_array()) elements.push_back(fr(input.as_string().c_str()));
    const std::vector<Input> inputs(elements.begin(), elements.end());
    EXPECT_EQ(hash(inputs).text(), string_at(vector, "hash"));
    if (inputs.size() == 3) {
      EXPECT_EQ(HashOfThree(elements[1], elements[2]).finish(elements[0]).text(), string_at(vector, "hash"));
    }
    ++hashed;
  }
  EXPECT_GE(hashed, 5u);
}

INSTANTIATE_TEST_SUITE_P(Profiles, PedersenVectorTest, testing::ValuesIn(profile_names()), test_name);

TEST(PedersenTest, HasThePointsOfThePackages) {
  const json::Value points = load_vectors("pedersen_points");
  const auto expect = [](const Point& point, const json::Value& pair) {
    EXPECT_EQ(point.x.text(), pair.as_array().at(0).as_string());
    EXPECT_EQ(point.y.text(), pair.as_array().at(1).as_string());
    EXPECT_TRUE(grumpkin::is_on_curve(point));
  };
  const json::Array& inputs = points.at("pedersenGenerators").as_array();
  ASSERT_EQ(inputs.size(), kMaxInputs);
  for (std::size_t i = 0; i < kMaxInputs; ++i) expect(input_point(i), inputs[i]);
  expect(length_point(), points.at("pedersenLengthGenerator"));
}

TEST(PedersenTest, HashesZerosToMultiplesOfTheLengthPoint) {
  const Fr zero = Fr::from_integer(0);
  EXPECT_EQ(hash({zero}), length_point().x);
  EXPECT_EQ(hash({zero, zero}), grumpkin::add(length_point(), length_point())->x);
  EXPECT_EQ(hash({zero, zero, zero}), grumpkin::multiply(length_point(), Fq::from_integer(3))->x);
}

TEST(PedersenTest, HashesAsOpenSslAddsTheMultiples) {
  SeededRandom random(11);
  for (int i = 0; i < 20; ++i) {
    const std::array<Fr, 3> inputs = {Fr::draw(random), Fr::draw(random), Fr::draw(random)};
    Point sum = *grumpkin::multiply(length_point(), Fq::from_integer(3));
    for (std::size_t j = 0; j < inputs.size(); ++j) {
      sum = *grumpkin::add(sum, *grumpkin::multiply(input_point(j), to_scalar(inputs[j])));
    }
    EXPECT_EQ(hash({inputs[0], inputs[1], inputs[2]}), sum.x);
    EXPECT_EQ(HashOfThree(inputs[1], inputs[2]).finish(inputs[0]), sum.x);
  }
}

}  // namespace
}  // namespace coterie::account::aztec::pedersen
