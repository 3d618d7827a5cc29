// Schedule: fake time, and what happens in it. Dice: every choice of a simulated run, drawn from its seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <utility>
#include <vector>

namespace coterie::sim {

using Duration = std::chrono::milliseconds;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  // Not std::uniform_int_distribution: what that draws differs between standard libraries.
  std::uint64_t below(std::uint64_t count) { return engine_() % count; }
  bool chance(std::uint64_t per_mille) { return below(1000) < per_mille; }
  Duration between(Duration from, Duration to) {
    return from + Duration(below(static_cast<std::uint64_t>((to - from).count()) + 1));
  }
  template <class Container>
  auto& pick(Container& container) {
    return container[below(container.size())];
  }

 private:
  std::mt19937_64 engine_;
};

class Schedule {
 public:
  Duration now() const { return now_; }
  void after(Duration delay, std::function<void()> act) { waiting_.push({now_ + delay, order_++, std::move(act)}); }
  std::uint64_t steps() const { return steps_; }

  // The next thing that happens; false when nothing is waiting.
  bool step() {
    if (waiting_.empty()) return false;
    now_ = waiting_.top().at;
    const std::function<void()> act = waiting_.top().act;
    waiting_.pop();
    ++steps_;
    act();
    return true;
  }

 private:
  struct Entry {
    Duration at;
    std::uint64_t order;  // what was put in first happens first
    std::function<void()> act;

    bool operator<(const Entry& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };

  std::priority_queue<Entry> waiting_;
  Duration now_{0};
  std::uint64_t order_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace coterie::sim
