// Argon2id: see passphrase_key.h.
#include "crypto/passphrase_key.h"

#include <sodium.h>

#include "base/sodium_init.h"

namespace coterie::crypto {

static_assert(std::tuple_size_v<PassphraseSalt> == crypto_pwhash_SALTBYTES);

Result<Secret<32>> derive_passphrase_key(const Passphrase& passphrase, const PassphraseSalt& salt,
                                         const PassphraseKeyParameters& parameters) {
  initialize_sodium();
  if (parameters.memory_bytes < kMinPassphraseMemory || parameters.memory_bytes > kMaxPassphraseMemory) {
    return refused_error("passphrase parameters: memory of " + std::to_string(parameters.memory_bytes) +
                         " bytes is not between 8 MiB and 1 GiB");
  }
  if (parameters.passes < 1 || parameters.passes > kMaxPassphrasePasses) {
    return refused_error("passphrase parameters: " + std::to_string(parameters.passes) +
                         " passes are not between 1 and " + std::to_string(kMaxPassphrasePasses));
  }
  Secret<32> key;
  if (crypto_pwhash(key.data(), key.size(), reinterpret_cast<const char*>(passphrase.view().data()),
                    passphrase.view().size(), salt.data(), parameters.passes,
                    static_cast<std::size_t>(parameters.memory_bytes), crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return environment_error("no " + std::to_string(parameters.memory_bytes / (1024ull * 1024)) +
                                 " MiB of memory free to derive the key from the passphrase",
                             "close other programs and try again");
  }
  return key;
}

}  // namespace coterie::crypto
