// Session locks: one holder among threads and processes, named, and none after its death.
#include "vault/session_lock.h"

#include <fcntl.h>

#include "vault/fixture_test.h"

namespace coterie::vault {
namespace {

using testing::HasSubstr;

class SessionLockTest : public VaultTestBase {};

constexpr const char* kWhat = "multisig treasury";

TEST_F(SessionLockTest, ExcludesAnotherHolderInThisProcess) {
  const Vault vault = create();
  auto held = SessionLock::acquire(vault, "treasury", kWhat);
  ASSERT_TRUE(held) << held.error().message;
  const auto second = SessionLock::acquire(vault, "treasury", kWhat);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::environment);
  EXPECT_EQ(second.error().message, "multisig treasury is in use by process " + std::to_string(getpid()));
  EXPECT_TRUE(SessionLock::acquire(vault, "another", kWhat));
  { const SessionLock moved = std::move(*held); }
  EXPECT_TRUE(SessionLock::acquire(vault, "treasury", kWhat));
}

TEST_F(SessionLockTest, ExcludesAnotherProcessNamingIt) {
  const Vault vault = create();
  Signal held;
  Signal done;
  Child child([&] {
    const auto lock = SessionLock::acquire(vault, "treasury", kWhat);
    held.give();
    done.await();
    return lock ? 0 : 1;
  });
  held.await();
  const auto refused = SessionLock::acquire(vault, "treasury", kWhat);
  EXPECT_FALSE(refused);
  if (!refused) {
    EXPECT_EQ(refused.error().message, "multisig treasury is in use by process " + std::to_string(child.pid()));
  }
  EXPECT_TRUE(SessionLock::acquire(vault, "another", kWhat));
  done.give();
  EXPECT_EQ(child.wait(), 0);
  // The child ended without destructors, as a killed one does.
  EXPECT_TRUE(SessionLock::acquire(vault, "treasury", kWhat));
}

TEST_F(SessionLockTest, NamesNoProcessWhereTheSystemKnowsNone) {
  const Vault vault = create();
  // fcntl(2): a lock of an open file description has no process, as one of a process in a namespace that we do not see.
  const int descriptor = ::open((home_ / "vault.lock").c_str(), O_RDWR | O_CLOEXEC);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  ASSERT_EQ(fcntl(descriptor, F_OFD_SETLK, &whole), 0);
  const auto refused = SessionLock::acquire(vault, "treasury", kWhat);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "multisig treasury is in use by another process");
  EXPECT_EQ(refused.error().hint, "wait until that one is done, or end it");
  close(descriptor);
  EXPECT_TRUE(SessionLock::acquire(vault, "treasury", kWhat));
}

TEST_F(SessionLockTest, OfAllSessionsExcludesEachOne) {
  const Vault vault = create();
  const std::filesystem::path file = home_ / "vault.lock";
  {
    const auto all = ByteLock::acquire_all_sessions(file, "vault");
    ASSERT_TRUE(all);
    EXPECT_FALSE(SessionLock::acquire(vault, "treasury", kWhat));
    EXPECT_FALSE(ByteLock::acquire_all_sessions(file, "vault"));
    EXPECT_TRUE(ByteLock::acquire(file, kCreationByte, "vault"));
    Child child([&] { return SessionLock::acquire(vault, "treasury", kWhat) ? 1 : 42; });
    EXPECT_EQ(child.wait(), 42);
  }
  const auto held = SessionLock::acquire(vault, "treasury", kWhat);
  ASSERT_TRUE(held);
  EXPECT_FALSE(ByteLock::acquire_all_sessions(file, "vault"));
}

TEST_F(SessionLockTest, StaysHeldWhileOtherSessionsComeAndGo) {
  const Vault vault = create();
  Signal held;
  Signal done;
  Child child([&] {
    const auto lock = SessionLock::acquire(vault, "treasury", kWhat);
    // Closing a second descriptor of the lock file would drop the first lock.
    for (const char* other : {"a", "b", "c"}) {
      if (!SessionLock::acquire(vault, other, kWhat)) return 1;
      if (SessionLock::acquire(vault, "treasury", kWhat)) return 2;
    }
    held.give();
    done.await();
    return lock ? 0 : 3;
  });
  held.await();
  EXPECT_FALSE(SessionLock::acquire(vault, "treasury", kWhat));
  EXPECT_TRUE(SessionLock::acquire(vault, "a", kWhat));
  done.give();
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(SessionLockTest, DoesNotHinderTransactions) {
  Vault vault = create();
  const auto held = SessionLock::acquire(vault, "treasury", kWhat);
  Vault second = open();
  store(vault, "a", "x");
  store(second, "a", "y");
  EXPECT_EQ(load(vault, "a"), "y");
}

TEST_F(SessionLockTest, RefusesASymbolicLinkForItsFile) {
  const Vault vault = create();
  std::filesystem::remove(home_ / "vault.lock");
  std::filesystem::create_symlink(base_ / "elsewhere", home_ / "vault.lock");
  const auto lock = SessionLock::acquire(vault, "treasury", kWhat);
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message, HasSubstr("symbolic link"));
  EXPECT_FALSE(std::filesystem::exists(base_ / "elsewhere"));
}

}  // namespace
}  // namespace coterie::vault
