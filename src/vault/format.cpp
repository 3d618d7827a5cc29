// The form of a vault file: see format.h.
#include "vault/format.h"

#include <string>

namespace coterie::vault {

namespace {

constexpr std::int64_t kApplicationId = 0x436f7465;  // "Cote": what file(1) and we tell a vault by
constexpr std::int64_t kVersion = 1;

// The whole schema; a file with another one is not ours.
constexpr const char* kTables[][2] = {
    {"header", "CREATE TABLE header (id INTEGER PRIMARY KEY CHECK (id = 1), content BLOB NOT NULL)"},
    {"record",
     "CREATE TABLE record (name BLOB PRIMARY KEY, generation INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID"},
    {"root", "CREATE TABLE root (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL)"},
};

}  // namespace

Result<void> write_format(Database& database, const Header& header) {
  COTERIE_CHECK(database.run(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str()));
  COTERIE_CHECK(database.run(("PRAGMA user_version = " + std::to_string(kVersion)).c_str()));
  for (const auto& [name, sql] : kTables) COTERIE_CHECK(database.run(sql));
  return replace_header(database, header);
}

Result<void> replace_header(Database& database, const Header& header) {
  COTERIE_TRY(Statement insert, database.prepare("INSERT OR REPLACE INTO header (id, content) VALUES (1, ?1)"));
  const Bytes content = header.serialize();
  COTERIE_CHECK(insert.bind(1, content).step());
  return {};
}

Result<void> check_format(const Database& database) {
  COTERIE_TRY(const std::int64_t application, database.query_integer("PRAGMA application_id"));
  if (application != kApplicationId) return database.foreign();
  COTERIE_TRY(const std::int64_t version, database.query_integer("PRAGMA user_version"));
  if (version > kVersion) {
    return refused_error(database.name() + " was made by a newer version of coterie", "use that version");
  }
  if (version != kVersion) return database.foreign();
  COTERIE_TRY(Statement schema, database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name"));
  for (const auto& [name, sql] : kTables) {
    COTERIE_TRY(const bool found, schema.step());
    if (!found || schema.text(0) != name || schema.text(1) != sql) return database.foreign();
  }
  COTERIE_TRY(const bool more, schema.step());
  if (more) return database.foreign();
  return {};
}

Result<Header> load_header(const Database& database) {
  COTERIE_TRY(Statement select, database.prepare("SELECT content FROM header WHERE id = 1"));
  COTERIE_TRY(const bool found, select.step());
  if (!found) return database.foreign();
  return Header::parse(select.bytes(0));
}

}  // namespace coterie::vault
