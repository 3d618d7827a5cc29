// A lock on one byte of a file: see byte_lock.h.
#include "vault/byte_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/system_message.h"
#include "vault/home.h"

namespace coterie::vault {

namespace {

// fcntl(2): a process's locks on a file do not exclude each other, and closing any descriptor of that file drops them
// all. So a process opens a lock file once, closes it after its last lock, and remembers which bytes it holds.
struct LockFile {
  int descriptor = -1;
  std::map<off_t, off_t> held;  // the first byte of each lock, and how many; 0: all from there on
};

bool overlap(off_t first, off_t length, off_t other_first, off_t other_length) {
  return (length == 0 || other_first < first + length) && (other_length == 0 || first < other_first + other_length);
}
std::mutex files_mutex;
using FileId = std::pair<dev_t, ino_t>;
std::map<FileId, LockFile>& files() {
  static std::map<FileId, LockFile> open_files;
  return open_files;
}

Error failure(const std::filesystem::path& file, const char* action) {
  const int number = errno;
  const char* hint = resource_hint(number);
  return environment_error(std::string("cannot ") + action + " " + file.string() + ": " + system_message(number),
                           hint == nullptr ? std::string() : hint);
}

Error in_use(std::string_view what, pid_t holder) {
  // 0: in a PID namespace that we do not see.
  const std::string number = holder > 0 ? std::to_string(holder) : "";
  return environment_error(
      std::string(what) + " is in use by " + (number.empty() ? "another process" : "process " + number),
      "wait until that one is done, or end it" + (number.empty() ? "" : ": `kill " + number + "`"));
}

struct flock range(short type, off_t byte, off_t length) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = length;
  return lock;
}

// The open lock file, opened now if this process has not. Under files_mutex.
Result<std::map<FileId, LockFile>::iterator> open_lock_file(const std::filesystem::path& file) {
  struct stat status {};
  COTERIE_TRY(const bool present, file_exists(file));
  if (present) {
    COTERIE_CHECK(check_private_file(file));
    if (stat(file.c_str(), &status) != 0) return failure(file, "look at");
    if (const auto found = files().find({status.st_dev, status.st_ino}); found != files().end()) return found;
  }
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return failure(file, "open");
  if (fstat(descriptor, &status) != 0 || fchmod(descriptor, 0600) != 0) {
    const Error error = failure(file, "set the mode of");
    close(descriptor);
    return error;
  }
  return files().insert_or_assign({status.st_dev, status.st_ino}, LockFile{descriptor, {}}).first;
}

void close_if_unused(std::map<FileId, LockFile>::iterator file) {
  if (!file->second.held.empty()) return;
  close(file->second.descriptor);
  files().erase(file);
}

}  // namespace

Result<ByteLock> ByteLock::acquire(const std::filesystem::path& file, off_t byte, std::string_view what) {
  return acquire_range(file, byte, 1, what);
}

Result<ByteLock> ByteLock::acquire_all_sessions(const std::filesystem::path& file, std::string_view what) {
  return acquire_range(file, kFirstSessionByte, 0, what);
}

Result<ByteLock> ByteLock::acquire_range(const std::filesystem::path& file, off_t byte, off_t length,
                                         std::string_view what) {
  const std::lock_guard guard(files_mutex);
  COTERIE_TRY(const auto open_file, open_lock_file(file));
  for (const auto& [held_byte, held_length] : open_file->second.held) {
    if (overlap(byte, length, held_byte, held_length)) return in_use(what, getpid());
  }
  const int descriptor = open_file->second.descriptor;
  for (;;) {
    struct flock lock = range(F_WRLCK, byte, length);
    if (fcntl(descriptor, F_SETLK, &lock) == 0) break;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EACCES) {
      const Error error = failure(file, "lock");
      close_if_unused(open_file);
      return error;
    }
    lock = range(F_WRLCK, byte, length);
    if (fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK) continue;  // given back in between
    close_if_unused(open_file);
    return in_use(what, lock.l_type == F_WRLCK ? lock.l_pid : 0);
  }
  open_file->second.held.emplace(byte, length);
  return ByteLock(open_file->first.first, open_file->first.second, byte);
}

ByteLock::ByteLock(ByteLock&& other) noexcept
    : device_(other.device_), inode_(other.inode_), byte_(std::exchange(other.byte_, -1)) {}

ByteLock::~ByteLock() {
  if (byte_ < 0) return;
  const std::lock_guard guard(files_mutex);
  const auto file = files().find({device_, inode_});
  const auto held = file->second.held.find(byte_);
  struct flock lock = range(F_UNLCK, held->first, held->second);
  fcntl(file->second.descriptor, F_SETLK, &lock);
  file->second.held.erase(held);
  close_if_unused(file);
}

}  // namespace coterie::vault
