// One transaction on a vault: sealed records by label, written whole or not at all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"
#include "vault/root.h"

namespace coterie::vault {

constexpr std::size_t kMaxRecord = 1024ul * 1024;  // bytes of plaintext; the largest record is a multisig of 64 signers

enum class Overwrite { never, allowed };

struct OpenVault;

// Holds the vault's write lock from Vault::begin to its end: never keep one while waiting for the network or a person.
// Destroyed without commit, it leaves the vault as it was. Not for several threads at once. Ends before its Vault does.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept = default;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  // What was stored under `label`; nothing when there is no such record. Kind refused when the record in the file is
  // not the one last stored: changed, swapped with another, removed, or an older version put back; the message says
  // which.
  Result<std::optional<SecretBytes>> load(std::string_view label);
  // All labels that begin with `prefix`, in byte order. Not a promise that the records are undamaged: `load` says so.
  Result<std::vector<std::string>> labels(std::string_view prefix) const;

  // Labels: 1 to kMaxLabel bytes of any kind, but not "vault/…", which are the vault's own; sealed as the records are.
  // Kind usage: a label or a record too long, too many records, or a record that is there with Overwrite::never.
  // Success is no promise before `commit`.
  Result<void> store(std::string_view label, BytesView plaintext, Overwrite overwrite);
  // A label that is not there is no error.
  Result<void> remove(std::string_view label);

  // On disk (fsync) when it returns without error; with an error (disk full, say) the vault is as it was before.
  // Nothing else may be called afterwards.
  Result<void> commit();

 private:
  friend class Vault;
  explicit Transaction(OpenVault& vault);

  struct RollBack {
    void operator()(OpenVault* vault) const;
  };
  std::unique_ptr<OpenVault, RollBack> vault_;  // borrowed; its "deleter" ends an uncommitted transaction
  Root root_;
  bool changed_ = false;
};

}  // namespace coterie::vault
