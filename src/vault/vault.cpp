// A signer's vault: see vault.h.
#include "vault/vault.h"

#include <unistd.h>

#include <cassert>
#include <cerrno>

#include "base/system_message.h"
#include "vault/byte_lock.h"
#include "vault/header.h"
#include "vault/home.h"
#include "vault/open_vault.h"

namespace coterie::vault {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kApplicationId = 0x436f7465;  // "Cote": what file(1) and we tell a vault by
constexpr std::int64_t kVersion = 1;

// The whole schema; a file with another one is not ours.
constexpr const char* kTables[][2] = {
    {"header", "CREATE TABLE header (id INTEGER PRIMARY KEY CHECK (id = 1), content BLOB NOT NULL)"},
    {"record",
     "CREATE TABLE record (name BLOB PRIMARY KEY, generation INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID"},
    {"root", "CREATE TABLE root (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL)"},
};

Error foreign(const Database& database) {
  return refused_error("file " + database.file().string() + " is not a coterie vault, or is damaged",
                       "choose another directory with --home, or put back the whole file from a backup");
}

Result<void> check_format(const Database& database) {
  COTERIE_TRY(const std::int64_t application, database.query_integer("PRAGMA application_id"));
  if (application != kApplicationId) return foreign(database);
  COTERIE_TRY(const std::int64_t version, database.query_integer("PRAGMA user_version"));
  if (version > kVersion) {
    return refused_error("vault file " + database.file().string() + " was made by a newer version of coterie",
                         "use that version");
  }
  if (version != kVersion) return foreign(database);
  COTERIE_TRY(Statement journal, database.prepare("PRAGMA journal_mode"));
  COTERIE_CHECK(journal.step());
  if (journal.text(0) != "wal") return foreign(database);
  COTERIE_TRY(Statement schema, database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name"));
  for (const auto& [name, sql] : kTables) {
    COTERIE_TRY(const bool found, schema.step());
    if (!found || schema.text(0) != name || schema.text(1) != sql) return foreign(database);
  }
  COTERIE_TRY(const bool more, schema.step());
  if (more) return foreign(database);
  return {};
}

Result<Database> open_database(const fs::path& home) {
  COTERIE_CHECK(check_private_file(home / kVaultFile));
  COTERIE_TRY(Database database, Database::open(home / kVaultFile));
  COTERIE_CHECK(check_format(database));
  return database;
}

Result<Header> load_header(const Database& database) {
  COTERIE_TRY(Statement select, database.prepare("SELECT content FROM header WHERE id = 1"));
  COTERIE_TRY(const bool found, select.step());
  if (!found) return foreign(database);
  return Header::parse(select.bytes(0));
}

// Writes header and root of an empty vault into `file`, which must be empty. In rollback mode, so that everything is in
// this one file and on disk; the last statement makes it a WAL file.
Result<void> write_new_vault(const fs::path& file, const Header& header, const Secret<32>& key) {
  COTERIE_TRY(Database opened, Database::open(file));
  OpenVault vault(std::move(opened), file.parent_path(), header.id, key);
  Database& database = vault.database;
  COTERIE_CHECK(database.run("BEGIN IMMEDIATE"));
  COTERIE_CHECK(database.run(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str()));
  COTERIE_CHECK(database.run(("PRAGMA user_version = " + std::to_string(kVersion)).c_str()));
  for (const auto& [name, sql] : kTables) COTERIE_CHECK(database.run(sql));
  {
    COTERIE_TRY(Statement insert, database.prepare("INSERT INTO header (id, content) VALUES (1, ?1)"));
    const Bytes content = header.serialize();
    COTERIE_CHECK(insert.bind(1, content).step());
  }
  COTERIE_CHECK(vault.store_root(Root()));
  COTERIE_CHECK(database.run("COMMIT"));
  return database.run("PRAGMA journal_mode = WAL");
}

// What a killed `create` left. Safe under the creation lock only.
void remove_unfinished(const fs::path& home) {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    unlink((home / (std::string(kNewVaultFile) + suffix)).c_str());
  }
}

// The error of `result` with the vault's name in front, where the message of the part below has none.
Error in_vault(const fs::path& home, const Error& error) {
  Error named = error;
  named.message = "vault in " + home.string() + ": " + error.message;
  return named;
}

}  // namespace

Vault::Vault(std::unique_ptr<OpenVault> open) : open_(std::move(open)) {}
Vault::Vault(Vault&&) noexcept = default;
Vault& Vault::operator=(Vault&&) noexcept = default;
Vault::~Vault() = default;

Result<bool> Vault::exists(const fs::path& home) {
  return file_exists(home / kVaultFile);
}

Result<Vault> Vault::create(const fs::path& home, const Passphrase& passphrase, const VaultOptions& options,
                            Random& random) {
  if (passphrase.empty()) return usage_error("the passphrase is empty", "choose one that nobody guesses");
  COTERIE_TRY(const fs::path directory, prepare_home(home));
  COTERIE_TRY(const ByteLock creating,
              ByteLock::acquire(directory / kLockFile, kCreationByte, "vault in " + directory.string()));
  COTERIE_TRY(const bool present, exists(directory));
  if (present) {
    return usage_error("there is a vault in " + directory.string() + " already",
                       "choose another directory with --home");
  }
  // SQLite would take a left write-ahead log for the new file's own.
  COTERIE_TRY(const bool orphaned, file_exists(directory / (std::string(kVaultFile) + "-wal")));
  if (orphaned) {
    return refused_error("vault.db is missing in " + directory.string() + ", but its vault.db-wal is there",
                         "put vault.db back, or move vault.db-wal away");
  }
  const auto key = random.draw_secret<32>();
  COTERIE_TRY(const Header header, Header::wrap(key, passphrase, options.kdf, random));

  // A vault is made whole under another name: a crash on the way leaves none, not half of one.
  remove_unfinished(directory);
  const fs::path unfinished = directory / kNewVaultFile;
  auto written = create_private_file(unfinished);
  if (written) written = write_new_vault(unfinished, header, key);
  if (written && rename(unfinished.c_str(), (directory / kVaultFile).c_str()) != 0) {
    written = environment_error("cannot rename " + unfinished.string() + ": " + system_message(errno));
  }
  if (!written) {
    remove_unfinished(directory);
    return written.error();
  }
  COTERIE_CHECK(sync_directory(directory));

  COTERIE_TRY(Database database, open_database(directory));
  return Vault(std::make_unique<OpenVault>(std::move(database), directory, header.id, key));
}

Result<Vault> Vault::open(const fs::path& home, const Passphrase& passphrase) {
  COTERIE_TRY(const bool present, exists(home));
  if (!present) {
    return usage_error("there is no vault in " + home.string(), "choose its directory with --home, or make a signer");
  }
  COTERIE_TRY(const fs::path directory, check_home(home));
  COTERIE_TRY(Database database, open_database(directory));
  const auto header = load_header(database);
  if (!header) return in_vault(directory, header.error());
  const auto key = header->unwrap(passphrase);
  if (!key) return in_vault(directory, key.error());
  auto open = std::make_unique<OpenVault>(std::move(database), directory, header->id, *key);
  COTERIE_CHECK(open->load_root());
  return Vault(std::move(open));
}

Result<Transaction> Vault::begin() {
  assert(!open_->database.in_transaction());
  COTERIE_CHECK(open_->database.run("BEGIN IMMEDIATE"));
  Transaction transaction(*open_);
  COTERIE_TRY(transaction.root_, open_->load_root());
  return transaction;
}

Result<std::uint64_t> Vault::change_counter() {
  COTERIE_TRY(const std::int64_t version, open_->database.query_integer("PRAGMA data_version"));
  return static_cast<std::uint64_t>(version);
}

Digest Vault::remember(std::string_view purpose, BytesView secret) const {
  const Secret<32> hash =
      crypto::secret_digest(crypto::LabelledFields("vault memory").add(purpose), {open_->memory_key.view(), secret});
  Digest digest;
  std::copy(hash.view().begin(), hash.view().end(), digest.data());
  return digest;
}

const fs::path& Vault::home() const {
  return open_->home;
}

}  // namespace coterie::vault
