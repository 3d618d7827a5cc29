// Randomness: the system's differs at every draw, the seeded one never does.
#include "base/random.h"

#include <gtest/gtest.h>

#include "base/ids.h"

namespace coterie {
namespace {

TEST(SystemRandomTest, DrawsDiffer) {
  SystemRandom random;
  EXPECT_NE(random.draw<Epoch>(), random.draw<Epoch>());
  EXPECT_FALSE(random.draw_secret<32>().view().empty());
}

TEST(SeededRandomTest, RepeatsItselfForTheSameSeedOnly) {
  SeededRandom first(7);
  SeededRandom same(7);
  SeededRandom other(8);
  const auto a = first.draw<Nonce>();
  const auto b = first.draw<Nonce>();
  EXPECT_NE(a, b);
  EXPECT_EQ(same.draw<Nonce>(), a);
  EXPECT_EQ(same.draw<Nonce>(), b);
  EXPECT_NE(other.draw<Nonce>(), a);
}

TEST(SeededRandomTest, FillsNothing) {
  SeededRandom random(1);
  random.fill({});
  EXPECT_NE(random.draw<Epoch>(), Epoch());
}

}  // namespace
}  // namespace coterie
