#include "base/failpoint.h"

#ifdef COTERIE_FAILPOINTS

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace coterie {

namespace {

class Failpoints {
 public:
  Failpoints() {
    if (const char* chosen = std::getenv("COTERIE_FAILPOINT")) chosen_ = chosen;
    if (const char* log = std::getenv("COTERIE_FAILPOINT_LOG")) {
      log_ = ::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      if (log_ < 0) std::abort();
    }
  }

  void pass(const char* name) {
    const std::lock_guard lock(mutex_);
    const int pass = ++passes_[name];
    if (log_ >= 0) {
      const std::string line = std::string(name) + "\n";
      if (::write(log_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
    }
    if (chosen_ == std::string(name) + ":" + std::to_string(pass)) ::kill(::getpid(), SIGKILL);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> passes_;
  std::string chosen_;
  int log_ = -1;
};

}  // namespace

void pass_failpoint(const char* name) {
  static auto* const failpoints = new Failpoints();  // never destroyed: other threads pass while the process ends
  failpoints->pass(name);
}

}  // namespace coterie

// In front of the C library's, for SQLite to find.
extern "C" {

__attribute__((visibility("default"))) int fsync(int descriptor) {
  coterie::pass_failpoint("before fsync");
  const auto result = static_cast<int>(::syscall(SYS_fsync, descriptor));
  coterie::pass_failpoint("after fsync");
  return result;
}

__attribute__((visibility("default"))) int fdatasync(int descriptor) {
  coterie::pass_failpoint("before fsync");
  const auto result = static_cast<int>(::syscall(SYS_fdatasync, descriptor));
  coterie::pass_failpoint("after fsync");
  return result;
}
}

#endif
