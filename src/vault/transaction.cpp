// One transaction on a vault: see transaction.h.
#include "vault/transaction.h"

#include <cassert>

#include "base/failpoint.h"
#include "vault/open_vault.h"

namespace coterie::vault {

namespace {

std::string in_quotes(std::string_view label) {
  return "\"" + std::string(label) + "\"";
}

}  // namespace

void Transaction::RollBack::operator()(OpenVault* vault) const {
  // After some errors (disk full, say) SQLite has rolled back by itself.
  if (vault->database.in_transaction()) static_cast<void>(vault->database.run("ROLLBACK"));
}

Transaction::Transaction(OpenVault& vault) : vault_(&vault) {}

Transaction::~Transaction() = default;

Result<std::optional<SecretBytes>> Transaction::load(std::string_view label) {
  assert(vault_);
  const auto entry = root_.entries.find(label);
  if (entry == root_.entries.end()) return std::optional<SecretBytes>();
  COTERIE_TRY(Statement select, vault_->database.prepare("SELECT generation, sealed FROM record WHERE name = ?1"));
  const Digest name = vault_->record_name(label);
  COTERIE_TRY(const bool found, select.bind(1, name.view()).step());
  if (!found) return vault_->damaged("record " + in_quotes(label) + " was removed");
  const BytesView sealed = select.bytes(1);
  if (digest_of_sealed(sealed) != entry->second.digest) {
    return vault_->damaged("record " + in_quotes(label) + " " + describe_damage(label, select.integer(0), sealed));
  }
  auto plaintext = vault_->open_record(label, entry->second.generation, sealed);
  if (!plaintext) return vault_->damaged("record " + in_quotes(label) + " was changed");
  return std::optional<SecretBytes>(std::move(*plaintext));
}

std::string Transaction::describe_damage(std::string_view label, std::int64_t generation, BytesView sealed) const {
  const Digest digest = digest_of_sealed(sealed);
  for (const auto& [other, entry] : root_.entries) {
    if (entry.digest == digest) return "holds what belongs to " + in_quotes(other);
  }
  // The generation in the file is nobody's word until the record opens under it.
  if (vault_->open_record(label, static_cast<std::uint64_t>(generation), sealed)) {
    return static_cast<std::uint64_t>(generation) < root_.entries.find(label)->second.generation
               ? "was put back to an older version"
               : "was replaced by a version from another copy of this vault";
  }
  return "was changed";
}

Result<std::vector<std::string>> Transaction::labels(std::string_view prefix) const {
  std::vector<std::string> found;
  for (auto entry = root_.entries.lower_bound(prefix); entry != root_.entries.end() && entry->first.starts_with(prefix);
       ++entry) {
    found.push_back(entry->first);
  }
  return found;
}

Result<void> Transaction::store(std::string_view label, BytesView plaintext, Overwrite overwrite) {
  assert(vault_);
  if (label.empty() || label.size() > kMaxLabel) {
    return usage_error("a record's label must have 1 to " + std::to_string(kMaxLabel) + " bytes, not " +
                       std::to_string(label.size()));
  }
  if (plaintext.size() > kMaxRecord) {
    return usage_error("record " + in_quotes(label) + " is longer than " + std::to_string(kMaxRecord) + " bytes");
  }
  const auto present = root_.entries.find(label);
  if (present == root_.entries.end()) {
    if (root_.entries.size() >= kMaxRecords) {
      return usage_error("the vault is full: it holds at most " + std::to_string(kMaxRecords) + " records",
                         "remove contacts that are no longer needed");
    }
  } else if (overwrite == Overwrite::never) {
    return usage_error("record " + in_quotes(label) + " is there already");
  }
  const std::uint64_t generation = root_.generation + 1;
  const Bytes sealed = vault_->seal_record(label, generation, plaintext);
  const Digest name = vault_->record_name(label);
  COTERIE_TRY(Statement insert,
              vault_->database.prepare("INSERT OR REPLACE INTO record (name, generation, sealed) VALUES (?1, ?2, ?3)"));
  COTERIE_CHECK(insert.bind(1, name.view()).bind(2, static_cast<std::int64_t>(generation)).bind(3, sealed).step());
  root_.entries.insert_or_assign(std::string(label), Root::Entry{generation, digest_of_sealed(sealed)});
  changed_ = true;
  return {};
}

Result<void> Transaction::remove(std::string_view label) {
  assert(vault_);
  const auto entry = root_.entries.find(label);
  if (entry == root_.entries.end()) return {};
  COTERIE_TRY(Statement erase, vault_->database.prepare("DELETE FROM record WHERE name = ?1"));
  const Digest name = vault_->record_name(label);
  COTERIE_CHECK(erase.bind(1, name.view()).step());
  root_.entries.erase(entry);
  changed_ = true;
  return {};
}

Result<void> Transaction::commit() {
  assert(vault_);
  // Whatever happens below, this transaction is over: committed, or rolled back when `ending` goes.
  const auto ending = std::move(vault_);
  if (!ending->database.in_transaction()) {
    return environment_error("the vault's file could not be written: nothing was changed",
                             "run the same command again");
  }
  if (ending->database.has_moved()) {
    return environment_error(
        "vault file " + ending->database.file().string() + " was replaced or removed while in use: nothing was changed",
        "run the same command again");
  }
  if (changed_) {
    ++root_.generation;
    COTERIE_CHECK(ending->store_root(root_));
  }
  if (changed_) pass_failpoint("before journal write");
  COTERIE_CHECK(ending->database.run("COMMIT"));
  if (changed_) pass_failpoint("after journal write");
  ending->seen_generation = root_.generation;
  return {};
}

}  // namespace coterie::vault
