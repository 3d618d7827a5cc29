// The header of a vault: what is needed to get from a passphrase to the vault's key.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/passphrase_key.h"

namespace coterie::vault {

struct VaultIdTag {
  static constexpr const char* kName = "a vault id";
};
using VaultId = FixedBytes<VaultIdTag, 16>;

struct Header {
  VaultId id;
  crypto::PassphraseKeyParameters kdf;
  crypto::PassphraseSalt salt{};
  Bytes wrapped_key;  // the vault's key sealed under the passphrase's, with everything above as associated data

  // Draws id and salt, and wraps `vault_key`.
  static Result<Header> wrap(const Secret<32>& vault_key, const Passphrase& passphrase,
                             const crypto::PassphraseKeyParameters& kdf, Random& random);
  // Kind refused: wrong passphrase, or hostile parameters, for which no memory is taken.
  Result<Secret<32>> unwrap(const Passphrase& passphrase) const;

  // With a checksum at the end: without a key it stops nobody, but tells a damaged header from a wrong passphrase.
  Bytes serialize() const;
  // Kind refused. Canonical.
  static Result<Header> parse(BytesView bytes);
};

}  // namespace coterie::vault
