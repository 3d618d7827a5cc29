#include "base/program_run.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/child_process.h"
#include "base/system_message.h"

namespace coterie {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick(500);
// What one read takes; a pipe holds sixteen of them (pipe(7)).
constexpr std::size_t kPiece = 4096;
constexpr int kPiecesInAPipe = 16;

// A pipe whose reader is gone raises SIGPIPE in who writes to it; the process around this library may not ignore that.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    pending_before_ = is_pending();
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~SigpipeBlocked() {
    const timespec now{};
    if (!pending_before_ && is_pending()) sigtimedwait(&signal_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  static bool is_pending() {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
  }

  sigset_t signal_{};
  sigset_t before_{};
  bool pending_before_ = false;
};

class Run {
 public:
  explicit Run(const ProgramRun& run) : run_(run), rest_(run.input) {}
  Result<ProgramEnd> operator()();

 private:
  Result<ChildProcess> start();
  Result<void> poll_once(const ChildProcess& child, int wake);
  void look_at_time(const ChildProcess& child);
  void end(const ChildProcess& child, ProgramEnd::How how);
  void write_input();
  void read_output();
  bool read_complaints();
  void hand_over_lines(bool also_the_last);

  const ProgramRun& run_;
  BytesView rest_;  // of the input
  Descriptor in_;
  Descriptor out_;
  Descriptor err_;
  std::string output_;
  std::string complaint_;
  std::optional<ProgramEnd::How> ended_from_here_;
  bool killed_ = false;     // the time for its clean-up is over
  bool has_ended_ = false;  // its process
  Clock::time_point deadline_ = Clock::now() + run_.timeout;
  Clock::time_point next_tick_ = Clock::now() + kTick;
};

Result<ProgramEnd> Run::operator()() {
  const Descriptor wake(eventfd(0, EFD_CLOEXEC));
  if (!wake.is_open()) return environment_error("make an eventfd: " + system_message(errno));
  COTERIE_TRY(ChildProcess child, start());
  const std::stop_callback on_stop(run_.stop, [&wake] { eventfd_write(wake.get(), 1); });
  while (true) {
    COTERIE_CHECK(poll_once(child, wake.get()));
    write_input();
    read_output();
    // One piece a turn, so that a program that never stops complaining is still looked at otherwise.
    read_complaints();
    if (output_.size() > run_.max_output && !ended_from_here_) end(child, ProgramEnd::How::too_long);
    // Whatever a program that is ended from here has started may clean up as well: it holds standard error open.
    if (has_ended_ && (!ended_from_here_ || !err_.is_open() || killed_)) break;
    look_at_time(child);
  }
  for (int piece = 0; piece < kPiecesInAPipe && read_complaints(); ++piece) {
  }
  hand_over_lines(true);

  const ChildStatus status = child.wait();
  ProgramEnd result{ProgramEnd::How::unknown, status.number, std::move(output_)};
  if (ended_from_here_) {
    result.how = *ended_from_here_;
  } else if (status.how == ChildStatus::How::exited) {
    result.how = ProgramEnd::How::exited;
  } else if (status.how == ChildStatus::How::by_signal) {
    result.how = ProgramEnd::How::by_signal;
  }
  return result;
}

Result<ChildProcess> Run::start() {
  COTERIE_TRY(Pipe in, Pipe::create());
  COTERIE_TRY(Pipe out, Pipe::create());
  COTERIE_TRY(Pipe err, Pipe::create());
  for (const Descriptor* ours : {&in.write_end, &out.read_end, &err.read_end}) set_non_blocking(*ours);
  in_ = std::move(in.write_end);
  out_ = std::move(out.read_end);
  err_ = std::move(err.read_end);
  return ChildProcess::start(
      {run_.path, run_.arguments, run_.what, in.read_end.get(), out.write_end.get(), err.write_end.get()});
}

Result<void> Run::poll_once(const ChildProcess& child, int wake) {
  // poll ignores negative descriptors: those of pipes that are closed, and what is not waited for any more.
  std::array<pollfd, 5> polled{{{in_.get(), POLLOUT, 0},
                                {out_.get(), POLLIN, 0},
                                {err_.get(), POLLIN, 0},
                                {has_ended_ ? -1 : child.ended(), POLLIN, 0},
                                {ended_from_here_ ? -1 : wake, POLLIN, 0}}};
  const auto until = (ended_from_here_ ? deadline_ : std::min(deadline_, next_tick_)) - Clock::now();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until).count();
  const int ready = poll(polled.data(), polled.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
  if (ready < 0 && errno != EINTR) return environment_error("poll: " + system_message(errno));
  has_ended_ = has_ended_ || polled[3].revents != 0;
  return {};
}

void Run::look_at_time(const ChildProcess& child) {
  const auto now = Clock::now();
  if (ended_from_here_) {
    if (now < deadline_) return;
    killed_ = true;
    child.signal_group(SIGKILL);
    deadline_ = now + kProgramCleanUp;  // it may be in the kernel, where a signal waits
    return;
  }
  if (run_.stop.stop_requested()) return end(child, ProgramEnd::How::stopped);
  if (now >= deadline_) return end(child, ProgramEnd::How::timed_out);
  if (now < next_tick_) return;
  next_tick_ = now + kTick;
  if (!run_.on_tick()) end(child, ProgramEnd::How::stopped);
}

void Run::end(const ChildProcess& child, ProgramEnd::How how) {
  ended_from_here_ = how;
  in_.reset();
  out_.reset();  // with nobody reading, it cannot block on what it still writes
  child.signal_group(SIGTERM);
  deadline_ = Clock::now() + run_.clean_up;
}

void Run::write_input() {
  while (in_.is_open()) {
    if (rest_.empty()) return in_.reset();
    const ssize_t written = write(in_.get(), rest_.data(), rest_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return;
    if (written < 0) return in_.reset();  // EPIPE: it does not want to know
    rest_ = rest_.subspan(static_cast<std::size_t>(written));
  }
}

void Run::read_output() {
  std::array<char, kPiece> piece{};
  while (out_.is_open() && output_.size() <= run_.max_output) {
    const ssize_t count = read(out_.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return out_.reset();
    output_.append(piece.data(), static_cast<std::size_t>(count));
  }
}

// Whether there was something.
bool Run::read_complaints() {
  if (!err_.is_open()) return false;
  std::array<char, kPiece> piece{};
  const ssize_t count = read(err_.get(), piece.data(), piece.size());
  if (count == 0) err_.reset();
  if (count <= 0) return count < 0 && errno == EINTR;
  complaint_.append(piece.data(), static_cast<std::size_t>(count));
  hand_over_lines(false);
  return true;
}

void Run::hand_over_lines(bool also_the_last) {
  std::string_view text = complaint_;
  while (!text.empty()) {
    const std::size_t end = text.substr(0, kMaxProgramLine).find('\n');
    const bool whole = end != std::string_view::npos;
    if (!whole && text.size() < kMaxProgramLine && !also_the_last) break;
    const std::string_view line = text.substr(0, whole ? end : kMaxProgramLine);
    run_.on_complaint(line);
    text.remove_prefix(line.size() + (whole ? 1 : 0));
  }
  complaint_ = std::string(text);
}

}  // namespace

Result<ProgramEnd> run_program(const ProgramRun& run) {
  const SigpipeBlocked blocked;
  return Run(run)();
}

}  // namespace coterie
