// Child processes, started by posix_spawn: none of our code runs between fork and exec, so that a program with any
// threads may start one. Linux.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace coterie {

// An owned file descriptor, or none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Descriptor() { reset(); }
  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  void reset();

 private:
  int descriptor_ = -1;
};

// Both ends close-on-exec and none of the standard descriptors, also where those are closed in this process.
struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
  static Result<Pipe> create();
};
void set_non_blocking(const Descriptor& descriptor);

struct ChildProgram {
  std::string path;                    // not searched for in PATH
  std::vector<std::string> arguments;  // argv, with the program's name; every user of the machine can read them
  std::string what;                    // names it in errors: "bob: multisig join"
  // What the child has as its standard descriptors; -1: /dev/null.
  int in = -1;
  int out = -1;
  int err = -1;
};

// How a process ended.
struct ChildStatus {
  enum class How {
    exited,     // number: its exit code
    by_signal,  // number: the signal
    unknown,    // another part of this process waited for it, or ignores SIGCHLD
  };
  How how = How::unknown;
  int number = 0;
};

class ChildProcess {
 public:
  // In a process group of its own, with no signal blocked, ignored or handled, with our environment less every
  // COTERIE_* variable, and with no descriptor of ours but those named. Kind environment: not there, not executable, no
  // resources.
  static Result<ChildProcess> start(ChildProgram program);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // What still runs of its group is killed, and the child is waited for.
  ~ChildProcess();

  // A descriptor that poll finds readable once the process has ended (pidfd_open(2)).
  int ended() const { return ended_.get(); }
  // To every process of its group.
  void signal_group(int signal) const;
  // Waits for the end, kills what is left of its group, and says how it ended. Once.
  ChildStatus wait();

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_ = -1;  // -1: waited for, or moved from
  Descriptor ended_;
};

}  // namespace coterie
