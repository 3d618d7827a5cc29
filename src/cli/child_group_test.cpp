// The children are this test program itself: ChildGroup starts its own program, and each is told its role.
#include "cli/child_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace coterie::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

[[noreturn]] void print_an_endless_line() {
  const std::string piece(64ul * 1024, 'x');
  while (std::fputs(piece.c_str(), stdout) >= 0) {
  }
  _exit(0);
}

void print(std::FILE* where, const char* words) {
  if (std::fputs(words, where) < 0 || std::fflush(where) != 0) _exit(9);
}

// Before main, and so before GoogleTest: as a child this program only plays its role. glibc hands a constructor the
// arguments of main.
__attribute__((constructor)) void play_role(int count, char** arguments) {
  if (count != 2) return;
  const std::string_view role = arguments[1];
  if (role == "prints two lines") {
    print(stdout, "one\ntwo");
  } else if (role == "is refused") {
    print(stderr, "coterie: error: the certificate does not verify\ncoterie: hint: ask alice for it again\n");
    _exit(5);
  } else if (role == "waits for a signal") {
    print(stdout, "waiting\n");
    pause();
  } else if (role == "prints an endless line") {
    print_an_endless_line();
  } else if (role == "tells its home") {
    const char* home = std::getenv("COTERIE_HOME");
    print(stdout, home == nullptr ? "none" : home);
  } else {
    return;
  }
  _exit(0);
}

ChildJob job(const std::string& role) {
  ChildJob job;
  job.what = "a child that " + role;
  job.arguments = {role};
  return job;
}

std::function<void(std::string_view)> collect(std::vector<std::string>& lines) {
  return [&lines](std::string_view line) { lines.emplace_back(line); };
}

TEST(ChildGroupTest, HandsOverEveryLineAlsoTheLastUnfinishedOne) {
  std::vector<std::string> lines;
  bool done = false;
  ChildGroup group(1);
  ChildJob prints = job("prints two lines");
  prints.on_line = collect(lines);
  prints.on_done = [&done] { done = true; };
  group.add(std::move(prints));
  ASSERT_TRUE(group.run({}, [] {}).ok());
  EXPECT_TRUE(done);
  EXPECT_THAT(lines, ElementsAre("one", "two"));
}

TEST(ChildGroupTest, RunsWhatACallbackAdds) {
  int done = 0;
  ChildGroup group(1);
  ChildJob first = job("prints two lines");
  first.on_done = [&] {
    ++done;
    ChildJob second = job("prints two lines");
    second.on_done = [&done] { ++done; };
    group.add(std::move(second));
  };
  group.add(std::move(first));
  ASSERT_TRUE(group.run({}, [] {}).ok());
  EXPECT_EQ(done, 2);
}

TEST(ChildGroupTest, AFailureComesBackWithTheChildsOwnWords) {
  ChildGroup group(2);
  group.add(job("is refused"));
  group.add(job("waits for a signal"));  // ended with the group
  const auto result = group.run({}, [] {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::refused);
  EXPECT_EQ(result.error().message, "a child that is refused: the certificate does not verify");
  EXPECT_EQ(result.error().hint, "ask alice for it again");
}

TEST(ChildGroupTest, AStopEndsItWhileAChildStillRuns) {
  std::stop_source source;
  ChildGroup group(1);
  ChildJob waits = job("waits for a signal");
  waits.on_line = [&source](std::string_view line) {
    if (line == "waiting") source.request_stop();
  };
  group.add(std::move(waits));
  const auto result = group.run(source.get_token(), [] {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::interrupted);
}

TEST(ChildGroupTest, AnEndlessLineIsAnErrorNotEndlessMemory) {
  ChildGroup group(1);
  group.add(job("prints an endless line"));
  const auto result = group.run({}, [] {});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("endless line"));
}

// The user's own vault must be out of reach of a demo's signers.
TEST(ChildGroupTest, ChildrenDoNotSeeOurVaultsEnvironment) {
  setenv("COTERIE_HOME", "/home/somebody", 1);  // NOLINT(concurrency-mt-unsafe): this program has one thread
  std::vector<std::string> lines;
  ChildGroup group(1);
  ChildJob tells = job("tells its home");
  tells.on_line = collect(lines);
  group.add(std::move(tells));
  const auto result = group.run({}, [] {});
  unsetenv("COTERIE_HOME");  // NOLINT(concurrency-mt-unsafe): this program has one thread
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(lines, ElementsAre("none"));
}

}  // namespace
}  // namespace coterie::cli
