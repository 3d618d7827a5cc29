// Session locks: see session_lock.h.
#include "vault/session_lock.h"

#include "vault/home.h"

namespace coterie::vault {

namespace {

// Which byte: drawn from a keyed hash, so that /proc/locks does not tell who works on what. 62 bits of it: two sessions
// never meet by chance, and the offset stays positive and off kCreationByte.
off_t byte_of(const Vault& vault, std::string_view session) {
  const Digest hash = vault.remember("session lock", as_bytes(session));
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | hash.array()[i];
  return static_cast<off_t>(number >> 2) + kFirstSessionByte;
}

}  // namespace

Result<SessionLock> SessionLock::acquire(const Vault& vault, std::string_view session, std::string_view what) {
  COTERIE_TRY(ByteLock lock, ByteLock::acquire(vault.home() / kLockFile, byte_of(vault, session), what));
  return SessionLock(std::move(lock));
}

}  // namespace coterie::vault
