// A signer's vault: labelled records, every one sealed, in one SQLite file that a passphrase opens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/passphrase_key.h"
#include "vault/byte_lock.h"
#include "vault/transaction.h"

namespace coterie::vault {

struct VaultOptions {
  crypto::PassphraseKeyParameters kdf;
};

// Found out by the vault: any record changed, removed, swapped or put back to an older version. Not found out: the
// whole file put back to an older state. Without the passphrase nobody, we included, opens a vault again.
//
// Several processes may have the same vault open; each transaction excludes the others. One Vault is for one thread at
// a time.
class Vault {
 public:
  // Whether there is a vault file in `home`; whether it opens is another question.
  static Result<bool> exists(const std::filesystem::path& home);

  // Makes `home` (mode 0700, with its parents) where it is missing, and `vault.db` (0600) in it: a whole vault or none.
  // Kinds: usage when there is a vault already or the passphrase is empty; refused when `home` is a symbolic link, not
  // ours, or writable by others.
  static Result<Vault> create(const std::filesystem::path& home, const Passphrase& passphrase,
                              const VaultOptions& options, Random& random);

  // Kinds: usage when there is no vault; refused for a wrong passphrase, a damaged or foreign file, a file of a newer
  // Coterie, a symbolic link, another's or an open-to-others home or file. Changes no record in any case. Takes as long
  // as the passphrase's key takes: a part of a second by default, some seconds at most.
  static Result<Vault> open(const std::filesystem::path& home, const Passphrase& passphrase);

  Vault(Vault&&) noexcept;
  Vault& operator=(Vault&&) noexcept;
  ~Vault();

  // Waits up to 5 s for other processes' transactions, then environment. Reads and verifies the root anew, so it sees
  // what they wrote. At most one transaction of a Vault at a time: a second is a bug (asserted).
  Result<Transaction> begin();

  // The whole vault, as sealed as it is and with the same passphrase, as it stands between two transactions: written to
  // `file`, read back, and every record of it opened, before it gets that name. Others may go on writing meanwhile.
  // Kinds: usage when `file` is there already; refused when a record is damaged. Returns the number of records.
  Result<std::size_t> backup(const std::filesystem::path& file);
  // A backup in memory, as if it were a vault of its own: nothing is written anywhere, whatever is done with it. Every
  // record has been opened. Its home is `file`, which may be a pipe, and may be a copy of a vault's own file. Kinds:
  // usage when there is no such file; refused for a wrong passphrase, a damaged or foreign file.
  static Result<Vault> open_backup(const std::filesystem::path& file, const Passphrase& passphrase);
  // Makes `home` and the vault in it from an opened backup, read back as above: a whole vault, or nothing new at all.
  // Kinds as create.
  static Result<void> restore(const std::filesystem::path& home, Vault& backup);

  // Draws a new key, under a new passphrase, and seals everything anew with it, in one transaction. What is remembered
  // stays known. Others who have the vault open are refused at their next transaction, with nothing changed. Backups
  // keep the passphrase they were made with. Kinds: usage for an empty passphrase and for the present one; environment
  // while a session is locked, naming the process.
  Result<void> change_passphrase(const Passphrase& passphrase, const VaultOptions& options, Random& random);

  // Differs from its last value when another process, or another Vault of this one, has committed since; own commits do
  // not change it. Cheap: no transaction, nothing is verified.
  Result<std::uint64_t> change_counter();

  // A keyed hash by which a secret is recognized without being kept: equal for equal purpose and secret in this vault,
  // useless without the vault's key.
  Digest remember(std::string_view purpose, BytesView secret) const;

  // Absolute and without symbolic links.
  const std::filesystem::path& home() const;

 private:
  // The lock to make a vault in `directory` under. Kind usage when there is one.
  static Result<ByteLock> claim(const std::filesystem::path& directory);
  explicit Vault(std::unique_ptr<OpenVault> open);
  std::unique_ptr<OpenVault> open_;
};

}  // namespace coterie::vault
