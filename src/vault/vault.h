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

  // Differs from its last value when another process, or another Vault of this one, has committed since; own commits do
  // not change it. Cheap: no transaction, nothing is verified.
  Result<std::uint64_t> change_counter();

  // A keyed hash by which a secret is recognized without being kept: equal for equal purpose and secret in this vault,
  // useless without the vault's key.
  Digest remember(std::string_view purpose, BytesView secret) const;

  // Absolute and without symbolic links.
  const std::filesystem::path& home() const;

 private:
  explicit Vault(std::unique_ptr<OpenVault> open);
  std::unique_ptr<OpenVault> open_;
};

}  // namespace coterie::vault
