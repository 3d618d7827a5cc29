// For tests: the owner's strand is the test's own thread, which runs what was posted while it waits for something.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "rtc/runtime.h"

namespace coterie::rtc {

class TestStrand {
 public:
  Post post() {
    return [queue = queue_](std::function<void()> function) {
      const std::lock_guard lock(queue->mutex);
      queue->functions.push_back(std::move(function));
      queue->changed.notify_one();
    };
  }

  // False: the condition did not come true in time; no correct run comes near ten seconds.
  template <class Condition>
  bool run_until(Condition condition, std::chrono::seconds patience = std::chrono::seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      std::function<void()> next;
      {
        std::unique_lock lock(queue_->mutex);
        if (!queue_->changed.wait_until(lock, deadline, [this] { return !queue_->functions.empty(); })) return false;
        next = std::move(queue_->functions.front());
        queue_->functions.pop_front();
      }
      next();
    }
    return true;
  }

  // Runs what is there already.
  void run_posted() {
    while (true) {
      std::function<void()> next;
      {
        const std::lock_guard lock(queue_->mutex);
        if (queue_->functions.empty()) return;
        next = std::move(queue_->functions.front());
        queue_->functions.pop_front();
      }
      next();
    }
  }

 private:
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> functions;
  };
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

}  // namespace coterie::rtc
