#include "cli/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace coterie::cli {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "coterie-file-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
};

TEST_F(FileTest, WritesAFileThatOnlyItsOwnerReads) {
  ASSERT_TRUE(write_file(directory_ / "invite", as_bytes("coterie://"), Existing::refuse).ok());
  struct stat status {};
  ASSERT_EQ(stat((directory_ / "invite").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(*read_text(directory_ / "invite", 100, "invite"), "coterie://");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FileTest, NeverOverwritesWhereItMustNot) {
  ASSERT_TRUE(write_file(directory_ / "account", as_bytes("first"), Existing::refuse).ok());
  const auto second = write_file(directory_ / "account", as_bytes("second"), Existing::refuse);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::usage);
  EXPECT_EQ(*read_text(directory_ / "account", 100, "account"), "first");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FileTest, DoesNotWriteThroughADanglingLink) {
  fs::create_symlink(directory_ / "elsewhere", directory_ / "account");
  EXPECT_FALSE(write_file(directory_ / "account", as_bytes("secret"), Existing::refuse).ok());
  EXPECT_FALSE(fs::exists(directory_ / "elsewhere"));
}

TEST_F(FileTest, ReplacesAFileWhereItMay) {
  ASSERT_TRUE(write_file(directory_ / "invite", as_bytes("first"), Existing::replace).ok());
  ASSERT_TRUE(write_file(directory_ / "invite", as_bytes("second"), Existing::replace).ok());
  EXPECT_EQ(*read_text(directory_ / "invite", 100, "invite"), "second");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FileTest, SaysOfAPlaceBelowAFileWhatIsWrongWithIt) {
  ASSERT_TRUE(write_file(directory_ / "plain", as_bytes("x"), Existing::refuse).ok());
  const auto written = write_file(directory_ / "plain" / "account", as_bytes("x"), Existing::refuse);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().kind, ErrorKind::environment);
  EXPECT_THAT(written.error().hint, testing::HasSubstr("name a file in a directory"));
}

TEST_F(FileTest, LeavesNothingWhereADirectoryIsMissing) {
  const auto written = write_file(directory_ / "missing" / "invite", as_bytes("x"), Existing::refuse);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().kind, ErrorKind::environment);
  EXPECT_EQ(entries(), 0u);
}

TEST_F(FileTest, RefusesAFileThatIsLargerThanItsBound) {
  std::ofstream(directory_ / "cards") << std::string(101, 'x');
  EXPECT_EQ(read_text(directory_ / "cards", 101, "cards")->size(), 101u);
  const auto text = read_text(directory_ / "cards", 100, "cards");
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error().message, testing::HasSubstr("larger than 100 bytes"));
  EXPECT_FALSE(read_secret(directory_ / "cards", 100, "account").ok());
}

TEST_F(FileTest, AMissingFileIsAWrongCall) {
  const auto text = read_text(directory_ / "missing", 100, "invite");
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace coterie::cli
