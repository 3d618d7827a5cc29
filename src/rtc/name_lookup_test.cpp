#include "rtc/name_lookup.h"

#include <gtest/gtest.h>

#include "rtc/test_strand.h"

namespace coterie::rtc {
namespace {

class NameLookupTest : public testing::Test {
 protected:
  ~NameLookupTest() override {
    runtime_->loop().post([this] { lookups_.clear(); });
    runtime_.reset();  // waits for the thread
  }

  void look_up(const std::string& name) {
    runtime_->loop().post([this, name] {
      lookups_.push_back(std::make_unique<NameLookup>(
          runtime_->loop(), name, [this, post = strand_.post()](Result<std::vector<IpAddress>> found) {
            post([this, found = std::move(found)] { answers_.push_back(found); });
          }));
    });
  }

  TestStrand strand_;
  std::shared_ptr<Runtime> runtime_ = Runtime::acquire();
  std::vector<std::unique_ptr<NameLookup>> lookups_;  // rtc thread
  std::vector<Result<std::vector<IpAddress>>> answers_;
};

TEST_F(NameLookupTest, OfOneNameAreAnsweredHoweverManyThereAre) {
  for (int i = 0; i < 100; ++i) look_up("localhost");
  ASSERT_TRUE(strand_.run_until([this] { return answers_.size() == 100; }));
  for (const auto& answer : answers_) {
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_TRUE(answer->front().is_loopback());
  }
}

TEST_F(NameLookupTest, OfANameThatDoesNotExistSaySo) {
  look_up("no-such-host.invalid");
  ASSERT_TRUE(strand_.run_until([this] { return answers_.size() == 1; }));
  ASSERT_FALSE(answers_[0]);
  EXPECT_EQ(answers_[0].error().kind, ErrorKind::environment);
}

}  // namespace
}  // namespace coterie::rtc
