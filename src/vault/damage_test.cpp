// Damaged, foreign and hostile vault files: each is refused with the right words, and nothing wrong is ever loaded.
#include <sqlite3.h>

#include <map>

#include "vault/fixture_test.h"
#include "vault/header.h"

namespace coterie::vault {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class DamageTest : public VaultTestBase {
 protected:
  void SetUp() override {
    VaultTestBase::SetUp();
    Vault vault = create();
    store(vault, "contact/bob", "card of bob");
    store(vault, "contact/mallory", "card of mallory");
  }

  // What an attacker does who can write the file: SQL on it, with `content` as ?1.
  void change(const std::string& sql, const Bytes& content = {}) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open_v2(file().c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_bind_blob64(statement, 1, content.data(), content.size(), SQLITE_TRANSIENT);
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(statement);
    EXPECT_EQ(code, SQLITE_DONE) << sqlite3_errmsg(database);
    sqlite3_finalize(statement);
    sqlite3_close(database);
  }
  Bytes query(const std::string& sql) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open_v2(file().c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, 0));
    Bytes bytes(data, data + sqlite3_column_bytes(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return bytes;
  }
  Header header() { return *Header::parse(query("SELECT content FROM header")); }
  // With a right checksum: what an attacker writes.
  void write_header(const Header& header) { change("UPDATE header SET content = ?1", header.serialize()); }

  void expect_not_opened(const std::string& message) {
    const auto vault = Vault::open(home_, passphrase());
    ASSERT_FALSE(vault) << message;
    EXPECT_EQ(vault.error().kind, ErrorKind::refused) << vault.error().message;
    EXPECT_THAT(vault.error().message, HasSubstr(message));
  }
  void expect_not_loaded(const std::string& label, const std::string& message) {
    Vault vault = open();
    auto transaction = vault.begin();
    ASSERT_TRUE(transaction);
    const auto record = transaction->load(label);
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().kind, ErrorKind::refused);
    EXPECT_THAT(record.error().message, HasSubstr("record \"" + label + "\" " + message));
  }
  // The rows of the two records are told apart by their content, as their names are hashed.
  std::string row_of(const std::string& label) {
    std::map<std::string, std::string> rows;
    for (const char* order : {"ASC", "DESC"}) {
      const std::string name = serialize_hex(query("SELECT name FROM record ORDER BY name " + std::string(order)));
      // Taking this row away shows whose it was.
      const Bytes sealed = query("SELECT sealed FROM record WHERE name = x'" + name + "'");
      change("UPDATE record SET sealed = x'00' WHERE name = x'" + name + "'");
      Vault vault = open();
      const bool hit = load(vault, label).find("damaged") != std::string::npos;
      change("UPDATE record SET sealed = ?1 WHERE name = x'" + name + "'", sealed);
      if (hit) return "name = x'" + name + "'";
    }
    ADD_FAILURE() << "no row holds " << label;
    return "0";
  }
};

TEST_F(DamageTest, EveryByteOfTheHeaderCounts) {
  const Bytes content = query("SELECT content FROM header");
  for (std::size_t i = 0; i < content.size(); ++i) {
    Bytes altered = content;
    altered[i] ^= 1;
    change("UPDATE header SET content = ?1", altered);
    expect_not_opened("the header was changed");
  }
  change("UPDATE header SET content = ?1", content);
  open();
}

TEST_F(DamageTest, AHeaderWithARightChecksumStillDoesNotOpen) {
  const Header good = header();
  for (const std::size_t i : {0U, 15U}) {
    Header altered = good;
    altered.id.data()[i] ^= 1;
    write_header(altered);
    expect_not_opened("wrong passphrase");
    altered = good;
    altered.salt[i] ^= 1;
    write_header(altered);
    expect_not_opened("wrong passphrase");
  }
  for (std::size_t i = 0; i < good.wrapped_key.size(); i += 9) {
    Header altered = good;
    altered.wrapped_key[i] ^= 0x80;
    write_header(altered);
    expect_not_opened("wrong passphrase");
  }
  Header altered = good;
  altered.kdf.memory_bytes += 1;  // Argon2 counts in KiB: the same passphrase key, other associated data
  write_header(altered);
  expect_not_opened("wrong passphrase");
}

TEST_F(DamageTest, HostileParametersAreRefusedBeforeMemoryIsTaken) {
  for (const std::uint64_t memory : {std::uint64_t{16} << 40, crypto::kMaxPassphraseMemory + 1, std::uint64_t{0},
                                     std::uint64_t{1024}, ~std::uint64_t{0}}) {
    Header hostile = header();
    hostile.kdf.memory_bytes = memory;
    write_header(hostile);
    expect_not_opened("not between 8 MiB and 1 GiB");
  }
  for (const std::uint32_t passes : {0U, 17U, ~0U}) {
    Header hostile = header();
    hostile.kdf = {crypto::kMinPassphraseMemory, passes};
    write_header(hostile);
    expect_not_opened("passes are not between 1 and 16");
  }
}

TEST_F(DamageTest, AHeaderOfAnotherLengthOrNoneIsRefused) {
  const Bytes content = query("SELECT content FROM header");
  for (const std::size_t size : {std::size_t{1}, std::size_t{32}, content.size() - 1}) {
    change("UPDATE header SET content = ?1", Bytes(content.begin(), content.begin() + static_cast<long>(size)));
    expect_not_opened("the header has the wrong length");
  }
  change("UPDATE header SET content = zeroblob(3000000)");
  expect_not_opened("the header has the wrong length");
  change("UPDATE header SET content = 'text'");
  expect_not_opened("the header has the wrong length");
  change("DELETE FROM header");
  expect_not_opened("is not a coterie vault");
}

TEST_F(DamageTest, AChangedRecordIsFound) {
  const std::string row = row_of("contact/bob");
  const Bytes sealed = query("SELECT sealed FROM record WHERE " + row);
  for (std::size_t i = 0; i < sealed.size(); i += 7) {
    Bytes altered = sealed;
    altered[i] ^= 1;
    change("UPDATE record SET sealed = ?1 WHERE " + row, altered);
    expect_not_loaded("contact/bob", "was changed");
  }
  change("UPDATE record SET sealed = x'' WHERE " + row);
  expect_not_loaded("contact/bob", "was changed");
  Vault vault = open();
  EXPECT_EQ(load(vault, "contact/mallory"), "card of mallory");
  store(vault, "contact/bob", "card of bob, again");
  EXPECT_EQ(load(vault, "contact/bob"), "card of bob, again");
}

TEST_F(DamageTest, AnotherGenerationInTheFileChangesNothing) {
  change("UPDATE record SET generation = -1");
  Vault vault = open();
  EXPECT_EQ(load(vault, "contact/bob"), "card of bob");
}

TEST_F(DamageTest, SwappedRecordsAreFound) {
  const std::string bob = row_of("contact/bob");
  const std::string mallory = row_of("contact/mallory");
  change("UPDATE record SET sealed = (SELECT sealed FROM record WHERE " + mallory + ") WHERE " + bob);
  expect_not_loaded("contact/bob", "holds what belongs to \"contact/mallory\"");
}

TEST_F(DamageTest, ARemovedRecordIsFound) {
  change("DELETE FROM record WHERE " + row_of("contact/bob"));
  expect_not_loaded("contact/bob", "was removed");
}

TEST_F(DamageTest, AnOlderVersionPutBackIsFound) {
  const std::string row = row_of("contact/bob");
  const Bytes older = query("SELECT sealed FROM record WHERE " + row);
  const Bytes generation = query("SELECT generation FROM record WHERE " + row);
  {
    Vault vault = open();
    store(vault, "contact/bob", "newer card of bob");
  }
  change("UPDATE record SET sealed = ?1, generation = " + std::string(as_text(generation)) + " WHERE " + row, older);
  expect_not_loaded("contact/bob", "was put back to an older version");
  change("UPDATE record SET generation = 999999 WHERE " + row);
  expect_not_loaded("contact/bob", "was changed");
}

TEST_F(DamageTest, AVersionFromAnotherCopyOfTheVaultIsFound) {
  const std::string row = row_of("contact/bob");
  const std::string copy = read_file(file());
  {
    Vault vault = open();
    store(vault, "contact/bob", "bob in the first history");
  }
  const Bytes other = query("SELECT sealed FROM record WHERE " + row);
  write_file(file(), copy);
  {
    Vault vault = open();
    store(vault, "contact/bob", "bob in the second history");
  }
  change("UPDATE record SET sealed = ?1 WHERE " + row, other);
  expect_not_loaded("contact/bob", "was replaced by a version from another copy of this vault");
}

TEST_F(DamageTest, ARecordThatTheRootDoesNotListDoesNotExist) {
  const std::string row = row_of("contact/bob");
  const Bytes name = query("SELECT name FROM record WHERE " + row);
  const Bytes sealed = query("SELECT sealed FROM record WHERE " + row);
  {
    Vault vault = open();
    auto transaction = vault.begin();
    ASSERT_TRUE(transaction->remove("contact/bob"));
    ASSERT_TRUE(transaction->commit());
  }
  change("INSERT INTO record VALUES (x'" + serialize_hex(name) + "', 1, ?1)", sealed);
  Vault vault = open();
  EXPECT_EQ(load(vault, "contact/bob"), "(none)");
  store(vault, "contact/bob", "new");
  EXPECT_EQ(load(vault, "contact/bob"), "new");
}

TEST_F(DamageTest, ADamagedRootIsFound) {
  const Bytes sealed = query("SELECT sealed FROM root");
  for (std::size_t i = 0; i < sealed.size(); i += 11) {
    Bytes altered = sealed;
    altered[i] ^= 1;
    change("UPDATE root SET sealed = ?1", altered);
    expect_not_opened("its root record was changed");
  }
  change("UPDATE root SET sealed = ?1", query("SELECT sealed FROM record"));
  expect_not_opened("its root record was changed");
  change("DELETE FROM root");
  expect_not_opened("its root record was removed");
}

TEST_F(DamageTest, AnOlderRootIsFoundByTheRecordsStoredSince) {
  const Bytes older = query("SELECT sealed FROM root");
  {
    Vault vault = open();
    store(vault, "contact/bob", "newer card of bob");
  }
  change("UPDATE root SET sealed = ?1", older);
  expect_not_loaded("contact/bob", "was replaced by a version from another copy");
}

TEST_F(DamageTest, AnOlderRootIsFoundWhileInUse) {
  const Bytes older = query("SELECT sealed FROM root");
  Vault vault = open();
  store(vault, "contact/bob", "newer card of bob");
  change("UPDATE root SET sealed = ?1", older);
  const auto transaction = vault.begin();
  ASSERT_FALSE(transaction);
  EXPECT_EQ(transaction.error().kind, ErrorKind::refused);
  EXPECT_THAT(transaction.error().message, HasSubstr("put back to an older state while in use"));
}

TEST_F(DamageTest, RecordsOfAnotherVaultAreRefused) {
  const Bytes root = query("SELECT sealed FROM root");
  home_ = base_ / "other";
  create();
  change("UPDATE root SET sealed = ?1", root);
  expect_not_opened("its root record was changed");
}

TEST_F(DamageTest, ForeignFilesAreRefused) {
  for (const std::string& content : {std::string(), std::string("hello"), std::string(100'000, 'x')}) {
    write_file(file(), content);
    expect_not_opened("is not a coterie vault");
    EXPECT_EQ(read_file(file()), content);
  }
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  expect_not_opened("is not a plain file");
}

TEST_F(DamageTest, OtherDatabasesAreRefused) {
  const std::string good = read_file(file());
  for (const char* sql : {"PRAGMA application_id = 1", "PRAGMA user_version = 0", "PRAGMA user_version = -1"}) {
    change(sql);
    expect_not_opened("is not a coterie vault");
    write_file(file(), good);
  }
  open();
}

TEST_F(DamageTest, AFileOfANewerVersionIsRefusedAsSuch) {
  change("PRAGMA user_version = 2");
  expect_not_opened("was made by a newer version of coterie");
}

TEST_F(DamageTest, ForeignSchemasAreRefused) {
  const std::string good = read_file(file());
  for (const char* sql : {"CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END",
                          "CREATE TABLE more (x)", "CREATE VIEW v AS SELECT 1", "CREATE INDEX i ON record (generation)",
                          "ALTER TABLE record ADD COLUMN x", "DROP TABLE root", "PRAGMA journal_mode = DELETE"}) {
    change(sql);
    expect_not_opened("is not a coterie vault");
    write_file(file(), good);
  }
  open();
}

TEST_F(DamageTest, ATruncatedFileIsRefusedAtEveryPage) {
  const std::string good = read_file(file());
  ASSERT_EQ(good.size() % 4096, 0U);
  for (std::size_t size = 0; size < good.size(); size += 1024) {
    write_file(file(), good.substr(0, size));
    const auto vault = Vault::open(home_, passphrase());
    ASSERT_FALSE(vault) << size;
    EXPECT_EQ(vault.error().kind, ErrorKind::refused) << size << " " << vault.error().message;
  }
}

TEST_F(DamageTest, NoFlippedByteGivesAWrongRecord) {
  const std::string good = read_file(file());
  for (std::size_t i = 0; i < good.size(); i += i < 100 ? 1 : 499) {
    std::string altered = good;
    altered[i] = static_cast<char>(static_cast<unsigned char>(altered[i]) ^ 0x10);
    write_file(file(), altered);
    auto vault = Vault::open(home_, passphrase());
    if (!vault) {
      EXPECT_EQ(vault.error().kind, ErrorKind::refused) << i << " " << vault.error().message;
      continue;
    }
    EXPECT_THAT(load(*vault, "contact/bob"), AnyOf("card of bob", HasSubstr("is damaged"))) << i;
  }
}

}  // namespace
}  // namespace coterie::vault
