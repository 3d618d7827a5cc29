// What an open vault holds: its file, its keys, and how records and root are sealed with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "vault/header.h"
#include "vault/root.h"
#include "vault/sqlite.h"

namespace coterie::vault {

// What the vault keeps for itself among its records: the key of `remember`, once it does not follow from the vault's
// key any more. No caller's label begins like this.
constexpr std::string_view kReservedPrefix = "vault/";
constexpr std::string_view kMemoryKey = "vault/memory-key";

// How records and root are sealed: one key for each purpose, all derived from the vault's. But what is remembered by a
// keyed hash must be known again after the vault's key was changed, so that `memory` stays then.
struct VaultKeys {
  static VaultKeys derive(const VaultId& id, const Secret<32>& vault_key);
  VaultKeys clone() const;

  // The name a record has in the file; tells nothing about its label without the key.
  Digest record_name(std::string_view label) const;
  Bytes seal_record(std::string_view label, std::uint64_t generation, BytesView plaintext, Random& random) const;
  Result<SecretBytes> open_record(std::string_view label, std::uint64_t generation, BytesView sealed) const;
  Bytes seal_root(const Root& root, Random& random) const;
  Result<SecretBytes> open_root(BytesView sealed) const;

  VaultId id;
  Secret<32> record;
  Secret<32> name;
  Secret<32> memory;
};

struct OpenVault {
  OpenVault(Database file, std::filesystem::path directory, Header vault_header, VaultKeys vault_keys);

  // What stands in the file under a label that `root` lists: exactly what was stored last, still sealed. Kind refused,
  // saying what happened to it, when it is something else or gone.
  Result<Bytes> load_sealed(const Root& root, std::string_view label) const;
  Result<SecretBytes> load_record(const Root& root, std::string_view label) const;

  // Kind refused when it is missing, changed, older than one this process has already seen, or when another process has
  // changed the vault's key.
  Result<Root> load_root();
  Result<void> store_root(const Root& root);
  Result<void> insert_record(std::string_view label, std::uint64_t generation, BytesView sealed);
  // After the first load_root: takes over the key of `remember` that the vault keeps, if it does.
  Result<void> load_memory_key(const Root& root);

  std::string name() const;  // "vault in /x", "backup /y/file"
  Error damaged(std::string_view what) const;

  Database database;
  std::filesystem::path home;
  Header header;  // as it was when the keys were taken from it
  VaultKeys keys;
  SystemRandom random;
  std::uint64_t seen_generation = 0;

 private:
  std::string describe_damage(const Root& root, std::string_view label, std::int64_t generation,
                              BytesView sealed) const;
};

// Opens what `database` holds, with its keys. Kind refused for a wrong passphrase, a damaged header or root.
Result<std::unique_ptr<OpenVault>> unlock(Database database, const std::filesystem::path& directory,
                                          const Passphrase& passphrase);

// The digest of a sealed record that the root lists.
Digest digest_of_sealed(BytesView sealed);

// `"label"`, for errors.
std::string in_quotes(std::string_view label);

}  // namespace coterie::vault
