// Secrets: moved, never copied; wiped; compared in constant time.
#include "base/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace coterie {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_copy_constructible_v<Secret<32>> && !std::is_copy_assignable_v<Secret<32>>);
static_assert(!std::is_copy_constructible_v<Passphrase> && !std::is_copy_assignable_v<Passphrase>);
static_assert(!std::is_convertible_v<SecretBytes, std::string> && !std::is_convertible_v<Secret<32>, std::string>);

TEST(SecretBytesTest, AreZeroAtFirst) {
  const SecretBytes secret(100);
  EXPECT_TRUE(secret.equals(Bytes(100)));
}

TEST(SecretBytesTest, AreEmptyOnceMovedFrom) {
  SecretBytes first = SecretBytes::copy_of("secret");
  SecretBytes second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what is tested
  EXPECT_EQ(second.text(), "secret");
  SecretBytes third;
  third = std::move(second);
  EXPECT_EQ(third.text(), "secret");
}

TEST(SecretBytesTest, CloneIsItsOwnMemory) {
  SecretBytes first = SecretBytes::copy_of("secret");
  const SecretBytes second = first.clone();
  first.data()[0] = 'S';
  EXPECT_EQ(second.text(), "secret");
}

TEST(SecretBytesTest, TruncateWipesTheRest) {
  SecretBytes secret = SecretBytes::copy_of("secret!!");
  const std::uint8_t* rest = secret.data() + 6;
  secret.truncate(6);
  EXPECT_EQ(secret.text(), "secret");
  EXPECT_EQ(rest[0], 0);
  EXPECT_EQ(rest[1], 0);
}

TEST(SecretBytesTest, EqualsOnlyTheSameBytes) {
  const SecretBytes secret = SecretBytes::copy_of("secret");
  EXPECT_TRUE(secret.equals(as_bytes("secret")));
  EXPECT_FALSE(secret.equals(as_bytes("Secret")));
  EXPECT_FALSE(secret.equals(as_bytes("secre")));
  EXPECT_FALSE(secret.equals({}));
  EXPECT_TRUE(SecretBytes().equals({}));
}

TEST(SecretDeathTest, ReadingBeyondTheEndEndsTheProcess) {
  // A secret ends at a guard page: an overrun is a crash, not a leak.
  const SecretBytes secret(64);
  EXPECT_DEATH(
      {
        const volatile std::uint8_t* data = secret.data();
        static_cast<void>(data[64]);
      },
      "");
}

TEST(SecretTest, RefusesAnotherLength) {
  EXPECT_FALSE(Secret<32>::from_bytes(Bytes(31)));
  EXPECT_FALSE(Secret<32>::from_bytes(Bytes(33)));
  EXPECT_TRUE(Secret<32>::from_bytes(Bytes(32)));
}

TEST(SecretBase64Test, IsTheUrlAlphabetWithoutPadding) {
  for (std::size_t size = 0; size < 10; ++size) {
    const Bytes bytes(size, 0xfb);
    const SecretBytes text = serialize_secret_base64(bytes);
    EXPECT_EQ(text.text(), serialize_base64(bytes, Base64::url));
    const auto parsed = parse_secret_base64(text.text());
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->equals(bytes));
  }
}

TEST(SecretBase64Test, RefusesEveryOtherSpelling) {
  for (const char* text : {"Zg==", "Zh", "Z", "Zm8=", "//8", "Zm9v ", "Zm9\xff"}) {
    EXPECT_FALSE(parse_secret_base64(text)) << text;
  }
}

TEST(WipeTest, OverwritesPlainMemory) {
  char buffer[] = "secret";
  wipe(buffer, sizeof buffer);
  EXPECT_EQ(std::string_view(buffer, sizeof buffer), std::string_view("\0\0\0\0\0\0\0", 7));
}

}  // namespace
}  // namespace coterie
