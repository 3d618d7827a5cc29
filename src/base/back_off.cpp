#include "base/back_off.h"

#include <algorithm>
#include <cstring>

namespace coterie {

std::chrono::milliseconds BackOff::draw(Random& random) {
  std::uint32_t number = 0;
  std::array<std::uint8_t, sizeof number> bytes{};
  random.fill(bytes);
  std::memcpy(&number, bytes.data(), sizeof number);
  const auto half = next_.count() / 2;
  const std::chrono::milliseconds wait(half + static_cast<std::int64_t>(number) % (next_.count() - half + 1));
  next_ = std::min(next_ * 2, most_);
  return wait;
}

}  // namespace coterie
