#include "account/aztec/poseidon2.h"

#include <gtest/gtest.h>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec::poseidon2 {
namespace {

class Poseidon2VectorTest : public testing::TestWithParam<std::string> {};

TEST_P(Poseidon2VectorTest, PermutesAsThePackages) {
  const json::Value vectors = load_vectors(GetParam());
  const auto& cases = vectors.at("poseidon2Permutation").as_array();
  ASSERT_FALSE(cases.empty());
  for (const json::Value& vector : cases) {
    const auto element = [&](const char* key, std::size_t i) {
      return fr(vector.at(key).as_array().at(i).as_string().c_str());
    };
    const State out = permute({element("inputs", 0), element("inputs", 1), element("inputs", 2), element("inputs", 3)});
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i].text(), element("outputs", i).text()) << i;
  }
}

TEST_P(Poseidon2VectorTest, HashesAsThePackagesWithAndWithoutASeparator) {
  const json::Value vectors = load_vectors(GetParam());
  std::size_t separated = 0;
  for (const json::Value& vector : vectors.at("poseidon2").as_array()) {
    std::vector<Fr> elements;
    if (!vector.at("separator").is_null()) {
      elements.push_back(Fr::from_integer(vector.at("separator").to_number<std::uint64_t>()));
      ++separated;
    }
    for (const json::Value& input : vector.at("inputs").as_array()) elements.push_back(fr(input.as_string().c_str()));
    const std::vector<Input> inputs(elements.begin(), elements.end());
    EXPECT_EQ(hash(inputs).text(), string_at(vector, "hash")) << elements.size() << " inputs";
  }
  EXPECT_GE(separated, 10u);
}

INSTANTIATE_TEST_SUITE_P(Profiles, Poseidon2VectorTest, testing::ValuesIn(profile_names()), test_name);

TEST(Poseidon2Test, CountsTheSeparatorAsAnInput) {
  const Fr one = Fr::from_integer(1);
  const Fr two = Fr::from_integer(2);
  EXPECT_EQ(hash_separated(1, {two}), hash({one, two}));
  EXPECT_FALSE(hash_separated(1, {two}) == hash({two}));
}

TEST(Poseidon2Test, TellsAShortInputFromOneWithZerosAtItsEnd) {
  const Fr zero = Fr::from_integer(0);
  const Fr one = Fr::from_integer(1);
  EXPECT_FALSE(hash({one}) == hash({one, zero}));
  EXPECT_FALSE(hash({}) == hash({zero}));
}

TEST(Poseidon2Test, HashesTextInPiecesOf31Bytes) {
  const std::string text = std::string(31, '\0') + "\x01\x02";
  const Fr first = Fr::from_integer(0);
  const Fr second = Fr::from_integer(0x0201);
  EXPECT_EQ(hash_text(text), hash({first, second}));
}

}  // namespace
}  // namespace coterie::account::aztec::poseidon2
