// A new passphrase, and a new key under it: see vault.h.
#include <cassert>
#include <string>
#include <utility>
#include <vector>

#include "vault/format.h"
#include "vault/home.h"
#include "vault/open_vault.h"
#include "vault/vault.h"

namespace coterie::vault {

namespace {

struct Resealed {
  std::string label;
  Bytes sealed;
};

Result<std::vector<Resealed>> reseal(const OpenVault& vault, const Root& root, const VaultKeys& next,
                                     std::uint64_t generation, Random& random) {
  std::vector<Resealed> records;
  records.reserve(root.entries.size() + kOwnRecords);
  for (const auto& [label, entry] : root.entries) {
    if (label == kMemoryKey) continue;
    COTERIE_TRY(const SecretBytes plaintext, vault.load_record(root, label));
    records.push_back({label, next.seal_record(label, generation, plaintext.view(), random)});
  }
  const std::string memory_key(kMemoryKey);
  records.push_back({memory_key, next.seal_record(memory_key, generation, next.memory.view(), random)});
  return records;
}

}  // namespace

Result<void> Vault::change_passphrase(const Passphrase& passphrase, const VaultOptions& options, Random& random) {
  assert(!open_->database.in_transaction());
  if (passphrase.empty()) return usage_error("the new passphrase is empty", "choose one that nobody guesses");
  if (open_->header.unwrap(passphrase)) {
    return usage_error("the new passphrase is the present one: nothing was changed", "choose another one");
  }
  // All that takes its time comes before the locks.
  const auto key = random.draw_secret<32>();
  COTERIE_TRY(Header header, Header::wrap(key, passphrase, options.kdf, random));
  VaultKeys next = VaultKeys::derive(header.id, key);
  next.memory = open_->keys.memory.clone();

  // A run that is going on would be unable to record what it is told, so it is not disturbed.
  COTERIE_TRY(const ByteLock alone,
              ByteLock::acquire_all_sessions(open_->home / kLockFile, "vault in " + open_->home.string()));
  COTERIE_TRY(Transaction transaction, begin());
  const std::uint64_t generation = transaction.root_.generation + 1;
  COTERIE_TRY(const std::vector<Resealed> records, reseal(*open_, transaction.root_, next, generation, random));
  std::swap(open_->keys, next);
  std::swap(open_->header, header);
  auto written = [&]() -> Result<void> {
    COTERIE_CHECK(open_->database.run("DELETE FROM record"));
    transaction.root_.entries.clear();
    for (const auto& [label, sealed] : records) {
      COTERIE_CHECK(open_->insert_record(label, generation, sealed));
      transaction.root_.entries.emplace(label, Root::Entry{generation, digest_of_sealed(sealed)});
    }
    transaction.changed_ = true;
    COTERIE_CHECK(replace_header(open_->database, open_->header));
    return transaction.commit();
  }();
  if (!written) {
    std::swap(open_->keys, next);
    std::swap(open_->header, header);
    return written;
  }
  // Takes the old header and records out of the file and its log. Where another process still reads, the last one to
  // close the vault does it.
  static_cast<void>(open_->database.run("PRAGMA wal_checkpoint(TRUNCATE)"));
  return {};
}

}  // namespace coterie::vault
