#include "cli/exit_code.h"

#include <gtest/gtest.h>

#include <csignal>

namespace coterie::cli {
namespace {

TEST(ExitCodeTest, EachKindHasItsOwnCode) {
  EXPECT_EQ(exit_code(ErrorKind::environment, 0), 1);
  EXPECT_EQ(exit_code(ErrorKind::usage, 0), 2);
  EXPECT_EQ(exit_code(ErrorKind::declined, 0), 3);
  EXPECT_EQ(exit_code(ErrorKind::timed_out, 0), 4);
  EXPECT_EQ(exit_code(ErrorKind::refused, 0), 5);
  EXPECT_EQ(exit_code(ErrorKind::pending, 0), 6);
}

TEST(ExitCodeTest, AnInterruptionTellsTheSignal) {
  EXPECT_EQ(exit_code(ErrorKind::interrupted, SIGINT), 130);
  EXPECT_EQ(exit_code(ErrorKind::interrupted, SIGTERM), 143);
}

// A multisig that is pending here is finished by `resume`, so it outweighs the signal that stopped us.
TEST(ExitCodeTest, PendingIsSixWhateverTheSignal) {
  EXPECT_EQ(exit_code(ErrorKind::pending, SIGINT), 6);
}

}  // namespace
}  // namespace coterie::cli
