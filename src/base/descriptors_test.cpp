#include "base/descriptors.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

namespace coterie {
namespace {

using testing::HasSubstr;

class DescriptorsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0); }
  void TearDown() override { setrlimit(RLIMIT_NOFILE, &before_); }

  void allow(rlim_t count) {
    rlimit limit = before_;
    limit.rlim_cur = count;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }

 private:
  rlimit before_{};
};

TEST_F(DescriptorsTest, ThatTheLimitAllowsCanAllBeOpened) {
  allow(64);
  std::size_t count = 64;
  while (!check_descriptors(count, "a creation").ok()) --count;
  std::vector<int> opened;
  for (int one = open("/dev/null", O_RDONLY | O_CLOEXEC); one >= 0; one = open("/dev/null", O_RDONLY | O_CLOEXEC)) {
    opened.push_back(one);
  }
  for (const int one : opened) close(one);
  EXPECT_EQ(opened.size(), count);
}

TEST_F(DescriptorsTest, ThatTheLimitForbidsAreNamedWithTheWayOut) {
  allow(64);
  const auto checked = check_descriptors(65, "a creation");
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind, ErrorKind::environment);
  EXPECT_THAT(checked.error().message, HasSubstr("only 64 files open at a time: a creation needs 65 besides"));
  EXPECT_THAT(checked.error().hint, HasSubstr("ulimit -n"));
}

}  // namespace
}  // namespace coterie
