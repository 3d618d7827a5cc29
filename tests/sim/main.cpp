// The deterministic simulation (docs/simulation.md): runs seeds until one breaks a promise.
#include <spdlog/fmt/fmt.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/world.h"

namespace {

using coterie::sim::Report;
using coterie::sim::World;

constexpr int kFound = 1;
constexpr int kUsage = 2;
// So many seeds of each run are run twice, to see that the same seed gives the same run.
constexpr std::uint64_t kTwiceEach = 100;

volatile std::uint64_t running_seed = 0;
const char* program = "sim";

// An assertion or a bad access of the product is a finding, too: its seed must be known.
void on_crash(int signal) {
  char text[512];
  const auto end =
      fmt::format_to_n(text, sizeof text, "seed {}: the product crashed (signal {}); again: {} --seed {} -v\n",
                       running_seed, signal, program, running_seed);
  static_cast<void>(!write(STDERR_FILENO, text, std::min(end.size, sizeof text)));
  _exit(kFound);
}

Report run(std::uint64_t seed, bool loud) {
  running_seed = seed;
  return World(seed, loud).run();
}

void print_finding(std::uint64_t seed, const Report& report) {
  fmt::print("seed {} broke a promise: {}\n  {}\nthe last events (ms):\n", seed, *report.violation, report.plan);
  for (const std::string& line : report.last) fmt::print("  {}\n", line);
  fmt::print("again, with every event: {} --seed {} -v\n", program, seed);
}

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 1000;
  std::uint64_t jobs = 1;
  bool loud = false;
};

bool read_options(int count, char** words, Options& options) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "-v") {
      options.loud = true;
      continue;
    }
    std::uint64_t number = 0;
    if (i + 1 == count) return false;
    const std::string_view text = words[++i];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return false;
    if (word == "--seeds") {
      options.seeds = number;
    } else if (word == "--first") {
      options.first = number;
    } else if (word == "--jobs") {
      options.jobs = std::max<std::uint64_t>(number, 1);
    } else if (word == "--seed") {
      options.first = number;
      options.seeds = 1;
    } else {
      return false;
    }
  }
  return true;
}

struct Totals {
  std::uint64_t complete = 0;
  std::uint64_t ended = 0;
  std::uint64_t events = 0;

  void add(const Totals& other) {
    complete += other.complete;
    ended += other.ended;
    events += other.events;
  }
};

// Every `options.jobs`-th seed from this one on; nothing when one of them broke a promise, which is printed.
std::optional<Totals> run_share(const Options& options, std::uint64_t share) {
  Totals totals;
  for (std::uint64_t seed = options.first + share; seed < options.first + options.seeds; seed += options.jobs) {
    const Report report = run(seed, options.loud);
    if (report.violation) {
      print_finding(seed, report);
      return std::nullopt;
    }
    if (seed % kTwiceEach == 0 && run(seed, false).digest != report.digest) {
      fmt::print("seed {} is not the same run twice\n", seed);
      return std::nullopt;
    }
    totals.add({report.complete, report.ended, report.steps});
  }
  return totals;
}

// Processes, as what is remembered between seeds and the seed that runs are the process's. The first finding ends them.
std::optional<Totals> run_shares(const Options& options) {
  int ends[2];
  if (pipe(ends) != 0) return std::nullopt;
  std::fflush(stdout);
  std::vector<pid_t> children;
  for (std::uint64_t share = 0; share < options.jobs; ++share) {
    const pid_t child = fork();
    if (child == 0) {
      const auto totals = run_share(options, share);
      std::fflush(stdout);
      const bool told = totals && write(ends[1], &*totals, sizeof *totals) == sizeof *totals;
      _exit(told ? 0 : kFound);
    }
    if (child > 0) children.push_back(child);
  }
  close(ends[1]);
  bool whole = children.size() == options.jobs;
  int status = 0;
  for (pid_t ended = wait(&status); ended > 0; ended = wait(&status)) {
    std::erase(children, ended);
    if (status == 0) continue;
    if (std::exchange(whole, false)) {
      for (const pid_t child : children) kill(child, SIGTERM);
    }
  }
  Totals all;
  Totals totals;
  while (read(ends[0], &totals, sizeof totals) == sizeof totals) all.add(totals);
  return whole ? std::optional(all) : std::nullopt;
}

}  // namespace

int main(int count, char** words) {
  program = words[0];
  Options options;
  if (!read_options(count, words, options)) {
    fmt::print(stderr, "usage: sim [--first SEED] [--seeds COUNT] [--seed SEED] [--jobs COUNT] [-v]\n");
    return kUsage;
  }
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_crash);
  const auto begun = std::chrono::steady_clock::now();
  const auto totals = options.jobs == 1 ? run_share(options, 0) : run_shares(options);
  if (!totals) return kFound;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  fmt::print(
      "{} seeds from {}: every promise kept. {} creations complete, {} ended, {} events; {:.1f} s, {:.0f} seeds/s\n",
      options.seeds, options.first, totals->complete, totals->ended, totals->events, took.count(),
      static_cast<double>(options.seeds) / took.count());
  return 0;
}
