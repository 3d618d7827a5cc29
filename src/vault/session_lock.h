// Keeps two runs from working on one multisig at the same time.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "vault/vault.h"

namespace coterie::vault {

// Held until destroyed or until the process ends, however it ends: a killed process leaves nothing to clean up.
// Other processes and other threads of this one are excluded alike; transactions are not.
class SessionLock {
 public:
  // `session` is what must be alone, e.g. signer and name or room; `what` names it in the error ("multisig treasury").
  // Never waits. Kind environment when it is held elsewhere, naming the process id.
  static Result<SessionLock> acquire(const Vault& vault, std::string_view session, std::string_view what);

  SessionLock(SessionLock&& other) noexcept;
  SessionLock& operator=(SessionLock&& other) noexcept;
  SessionLock(const SessionLock&) = delete;
  SessionLock& operator=(const SessionLock&) = delete;
  ~SessionLock();

 private:
  SessionLock(dev_t device, ino_t inode, off_t offset) : device_(device), inode_(inode), offset_(offset) {}

  dev_t device_;
  ino_t inode_;
  off_t offset_;  // -1: moved from
};

}  // namespace coterie::vault
