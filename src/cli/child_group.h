// ChildGroup: further processes of this program, run in parallel and watched by one poll; none outlives it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::cli {

struct ChildEnd {
  int exit_code = 0;  // 128 + signal when a signal ended it
  std::string error;  // what it printed as "coterie: error: …", and as hint
  std::string hint;
};

struct ChildJob {
  std::vector<std::string> arguments;  // of this program, without its name; they hold no secret
  std::function<void(std::string_view line)> on_line = [](std::string_view) {};  // of its standard output
  // Only for exit code 0; any other end stops the group.
  std::function<void()> on_done = [] {};
  std::string what;  // "bob: multisig join", for errors
};

class ChildGroup {
 public:
  // `most` children run at once; further jobs wait.
  explicit ChildGroup(std::size_t most);
  // Ends what still runs: SIGTERM, five seconds to clean up, SIGKILL; waits for each.
  ~ChildGroup();
  ChildGroup(const ChildGroup&) = delete;
  ChildGroup& operator=(const ChildGroup&) = delete;

  // Also from within a callback.
  void add(ChildJob job);

  // Until every job is done. `on_tick` is called about every second. The first child that fails ends it, with that
  // child's words and a kind that fits its exit code; a requested stop ends it with kind interrupted.
  Result<void> run(std::stop_token stop, const std::function<void()>& on_tick);

 private:
  struct Child;

  Result<void> start(ChildJob job);
  Result<void> poll_once(std::stop_token stop, int wake, const std::function<void()>& on_tick);
  static Result<void> finish(Child& child);

  std::size_t most_;
  std::deque<ChildJob> waiting_;
  std::vector<std::unique_ptr<Child>> running_;
};

}  // namespace coterie::cli
