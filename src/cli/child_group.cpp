#include "cli/child_group.h"

#include <poll.h>
#include <spdlog/fmt/fmt.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "base/child_process.h"
#include "base/system_message.h"
#include "cli/exit_code.h"

namespace coterie::cli {

namespace {

constexpr std::size_t kMaxLine = 1024ul * 1024;  // far above any line that this program prints
constexpr std::chrono::seconds kTimeToCleanUp(5);
constexpr int kTickMilliseconds = 1000;

// One stream of a child, cut into lines.
struct LineReader {
  Descriptor descriptor;
  std::string rest;

  // Calls on_line for each whole line there is; false when a line is too long. The end closes the descriptor.
  bool drain(const std::function<void(std::string_view)>& on_line) {
    std::array<char, 16ul * 1024> piece{};
    while (descriptor.get() >= 0) {
      const ssize_t count = read(descriptor.get(), piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return true;  // EAGAIN: nothing more for now
      if (count == 0) {
        descriptor.reset();
        if (!rest.empty()) on_line(rest);
        return true;
      }
      rest.append(piece.data(), static_cast<std::size_t>(count));
      std::size_t begin = 0;
      for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
        on_line(std::string_view(rest).substr(begin, end - begin));
        begin = end + 1;
      }
      rest.erase(0, begin);
      if (rest.size() > kMaxLine) return false;
    }
    return true;
  }
};

// The other way round than cli/exit_code.h; an interrupted or pending child is our environment's fault.
ErrorKind kind_of(int exit_code) {
  for (const ErrorKind kind : {ErrorKind::usage, ErrorKind::declined, ErrorKind::timed_out, ErrorKind::refused}) {
    if (cli::exit_code(kind, 0) == exit_code) return kind;
  }
  return ErrorKind::environment;
}

}  // namespace

struct ChildGroup::Child {
  ChildJob job;
  ChildProcess process;
  LineReader out;
  LineReader err;
  ChildEnd end;

  void take_words(std::string_view line) {
    constexpr std::string_view kError = "coterie: error: ";
    constexpr std::string_view kHint = "coterie: hint: ";
    if (line.rfind(kError, 0) == 0) end.error = line.substr(kError.size());
    if (line.rfind(kHint, 0) == 0) end.hint = line.substr(kHint.size());
  }
  // After its descriptor said that it has ended: never blocks.
  void wait() {
    const ChildStatus status = process.wait();
    drain();
    end.exit_code = status.how == ChildStatus::How::exited ? status.number : 128 + status.number;
  }
  bool drain() {
    return out.drain(job.on_line) && err.drain([this](std::string_view line) { take_words(line); });
  }
};

ChildGroup::ChildGroup(std::size_t most) : most_(most) {}

ChildGroup::~ChildGroup() {
  for (const auto& child : running_) child->process.signal_group(SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + kTimeToCleanUp;
  for (const auto& child : running_) {
    // What it still prints is dropped; with nobody reading it could block on a full pipe.
    child->out.descriptor.reset();
    child->err.descriptor.reset();
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ended{child->process.ended(), POLLIN, 0};
    if (poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) != 1) {
      child->process.signal_group(SIGKILL);
    }
    child->process.wait();
  }
}

void ChildGroup::add(ChildJob job) {
  waiting_.push_back(std::move(job));
}

Result<void> ChildGroup::run(std::stop_token stop, const std::function<void()>& on_tick) {
  const Descriptor wake(eventfd(0, EFD_CLOEXEC));
  const std::stop_callback on_stop(stop, [&wake] { eventfd_write(wake.get(), 1); });
  while (true) {
    while (!waiting_.empty() && running_.size() < most_) {
      ChildJob job = std::move(waiting_.front());
      waiting_.pop_front();
      COTERIE_CHECK(start(std::move(job)));
    }
    if (running_.empty()) return {};
    COTERIE_CHECK(poll_once(stop, wake.get(), on_tick));
  }
}

Result<void> ChildGroup::start(ChildJob job) {
  COTERIE_TRY(Pipe out, Pipe::create());
  COTERIE_TRY(Pipe err, Pipe::create());
  for (const Descriptor* ours : {&out.read_end, &err.read_end}) set_non_blocking(*ours);
  std::vector<std::string> arguments = job.arguments;
  arguments.insert(arguments.begin(), "coterie");
  // /proc/self/exe is this very program, also when its file has been replaced since.
  COTERIE_TRY(ChildProcess process, ChildProcess::start({"/proc/self/exe", std::move(arguments), job.what, -1,
                                                         out.write_end.get(), err.write_end.get()}));
  running_.push_back(std::make_unique<Child>(
      Child{std::move(job), std::move(process), {std::move(out.read_end), {}}, {std::move(err.read_end), {}}, {}}));
  return {};
}

Result<void> ChildGroup::poll_once(std::stop_token stop, int wake, const std::function<void()>& on_tick) {
  std::vector<pollfd> polled{{wake, POLLIN, 0}};
  for (const auto& child : running_) {
    // poll ignores the negative descriptor of a stream that has ended.
    for (const int descriptor : {child->process.ended(), child->out.descriptor.get(), child->err.descriptor.get()}) {
      polled.push_back({descriptor, POLLIN, 0});
    }
  }
  const int ready = poll(polled.data(), polled.size(), kTickMilliseconds);
  if (ready < 0 && errno != EINTR) return environment_error(fmt::format("poll: {}", system_message(errno)));
  if (stop.stop_requested()) return Error{ErrorKind::interrupted, "interrupted", {}};
  if (ready <= 0) {
    on_tick();
    return {};
  }
  for (std::size_t index = 0; index < running_.size(); ++index) {
    if (!running_[index]->drain()) {
      return environment_error(fmt::format("{}: printed an endless line", running_[index]->job.what));
    }
  }
  // In the order of polled: callbacks only add to waiting_, so indices still fit.
  std::vector<std::unique_ptr<Child>> ended;
  for (std::size_t index = running_.size(); index-- > 0;) {
    if ((polled[1 + 3 * index].revents & POLLIN) == 0) continue;
    ended.push_back(std::move(running_[index]));
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  // All are waited for before a failure of one ends the group.
  for (const auto& child : ended) child->wait();
  for (const auto& child : ended) COTERIE_CHECK(finish(*child));
  return {};
}

Result<void> ChildGroup::finish(Child& child) {
  if (child.end.exit_code == 0) {
    child.job.on_done();
    return {};
  }
  const std::string words =
      child.end.error.empty() ? fmt::format("ended with exit code {}", child.end.exit_code) : child.end.error;
  return Error{kind_of(child.end.exit_code), fmt::format("{}: {}", child.job.what, words), child.end.hint};
}

}  // namespace coterie::cli
