// A signer's vault: see vault.h.
#include "vault/vault.h"

#include <unistd.h>

#include <cassert>
#include <cerrno>

#include "base/system_message.h"
#include "vault/byte_lock.h"
#include "vault/format.h"
#include "vault/home.h"
#include "vault/open_vault.h"

namespace coterie::vault {

namespace {

namespace fs = std::filesystem;

Result<Database> open_database(const fs::path& home) {
  COTERIE_CHECK(check_private_file(home / kVaultFile));
  COTERIE_TRY(Database database, Database::open(home / kVaultFile));
  COTERIE_CHECK(check_format(database));
  COTERIE_TRY(Statement journal, database.prepare("PRAGMA journal_mode"));
  COTERIE_CHECK(journal.step());
  if (journal.text(0) != "wal") return database.foreign();
  return database;
}

// Writes header and root of an empty vault into `file`, which must be empty. In rollback mode, so that everything is in
// this one file and on disk; the last statement makes it a WAL file.
Result<void> write_new_vault(const fs::path& file, const Header& header, const Secret<32>& key) {
  COTERIE_TRY(Database opened, Database::open(file));
  OpenVault vault(std::move(opened), file.parent_path(), header, VaultKeys::derive(header.id, key));
  Database& database = vault.database;
  COTERIE_CHECK(database.run("BEGIN IMMEDIATE"));
  COTERIE_CHECK(write_format(database, header));
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

}  // namespace

Vault::Vault(std::unique_ptr<OpenVault> open) : open_(std::move(open)) {}
Vault::Vault(Vault&&) noexcept = default;
Vault& Vault::operator=(Vault&&) noexcept = default;
Vault::~Vault() = default;

Result<bool> Vault::exists(const fs::path& home) {
  return file_exists(home / kVaultFile);
}

Result<ByteLock> Vault::claim(const fs::path& directory) {
  COTERIE_TRY(ByteLock creating,
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
  remove_unfinished(directory);
  return creating;
}

Result<Vault> Vault::create(const fs::path& home, const Passphrase& passphrase, const VaultOptions& options,
                            Random& random) {
  if (passphrase.empty()) return usage_error("the passphrase is empty", "choose one that nobody guesses");
  COTERIE_TRY(const fs::path directory, prepare_home(home));
  COTERIE_TRY(const ByteLock creating, claim(directory));
  const auto key = random.draw_secret<32>();
  COTERIE_TRY(const Header header, Header::wrap(key, passphrase, options.kdf, random));

  // A vault is made whole under another name: a crash on the way leaves none, not half of one.
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
  return Vault(std::make_unique<OpenVault>(std::move(database), directory, header, VaultKeys::derive(header.id, key)));
}

Result<Vault> Vault::open(const fs::path& home, const Passphrase& passphrase) {
  COTERIE_TRY(const bool present, exists(home));
  if (!present) {
    return usage_error("there is no vault in " + home.string(), "choose its directory with --home, or make a signer");
  }
  COTERIE_TRY(const fs::path directory, check_home(home));
  COTERIE_TRY(Database database, open_database(directory));
  COTERIE_TRY(std::unique_ptr<OpenVault> open, unlock(std::move(database), directory, passphrase));
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
      crypto::secret_digest(crypto::LabelledFields("vault memory").add(purpose), {open_->keys.memory.view(), secret});
  Digest digest;
  std::copy(hash.view().begin(), hash.view().end(), digest.data());
  return digest;
}

const fs::path& Vault::home() const {
  return open_->home;
}

}  // namespace coterie::vault
