// Tests only: the answers of Aztec's own packages, from tests/vectors/aztec/.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "account/aztec/grumpkin.h"
#include "account/aztec/profile.h"
#include "base/json.h"

namespace coterie::account::aztec {

// For tests that hold every profile there is: one more profile is one more case, with no line changed.
inline std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const Profile& profile : profiles()) names.emplace_back(profile.name);
  return names;
}
inline std::string test_name(const testing::TestParamInfo<std::string>& test) {
  std::string name = "Of";
  for (const char c : test.param) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

inline json::Value load_vectors(std::string_view name) {
  const std::string path = std::string(COTERIE_SOURCE_DIR "/tests/vectors/aztec/").append(name) + ".json";
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto vectors = json::parse(text, 1 << 20, path);
  if (!vectors) throw std::runtime_error(vectors.error().message);
  return *vectors;
}

inline std::string string_at(const json::Value& object, std::string_view key) {
  return std::string(object.at(boost::json::string_view(key.data(), key.size())).as_string());
}

inline Fr fr(std::string_view text) {
  return *Fr::parse(text);
}
inline Fr fr_at(const json::Value& object, std::string_view key) {
  return fr(string_at(object, key));
}
inline Fq fq_at(const json::Value& object, std::string_view key) {
  return *Fq::parse(string_at(object, key));
}

inline Point point_at(const json::Value& object, const char* key) {
  return {fr_at(object.at(key), "x"), fr_at(object.at(key), "y")};
}
inline Point public_key_at(const json::Value& object) {
  return {fr_at(object, "publicKeyX"), fr_at(object, "publicKeyY")};
}

inline Bytes bytes_at(const json::Value& object, std::string_view key) {
  return *parse_hex(string_at(object, key).substr(2));
}

// What is taken modulo 2^32: the last four bytes.
inline std::uint32_t low_32_bits(const Fr& element) {
  const Secret<Fr::kSize> bytes = element.bytes();
  std::uint32_t low = 0;
  for (std::size_t i = Fr::kSize - 4; i < Fr::kSize; ++i) low = low << 8 | bytes.data()[i];
  return low;
}

}  // namespace coterie::account::aztec
