// Argon2id: from a passphrase to the key that wraps a vault's key.
#pragma once

#include <array>
#include <cstdint>

#include "base/secret.h"

namespace coterie::crypto {

struct PassphraseKeyParameters {
  std::uint64_t memory_bytes = 64ull * 1024 * 1024;  // accepted: 8 MiB to 1 GiB
  std::uint32_t passes = 3;                          // accepted: 1 to 16
};
constexpr std::uint64_t kMinPassphraseMemory = 8ull * 1024 * 1024;
constexpr std::uint64_t kMaxPassphraseMemory = 1024ull * 1024 * 1024;
constexpr std::uint32_t kMaxPassphrasePasses = 16;

using PassphraseSalt = std::array<std::uint8_t, 16>;

// Parameters out of range (a hostile file) are refused before any memory is taken; too little memory: environment.
Result<Secret<32>> derive_passphrase_key(const Passphrase& passphrase, const PassphraseSalt& salt,
                                         const PassphraseKeyParameters& parameters);

}  // namespace coterie::crypto
