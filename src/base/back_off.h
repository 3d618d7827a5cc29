// Waiting times between attempts: doubling, capped, with jitter.
#pragma once

#include <chrono>

#include "base/random.h"

namespace coterie {

class BackOff {
 public:
  BackOff(std::chrono::milliseconds first, std::chrono::milliseconds most) : first_(first), most_(most), next_(first) {}

  // The next wait: between half of the present step and all of it; then the step doubles up to `most`.
  std::chrono::milliseconds draw(Random& random);
  void reset() { next_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  std::chrono::milliseconds next_;
};

}  // namespace coterie
