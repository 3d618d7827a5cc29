// What an open vault holds: its file, its keys, and how records and root are sealed with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "vault/header.h"
#include "vault/root.h"
#include "vault/sqlite.h"

namespace coterie::vault {

struct OpenVault {
  OpenVault(Database file, std::filesystem::path directory, const VaultId& vault_id, const Secret<32>& vault_key);

  // The name a record has in the file; tells nothing about its label without the key.
  Digest record_name(std::string_view label) const;
  Bytes seal_record(std::string_view label, std::uint64_t generation, BytesView plaintext);
  Result<SecretBytes> open_record(std::string_view label, std::uint64_t generation, BytesView sealed) const;

  // Kind refused when it is missing, changed, or older than one this process has already seen.
  Result<Root> load_root();
  Result<void> store_root(const Root& root);

  Error damaged(std::string_view what) const;

  Database database;
  std::filesystem::path home;
  VaultId id;
  // One key for each purpose, all derived from the vault's.
  Secret<32> record_key;
  Secret<32> name_key;
  Secret<32> memory_key;
  SystemRandom random;
  std::uint64_t seen_generation = 0;
};

// The digest of a sealed record that the root lists.
Digest digest_of_sealed(BytesView sealed);

}  // namespace coterie::vault
