// Passphrase keys: what they depend on, and which parameters are refused.
#include "crypto/passphrase_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::crypto {
namespace {

constexpr PassphraseKeyParameters kCheap{kMinPassphraseMemory, 1};

Passphrase passphrase(std::string_view text) {
  return Passphrase(SecretBytes::copy_of(text));
}

SecretBytes derive(std::string_view text, std::uint8_t salt, PassphraseKeyParameters parameters) {
  const auto key = derive_passphrase_key(passphrase(text), PassphraseSalt{salt}, parameters);
  EXPECT_TRUE(key);
  return SecretBytes::copy_of(key->view());
}

TEST(PassphraseKeyTest, DependsOnEveryInput) {
  const SecretBytes key = derive("correct horse", 1, kCheap);
  EXPECT_TRUE(key.equals(derive("correct horse", 1, kCheap).view()));
  EXPECT_FALSE(key.equals(derive("correct horsf", 1, kCheap).view()));
  EXPECT_FALSE(key.equals(derive("correct horse", 2, kCheap).view()));
  EXPECT_FALSE(key.equals(derive("correct horse", 1, {kMinPassphraseMemory * 2, 1}).view()));
  EXPECT_FALSE(key.equals(derive("correct horse", 1, {kMinPassphraseMemory, 2}).view()));
}

TEST(PassphraseKeyTest, RefusesParametersOutOfRangeBeforeTakingMemory) {
  for (const PassphraseKeyParameters& parameters :
       {PassphraseKeyParameters{16ull << 40, 3}, PassphraseKeyParameters{kMaxPassphraseMemory + 1, 1},
        PassphraseKeyParameters{kMinPassphraseMemory - 1, 1}, PassphraseKeyParameters{0, 1},
        PassphraseKeyParameters{kMinPassphraseMemory, 0},
        PassphraseKeyParameters{kMinPassphraseMemory, kMaxPassphrasePasses + 1}}) {
    const auto key = derive_passphrase_key(passphrase("p"), {}, parameters);
    ASSERT_FALSE(key) << parameters.memory_bytes << " " << parameters.passes;
    EXPECT_EQ(key.error().kind, ErrorKind::refused);
    EXPECT_THAT(key.error().message, testing::HasSubstr("between"));
  }
}

}  // namespace
}  // namespace coterie::crypto
