// A new passphrase: everything under a new key, or everything as it was.
#include <sqlite3.h>

#include <map>

#include "vault/header.h"
#include "vault/killed_test.h"
#include "vault/session_lock.h"

namespace coterie::vault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr VaultOptions kCheap{{crypto::kMinPassphraseMemory, 1}};

class ChangePassphraseTest : public VaultTestBase {
 protected:
  void SetUp() override {
    VaultTestBase::SetUp();
    Vault vault = create();
    store(vault, "signer/alice", "identity of alice");
    store(vault, "contact/bob", "card of bob");
  }

  Result<void> change(Vault& vault, std::string_view text = "new and better") {
    return vault.change_passphrase(passphrase(text), kCheap, random_);
  }
  Result<Vault> open_with(std::string_view text) { return Vault::open(home_, passphrase(text)); }
  void expect_whole(Vault& vault) {
    EXPECT_THAT(*vault.begin()->labels(""), ElementsAre("contact/bob", "signer/alice"));
    EXPECT_EQ(load(vault, "signer/alice"), "identity of alice");
    EXPECT_EQ(load(vault, "contact/bob"), "card of bob");
  }
  void expect_passphrase(std::string_view right, std::string_view wrong) {
    auto vault = open_with(right);
    ASSERT_TRUE(vault) << vault.error().message;
    expect_whole(*vault);
    const auto other = open_with(wrong);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::refused);
    EXPECT_THAT(other.error().message, HasSubstr("wrong passphrase"));
  }
  // All values of the first column.
  std::vector<std::string> query(const char* sql) {
    std::vector<std::string> values;
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open_v2(file().c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, 0));
      values.emplace_back(data, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return values;
  }
};

TEST_F(ChangePassphraseTest, OpensWithTheNewOneOnlyAndLosesNothing) {
  {
    Vault vault = open();
    const auto changed = change(vault);
    ASSERT_TRUE(changed) << changed.error().message;
    expect_whole(vault);
    store(vault, "contact/carol", "card of carol");
    EXPECT_EQ(load(vault, "contact/carol"), "card of carol");
    auto transaction = vault.begin();
    ASSERT_TRUE(transaction->remove("contact/carol"));
    ASSERT_TRUE(transaction->commit());
  }
  expect_passphrase("new and better", "correct horse");
}

TEST_F(ChangePassphraseTest, LeavesNothingOfTheOldKeyInTheFile) {
  const auto sealed = query("SELECT sealed FROM record UNION SELECT name FROM record UNION SELECT sealed FROM root");
  const auto header = query("SELECT content FROM header");
  {
    Vault vault = open();
    ASSERT_TRUE(change(vault));
    // While it is still open, with its write-ahead log.
    for (const auto& name : {"vault.db", "vault.db-wal"}) {
      const std::string content = read_file(home_ / name);
      for (const std::string& old : sealed) EXPECT_EQ(content.find(old), std::string::npos) << name;
      EXPECT_EQ(content.find(header[0].substr(44, 72)), std::string::npos) << name;  // the key under the old passphrase
    }
  }
  const std::string content = read_file(file());
  for (const std::string& old : sealed) EXPECT_EQ(content.find(old), std::string::npos);
  EXPECT_EQ(content.find(header[0].substr(44, 72)), std::string::npos);
}

TEST_F(ChangePassphraseTest, AnOldHeaderOrRecordPutBackIsFound) {
  const std::string before = read_file(file());
  {
    Vault vault = open();
    ASSERT_TRUE(change(vault));
  }
  const std::string after = read_file(file());
  sqlite3* database = nullptr;
  for (const char* table : {"header", "root", "record"}) {
    write_file(base_ / "old.db", before);
    write_file(file(), after);
    ASSERT_EQ(sqlite3_open_v2(file().c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    const std::string sql = "ATTACH '" + (base_ / "old.db").string() + "' AS old; DELETE FROM main." + table +
                            "; INSERT INTO main." + table + " SELECT * FROM old." + table;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
    for (const char* text : {"new and better", "correct horse"}) {
      auto vault = open_with(text);
      if (vault) {
        EXPECT_THAT(load(*vault, "contact/bob"), HasSubstr("is damaged")) << table;
      } else {
        EXPECT_EQ(vault.error().kind, ErrorKind::refused) << table;
      }
    }
  }
}

TEST_F(ChangePassphraseTest, StillKnowsWhatItRemembers) {
  Vault vault = open();
  const Digest remembered = vault.remember("sent account", as_bytes("keys"));
  for (const char* text : {"second", "third"}) {
    ASSERT_TRUE(change(vault, text));
    EXPECT_EQ(vault.remember("sent account", as_bytes("keys")), remembered);
    auto again = open_with(text);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->remember("sent account", as_bytes("keys")), remembered);
  }
  const auto file = base_ / "backup";
  ASSERT_TRUE(vault.backup(file));
  auto backup = Vault::open_backup(file, passphrase("third"));
  ASSERT_TRUE(backup) << backup.error().message;
  EXPECT_EQ(backup->remember("sent account", as_bytes("keys")), remembered);
  ASSERT_TRUE(Vault::restore(base_ / "restored", *backup));
  home_ = base_ / "restored";
  auto restored = open_with("third");
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->remember("sent account", as_bytes("keys")), remembered);
  expect_whole(*restored);
}

TEST_F(ChangePassphraseTest, FindsTheKeyOfWhatItRemembersRemoved) {
  {
    Vault vault = open();
    ASSERT_TRUE(change(vault));
  }
  ASSERT_EQ(query("SELECT name FROM record").size(), 3U);
  query("DELETE FROM record");
  const auto vault = open_with("new and better");
  ASSERT_FALSE(vault);
  EXPECT_EQ(vault.error().kind, ErrorKind::refused);
  EXPECT_THAT(vault.error().message, HasSubstr("record \"vault/memory-key\" was removed"));
}

TEST_F(ChangePassphraseTest, LeavesOlderBackupsAsTheyAre) {
  const auto file = base_ / "backup";
  Vault vault = open();
  ASSERT_TRUE(vault.backup(file));
  ASSERT_TRUE(change(vault));
  auto backup = Vault::open_backup(file, passphrase());
  ASSERT_TRUE(backup);
  expect_whole(*backup);
  EXPECT_FALSE(Vault::open_backup(file, passphrase("new and better")));
}

TEST_F(ChangePassphraseTest, RefusesAnEmptyOneAndThePresentOne) {
  Vault vault = open();
  for (const char* text : {"", "correct horse"}) {
    const auto changed = change(vault, text);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().kind, ErrorKind::usage);
  }
  expect_passphrase("correct horse", "new and better");
}

TEST_F(ChangePassphraseTest, DoesNotDisturbASession) {
  Vault vault = open();
  {
    const Signal locked;
    const Signal asked;
    Child other([&] {
      const Vault theirs = open();
      const auto lock = SessionLock::acquire(theirs, "alice/treasury", "multisig treasury");
      if (!lock) return 1;
      locked.give();
      asked.await();
      return 42;
    });
    locked.await();
    const auto changed = change(vault);
    asked.give();
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().kind, ErrorKind::environment);
    EXPECT_THAT(changed.error().message, HasSubstr("is in use by process " + std::to_string(other.pid())));
    EXPECT_EQ(other.wait(), 42);
  }
  {
    const auto lock = SessionLock::acquire(vault, "alice/treasury", "multisig treasury");
    ASSERT_TRUE(lock);
    EXPECT_FALSE(change(vault));
  }
  expect_passphrase("correct horse", "new and better");
  ASSERT_TRUE(change(vault));
  EXPECT_TRUE(SessionLock::acquire(vault, "alice/treasury", "multisig treasury"));
}

TEST_F(ChangePassphraseTest, OthersWhoHaveTheVaultOpenAreToldAndChangeNothing) {
  Vault theirs = open();
  Vault vault = open();
  ASSERT_TRUE(change(vault));
  const auto transaction = theirs.begin();
  ASSERT_FALSE(transaction);
  EXPECT_EQ(transaction.error().kind, ErrorKind::refused);
  EXPECT_THAT(transaction.error().message, HasSubstr("the passphrase of the vault in " + home_.string()));
  EXPECT_THAT(transaction.error().message, HasSubstr("was changed meanwhile"));
  EXPECT_FALSE(theirs.change_passphrase(passphrase("third"), kCheap, random_));
  EXPECT_FALSE(theirs.backup(base_ / "backup"));
  EXPECT_FALSE(std::filesystem::exists(base_ / "backup"));
  expect_whole(vault);
}

TEST_F(ChangePassphraseTest, OfADamagedVaultIsRefused) {
  query("UPDATE record SET sealed = zeroblob(90) WHERE name = (SELECT min(name) FROM record)");
  Vault vault = open();
  const auto changed = change(vault);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().kind, ErrorKind::refused);
  EXPECT_THAT(changed.error().message, HasSubstr("is damaged"));
  EXPECT_TRUE(open_with("correct horse"));
}

TEST_F(ChangePassphraseTest, OnAFullDiskChangesNothing) {
  {
    Vault vault = open();
    store(vault, "contact/bob", "card of bob");
  }
  Child child([this] {
    auto vault = Vault::open(home_, passphrase());
    fill_disk_at(9000);
    const auto changed = vault->change_passphrase(passphrase("new and better"), kCheap, random_);
    if (changed) return 1;
    if (changed.error().kind != ErrorKind::environment) return 2;
    if (changed.error().message.find("no space left") == std::string::npos) return 3;
    return load(*vault, "contact/bob") == "card of bob" ? 42 : 4;
  });
  EXPECT_EQ(child.wait(), 42);
  expect_passphrase("correct horse", "new and better");
}

TEST_F(ChangePassphraseTest, KilledAtAnyChangeIsTheOldVaultOrTheNew) {
  const std::string before = read_file(file());
  std::map<std::string, int> opened;
  for (int n = 1;; ++n) {
    for (const char* name : {"vault.db-wal", "vault.db-shm"}) std::filesystem::remove(home_ / name);
    write_file(file(), before);
    const Ending ending = kill_at_change(n, [this] {
      auto vault = Vault::open(home_, passphrase());
      static_cast<void>(vault->change_passphrase(passphrase("new and better"), kCheap, random_));
    });
    if (ending == Ending::not_possible) GTEST_SKIP() << "this system lets nobody trace a child";
    const bool changed = open_with("new and better").ok();
    expect_passphrase(changed ? "new and better" : "correct horse", changed ? "correct horse" : "new and better");
    ++opened[changed ? "new" : "old"];
    if (ending == Ending::done) break;
  }
  EXPECT_GT(opened["old"], 3);
  EXPECT_GT(opened["new"], 1);
}

TEST_F(ChangePassphraseTest, KeepsAsManyRecordsAsAVaultHolds) {
  Vault vault = open();
  {
    auto transaction = vault.begin();
    for (std::size_t i = 2; i < kMaxRecords; ++i) {
      ASSERT_TRUE(transaction->store("more/" + std::to_string(i), as_bytes("x"), Overwrite::never));
    }
    ASSERT_TRUE(transaction->commit());
  }
  ASSERT_TRUE(change(vault));
  auto again = open_with("new and better");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->begin()->labels("")->size(), kMaxRecords);
  EXPECT_EQ(again->begin()->store("one more", as_bytes("x"), Overwrite::never).error().kind, ErrorKind::usage);
  EXPECT_TRUE(again->begin()->store("more/7", as_bytes("y"), Overwrite::allowed));
}

}  // namespace
}  // namespace coterie::vault
