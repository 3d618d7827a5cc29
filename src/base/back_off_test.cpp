// Back-off: doubling steps, a cap, and jitter that stays in its range.
#include "base/back_off.h"

#include <gtest/gtest.h>

namespace coterie {
namespace {

using std::chrono::milliseconds;

TEST(BackOffTest, DoublesUpToItsCapWithAtMostHalfOff) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededRandom random(seed);
    BackOff back_off(milliseconds(100), milliseconds(1000));
    for (const int step : {100, 200, 400, 800, 1000, 1000}) {
      const milliseconds wait = back_off.draw(random);
      EXPECT_GE(wait.count(), step / 2);
      EXPECT_LE(wait.count(), step);
    }
  }
}

TEST(BackOffTest, StartsAgainAfterReset) {
  SeededRandom random(1);
  BackOff back_off(milliseconds(100), milliseconds(1000));
  for (int i = 0; i < 5; ++i) back_off.draw(random);
  back_off.reset();
  EXPECT_LE(back_off.draw(random), milliseconds(100));
}

TEST(BackOffTest, HasJitter) {
  SeededRandom random(1);
  BackOff back_off(milliseconds(1000), milliseconds(1000));
  const milliseconds first = back_off.draw(random);
  bool differs = false;
  for (int i = 0; i < 20; ++i) differs = differs || back_off.draw(random) != first;
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace coterie
