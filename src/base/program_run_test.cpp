#include "base/program_run.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "base/child_process.h"

namespace coterie {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using How = ProgramEnd::How;

constexpr milliseconds kLong = std::chrono::minutes(2);

// What a shell does with this script.
ProgramRun shell(std::string script) {
  ProgramRun run;
  run.path = "/bin/sh";
  run.arguments = {"sh", "-c", std::move(script)};
  run.what = "the script";
  run.max_output = 4096;
  run.timeout = kLong;
  return run;
}

ProgramEnd end_of(const ProgramRun& run) {
  auto end = run_program(run);
  EXPECT_TRUE(end.ok()) << (end.ok() ? "" : end.error().message);
  return end.ok() ? *end : ProgramEnd();
}

std::string output_of(const std::string& script) {
  const ProgramEnd end = end_of(shell(script));
  EXPECT_EQ(end.how, How::exited);
  EXPECT_EQ(end.number, 0);
  return end.output;
}

// Whether the process of another ends: what is killed needs a moment.
bool ends(const std::string& pid) {
  const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, std::stoi(pid), 0)));
  if (!process.is_open()) return errno == ESRCH;
  pollfd ended{process.get(), POLLIN, 0};
  return poll(&ended, 1, 10'000) == 1;
}

TEST(ProgramRunTest, TellsAndIsAnswered) {
  ProgramRun run = shell("tr a-z A-Z");
  run.input = as_bytes("one\ntwo\n");
  const ProgramEnd end = end_of(run);
  EXPECT_EQ(end.how, How::exited);
  EXPECT_EQ(end.number, 0);
  EXPECT_EQ(end.output, "ONE\nTWO\n");
}

TEST(ProgramRunTest, TellsMoreThanAPipeHolds) {
  const std::string input(300'000, 'x');
  ProgramRun run = shell("wc -c");
  run.input = as_bytes(input);
  EXPECT_THAT(end_of(run).output, HasSubstr("300000"));
}

// Without care the first write after its end would raise SIGPIPE, which ends this program.
TEST(ProgramRunTest, TellsAProgramThatDoesNotListen) {
  const std::string input(300'000, 'x');
  for (const char* script : {"exec 0<&-; echo done", "echo done"}) {
    ProgramRun run = shell(script);
    run.input = as_bytes(input);
    const ProgramEnd end = end_of(run);
    EXPECT_EQ(end.how, How::exited) << script;
    EXPECT_EQ(end.output, "done\n") << script;
  }
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(ProgramRunTest, SaysHowItEnded) {
  const ProgramEnd by_code = end_of(shell("exit 3"));
  EXPECT_EQ(by_code.how, How::exited);
  EXPECT_EQ(by_code.number, 3);
  const ProgramEnd by_signal = end_of(shell("kill -KILL $$"));
  EXPECT_EQ(by_signal.how, How::by_signal);
  EXPECT_EQ(by_signal.number, SIGKILL);
}

TEST(ProgramRunTest, HandsOverComplaintsLineByLineAlsoTheLastUnfinishedOne) {
  std::vector<std::string> lines;
  ProgramRun run = shell("printf 'one\\n\\nth' >&2; echo out; printf 'ree' >&2");
  run.on_complaint = [&](std::string_view line) { lines.emplace_back(line); };
  EXPECT_EQ(end_of(run).output, "out\n");
  EXPECT_THAT(lines, ElementsAre("one", "", "three"));
}

TEST(ProgramRunTest, HandsOverALongComplaintInParts) {
  std::vector<std::size_t> sizes;
  ProgramRun run = shell("head -c 10000 /dev/zero >&2");
  run.on_complaint = [&](std::string_view line) { sizes.push_back(line.size()); };
  end_of(run);
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}), 10'000u);
  for (const std::size_t size : sizes) EXPECT_LE(size, kMaxProgramLine);
}

TEST(ProgramRunTest, HandsOverAComplaintWhileTheProgramRuns) {
  std::stop_source stop;
  ProgramRun run = shell("echo waiting >&2; sleep 1000");
  run.stop = stop.get_token();
  run.on_complaint = [&](std::string_view line) {
    if (line == "waiting") stop.request_stop();
  };
  EXPECT_EQ(end_of(run).how, How::stopped);
}

TEST(ProgramRunTest, EndsAProgramThatAnswersTooMuch) {
  const ProgramEnd end = end_of(shell("yes"));
  EXPECT_EQ(end.how, How::too_long);
  EXPECT_LT(end.output.size(), 16'384u);
}

TEST(ProgramRunTest, TakesAnAnswerOfExactlyItsBound) {
  EXPECT_EQ(output_of("head -c 4096 /dev/zero").size(), 4096u);
  EXPECT_EQ(end_of(shell("head -c 4097 /dev/zero")).how, How::too_long);
}

TEST(ProgramRunTest, EndsAProgramThatTakesTooLong) {
  ProgramRun run = shell("sleep 1000");
  run.timeout = milliseconds(50);
  EXPECT_EQ(end_of(run).how, How::timed_out);
}

TEST(ProgramRunTest, EndsAProgramThatNeverStopsComplaining) {
  ProgramRun run = shell("yes >&2");
  run.timeout = milliseconds(50);
  EXPECT_EQ(end_of(run).how, How::timed_out);
}

TEST(ProgramRunTest, EndsAProgramWhenATickSaysSo) {
  ProgramRun run = shell("sleep 1000");
  run.on_tick = [] { return false; };
  EXPECT_EQ(end_of(run).how, How::stopped);
}

TEST(ProgramRunTest, AStopThatWasAskedForBeforeEndsItAtOnce) {
  std::stop_source stop;
  stop.request_stop();
  ProgramRun run = shell("sleep 1000");
  run.stop = stop.get_token();
  EXPECT_EQ(end_of(run).how, How::stopped);
}

TEST(ProgramRunTest, EndsTheWholeGroupAndLetsItCleanUp) {
  std::vector<std::string> lines;
  std::stop_source stop;
  // The shell ends at once; what it started cleans up after that.
  ProgramRun run = shell(
      "sh -c 'trap \"sleep 0.2; echo cleaned >&2; exit\" TERM; echo $$ >&2; while :; do sleep 0.01; "
      "done' & wait");
  run.stop = stop.get_token();
  run.on_complaint = [&](std::string_view line) {
    lines.emplace_back(line);
    stop.request_stop();
  };
  EXPECT_EQ(end_of(run).how, How::stopped);
  EXPECT_THAT(lines, Contains("cleaned"));
  EXPECT_TRUE(ends(lines.at(0)));
}

TEST(ProgramRunTest, KillsWhatDoesNotWantToEnd) {
  std::vector<std::string> lines;
  ProgramRun run = shell(
      "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ >&2; while :; do sleep 0.01; done' & "
      "while :; do sleep 0.01; done");
  std::stop_source stop;
  run.stop = stop.get_token();
  run.clean_up = milliseconds(100);
  run.on_complaint = [&](std::string_view line) {
    lines.emplace_back(line);
    stop.request_stop();
  };
  EXPECT_EQ(end_of(run).how, How::stopped);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(ends(lines[0]));
}

TEST(ProgramRunTest, LeavesNothingRunningBehindAProgramThatEndedByItself) {
  // The sleeper holds standard output and error open.
  EXPECT_TRUE(ends(output_of("sleep 1000 & echo $!")));
}

TEST(ProgramRunTest, CannotStartWhatIsNoProgram) {
  std::string directory = "/tmp/coterie-program-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string plain = directory + "/plain";
  std::ofstream(plain) << "just words\n";
  for (const auto& [path, mode, why] :
       std::vector<std::tuple<std::string, mode_t, const char*>>{{directory + "/missing", 0600, "No such file"},
                                                                 {plain, 0600, "Permission denied"},
                                                                 {plain, 0700, "Exec format error"},
                                                                 {directory, 0700, "Permission denied"}}) {
    if (path == plain) {
      ASSERT_EQ(chmod(plain.c_str(), mode), 0);
    }
    ProgramRun run = shell("");
    run.path = path;
    const auto end = run_program(run);
    ASSERT_FALSE(end.ok()) << path;
    EXPECT_EQ(end.error().kind, ErrorKind::environment);
    EXPECT_THAT(end.error().message, HasSubstr("start the script: "));
    EXPECT_THAT(end.error().message, HasSubstr(why));
  }
  unlink(plain.c_str());
  rmdir(directory.c_str());
}

TEST(ProgramRunTest, GivesNoDescriptorOfOurs) {
  const int inherited = fcntl(STDERR_FILENO, F_DUPFD, 100);  // not close-on-exec
  ASSERT_GE(inherited, 100);
  const std::string descriptors = output_of("ls /proc/self/fd");
  close(inherited);
  EXPECT_EQ(descriptors, "0\n1\n2\n3\n");  // the last is the directory that ls reads
}

TEST(ProgramRunTest, GivesNoVariableThatIsOurs) {
  setenv("COTERIE_PASSPHRASE_FILE", "/x", 1);  // NOLINT(concurrency-mt-unsafe): this program has one thread
  setenv("COTERIE_TEST_OTHER", "y", 1);        // NOLINT(concurrency-mt-unsafe)
  setenv("NOT_COTERIE_TEST", "z", 1);          // NOLINT(concurrency-mt-unsafe)
  const std::string variables = output_of("env");
  for (const char* name : {"COTERIE_PASSPHRASE_FILE", "COTERIE_TEST_OTHER", "NOT_COTERIE_TEST"}) {
    unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  }
  EXPECT_THAT(variables, HasSubstr("NOT_COTERIE_TEST=z\n"));
  EXPECT_THAT(variables, Not(HasSubstr("\nCOTERIE_")));
  EXPECT_THAT(variables.substr(0, 8), Not(HasSubstr("COTERIE_")));
}

TEST(ProgramRunTest, GivesNoSignalThatIsBlockedOrIgnored) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto hang_up = std::signal(SIGHUP, SIG_IGN);
  const std::string status = output_of("exec sed -n 's/Sig\\(Blk\\|Ign\\):.//p' /proc/self/status");
  static_cast<void>(std::signal(SIGHUP, hang_up));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::uint64_t blocked_there = 0;
  std::uint64_t ignored_there = 0;
  ASSERT_TRUE(std::istringstream(status) >> std::hex >> blocked_there >> ignored_there) << status;
  EXPECT_EQ(blocked_there, 0u);
  // glibc lets a spawned process ignore signals 32 and 33, which are its own.
  EXPECT_EQ(ignored_there & ~std::uint64_t{0x180000000}, 0u);
}

// Then nobody can know how it ended, and that is never taken for success.
TEST(ProgramRunTest, KnowsThatItDoesNotKnowWhereChildrenAreNotWaitedFor) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const ProgramEnd end = end_of(shell("echo out"));
  static_cast<void>(std::signal(SIGCHLD, before));
  EXPECT_EQ(end.how, How::unknown);
}

}  // namespace
}  // namespace coterie
