// Tests only: the answers of Aztec's own packages, from tests/vectors/aztec/.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "account/aztec/field.h"
#include "base/json.h"

namespace coterie::account::aztec {

inline json::Value load_vectors(std::string_view profile) {
  const std::string path = std::string(COTERIE_SOURCE_DIR "/tests/vectors/aztec/").append(profile) + ".json";
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

// What is taken modulo 2^32: the last four bytes.
inline std::uint32_t low_32_bits(const Fr& element) {
  const Secret<Fr::kSize> bytes = element.bytes();
  std::uint32_t low = 0;
  for (std::size_t i = Fr::kSize - 4; i < Fr::kSize; ++i) low = low << 8 | bytes.data()[i];
  return low;
}

}  // namespace coterie::account::aztec
