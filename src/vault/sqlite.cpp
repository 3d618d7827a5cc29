// SQLite: see sqlite.h.
#include "vault/sqlite.h"

#include <algorithm>
#include <cerrno>

#include "base/system_message.h"

namespace coterie::vault {

namespace {

constexpr int kBusyMilliseconds = 5000;
// Above the largest value a vault writes: a root of kMaxRecords labels of kMaxLabel bytes, 2.3 MB.
constexpr int kMaxValue = 4 * 1024 * 1024;

// SQLite's file format, section 1.3: 100 bytes of header; the bytes 18 and 19 are 1 in rollback mode, 2 in WAL mode. A
// database in memory must have 1 there (sqlite3_deserialize). Pages have 512 to 65,536 bytes, a power of two.
constexpr std::size_t kFileHeader = 100;
constexpr std::size_t kSmallestPage = 512;
constexpr std::uint8_t kRollbackMode = 1;
constexpr std::uint8_t kWalMode = 2;

void set_file_mode(std::uint8_t* header, std::uint8_t mode) {
  header[18] = mode;
  header[19] = mode;
}

// SQLITE_FULL comes for ENOSPC only; a quota and a file system's largest file are I/O errors to SQLite.
bool is_disk_full(int primary, int system_error) {
  return primary == SQLITE_FULL ||
         (primary == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG));
}

// Errors of a commit do not reach sqlite3_system_errno; the files themselves still know.
int last_system_error(sqlite3* database, int code) {
  int number = sqlite3_system_errno(database);
  if (number != 0 || (code & 0xff) != SQLITE_IOERR) return number;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
  if (log != nullptr && log->pMethods != nullptr) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
  if (number == 0) sqlite3_file_control(database, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

constexpr const char* kRestoreHint = "move its directory away, then put back a backup: `coterie vault restore FILE`";
constexpr const char* kForeignHint =
    "choose another directory with --home, or move this one away and put back a backup: `coterie vault restore FILE`";
constexpr const char* kOtherBackupHint = "is it the right file? Try another backup";

Error describe(const std::string& name, int code, int system_error, const char* message) {
  const int primary = code & 0xff;
  if (is_disk_full(primary, system_error)) {
    return environment_error("no space left to write " + name + ": nothing was changed",
                             "free some space on that disk, then run the same command again");
  }
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return environment_error(name + " has been locked by another process for more than 5 s",
                               "wait until the other coterie process is done, then run the same command again");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return environment_error(
          "cannot write " + name + ": " +
              (system_error != 0 ? system_message(system_error) : "it or its directory is read-only"),
          resource_hint(system_error) != nullptr ? resource_hint(system_error)
                                                 : "a vault needs a directory that its owner may write");
    case SQLITE_NOTADB:
      return refused_error(name + " is not a coterie vault, or its first bytes are damaged", kForeignHint);
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:
    case SQLITE_ERROR:
      // SQLite's own message would quote the file, whose words are others'.
      return refused_error(name + " is damaged: " + sqlite3_errstr(code), kRestoreHint);
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS) {
        return refused_error(name + " is damaged: it ends too early", kRestoreHint);
      }
      return environment_error("cannot read or write " + name + ": " +
                               (system_error != 0 ? system_message(system_error) : message));
    default:
      return environment_error("cannot use " + name + ": " + message);
  }
}

}  // namespace

Statement& Statement::bind(int index, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), index, number);
  return *this;
}

Statement& Statement::bind(int index, BytesView bytes) {
  sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return database_->error();
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

BytesView Statement::bytes(int column) const {
  // In this order: sqlite3_column_blob may convert the value, which changes its size.
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string Statement::text(int column) const {
  return std::string(as_text(bytes(column)));
}

Result<Database> Database::open(const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  // One thread at a time uses a vault, so SQLite needs no mutex of its own.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  const int opened = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Database database(file, handle,
                    Place::file);  // SQLite hands out a handle that must be closed even when opening failed
  if (handle == nullptr) return environment_error("no memory left to open " + database.name());
  if (opened != SQLITE_OK) return database.error();
  // SQLite falls back to read-only by itself when the file may not be written.
  if (sqlite3_db_readonly(handle, "main") == 1) return describe(database.name(), SQLITE_READONLY, 0, "");
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  COTERIE_CHECK(database.configure());
  return database;
}

Result<Database> Database::open_image(const std::filesystem::path& file, BytesView image) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int opened = sqlite3_open_v2(":memory:", &handle, flags, nullptr);
  Database database(file, handle, Place::memory);
  if (handle == nullptr) return environment_error("no memory left to open " + database.name());
  if (opened != SQLITE_OK) return database.error();
  if (!image.empty()) {
    if (image.size() < kFileHeader) return database.foreign();
    // SQLite would take what is missing of a last page for zeros, and what is behind it for nothing.
    if (image.size() % kSmallestPage != 0) {
      return refused_error(database.name() + " is not a coterie vault, or is not whole", kOtherBackupHint);
    }
    auto* copy = static_cast<std::uint8_t*>(sqlite3_malloc64(image.size()));
    if (copy == nullptr) return environment_error("no memory left to open " + database.name());
    std::copy(image.begin(), image.end(), copy);
    set_file_mode(copy, kRollbackMode);
    const auto size = static_cast<sqlite3_int64>(image.size());
    // The copy is SQLite's from here on, also when this fails.
    if (sqlite3_deserialize(handle, "main", copy, size, size,
                            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK) {
      return database.error();
    }
  }
  COTERIE_CHECK(database.configure());
  return database;
}

Result<void> Database::configure() {
  sqlite3* handle = database_.get();
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMaxValue);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return run(
      "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
      "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
}

Result<Bytes> Database::image() const {
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> copy(
      sqlite3_serialize(database_.get(), "main", &size, 0), &sqlite3_free);
  if (!copy || size < static_cast<sqlite3_int64>(kFileHeader)) {
    return environment_error("no memory left to copy " + name());
  }
  set_file_mode(copy.get(), kWalMode);
  return Bytes(copy.get(), copy.get() + size);
}

Result<void> Database::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error();
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr) != SQLITE_OK) {
    return error();
  }
  return Statement(*this, statement);
}

Result<std::int64_t> Database::query_integer(std::string_view sql) const {
  COTERIE_TRY(Statement statement, prepare(sql));
  COTERIE_TRY(const bool found, statement.step());
  return found ? statement.integer(0) : 0;
}

bool Database::has_moved() const {
  int moved = 0;
  return sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

Error Database::error() const {
  const int code = sqlite3_extended_errcode(database_.get());
  Error error = describe(name(), code, last_system_error(database_.get(), code), sqlite3_errmsg(database_.get()));
  if (in_memory() && error.kind == ErrorKind::refused) error.hint = kOtherBackupHint;
  return error;
}

Error Database::foreign() const {
  return refused_error(name() + " is not a coterie vault, or is damaged",
                       in_memory() ? kOtherBackupHint : kForeignHint);
}

const char* Database::damage_hint() const {
  return in_memory() ? kOtherBackupHint : kRestoreHint;
}

std::string Database::name() const {
  return (in_memory() ? "backup " : "vault file ") + file_.string();
}

}  // namespace coterie::vault
