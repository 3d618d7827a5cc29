// Vaults in use: making, opening, transactions, several processes, full and read-only disks.
#include "vault/vault.h"

#include <sys/stat.h>

#include "vault/fixture_test.h"

namespace coterie::vault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uid_t kNobody = 65534;

class VaultTest : public VaultTestBase {
 protected:
  unsigned mode(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }
  // To one who may not write everywhere, which root may.
  static bool become_nobody() { return geteuid() != 0 || seteuid(kNobody) == 0; }
  void give_to_nobody(const std::filesystem::path& path) {
    if (geteuid() != 0) return;
    ASSERT_EQ(chown(path.c_str(), kNobody, kNobody), 0);
  }
  void expect_not_opened(ErrorKind kind, const std::string& message) {
    const auto vault = Vault::open(home_, passphrase());
    ASSERT_FALSE(vault);
    EXPECT_EQ(vault.error().kind, kind);
    EXPECT_THAT(vault.error().message, HasSubstr(message));
  }
};

TEST_F(VaultTest, GivesBackWhatWasStored) {
  {
    Vault vault = create();
    store(vault, "signer/alice", "secret of alice");
    store(vault, "empty", "");
    EXPECT_EQ(load(vault, "signer/alice"), "secret of alice");
  }
  Vault vault = open();
  EXPECT_EQ(load(vault, "signer/alice"), "secret of alice");
  EXPECT_EQ(load(vault, "empty"), "");
  EXPECT_EQ(load(vault, "signer/bob"), "(none)");
}

TEST_F(VaultTest, KnowsWhetherThereIsOne) {
  EXPECT_FALSE(*Vault::exists(home_));
  create();
  EXPECT_TRUE(*Vault::exists(home_));
}

TEST_F(VaultTest, ListsLabelsByPrefixInOrder) {
  Vault vault = create();
  for (const char* label : {"contact/carol", "contact/bob", "contacts", "a", "signer/bob"}) store(vault, label, "x");
  const auto transaction = vault.begin();
  EXPECT_THAT(*transaction->labels("contact/"), ElementsAre("contact/bob", "contact/carol"));
  EXPECT_THAT(*transaction->labels(""), ElementsAre("a", "contact/bob", "contact/carol", "contacts", "signer/bob"));
  EXPECT_THAT(*transaction->labels("x"), IsEmpty());
}

TEST_F(VaultTest, TakesAnyBytesAsLabel) {
  Vault vault = create();
  const std::string label("\xff\0\n\"'; DROP TABLE record; --", 27);
  store(vault, label, "x");
  EXPECT_EQ(load(vault, label), "x");
}

TEST_F(VaultTest, NeverOverwritesUnlessAllowed) {
  Vault vault = create();
  store(vault, "a", "first");
  {
    auto transaction = vault.begin();
    const auto stored = transaction->store("a", as_bytes("second"), Overwrite::never);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().kind, ErrorKind::usage);
    EXPECT_EQ(stored.error().message, "record \"a\" is there already");
  }
  EXPECT_EQ(load(vault, "a"), "first");
  store(vault, "a", "second");
  EXPECT_EQ(load(vault, "a"), "second");
}

TEST_F(VaultTest, RemovesRecords) {
  Vault vault = create();
  store(vault, "a", "x");
  {
    auto transaction = vault.begin();
    ASSERT_TRUE(transaction->remove("a"));
    ASSERT_TRUE(transaction->remove("never there"));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(load(vault, "a"), "(none)");
  store(vault, "a", "again");
  EXPECT_EQ(load(vault, "a"), "again");
}

TEST_F(VaultTest, WithoutCommitNothingIsChanged) {
  Vault vault = create();
  store(vault, "a", "old");
  {
    auto transaction = vault.begin();
    ASSERT_TRUE(transaction->store("a", as_bytes("new"), Overwrite::allowed));
    ASSERT_TRUE(transaction->store("b", as_bytes("new"), Overwrite::never));
    EXPECT_EQ((*transaction->load("a"))->text(), "new");
  }
  EXPECT_EQ(load(vault, "a"), "old");
  EXPECT_EQ(load(vault, "b"), "(none)");
}

TEST_F(VaultTest, BoundsLabelsAndRecords) {
  Vault vault = create();
  auto transaction = vault.begin();
  EXPECT_TRUE(transaction->store(std::string(kMaxLabel, 'l'), Bytes(kMaxRecord), Overwrite::never));
  for (const auto& stored : {transaction->store("", {}, Overwrite::never),
                             transaction->store(std::string(kMaxLabel + 1, 'l'), {}, Overwrite::never),
                             transaction->store("a", Bytes(kMaxRecord + 1), Overwrite::never)}) {
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().kind, ErrorKind::usage);
  }
  EXPECT_TRUE(transaction->commit());
}

TEST_F(VaultTest, HoldsItsMostRecordsWithTheLongestLabelsAndNoMore) {
  Vault vault = create();
  {
    auto transaction = vault.begin();
    for (std::size_t i = 0; i < kMaxRecords; ++i) {
      const std::string label = std::to_string(i) + std::string(kMaxLabel - std::to_string(i).size(), 'l');
      ASSERT_TRUE(transaction->store(label, as_bytes("x"), Overwrite::never));
    }
    const auto more = transaction->store("more", as_bytes("x"), Overwrite::never);
    ASSERT_FALSE(more);
    EXPECT_THAT(more.error().message, HasSubstr("the vault is full"));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(vault.begin()->labels("")->size(), kMaxRecords);
}

TEST_F(VaultTest, RefusesAWrongPassphrase) {
  create();
  const std::string before = read_file(file());
  const auto vault = Vault::open(home_, passphrase("wrong horse"));
  ASSERT_FALSE(vault);
  EXPECT_EQ(vault.error().kind, ErrorKind::refused);
  EXPECT_EQ(vault.error().message, "vault in " + home_.string() + ": wrong passphrase");
  EXPECT_EQ(read_file(file()), before);
  open();
}

TEST_F(VaultTest, RefusesAnEmptyPassphrase) {
  const auto vault = Vault::create(home_, passphrase(""), {}, random_);
  ASSERT_FALSE(vault);
  EXPECT_EQ(vault.error().kind, ErrorKind::usage);
  EXPECT_FALSE(std::filesystem::exists(home_));
}

TEST_F(VaultTest, IsNeverMadeOverAnother) {
  {
    Vault vault = create();
    store(vault, "a", "x");
  }
  const auto second = Vault::create(home_, passphrase("other"), {{crypto::kMinPassphraseMemory, 1}}, random_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::usage);
  Vault vault = open();
  EXPECT_EQ(load(vault, "a"), "x");
}

TEST_F(VaultTest, IsNotMadeWithParametersThatItWouldNotOpen) {
  const auto vault = Vault::create(home_, passphrase(), {{crypto::kMinPassphraseMemory - 1, 1}}, random_);
  ASSERT_FALSE(vault);
  EXPECT_FALSE(*Vault::exists(home_));
}

TEST_F(VaultTest, SaysThatThereIsNone) {
  expect_not_opened(ErrorKind::usage, "there is no vault in " + home_.string());
}

TEST_F(VaultTest, FilesAndDirectoriesAreTheOwnersAloneWhateverTheUmask) {
  home_ = base_ / "new" / "nested" / "home";
  for (const mode_t mask : {0000, 0777}) {
    const mode_t before = umask(mask);
    {
      Vault vault = create();
      store(vault, "a", "x");
      EXPECT_EQ(mode(base_ / "new"), 0700U);
      EXPECT_EQ(mode(home_), 0700U);
      for (const auto& entry : std::filesystem::directory_iterator(home_)) {
        EXPECT_EQ(mode(entry.path()), 0600U) << entry.path();
      }
      EXPECT_TRUE(std::filesystem::exists(home_ / "vault.db-wal"));
    }
    umask(before);
    std::filesystem::remove_all(base_ / "new");
  }
}

TEST_F(VaultTest, LeavesNoTemporaryFile) {
  {
    Vault vault = create();
    store(vault, "a", "x");
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(home_)) names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("vault.db", "vault.lock"));
}

TEST_F(VaultTest, RefusesAHomeThatOthersMayWrite) {
  create();
  for (const mode_t loose : {0720, 0702, 0777}) {
    chmod(home_.c_str(), loose);
    expect_not_opened(ErrorKind::refused, "may be written by other users");
    EXPECT_FALSE(Vault::create(home_, passphrase(), {}, random_));
  }
  chmod(home_.c_str(), 0755);
  open();
}

TEST_F(VaultTest, RefusesAFileThatOthersMayReadOrWrite) {
  create();
  for (const mode_t loose : {0640, 0604, 0620, 0666}) {
    chmod(file().c_str(), loose);
    expect_not_opened(ErrorKind::refused, "may be read or written by other users");
  }
}

TEST_F(VaultTest, RefusesAHomeOrAFileOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to another user";
  create();
  give_to_nobody(file());
  expect_not_opened(ErrorKind::refused, file().string() + " belongs to another user");
  ASSERT_EQ(chown(file().c_str(), 0, 0), 0);
  open();
  give_to_nobody(home_);
  expect_not_opened(ErrorKind::refused, home_.string() + " belongs to another user");
  EXPECT_EQ(Vault::create(home_, passphrase(), {}, random_).error().kind, ErrorKind::refused);
}

TEST_F(VaultTest, RefusesSymbolicLinks) {
  create();
  std::filesystem::rename(file(), base_ / "elsewhere.db");
  std::filesystem::create_symlink(base_ / "elsewhere.db", file());
  expect_not_opened(ErrorKind::refused, "is a symbolic link");
  EXPECT_EQ(Vault::create(home_, passphrase(), {}, random_).error().kind, ErrorKind::usage);
  std::filesystem::remove(file());
  std::filesystem::rename(base_ / "elsewhere.db", file());
  open();

  std::filesystem::rename(home_, base_ / "elsewhere");
  std::filesystem::create_directory_symlink(base_ / "elsewhere", home_);
  expect_not_opened(ErrorKind::refused, "is a symbolic link");
  home_ = home_.string() + "/";
  expect_not_opened(ErrorKind::refused, "is a symbolic link");
}

TEST_F(VaultTest, OpensBelowADirectoryThatIsALink) {
  create();
  std::filesystem::create_directory_symlink(base_, base_ / "link");
  const auto vault = Vault::open(base_ / "link" / "home", passphrase());
  ASSERT_TRUE(vault) << vault.error().message;
  EXPECT_EQ(vault->home(), home_);
}

TEST_F(VaultTest, IsNotMadeOverALeftWriteAheadLog) {
  create();
  std::filesystem::rename(file(), home_ / "vault.db-wal");
  const auto vault = Vault::create(home_, passphrase(), {}, random_);
  ASSERT_FALSE(vault);
  EXPECT_THAT(vault.error().message, HasSubstr("vault.db-wal is there"));
}

TEST_F(VaultTest, AKilledCreationLeavesNothingInTheWay) {
  std::filesystem::create_directory(home_);
  chmod(home_.c_str(), 0700);
  for (const char* name : {"vault.db.new", "vault.db.new-journal", "vault.db.new-wal", "vault.db.new-shm"}) {
    write_file(home_ / name, "half a vault");
  }
  Vault vault = create();
  store(vault, "a", "x");
  EXPECT_FALSE(std::filesystem::exists(home_ / "vault.db.new"));
  EXPECT_FALSE(std::filesystem::exists(home_ / "vault.db.new-wal"));
}

TEST_F(VaultTest, RemembersSecretsByPurposeAndVault) {
  const Vault vault = create();
  const Digest digest = vault.remember("account", as_bytes("secret"));
  EXPECT_EQ(vault.remember("account", as_bytes("secret")), digest);
  EXPECT_NE(vault.remember("account", as_bytes("secreT")), digest);
  EXPECT_NE(vault.remember("other", as_bytes("secret")), digest);
  EXPECT_EQ(open().remember("account", as_bytes("secret")), digest);
  home_ = base_ / "other";
  EXPECT_NE(create().remember("account", as_bytes("secret")), digest);
}

TEST_F(VaultTest, NoticesTheCommitsOfOthersOnly) {
  Vault first = create();
  Vault second = open();
  const auto before = *first.change_counter();
  store(first, "a", "own");
  EXPECT_EQ(*first.change_counter(), before);
  store(second, "a", "of another");
  const auto after = *first.change_counter();
  EXPECT_NE(after, before);
  EXPECT_EQ(load(first, "a"), "of another");
  EXPECT_EQ(*first.change_counter(), after);
}

TEST_F(VaultTest, TransactionsOfTwoProcessesExcludeEachOther) {
  create();
  Signal begun;
  Signal ended;
  // Each adds one, thirty times; a lost update would leave less than sixty.
  const auto add = [this, &begun, &ended](const Signal& own, const Signal& other) {
    auto vault = Vault::open(home_, passphrase());
    if (!vault) return 1;
    own.give();
    other.await();
    for (int i = 0; i < 30; ++i) {
      auto transaction = vault->begin();
      if (!transaction) return 2;
      const auto present = transaction->load("count");
      if (!present) return 3;
      const int count = present->has_value() ? std::stoi(std::string((*present)->text())) : 0;
      if (!transaction->store("count", as_bytes(std::to_string(count + 1)), Overwrite::allowed)) return 4;
      if (!transaction->commit()) return 5;
    }
    return 0;
  };
  Child first([&] { return add(begun, ended); });
  Child second([&] { return add(ended, begun); });
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  Vault vault = open();
  EXPECT_EQ(load(vault, "count"), "60");
}

TEST_F(VaultTest, AProcessThatDiesInATransactionLeavesTheOldState) {
  {
    Vault vault = create();
    store(vault, "a", "old");
  }
  Child child([this] {
    auto vault = Vault::open(home_, passphrase());
    auto transaction = vault->begin();
    // More than SQLite's page cache holds, so that unfinished pages do reach the disk.
    for (int i = 0; i < 8; ++i) {
      if (!transaction->store("big" + std::to_string(i), Bytes(kMaxRecord, 1), Overwrite::never)) return 1;
    }
    return transaction->store("a", as_bytes("new"), Overwrite::allowed) ? 42 : 2;
  });
  EXPECT_EQ(child.wait(), 42);
  Vault vault = open();
  EXPECT_EQ(load(vault, "a"), "old");
  EXPECT_EQ(load(vault, "big0"), "(none)");
  store(vault, "a", "newer");
  EXPECT_EQ(load(vault, "a"), "newer");
}

TEST_F(VaultTest, AProcessThatDiesAfterCommitHasStored) {
  create();
  Child child([this] {
    auto vault = Vault::open(home_, passphrase());
    auto transaction = vault->begin();
    return transaction->store("a", as_bytes("new"), Overwrite::allowed) && transaction->commit() ? 42 : 1;
  });
  EXPECT_EQ(child.wait(), 42);
  Vault vault = open();
  EXPECT_EQ(load(vault, "a"), "new");
}

TEST_F(VaultTest, DoesNotWriteToAFileThatWasReplaced) {
  Vault vault = create();
  auto transaction = vault.begin();
  ASSERT_TRUE(transaction->store("a", as_bytes("x"), Overwrite::never));
  std::filesystem::rename(file(), base_ / "moved.db");
  const auto committed = transaction->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind, ErrorKind::environment);
  EXPECT_THAT(committed.error().message, HasSubstr("was replaced or removed"));
}

TEST_F(VaultTest, AFullDiskIsReportedAndChangesNothing) {
  {
    Vault vault = create();
    store(vault, "a", "old");
  }
  Child child([this] {
    auto vault = Vault::open(home_, passphrase());
    if (!vault) return 1;
    fill_disk_at(300'000);
    {
      auto transaction = vault->begin();
      if (!transaction) return 2;
      if (!transaction->store("a", as_bytes("new"), Overwrite::allowed)) return 3;
      auto result = transaction->store("big", Bytes(kMaxRecord, 1), Overwrite::never);
      if (result) result = transaction->commit();
      if (result) return 4;
      if (result.error().kind != ErrorKind::environment) return 5;
      if (result.error().message.find("no space left") == std::string::npos) return 6;
    }
    return load(*vault, "a") == "old" ? 42 : 7;
  });
  EXPECT_EQ(child.wait(), 42);
  Vault vault = open();
  EXPECT_EQ(load(vault, "a"), "old");
  EXPECT_EQ(load(vault, "big"), "(none)");
}

TEST_F(VaultTest, IsMadeWholeOrNotAtAllOnAFullDisk) {
  for (const rlim_t size : {0U, 2000U, 4096U, 9000U, 16000U}) {
    Child child([this, size] {
      fill_disk_at(size);
      const auto vault = Vault::create(home_, passphrase(), {{crypto::kMinPassphraseMemory, 1}}, random_);
      if (vault) return 1;
      if (vault.error().kind != ErrorKind::environment) return 2;
      return vault.error().message.starts_with("no space left to write vault file") ? 42 : 3;
    });
    EXPECT_EQ(child.wait(), 42) << size;
    for (const auto& entry : std::filesystem::directory_iterator(home_)) {
      EXPECT_EQ(entry.path().filename(), "vault.lock");
    }
  }
  create();
}

TEST_F(VaultTest, AfterAFullDiskInsideATransactionCommitChangesNothing) {
  create();
  Child child([this] {
    auto vault = Vault::open(home_, passphrase());
    fill_disk_at(300'000);
    auto transaction = vault->begin();
    bool failed = false;
    // Beyond the page cache, so that a store itself fails.
    for (int i = 0; i < 8 && !failed; ++i) {
      failed = !transaction->store("big" + std::to_string(i), Bytes(kMaxRecord, 1), Overwrite::never);
    }
    if (!failed) return 1;
    return transaction->commit() ? 2 : 42;
  });
  EXPECT_EQ(child.wait(), 42);
  EXPECT_THAT(*open().begin()->labels(""), IsEmpty());
}

TEST_F(VaultTest, AReadOnlyVaultIsReported) {
  create();
  for (const auto& path : {base_, home_, file(), home_ / "vault.lock"}) give_to_nobody(path);
  chmod(file().c_str(), 0400);
  chmod(home_.c_str(), 0500);
  Child child([this] {
    if (!become_nobody()) return 1;
    const auto vault = Vault::open(home_, passphrase());
    if (vault) return 2;
    if (vault.error().kind != ErrorKind::environment) return 3;
    return vault.error().message.starts_with("cannot write vault file") ? 42 : 4;
  });
  EXPECT_EQ(child.wait(), 42);
  chmod(home_.c_str(), 0700);
}

TEST_F(VaultTest, WhereNoDirectoryCanBeMadeAnotherPlaceIsAskedFor) {
  give_to_nobody(base_);
  chmod(base_.c_str(), 0500);
  Child child([this] {
    if (!become_nobody()) return 1;
    const auto vault = Vault::create(home_ / "deeper", passphrase(), {}, random_);
    if (vault) return 2;
    if (vault.error().kind != ErrorKind::environment) return 3;
    if (!vault.error().message.starts_with("cannot make the vault directory " + home_.string() + ": ")) return 4;
    return vault.error().hint == "choose another place with --home DIR" ? 42 : 5;
  });
  EXPECT_EQ(child.wait(), 42);
  chmod(base_.c_str(), 0700);
  EXPECT_FALSE(std::filesystem::exists(home_));
}

TEST_F(VaultTest, IsNotMadeWhereNothingMayBeWritten) {
  std::filesystem::create_directory(home_);
  for (const auto& path : {base_, home_}) give_to_nobody(path);
  chmod(home_.c_str(), 0500);
  Child child([this] {
    if (!become_nobody()) return 1;
    const auto vault = Vault::create(home_, passphrase(), {}, random_);
    if (vault) return 2;
    if (vault.error().kind != ErrorKind::environment) return 3;
    return vault.error().message.starts_with("cannot open " + (home_ / "vault.lock").string() + ": ") ? 42 : 4;
  });
  EXPECT_EQ(child.wait(), 42);
  chmod(home_.c_str(), 0700);
}

TEST_F(VaultTest, BehindADirectoryThatIsClosedToUsAnotherIsAskedFor) {
  create();
  chmod(base_.c_str(), 0);
  Child child([this] {
    if (!become_nobody()) return 1;
    const auto vault = Vault::open(home_, passphrase());
    if (vault) return 2;
    if (vault.error().kind != ErrorKind::environment) return 3;
    return vault.error().hint == "choose a vault of your own with --home DIR" ? 42 : 4;
  });
  EXPECT_EQ(child.wait(), 42);
  chmod(base_.c_str(), 0700);
}

TEST_F(VaultTest, IsNeitherMadeNorLookedForInAFile) {
  write_file(home_, "mine");
  const auto made = Vault::create(home_, passphrase(), {}, random_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::refused);
  EXPECT_THAT(made.error().message, HasSubstr("is not a directory"));
  const auto opened = Vault::open(home_, passphrase());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::environment);
  EXPECT_EQ(opened.error().hint, "a vault is a directory: choose one with --home DIR");
  EXPECT_EQ(read_file(home_), "mine");
}

TEST_F(VaultTest, KeepsPlaintextAndLabelsOutOfItsFiles) {
  Vault vault = create();
  const std::string secret = "canary-plaintext-0123456789";
  store(vault, "canary-label", secret);
  store(vault, "canary-label", secret + secret);
  const auto expect_clean = [this] {
    for (const auto& entry : std::filesystem::directory_iterator(home_)) {
      EXPECT_EQ(read_file(entry.path()).find("canary"), std::string::npos) << entry.path();
    }
  };
  expect_clean();  // with the write-ahead log; nothing is written through `vault` afterwards
  { const Vault closed = std::move(vault); }
  expect_clean();
}

}  // namespace
}  // namespace coterie::vault
