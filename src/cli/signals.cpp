#include "cli/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <optional>

#include "cli/terminal.h"

namespace coterie::cli {

namespace {

// Signals belong to the process, so what they change does, too.
struct State {
  std::mutex mutex;
  std::optional<std::stop_source> graceful;
  SecondSignal second = SecondSignal::ends_at_once;
  int received = 0;
};

State& state() {
  static State instance;
  return instance;
}

sigset_t stopping_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

void handle_signal(int signal) {
  std::optional<std::stop_source> source;
  {
    const std::lock_guard lock(state().mutex);
    const bool is_first = state().received == 0;
    if (!is_first && state().graceful && state().second == SecondSignal::ignored) return;
    if (is_first) source = state().graceful;
    state().received = signal;
  }
  if (source) {
    source->request_stop();
    return;
  }
  restore_terminal();
  _exit(128 + signal);
}

}  // namespace

SignalWatch::SignalWatch() : wake_(eventfd(0, EFD_CLOEXEC)) {
  static_cast<void>(signal(SIGPIPE, SIG_IGN));
  const sigset_t signals = stopping_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  descriptor_ = signalfd(-1, &signals, SFD_CLOEXEC);
  thread_ = std::thread([this] {
    std::array<pollfd, 2> polled{{{descriptor_, POLLIN, 0}, {wake_, POLLIN, 0}}};
    while (true) {
      if (poll(polled.data(), polled.size(), -1) < 0) continue;
      if ((polled[1].revents & POLLIN) != 0) return;
      signalfd_siginfo info{};
      if (read(descriptor_, &info, sizeof info) == sizeof info) handle_signal(static_cast<int>(info.ssi_signo));
    }
  });
}

SignalWatch::~SignalWatch() {
  eventfd_write(wake_, 1);
  thread_.join();
  close(descriptor_);
  close(wake_);
}

GracefulStop::GracefulStop(SecondSignal second) {
  const std::lock_guard lock(state().mutex);
  state().graceful.emplace();
  state().second = second;
}

GracefulStop::~GracefulStop() {
  const std::lock_guard lock(state().mutex);
  state().graceful.reset();
}

std::stop_token GracefulStop::token() const {
  const std::lock_guard lock(state().mutex);
  return state().graceful->get_token();
}

int received_signal() {
  const std::lock_guard lock(state().mutex);
  return state().received == 0 ? SIGINT : state().received;
}

}  // namespace coterie::cli
