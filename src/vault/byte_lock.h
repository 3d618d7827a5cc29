// A lock on one byte of a file, or on many, against other processes and other threads of this one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace coterie::vault {

constexpr off_t kCreationByte = 0;  // held while a vault is made
constexpr off_t kFirstSessionByte = 1;

// Released when destroyed and when the process ends, however it ends. Not inherited by a forked child.
class ByteLock {
 public:
  // Makes `file` (mode 0600) where it is missing; it stays, empty. Never waits. Kind environment when the byte is held
  // elsewhere: "`what` is in use by process 123".
  static Result<ByteLock> acquire(const std::filesystem::path& file, off_t byte, std::string_view what);
  // The same for all bytes from kFirstSessionByte on: nobody is in a session, and nobody begins one.
  static Result<ByteLock> acquire_all_sessions(const std::filesystem::path& file, std::string_view what);

  ByteLock(ByteLock&& other) noexcept;
  ByteLock& operator=(ByteLock&&) = delete;
  ByteLock(const ByteLock&) = delete;
  ByteLock& operator=(const ByteLock&) = delete;
  ~ByteLock();

 private:
  ByteLock(dev_t device, ino_t inode, off_t byte) : device_(device), inode_(inode), byte_(byte) {}
  static Result<ByteLock> acquire_range(const std::filesystem::path& file, off_t byte, off_t length,
                                        std::string_view what);

  dev_t device_;
  ino_t inode_;
  off_t byte_;  // the first of them; -1: moved from
};

}  // namespace coterie::vault
