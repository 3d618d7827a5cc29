// ProgressWatch: join-timeout. Runs out when nothing new has happened for that long.
#pragma once

#include <chrono>
#include <functional>

#include "session/event_loop.h"

namespace coterie::session {

class ProgressWatch {
 public:
  ProgressWatch(EventLoop& loop, std::chrono::milliseconds timeout, std::function<void()> on_timeout)
      : timer_(loop), timeout_(timeout), on_timeout_(std::move(on_timeout)) {}

  void note_progress() {
    if (!held_) timer_.start(timeout_, on_timeout_);
  }
  // While held, time does not run: a person is thinking, or a link is open on which the rest will come.
  void hold() {
    held_ = true;
    timer_.cancel();
  }
  void release() {
    if (!held_) return;
    held_ = false;
    note_progress();
  }

 private:
  Timer timer_;
  std::chrono::milliseconds timeout_;
  std::function<void()> on_timeout_;
  bool held_ = false;
};

}  // namespace coterie::session
