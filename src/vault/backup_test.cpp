// Backups: all of a vault or none, opened without a trace, restored whole or not at all.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <thread>

#include "vault/killed_test.h"

namespace coterie::vault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class BackupTest : public VaultTestBase {
 protected:
  void SetUp() override {
    VaultTestBase::SetUp();
    Vault vault = create();
    store(vault, "signer/alice", "identity of alice");
    store(vault, "contact/bob", "card of bob");
    store(vault, "multisig/x", std::string(50'000, 'm'));
    file_ = base_ / "kept" / "alice.backup";
    std::filesystem::create_directory(file_.parent_path());
  }

  void back_up() {
    Vault vault = open();
    const auto records = vault.backup(file_);
    ASSERT_TRUE(records) << records.error().message;
    EXPECT_EQ(*records, 3U);
  }
  Vault open_backup() {
    auto vault = Vault::open_backup(file_, passphrase());
    EXPECT_TRUE(vault) << vault.error().message;
    return std::move(*vault);
  }
  Result<void> restore(const std::filesystem::path& home) {
    Vault backup = open_backup();
    return Vault::restore(home, backup);
  }
  void expect_whole(Vault& vault) {
    EXPECT_THAT(*vault.begin()->labels(""), ElementsAre("contact/bob", "multisig/x", "signer/alice"));
    EXPECT_EQ(load(vault, "signer/alice"), "identity of alice");
    EXPECT_EQ(load(vault, "contact/bob"), "card of bob");
    EXPECT_EQ(load(vault, "multisig/x"), std::string(50'000, 'm'));
  }
  void expect_not_opened(ErrorKind kind, const std::string& message) {
    const auto vault = Vault::open_backup(file_, passphrase());
    ASSERT_FALSE(vault) << message;
    EXPECT_EQ(vault.error().kind, kind) << vault.error().message;
    EXPECT_THAT(vault.error().message, HasSubstr(message));
    EXPECT_THAT(vault.error().message, HasSubstr(file_.string()));
  }
  void run_sql(const std::filesystem::path& database_file, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open_v2(database_file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  std::filesystem::path file_;
};

TEST_F(BackupTest, HoldsEveryRecordAndNothingElse) {
  run_sql(file(), "INSERT INTO record VALUES (x'6a756e6b', 1, x'6a756e6b')");
  back_up();
  Vault backup = open_backup();
  expect_whole(backup);
  EXPECT_EQ(backup.home(), file_);
  EXPECT_EQ(read_file(file_).find("junk"), std::string::npos);
  EXPECT_THAT(files_in(file_.parent_path()), ElementsAre("alice.backup"));
}

TEST_F(BackupTest, IsTheOwnersAloneWhateverTheUmask) {
  for (const mode_t mask : {0000U, 0777U}) {
    file_.replace_filename("backup-" + std::to_string(mask));
    Vault vault = open();
    const mode_t before = umask(mask);
    const auto written = vault.backup(file_);
    umask(before);
    ASSERT_TRUE(written) << written.error().message;
    struct stat status {};
    ASSERT_EQ(stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
  }
}

TEST_F(BackupTest, NeverTakesTheNameOfAnotherFile) {
  Vault vault = open();
  write_file(file_, "mine");
  const auto written = vault.backup(file_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::usage);
  EXPECT_THAT(written.error().message, HasSubstr("exists already"));
  EXPECT_EQ(read_file(file_), "mine");
  const auto link = base_ / "link";
  std::filesystem::create_symlink(base_ / "nowhere", link);
  EXPECT_EQ(vault.backup(link).error().kind, ErrorKind::usage);
  EXPECT_FALSE(std::filesystem::exists(base_ / "nowhere"));
}

TEST_F(BackupTest, WantsADirectoryThatIsThereAndAFilesName) {
  Vault vault = open();
  const auto missing = vault.backup(base_ / "missing" / "backup");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::environment);
  EXPECT_FALSE(std::filesystem::exists(base_ / "missing"));
  EXPECT_EQ(vault.backup("").error().kind, ErrorKind::usage);
  EXPECT_EQ(vault.backup(base_ / "").error().kind, ErrorKind::usage);
}

TEST_F(BackupTest, TakesNoNameThatIsTheVaultsOwn) {
  Vault vault = open();
  for (const char* name : {"vault.db-journal", "vault.db.new", "vault.db", "vault.lock"}) {
    const auto written = vault.backup(home_ / name);
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().kind, ErrorKind::usage) << name;
  }
  EXPECT_TRUE(vault.backup(home_ / "backup"));
}

TEST_F(BackupTest, OfADamagedVaultIsRefusedAndNotWritten) {
  run_sql(file(), "UPDATE record SET sealed = zeroblob(100)");
  Vault vault = open();
  const auto written = vault.backup(file_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::refused);
  EXPECT_THAT(written.error().message, HasSubstr("record \"contact/bob\" was changed"));
  EXPECT_THAT(files_in(file_.parent_path()), ElementsAre());
}

TEST_F(BackupTest, OnAFullDiskLeavesNoFile) {
  for (const rlim_t size : {0U, 4096U, 30'000U}) {
    Child child([this, size] {
      Vault vault = open();
      fill_disk_at(size);
      const auto written = vault.backup(file_);
      if (written) return 1;
      if (written.error().kind != ErrorKind::environment) return 2;
      return written.error().message.starts_with("no space left to write " + file_.string()) ? 42 : 3;
    });
    EXPECT_EQ(child.wait(), 42) << size;
    EXPECT_THAT(files_in(file_.parent_path()), ElementsAre()) << size;
  }
}

TEST_F(BackupTest, IsOneStateWhileOthersWrite) {
  constexpr int kBackups = 12;
  const Signal done;
  Child writer([this, &done] {
    Vault vault = open();
    pollfd ready{done.reading_end(), POLLIN, 0};
    for (int i = 0; poll(&ready, 1, 0) == 0; ++i) {
      auto transaction = vault.begin();
      if (!transaction) return 1;
      for (const char* label : {"a", "z"}) {
        if (!transaction->store(label, as_bytes(std::to_string(i)), Overwrite::allowed)) return 2;
      }
      if (!transaction->commit()) return 3;
    }
    return 42;
  });
  std::set<std::string> states;
  for (int i = 0; i < kBackups; ++i) {
    file_.replace_filename("backup-" + std::to_string(i));
    ASSERT_TRUE(open().backup(file_));
    Vault backup = open_backup();
    const std::string state = load(backup, "a");
    EXPECT_EQ(load(backup, "z"), state);
    states.insert(state);
  }
  done.give();
  EXPECT_EQ(writer.wait(), 42);
  EXPECT_GT(states.size(), 1U);
}

TEST_F(BackupTest, KeepsNobodyFromWriting) {
  Vault vault = open();
  auto transaction = vault.begin();
  ASSERT_TRUE(transaction->store("contact/bob", as_bytes("newer card"), Overwrite::allowed));
  back_up();
  ASSERT_TRUE(transaction->commit());
  Vault backup = open_backup();
  expect_whole(backup);
}

TEST_F(BackupTest, KilledAtAnyChangeIsWholeOrNotThere) {
  int killed = 0;
  for (int n = 1;; ++n) {
    const Ending ending = kill_at_change(n, [this] {
      auto vault = Vault::open(home_, passphrase());
      static_cast<void>(vault->backup(file_));
    });
    if (ending == Ending::not_possible) GTEST_SKIP() << "this system lets nobody trace a child";
    const auto files = files_in(file_.parent_path());
    if (!files.empty()) {
      EXPECT_THAT(files, ElementsAre("alice.backup")) << n;
      Vault backup = open_backup();
      expect_whole(backup);
      std::filesystem::remove(file_);
    }
    if (ending == Ending::done) break;
    ++killed;
  }
  EXPECT_GT(killed, 2);
  Vault vault = open();
  expect_whole(vault);
}

TEST_F(BackupTest, HasATemporaryNameWhereFilesCannotBeWithoutOne) {
  Child child([this] {
    // Without /proc an unnamed file would never get its name.
    if (unshare(CLONE_NEWNS) != 0) return 77;
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (mount("tmpfs", "/proc", "tmpfs", 0, nullptr) != 0) return 77;
    Vault vault = open();
    if (!vault.backup(file_)) return 1;
    if (vault.backup(file_).error().kind != ErrorKind::usage) return 2;
    file_.replace_filename("second");
    fill_disk_at(30'000);
    return vault.backup(file_) ? 3 : 42;
  });
  const int result = child.wait();
  if (result == 77) GTEST_SKIP() << "this user may not mount";
  EXPECT_EQ(result, 42);
  EXPECT_THAT(files_in(file_.parent_path()), ElementsAre("alice.backup"));
  Vault backup = open_backup();
  expect_whole(backup);
}

TEST_F(BackupTest, IsOpenedWithoutATrace) {
  back_up();
  const std::string before = read_file(file_);
  {
    Vault backup = open_backup();
    store(backup, "contact/bob", "written to memory only");
    EXPECT_EQ(load(backup, "contact/bob"), "written to memory only");
    EXPECT_THAT(files_in(file_.parent_path()), ElementsAre("alice.backup"));
  }
  EXPECT_EQ(read_file(file_), before);
  EXPECT_THAT(files_in(file_.parent_path()), ElementsAre("alice.backup"));
  Vault backup = open_backup();
  expect_whole(backup);
}

TEST_F(BackupTest, IsOpenedFromAPipe) {
  back_up();
  const std::string content = read_file(file_);
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  std::thread writer([&] {
    EXPECT_EQ(write(ends[1], content.data(), content.size()), static_cast<ssize_t>(content.size()));
    close(ends[1]);
  });
  auto backup = Vault::open_backup("/proc/self/fd/" + std::to_string(ends[0]), passphrase());
  writer.join();
  close(ends[0]);
  ASSERT_TRUE(backup) << backup.error().message;
  expect_whole(*backup);
}

TEST_F(BackupTest, MayBeACopyOfTheVaultsOwnFile) {
  std::filesystem::copy_file(file(), file_);
  Vault backup = open_backup();
  expect_whole(backup);
  ASSERT_TRUE(restore(base_ / "again"));
}

TEST_F(BackupTest, OpensWithItsOwnPassphraseOnly) {
  back_up();
  const auto vault = Vault::open_backup(file_, passphrase("wrong"));
  ASSERT_FALSE(vault);
  EXPECT_EQ(vault.error().kind, ErrorKind::refused);
  EXPECT_THAT(vault.error().message, HasSubstr("wrong passphrase"));
  EXPECT_THAT(vault.error().hint, HasSubstr("the passphrase that the vault had when it was made"));
}

TEST_F(BackupTest, IsNotTakenForOneWhenItIsSomethingElse) {
  expect_not_opened(ErrorKind::usage, "cannot open the backup");
  for (const std::string& content : {std::string(), std::string("hello"), std::string(100'000, 'x')}) {
    write_file(file_, content);
    expect_not_opened(ErrorKind::refused, "is not a coterie vault");
    EXPECT_EQ(read_file(file_), content);
  }
  std::filesystem::remove(file_);
  std::filesystem::create_symlink("/dev/zero", file_);
  expect_not_opened(ErrorKind::refused, "is not a coterie vault");
  std::filesystem::remove(file_);
  std::filesystem::create_directory(file_);
  expect_not_opened(ErrorKind::usage, "cannot read the backup");
}

TEST_F(BackupTest, OfForeignSchemaOrNewerVersionIsRefused) {
  back_up();
  const std::string good = read_file(file_);
  for (const char* sql : {"CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END", "DROP TABLE root",
                          "CREATE VIEW v AS SELECT 1", "PRAGMA application_id = 1"}) {
    run_sql(file_, sql);
    expect_not_opened(ErrorKind::refused, "is not a coterie vault");
    write_file(file_, good);
  }
  run_sql(file_, "PRAGMA user_version = 2");
  expect_not_opened(ErrorKind::refused, "was made by a newer version of coterie");
}

TEST_F(BackupTest, OfAMalformedSchemaIsRefusedWithoutWordsOfIts) {
  back_up();
  run_sql(file_,
          "PRAGMA writable_schema = ON;"
          "UPDATE sqlite_schema SET name = char(27) || '[31m', sql = 'CREATE TABLE' WHERE name = 'root'");
  expect_not_opened(ErrorKind::refused, "is damaged");
  EXPECT_EQ(Vault::open_backup(file_, passphrase()).error().message.find('\x1b'), std::string::npos);
}

TEST_F(BackupTest, ThatWasTamperedWithIsRefused) {
  back_up();
  const std::string good = read_file(file_);
  const std::pair<const char*, const char*> tamperings[] = {
      {"DELETE FROM record WHERE name = (SELECT min(name) FROM record)", "was removed"},
      {"UPDATE record SET sealed = zeroblob(80)", "was changed"},
      {"UPDATE record SET sealed = (SELECT sealed FROM record ORDER BY name DESC LIMIT 1) WHERE name = (SELECT "
       "min(name) FROM record)",
       "holds what belongs to"},
      {"UPDATE root SET sealed = (SELECT sealed FROM record LIMIT 1)", "its root record was changed"},
      {"DELETE FROM root", "its root record was removed"},
      {"UPDATE header SET content = zeroblob(200)", "the header has the wrong length"},
  };
  for (const auto& [sql, message] : tamperings) {
    run_sql(file_, sql);
    expect_not_opened(ErrorKind::refused, message);
    write_file(file_, good);
  }
  open_backup();
}

TEST_F(BackupTest, WithAnyByteFlippedIsRefusedOrWhole) {
  back_up();
  const std::string good = read_file(file_);
  int refused = 0;
  for (std::size_t i = 0; i < good.size(); i += i < 100 ? 7 : 997) {
    std::string altered = good;
    altered[i] = static_cast<char>(static_cast<unsigned char>(altered[i]) ^ 0x10);
    write_file(file_, altered);
    auto backup = Vault::open_backup(file_, passphrase());
    if (backup) {
      expect_whole(*backup);
    } else {
      EXPECT_EQ(backup.error().kind, ErrorKind::refused) << i << " " << backup.error().message;
      ++refused;
    }
  }
  EXPECT_GT(refused, 20);
}

TEST_F(BackupTest, CutAnywhereOrWithSomethingBehindItIsRefused) {
  back_up();
  const std::string good = read_file(file_);
  std::vector<std::string> contents{good.substr(0, good.size() - 1), good.substr(0, good.size() - 4096), good + "x"};
  for (std::size_t size = 0; size < good.size(); size += 3000) contents.push_back(good.substr(0, size));
  for (const std::string& content : contents) {
    write_file(file_, content);
    const auto backup = Vault::open_backup(file_, passphrase());
    ASSERT_FALSE(backup) << content.size();
    EXPECT_EQ(backup.error().kind, ErrorKind::refused) << content.size() << " " << backup.error().message;
  }
}

TEST_F(BackupTest, IsRestoredToTheSameVault) {
  const Digest remembered = open().remember("sent", as_bytes("account"));
  back_up();
  std::filesystem::remove_all(home_);
  home_ = base_ / "new" / "machine";
  const auto restored = restore(home_);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_THAT(files_in(home_), ElementsAre("vault.db", "vault.lock"));
  struct stat status {};
  ASSERT_EQ(stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(stat(home_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  Vault vault = open();
  expect_whole(vault);
  EXPECT_EQ(vault.remember("sent", as_bytes("account")), remembered);
  store(vault, "contact/carol", "card of carol");
  EXPECT_EQ(load(vault, "contact/carol"), "card of carol");
}

TEST_F(BackupTest, IsNeverRestoredOverAVault) {
  back_up();
  {
    Vault vault = open();
    store(vault, "contact/bob", "newer card");
  }
  const auto restored = restore(home_);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ErrorKind::usage);
  EXPECT_THAT(restored.error().message, HasSubstr("there is a vault in " + home_.string() + " already"));
  Vault vault = open();
  EXPECT_EQ(load(vault, "contact/bob"), "newer card");
}

TEST_F(BackupTest, IsNotRestoredBesideALeftWriteAheadLogOrIntoAnOpenHome) {
  back_up();
  std::filesystem::remove(file());
  write_file(home_ / "vault.db-wal", "left");
  EXPECT_EQ(restore(home_).error().kind, ErrorKind::refused);
  std::filesystem::remove(home_ / "vault.db-wal");
  chmod(home_.c_str(), 0777);
  EXPECT_EQ(restore(home_).error().kind, ErrorKind::refused);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(BackupTest, RestoredWhereACreationWasKilledTakesItsRestAway) {
  back_up();
  const auto home = base_ / "killed";
  std::filesystem::create_directory(home);
  chmod(home.c_str(), 0700);
  write_file(home / "vault.db.new", "half a vault");
  ASSERT_TRUE(restore(home));
  EXPECT_THAT(files_in(home), ElementsAre("vault.db", "vault.lock"));
}

TEST_F(BackupTest, RestoredToAFullDiskLeavesNothing) {
  back_up();
  for (const rlim_t size : {0U, 4096U, 30'000U}) {
    const auto deep = base_ / "made" / "for" / "it";
    const auto empty = base_ / "empty";
    std::filesystem::create_directory(empty);
    Child child([&] {
      Vault backup = open_backup();
      fill_disk_at(size);
      for (const auto& home : {deep, empty}) {
        const auto restored = Vault::restore(home, backup);
        if (restored) return 1;
        if (restored.error().kind != ErrorKind::environment) return 2;
      }
      return 42;
    });
    EXPECT_EQ(child.wait(), 42) << size;
    EXPECT_FALSE(std::filesystem::exists(base_ / "made")) << size;
    EXPECT_THAT(files_in(empty), ElementsAre()) << size;
  }
}

TEST_F(BackupTest, RestoredByAProcessThatIsKilledAtAnyChangeIsAVaultOrNone) {
  back_up();
  int killed = 0;
  int whole = 0;
  for (int n = 1;; ++n) {
    home_ = base_ / "parent" / "again";
    const Ending ending = kill_at_change(n, [this] {
      auto backup = Vault::open_backup(file_, passphrase());
      static_cast<void>(Vault::restore(home_, *backup));
    });
    if (ending == Ending::not_possible) GTEST_SKIP() << "this system lets nobody trace a child";
    const auto present = Vault::exists(home_);
    ASSERT_TRUE(present);
    if (*present) {
      Vault vault = open();
      expect_whole(vault);
      ++whole;
    } else {
      // Nothing in the way of the same command.
      ASSERT_TRUE(restore(home_)) << n;
      Vault vault = open();
      expect_whole(vault);
    }
    std::filesystem::remove_all(base_ / "parent");
    if (ending == Ending::done) break;
    ++killed;
  }
  EXPECT_GT(killed, 4);
  EXPECT_GT(whole, 0);
}

}  // namespace
}  // namespace coterie::vault
