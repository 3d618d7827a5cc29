// A lock on one byte of a file, against other processes and other threads of this one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace coterie::vault {

constexpr off_t kCreationByte = 0;  // held while a vault is made; sessions hold bytes from 1 on

// Released when destroyed and when the process ends, however it ends. Not inherited by a forked child.
class ByteLock {
 public:
  // Makes `file` (mode 0600) where it is missing; it stays, empty. Never waits. Kind environment when the byte is held
  // elsewhere: "`what` is in use by process 123".
  static Result<ByteLock> acquire(const std::filesystem::path& file, off_t byte, std::string_view what);

  ByteLock(ByteLock&& other) noexcept;
  ByteLock& operator=(ByteLock&& other) noexcept;
  ByteLock(const ByteLock&) = delete;
  ByteLock& operator=(const ByteLock&) = delete;
  ~ByteLock();

 private:
  ByteLock(dev_t device, ino_t inode, off_t byte) : device_(device), inode_(inode), byte_(byte) {}

  dev_t device_;
  ino_t inode_;
  off_t byte_;  // -1: moved from
};

}  // namespace coterie::vault
