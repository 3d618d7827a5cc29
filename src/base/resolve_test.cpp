#include "base/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>

namespace coterie {
namespace {

constexpr auto kDeadline = std::chrono::seconds(30);

std::optional<Result<std::vector<std::string>>> resolve(const std::string& host) {
  std::promise<Result<std::vector<std::string>>> promise;
  auto future = promise.get_future();
  const auto resolution =
      resolve_host(host, [&](Result<std::vector<std::string>> found) { promise.set_value(std::move(found)); });
  if (future.wait_for(kDeadline) != std::future_status::ready) return std::nullopt;
  return future.get();
}

TEST(ResolveTest, GivesLiteralsBackAsTheyAre) {
  const auto found = resolve("192.0.2.7");
  ASSERT_TRUE(found && found->ok());
  EXPECT_THAT(**found, ::testing::ElementsAre("192.0.2.7"));
}

TEST(ResolveTest, FindsThisMachine) {
  const auto found = resolve("localhost");
  ASSERT_TRUE(found && found->ok());
  EXPECT_THAT(**found, ::testing::Contains(::testing::AnyOf("127.0.0.1", "::1")));
}

TEST(ResolveTest, SaysWhichNameIsUnknown) {
  const auto found = resolve("no name at all");
  ASSERT_TRUE(found && !found->ok());
  EXPECT_EQ(found->error().kind, ErrorKind::environment);
  EXPECT_THAT(found->error().message, ::testing::HasSubstr("no name at all"));
}

TEST(ResolveTest, NeverCallsBackOnceDropped) {
  for (int i = 0; i < 20; ++i) {
    auto alive = std::make_unique<bool>(true);  // a late call would touch freed memory
    resolve_host("127.0.0.1", [flag = alive.get()](const Result<std::vector<std::string>>&) { *flag = false; }).reset();
    alive.reset();
  }
}

}  // namespace
}  // namespace coterie
