// Randomness: the system's differs at every draw, the seeded one never does.
#include "base/random.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <iterator>

#include "base/ids.h"

namespace coterie {
namespace {

// From here on this process gets no randomness from the system (seccomp(2)).
void end_randomness() {
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getrandom, 0, 1),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program = {std::size(filter), filter};
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST(SystemRandomTest, DrawsDiffer) {
  SystemRandom random;
  EXPECT_NE(random.draw<Epoch>(), random.draw<Epoch>());
  EXPECT_FALSE(random.draw_secret<32>().view().empty());
}

TEST(SystemRandomTest, EndsTheProcessWhenTheSystemGivesNone) {
  const auto draw_without = [] {
    SystemRandom random;
    (void)random.draw<Epoch>();
    end_randomness();
    (void)random.draw<Epoch>();
  };
  EXPECT_EXIT(draw_without(), testing::KilledBySignal(SIGABRT), "");
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
