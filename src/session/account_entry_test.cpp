#include "session/account_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::session {
namespace {

using testing::HasSubstr;

account::AccountFile file(std::string_view text) {
  return *account::AccountFile::parse(SecretBytes::copy_of(text));
}

TEST(AccountEntryTest, IsTheOnlyOneOrTheOneOfThatName) {
  EXPECT_EQ(*choose_entry(file(R"({})"), std::nullopt, kChooseByOption), 0u);
  EXPECT_EQ(*choose_entry(file(R"([{"name":"a"}])"), std::nullopt, kChooseByOption), 0u);
  EXPECT_EQ(*choose_entry(file(R"({"name":"a"})"), "a", kChooseByOption), 0u);
  EXPECT_EQ(*choose_entry(file(R"([{"name":"a"},{},{"name":"b"}])"), "b", kChooseByOption), 2u);
}

TEST(AccountEntryTest, IsRefusedNamingThoseThereAre) {
  const auto error = [](std::string_view text, const std::optional<std::string>& name) {
    const auto chosen = choose_entry(file(text), name, kChooseByOption);
    EXPECT_FALSE(chosen);
    EXPECT_EQ(chosen.error().kind, ErrorKind::usage);
    return chosen.error().message;
  };
  EXPECT_EQ(error(R"([{"name":"a"},{"name":"b"}])", std::nullopt), "the account file holds 2 accounts: a and b");
  EXPECT_EQ(error(R"([{"name":"a"},{"name":"b"},{}])", "A"),
            "the account file has no account \"A\"; it holds 3 accounts: a, b and one without a name");
  EXPECT_EQ(error(R"({"name":"a"})", "b"), "the account file has no account \"b\"; it holds one account: a");
  EXPECT_THAT(error(R"([{},{}])", ""), HasSubstr("no account \"\""));
  EXPECT_EQ(error(R"([{"name":"a"},{"name":"a"}])", "a"), "the account file has several accounts \"a\"");
}

TEST(AccountEntryTest, ShowsNamesOfOthersEscapedAndNotEndlessly) {
  std::string text = R"([{"name":"\u001b[31m\u202e"})";
  for (int i = 0; i < 100; ++i) text += R"(,{"name":"x"})";
  const auto chosen = choose_entry(file(text + "]"), "\x1b", kChooseByOption);
  ASSERT_FALSE(chosen);
  EXPECT_THAT(chosen.error().message, HasSubstr(R"(no account "\u{1B}")"));
  EXPECT_THAT(chosen.error().message, HasSubstr(R"(\u{1B}[31m\u{202E}, x)"));
  EXPECT_THAT(chosen.error().message, HasSubstr("and 85 more"));
}

}  // namespace
}  // namespace coterie::session
