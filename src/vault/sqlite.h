// SQLite: the one owner of its C objects, and what its result codes mean for a vault.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace coterie::vault {

class Database;

// One prepared statement. Bound bytes must live until it has been stepped for the last time.
class Statement {
 public:
  Statement& bind(int index, std::int64_t number);
  Statement& bind(int index, BytesView bytes);

  // True: a row is there to be read. False: done.
  Result<bool> step();
  std::int64_t integer(int column) const;
  BytesView bytes(int column) const;  // until the next step
  std::string text(int column) const;

 private:
  friend class Database;
  Statement(const Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // An existing file, read and written; no symbolic link anywhere in `file`. Waits up to 5 s for other processes'
  // locks. Trusts nothing in the file: no triggers, views or functions of its schema run.
  static Result<Database> open(const std::filesystem::path& file);

  // The whole content of a database file, in memory: nothing is ever written to `file`, which only names it in errors.
  // Without an image it is empty. Kind refused for what is no database.
  static Result<Database> open_image(const std::filesystem::path& file, BytesView image = {});
  // What a file of this database would hold; such a file is in WAL mode. Not inside a transaction.
  Result<Bytes> image() const;

  // Not while a Statement of it lives: they point to their database.
  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;

  Result<void> run(const char* sql);  // any rows are dropped
  Result<Statement> prepare(std::string_view sql) const;
  Result<std::int64_t> query_integer(std::string_view sql) const;

  bool in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }
  // Whether another file, or none, stands where this one was opened: writes would go to a file that nobody finds again.
  bool has_moved() const;

  // What the last failed call means: disk full, read-only and busy are environment, a corrupt file is refused.
  Error error() const;
  Error foreign() const;     // kind refused: not a vault, or a damaged one
  std::string name() const;  // "vault file /x/vault.db", "backup /y/file"
  bool in_memory() const { return place_ == Place::memory; }
  const char* damage_hint() const;  // what to do when the file is damaged
  const std::filesystem::path& file() const { return file_; }

 private:
  enum class Place { file, memory };
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  Database(std::filesystem::path file, sqlite3* database, Place place)
      : file_(std::move(file)), place_(place), database_(database) {}
  Result<void> configure();

  std::filesystem::path file_;
  Place place_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace coterie::vault
