// A file that is there whole or not at all: see new_file.h.
#include "vault/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/random.h"
#include "base/system_message.h"
#include "vault/home.h"

namespace coterie::vault {

namespace {

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

std::string link_of(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

std::filesystem::path temporary_name(const std::filesystem::path& place) {
  std::array<std::uint8_t, 8> suffix{};
  SystemRandom().fill(suffix);
  return directory_of(place) / ("." + place.filename().string() + "." + serialize_hex(suffix));
}

Error exists_already(const std::filesystem::path& file) {
  return usage_error(file.string() + " exists already", "name a new file, or remove that one first");
}

}  // namespace

Result<NewFile> NewFile::create(const std::filesystem::path& place) {
  struct stat there {};
  if (lstat(place.c_str(), &there) == 0) return exists_already(place);
  if (errno != ENOENT) return NewFile(place, {}, -1).failure("write", errno);
  const std::filesystem::path directory = directory_of(place);
  // open(2): a file of O_TMPFILE gets its name by linkat of /proc/self/fd/N, for which there must be a /proc.
  int descriptor = access("/proc/self/fd", X_OK) == 0 ? open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
                                                      : (errno = EOPNOTSUPP, -1);
  std::filesystem::path temporary;
  // Which of these a file system without them answers depends on its age.
  if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    temporary = temporary_name(place);
    descriptor = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  }
  const int number = errno;
  NewFile file(place, std::move(temporary), descriptor);
  if (descriptor < 0) return file.failure("write", number);
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return file.failure("write", errno);
  // A FAT stick has no modes (EPERM): what is sealed may lie there.
  if ((status.st_mode & 0777) != 0600 && fchmod(descriptor, 0600) != 0 && errno != EPERM) {
    return file.failure("set the mode of", errno);
  }
  return file;
}

NewFile::NewFile(NewFile&& other) noexcept
    : place_(std::move(other.place_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

NewFile::~NewFile() {
  if (descriptor_ < 0) return;
  if (!temporary_.empty()) unlink(temporary_.c_str());
  close(descriptor_);
}

Error NewFile::failure(const char* action, int number) const {
  if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
    return environment_error("no space left to write " + place_.string() + ": nothing was written",
                             "free some space on that disk, or choose another one");
  }
  return environment_error(std::string("cannot ") + action + " " + place_.string() + ": " + system_message(number),
                           "name a file in a directory that is there and that you may write in");
}

Result<void> NewFile::write(BytesView content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor_, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure("write", errno);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (fsync(descriptor_) != 0) return failure("write", errno);
  return {};
}

Result<Bytes> NewFile::read() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) return failure("read", errno);
  posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED);  // advice only
  Bytes content(static_cast<std::size_t>(status.st_size));
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t count = pread(descriptor_, content.data() + size, content.size() - size, static_cast<off_t>(size));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure("read", errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  content.resize(size);
  return content;
}

Result<void> NewFile::place() {
  int placed = 0;
  if (temporary_.empty()) {
    placed = linkat(AT_FDCWD, link_of(descriptor_).c_str(), AT_FDCWD, place_.c_str(), AT_SYMLINK_FOLLOW);
  } else {
    placed = renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, place_.c_str(), RENAME_NOREPLACE);
    // Not every file system can rename like that; those that cannot know links.
    if (placed != 0 && errno == EINVAL)
      placed = link(temporary_.c_str(), place_.c_str());
    else if (placed == 0)
      temporary_.clear();
  }
  if (placed != 0) return errno == EEXIST ? exists_already(place_) : failure("write", errno);
  return sync_directory(directory_of(place_));
}

}  // namespace coterie::vault
