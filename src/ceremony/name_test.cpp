#include "ceremony/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::ceremony {
namespace {

using ::testing::HasSubstr;

TEST(NameTest, AllowsOrdinaryNamesOfAnyScript) {
  for (const char* name : {"bob", "a", "Ärger", "山田 太郎", "anna-maria", "x.y", "o'neil", "\U0001F600"}) {
    EXPECT_TRUE(check_name(name, "name").ok()) << name;
  }
  EXPECT_TRUE(check_name(std::string(64, 'x'), "name").ok());
}

TEST(NameTest, RefusesWhatTheRulesForbidEachWithItsReason) {
  const std::string four_bytes = "\U0001F600";
  std::string longest;
  for (int i = 0; i < 64; ++i) longest += four_bytes;
  EXPECT_TRUE(check_name(longest, "name").ok());

  const std::pair<std::string, const char*> cases[] = {
      {"", "empty"},
      {std::string(65, 'x'), "longer than 64 characters"},
      {longest + "x", "longer than 256 bytes"},
      {std::string(1 << 20, 'x'), "longer than 256 bytes"},
      {"-rf", "starts with"},
      {"..", "starts with"},
      {"a/b", "'/'"},
      {" ", "blanks only"},
      {"\u00A0\u2800\u3000", "blanks only"},
      {std::string("a\0b", 3), "invisible"},
      {"a\x1b[31m", "invisible"},
      {"a\u0085", "invisible"},
      {"a\u202Eb", "invisible"},
      {"a\u2066b", "invisible"},
      {"a\u200Bb", "invisible"},
      {"a\u2028b", "invisible"},
      {"\uFEFFa", "invisible"},
      {"a\U000E0041", "invisible"},
      {"bob\uFE0F", "invisible"},
      {"a\xff", "not UTF-8"},
      {"a\xc0\xaf", "not UTF-8"},          // overlong '/'
      {"a\xe0\x80\xaf", "not UTF-8"},      // in three bytes
      {"a\xf0\x80\x80\xaf", "not UTF-8"},  // in four
      {"a\xed\xa0\x80", "not UTF-8"},      // a surrogate
      {"a\xf4\x90\x80\x80", "not UTF-8"},  // above U+10FFFF
      {"a\xe2\x82", "not UTF-8"},          // cut
      {"a\xe2\x82z", "not UTF-8"},         // cut, and something behind it
  };
  for (const auto& [name, reason] : cases) {
    const auto checked = check_name(name, "signer name");
    ASSERT_FALSE(checked.ok()) << name;
    EXPECT_EQ(checked.error().kind, ErrorKind::refused);
    EXPECT_THAT(checked.error().message, HasSubstr("signer name"));
    EXPECT_THAT(checked.error().message, HasSubstr(reason));
  }
}

TEST(NameTest, ComparesNamesWithoutCase) {
  EXPECT_EQ(fold_name("Bob"), fold_name("bOB"));
  EXPECT_EQ(fold_name("ÄRGER"), fold_name("ärger"));
  EXPECT_EQ(fold_name("ΑΛΈΞΗΣ"), fold_name("αλέξης"));  // both sigmas fold to one
  EXPECT_EQ(fold_name("ИВАН"), fold_name("иван"));
  EXPECT_EQ(fold_name("ẞ"), fold_name("ß"));
  EXPECT_EQ(fold_name("\u212A"), fold_name("k"));       // Kelvin sign
  EXPECT_EQ(fold_name("\u13A0"), fold_name("\uAB70"));  // Cherokee, whose letters have three bytes
  EXPECT_EQ(fold_name("山田 \U0001F600"), "山田 \U0001F600");
  EXPECT_EQ(fold_name("Ā"), "ā");
  EXPECT_EQ(fold_name("ā"), "ā");
  EXPECT_NE(fold_name("bob"), fold_name("bоb"));  // the second has a Cyrillic o: no look-alikes are folded
}

TEST(NameTest, ComparesNamesWithoutTheBlanksThatNobodySees) {
  for (const char* name :
       {" bob", "bob ", "bob\u00A0", "\u2800bob", "bob\u3000 ", "\u2003BOB\u202F", "bob\U00016FE4", "bob\U0001D159"}) {
    EXPECT_EQ(fold_name(name), "bob") << name;
  }
  EXPECT_EQ(fold_name("anna  maria"), fold_name("Anna\u00A0Maria"));
  EXPECT_EQ(fold_name("山田\u3000太郎"), fold_name("山田 太郎"));
  EXPECT_NE(fold_name("anna maria"), fold_name("annamaria"));
}

TEST(NameTest, EscapesWhatATerminalWouldObeyOrHide) {
  EXPECT_EQ(escape("bob"), "bob");
  EXPECT_EQ(escape("a\x1b[31m\n"), "a\\u{1B}[31m\\u{A}");
  EXPECT_EQ(escape("a\u202Eb"), "a\\u{202E}b");
  EXPECT_EQ(escape("a\xff\xc3"), "a\\x{FF}\\x{C3}");
  EXPECT_EQ(escape("back\\slash"), "back\\\\slash");
  EXPECT_EQ(escape("äöü", 2), "äö…");
  EXPECT_EQ(escape("山\u200B田\U0001F600"), "山\\u{200B}田\U0001F600");
  EXPECT_EQ(escape("a\xe0\x80\xaf"), "a\\x{E0}\\x{80}\\x{AF}");
}

TEST(NameTest, EscapesWordsOnceAndLeavesTheirLines) {
  EXPECT_EQ(escape_words("two\nlines"), "two\nlines");
  EXPECT_EQ(escape_words("a\x1b[2J\r\u202Eb\xff"), "a\\u{1B}[2J\\u{D}\\u{202E}b\\x{FF}");
  EXPECT_EQ(escape_words(escape("a\x1b[2J")), escape("a\x1b[2J"));
}

TEST(NameTest, QuotesANameForTheShell) {
  EXPECT_EQ(shell_argument("treasury"), "treasury");
  EXPECT_EQ(shell_argument("our treasury"), "'our treasury'");
  EXPECT_EQ(shell_argument("bob's; rm $HOME"), "'bob'\\''s; rm $HOME'");
  EXPECT_EQ(shell_argument("-abc"), "-- -abc");
  EXPECT_EQ(shell_argument("Ärger_2.山-x"), "Ärger_2.山-x");
  for (const std::string byte : {"`", "[", "{", "/", ":", "@", "*", "~", "\n", "\x7f"}) {
    EXPECT_EQ(shell_argument("a" + byte), "'a" + byte + "'");
  }
  EXPECT_EQ(shell_argument(""), "''");
}

}  // namespace
}  // namespace coterie::ceremony
