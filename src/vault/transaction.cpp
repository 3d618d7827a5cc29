// One transaction on a vault: see transaction.h.
#include "vault/transaction.h"

#include <cassert>

#include "base/failpoint.h"
#include "vault/open_vault.h"

namespace coterie::vault {

void Transaction::RollBack::operator()(OpenVault* vault) const {
  // After some errors (disk full, say) SQLite has rolled back by itself.
  if (vault->database.in_transaction()) static_cast<void>(vault->database.run("ROLLBACK"));
}

Transaction::Transaction(OpenVault& vault) : vault_(&vault) {}

Transaction::~Transaction() = default;

Result<std::optional<SecretBytes>> Transaction::load(std::string_view label) {
  assert(vault_);
  if (!root_.entries.contains(label)) return std::optional<SecretBytes>();
  COTERIE_TRY(SecretBytes plaintext, vault_->load_record(root_, label));
  return std::optional<SecretBytes>(std::move(plaintext));
}

Result<std::vector<std::string>> Transaction::labels(std::string_view prefix) const {
  std::vector<std::string> found;
  for (auto entry = root_.entries.lower_bound(prefix); entry != root_.entries.end() && entry->first.starts_with(prefix);
       ++entry) {
    if (!entry->first.starts_with(kReservedPrefix)) found.push_back(entry->first);
  }
  return found;
}

Result<void> Transaction::store(std::string_view label, BytesView plaintext, Overwrite overwrite) {
  assert(vault_ && !label.starts_with(kReservedPrefix));
  if (label.empty() || label.size() > kMaxLabel) {
    return usage_error("a record's label must have 1 to " + std::to_string(kMaxLabel) + " bytes, not " +
                       std::to_string(label.size()));
  }
  if (plaintext.size() > kMaxRecord) {
    return usage_error("record " + in_quotes(label) + " is longer than " + std::to_string(kMaxRecord) + " bytes");
  }
  const auto present = root_.entries.find(label);
  if (present == root_.entries.end()) {
    if (root_.entries.size() - root_.entries.count(kMemoryKey) >= kMaxRecords) {
      return usage_error("the vault is full: it holds at most " + std::to_string(kMaxRecords) + " records",
                         "remove contacts that are no longer needed");
    }
  } else if (overwrite == Overwrite::never) {
    return usage_error("record " + in_quotes(label) + " is there already");
  }
  const std::uint64_t generation = root_.generation + 1;
  const Bytes sealed = vault_->keys.seal_record(label, generation, plaintext, vault_->random);
  COTERIE_CHECK(vault_->insert_record(label, generation, sealed));
  root_.entries.insert_or_assign(std::string(label), Root::Entry{generation, digest_of_sealed(sealed)});
  changed_ = true;
  return {};
}

Result<void> Transaction::remove(std::string_view label) {
  assert(vault_ && !label.starts_with(kReservedPrefix));
  const auto entry = root_.entries.find(label);
  if (entry == root_.entries.end()) return {};
  COTERIE_TRY(Statement erase, vault_->database.prepare("DELETE FROM record WHERE name = ?1"));
  const Digest name = vault_->keys.record_name(label);
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
