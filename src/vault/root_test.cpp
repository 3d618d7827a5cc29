// The root record: one form for each, and no other accepted.
#include "vault/root.h"

#include <gtest/gtest.h>

namespace coterie::vault {
namespace {

Root sample() {
  Root root;
  root.generation = 300;
  root.entries["a"] = {1, Digest()};
  root.entries["contact/bob"] = {300, Digest()};
  root.entries[std::string(kMaxLabel, 'z')] = {2, Digest()};
  return root;
}

TEST(RootTest, ParsedAndSerializedIsTheSame) {
  for (const Root& root : {Root(), sample()}) {
    const SecretBytes plaintext = root.serialize();
    const auto parsed = Root::parse(plaintext.view());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, root);
  }
}

TEST(RootTest, EveryCutAndEveryAdditionIsRefused) {
  const SecretBytes plaintext = sample().serialize();
  for (std::size_t size = 0; size < plaintext.size(); ++size) {
    EXPECT_FALSE(Root::parse(plaintext.view().first(size))) << size;
  }
  Bytes longer = to_vector(plaintext.view());
  longer.push_back(0);
  EXPECT_FALSE(Root::parse(longer));
}

TEST(RootTest, WhateverParsesSerializesToTheSameBytes) {
  const SecretBytes plaintext = sample().serialize();
  for (std::size_t i = 0; i < plaintext.size(); ++i) {
    Bytes altered = to_vector(plaintext.view());
    altered[i] ^= 1;
    const auto parsed = Root::parse(altered);
    if (parsed) {
      EXPECT_TRUE(parsed->serialize().equals(altered)) << i;
    }
  }
}

TEST(RootTest, RefusesLabelsOutOfOrderAndRecordsFromTheFuture) {
  Root root;
  root.generation = 5;
  root.entries["a"] = {1, Digest()};
  root.entries["b"] = {1, Digest()};
  Bytes bytes = to_vector(root.serialize().view());
  constexpr std::size_t kFirstLabel = 8 + 4 + 2;
  ASSERT_EQ(bytes[kFirstLabel], 'a');
  for (const char label : {'b', 'c'}) {
    bytes[kFirstLabel] = static_cast<std::uint8_t>(label);
    EXPECT_FALSE(Root::parse(bytes)) << label;
  }
  root.entries["a"].generation = 6;
  EXPECT_FALSE(Root::parse(root.serialize().view()));
}

}  // namespace
}  // namespace coterie::vault
