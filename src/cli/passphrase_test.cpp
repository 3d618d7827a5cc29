#include "cli/passphrase.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace coterie::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PassphraseTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "coterie-passphrase-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  PassphraseSource file_with(const std::string& content, mode_t mode = 0600) {
    const fs::path path = directory_ / "passphrase";
    std::ofstream(path, std::ios::binary) << content;
    chmod(path.c_str(), mode);
    return {path.string(), &terminal_, {}};
  }

  Terminal terminal_;
  fs::path directory_;
};

TEST_F(PassphraseTest, IsTheFirstLineOfTheFile) {
  for (const char* content : {"correct horse", "correct horse\n", "correct horse\r\n", "correct horse\nsecond line"}) {
    auto source = file_with(content);
    const auto passphrase = obtain_passphrase(source, PassphraseUse::open_vault, "/home");
    ASSERT_TRUE(passphrase.ok()) << content;
    EXPECT_EQ(as_text(passphrase->view()), "correct horse");
    EXPECT_FALSE(source.warning);
  }
}

TEST_F(PassphraseTest, RefusesAnEmptyFirstLine) {
  for (const char* content : {"", "\n", "\r\n", "\nsecond line"}) {
    auto source = file_with(content);
    const auto passphrase = obtain_passphrase(source, PassphraseUse::open_vault, "/home");
    ASSERT_FALSE(passphrase.ok());
    EXPECT_EQ(passphrase.error().kind, ErrorKind::usage);
    EXPECT_THAT(passphrase.error().message, HasSubstr("empty"));
  }
}

TEST_F(PassphraseTest, IsBounded) {
  auto longest = file_with(std::string(kMaxPassphrase, 'x') + "\n");
  EXPECT_TRUE(obtain_passphrase(longest, PassphraseUse::open_vault, "/home").ok());
  auto longer = file_with(std::string(kMaxPassphrase + 1, 'x') + "\n");
  const auto passphrase = obtain_passphrase(longer, PassphraseUse::open_vault, "/home");
  ASSERT_FALSE(passphrase.ok());
  EXPECT_THAT(passphrase.error().message, HasSubstr("longer than"));
  auto endless = PassphraseSource{"/dev/zero", &terminal_, {}};
  EXPECT_FALSE(obtain_passphrase(endless, PassphraseUse::open_vault, "/home").ok());
}

TEST_F(PassphraseTest, WarnsAboutALooseModeAndGoesOn) {
  auto source = file_with("correct horse\n", 0644);
  EXPECT_TRUE(obtain_passphrase(source, PassphraseUse::open_vault, "/home").ok());
  ASSERT_TRUE(source.warning);
  EXPECT_THAT(*source.warning, HasSubstr("others may read"));
}

// A writer that keeps its end open must not keep us waiting behind the first line.
TEST_F(PassphraseTest, MayComeFromAPipeThatStaysOpen) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  ASSERT_EQ(write(ends[1], "correct horse\n", 14), 14);
  PassphraseSource source{"/proc/self/fd/" + std::to_string(ends[0]), &terminal_, {}};
  const auto passphrase = obtain_passphrase(source, PassphraseUse::open_vault, "/home");
  ASSERT_TRUE(passphrase.ok());
  EXPECT_EQ(as_text(passphrase->view()), "correct horse");
  close(ends[0]);
  close(ends[1]);
}

TEST_F(PassphraseTest, WithNeitherFileNorTerminalTheCallIsWrong) {
  PassphraseSource source{{}, &terminal_, {}};
  for (const PassphraseUse use : {PassphraseUse::open_vault, PassphraseUse::new_vault}) {
    const auto passphrase = obtain_passphrase(source, use, "/home");
    ASSERT_FALSE(passphrase.ok());
    EXPECT_EQ(passphrase.error().kind, ErrorKind::usage);
    EXPECT_THAT(passphrase.error().hint, HasSubstr("--passphrase-file"));
  }
}

TEST_F(PassphraseTest, ThatAVaultIsToHaveComesFromAnOptionOfItsOwn) {
  PassphraseSource nowhere{{}, &terminal_, {}};
  const auto missing = obtain_passphrase(nowhere, PassphraseUse::next_of_vault, "/home");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::usage);
  EXPECT_THAT(missing.error().message, HasSubstr("the new passphrase is needed"));
  EXPECT_THAT(missing.error().hint, HasSubstr("--new-passphrase-file"));
  PassphraseSource wrong{"new and better", &terminal_, {}};
  EXPECT_THAT(obtain_passphrase(wrong, PassphraseUse::next_of_vault, "/home").error().hint,
              HasSubstr("--new-passphrase-file takes the path of a file"));
  auto source = file_with("new and better\n");
  EXPECT_TRUE(obtain_passphrase(source, PassphraseUse::next_of_vault, "/home").ok());
}

TEST_F(PassphraseTest, NeverTakesAPathForThePassphrase) {
  PassphraseSource source{"correct horse", &terminal_, {}};
  const auto passphrase = obtain_passphrase(source, PassphraseUse::open_vault, "/home");
  ASSERT_FALSE(passphrase.ok());
  EXPECT_THAT(passphrase.error().hint, HasSubstr("path of a file"));
}

}  // namespace
}  // namespace coterie::cli
