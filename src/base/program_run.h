// run_program: another program from its start to its end: what it is told, what it answers, what it complains of.
// Blocking, by one poll on the calling thread.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace coterie {

// What a program that is to end has for its own clean-up, from SIGTERM to SIGKILL.
constexpr std::chrono::seconds kProgramCleanUp(5);
// A longer line of its standard error is handed over in parts.
constexpr std::size_t kMaxProgramLine = 4096;

struct ProgramRun {
  std::string path;
  std::vector<std::string> arguments;  // as of ChildProgram
  std::string what;                    // likewise
  BytesView input;                     // its standard input, which then ends; it need not read it. May be secret
  std::size_t max_output = 0;          // bytes of its standard output
  std::chrono::milliseconds timeout{};
  std::chrono::milliseconds clean_up = kProgramCleanUp;
  std::stop_token stop = {};
  // Each line of its standard error, as it comes, without its line feed: any bytes.
  std::function<void(std::string_view line)> on_complaint = [](std::string_view) {};
  // About twice a second; false ends the program.
  std::function<bool()> on_tick = [] { return true; };
};

struct ProgramEnd {
  enum class How {
    exited,     // number: its exit code
    by_signal,  // of which nobody knows here; number: the signal
    timed_out,
    stopped,   // by the token or by on_tick
    too_long,  // it wrote more than max_output
    unknown,   // as of ChildStatus
  };
  How how = How::unknown;
  int number = 0;
  std::string output;  // of its standard output; with `exited` all of it
};

// Runs the program with pipes as its standard descriptors. When its process has ended it has: what of it still runs in
// its process group is killed, and nobody waits for descriptors that such a one holds open. What is ended from here
// gets SIGTERM, and SIGKILL after clean_up, as a group. Never raises SIGPIPE. Kind environment when it cannot be
// started.
Result<ProgramEnd> run_program(const ProgramRun& run);

}  // namespace coterie
