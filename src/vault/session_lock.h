// Keeps two runs from working on one multisig at the same time.
#pragma once

#include <string_view>

#include "base/result.h"
#include "vault/byte_lock.h"
#include "vault/vault.h"

namespace coterie::vault {

// Held until destroyed or until the process ends, however it ends: a killed process leaves nothing to clean up.
// Other processes and other threads of this one are excluded alike; transactions are not.
class SessionLock {
 public:
  // `session` is what must be alone, e.g. signer and name or room; `what` names it in the error ("multisig treasury").
  // Never waits. Kind environment when it is held elsewhere, naming the process id.
  static Result<SessionLock> acquire(const Vault& vault, std::string_view session, std::string_view what);

 private:
  explicit SessionLock(ByteLock lock) : lock_(std::move(lock)) {}

  ByteLock lock_;
};

}  // namespace coterie::vault
