#include "base/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/system_message.h"

namespace coterie {

namespace {

constexpr int kFirstOther = STDERR_FILENO + 1;

// Ours without what would choose another vault, signer or passphrase for the child.
std::vector<std::string> child_environment() {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("COTERIE_")) result.emplace_back(*variable);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

class SpawnSettings {
 public:
  explicit SpawnSettings(const ChildProgram& program) {
    posix_spawn_file_actions_init(&actions_);
    connect(program.in, STDIN_FILENO, O_RDONLY);
    connect(program.out, STDOUT_FILENO, O_WRONLY);
    connect(program.err, STDERR_FILENO, O_WRONLY);
    // Not every descriptor of a process that embeds this library is close-on-exec.
    posix_spawn_file_actions_addclosefrom_np(&actions_, kFirstOther);

    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t defaults;
    sigfillset(&defaults);
    sigdelset(&defaults, SIGKILL);
    sigdelset(&defaults, SIGSTOP);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    // A group of its own: Ctrl-C on the terminal reaches the child through us, once.
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  void connect(int ours, int standard, int flags) {
    if (ours < 0) {
      posix_spawn_file_actions_addopen(&actions_, standard, "/dev/null", flags, 0);
    } else {
      posix_spawn_file_actions_adddup2(&actions_, ours, standard);
    }
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Moved away from the standard descriptors: there one could be overwritten while the child's are put in place.
Result<Descriptor> above_standard(Descriptor descriptor) {
  if (descriptor.get() >= kFirstOther) return descriptor;
  Descriptor moved(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kFirstOther));
  if (!moved.is_open()) return environment_error("make a pipe: " + system_message(errno));
  return moved;
}

}  // namespace

void Descriptor::reset() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

Result<Pipe> Pipe::create() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return environment_error("make a pipe: " + system_message(errno));
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  Pipe made;
  COTERIE_TRY(made.read_end, above_standard(std::move(read_end)));
  COTERIE_TRY(made.write_end, above_standard(std::move(write_end)));
  return made;
}

void set_non_blocking(const Descriptor& descriptor) {
  fcntl(descriptor.get(), F_SETFL, fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK);
}

Result<ChildProcess> ChildProcess::start(ChildProgram program) {
  std::vector<std::string> environment = child_environment();
  const SpawnSettings settings(program);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, program.path.c_str(), settings.actions(), settings.attributes(),
                                 pointers(program.arguments).data(), pointers(environment).data());
  if (failed != 0) return environment_error("start " + program.what + ": " + system_message(failed));
  ChildProcess child(pid);
  child.ended_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  // Ended already, and waited for by nobody, as SIGCHLD is ignored: /dev/null is always readable.
  if (!child.ended_.is_open() && errno == ESRCH) child.ended_ = Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!child.ended_.is_open()) {
    return environment_error("watch " + program.what + ": " + system_message(errno), "Linux 5.3 or later is needed");
  }
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), ended_(std::move(other.ended_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  signal_group(SIGKILL);
  wait();
}

void ChildProcess::signal_group(int signal) const {
  // Where SIGCHLD is ignored the system has already given the number of an ended child away.
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) == 0) kill(-pid_, signal);
}

ChildStatus ChildProcess::wait() {
  siginfo_t info{};
  int waited = 0;
  do {
    // Not yet waited for: its number, which is its group's, cannot be another's before.
    waited = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  } while (waited != 0 && errno == EINTR);
  ChildStatus status;
  if (waited == 0) {
    signal_group(SIGKILL);
    int number = 0;
    while (waitpid(pid_, &number, 0) < 0 && errno == EINTR) {
    }
    status.how = WIFEXITED(number) ? ChildStatus::How::exited : ChildStatus::How::by_signal;
    status.number = WIFEXITED(number) ? WEXITSTATUS(number) : WTERMSIG(number);
  }
  pid_ = -1;
  return status;
}

}  // namespace coterie
