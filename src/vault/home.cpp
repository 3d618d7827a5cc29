// The directory of a vault: see home.h.
#include "vault/home.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/system_message.h"

namespace coterie::vault {

namespace {

Error system_error(const std::string& action, int number) {
  const char* hint = resource_hint(number);
  return environment_error(action + ": " + system_message(number), hint == nullptr ? std::string() : hint);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

// lstat follows a link whose name ends with a slash.
std::filesystem::path without_final_slash(const std::filesystem::path& path) {
  const std::filesystem::path normal = path.lexically_normal();
  return normal.has_filename() || !normal.has_relative_path() ? normal : normal.parent_path();
}

}  // namespace

Result<std::filesystem::path> prepare_home(const std::filesystem::path& home) {
  std::error_code failure;
  const std::filesystem::path absolute = without_final_slash(std::filesystem::absolute(home, failure));
  std::vector<std::filesystem::path> missing;
  for (std::filesystem::path path = absolute; path.has_relative_path(); path = path.parent_path()) {
    COTERIE_TRY(const bool found, file_exists(path));
    if (found) break;
    missing.push_back(path);
  }
  for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
    // Another process may be making the same directories.
    if (mkdir(path->c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;
      Error error = system_error("cannot make the vault directory " + path->string(), errno);
      error.hint = "choose another place with --home DIR";
      return error;
    }
    if (chmod(path->c_str(), 0700) != 0) return system_error("cannot set the mode of " + path->string(), errno);
    COTERIE_CHECK(sync_directory(path->parent_path()));
  }
  return check_home(absolute);
}

Result<std::filesystem::path> check_home(const std::filesystem::path& home) {
  const std::filesystem::path named = without_final_slash(home);
  struct stat status {};
  if (lstat(named.c_str(), &status) != 0) return system_error("cannot look at directory " + named.string(), errno);
  const std::string name = "vault directory " + named.string();
  if (S_ISLNK(status.st_mode)) {
    return refused_error(name + " is a symbolic link", "give the directory itself with --home");
  }
  if (!S_ISDIR(status.st_mode)) return refused_error(name + " is not a directory", "choose another one with --home");
  if (status.st_uid != geteuid()) {
    return refused_error(name + " belongs to another user", "choose one of your own with --home");
  }
  if ((status.st_mode & 0022) != 0) {
    return refused_error(name + " may be written by other users", "keep them out: `chmod 700 " + named.string() + "`");
  }
  std::error_code failure;
  std::filesystem::path canonical = std::filesystem::canonical(named, failure);
  if (failure) return system_error("cannot resolve " + named.string(), failure.value());
  return canonical;
}

Result<void> check_private_file(const std::filesystem::path& file) {
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0) return system_error("cannot look at " + file.string(), errno);
  if (S_ISLNK(status.st_mode)) {
    return refused_error(file.string() + " is a symbolic link", "put the file itself in its place");
  }
  if (!S_ISREG(status.st_mode)) {
    return refused_error(file.string() + " is not a plain file", "choose another directory with --home");
  }
  if (status.st_uid != geteuid()) {
    return refused_error(file.string() + " belongs to another user", "choose a vault of your own with --home");
  }
  if ((status.st_mode & 0077) != 0) {
    return refused_error(file.string() + " may be read or written by other users",
                         "keep them out: `chmod 600 " + file.string() +
                             "`; if they may have read it, the passphrase "
                             "alone protects it");
  }
  return {};
}

Result<bool> file_exists(const std::filesystem::path& file) {
  struct stat status {};
  if (lstat(file.c_str(), &status) == 0) return true;
  const int number = errno;
  if (number == ENOENT) return false;
  Error error = system_error("cannot look at " + file.string(), number);
  if (number == ENOTDIR) error.hint = "a vault is a directory: choose one with --home DIR";
  if (number == EACCES) error.hint = "choose a vault of your own with --home DIR";
  return error;
}

Result<void> create_private_file(const std::filesystem::path& file) {
  const Descriptor made(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (made.number() < 0 || fchmod(made.number(), 0600) != 0) {
    return system_error("cannot make file " + file.string(), errno);
  }
  return {};
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a directory (EINVAL); they write its entries at once.
  if (opened.number() < 0 || (fsync(opened.number()) != 0 && errno != EINVAL)) {
    return system_error("cannot write directory " + directory.string() + " to disk", errno);
  }
  return {};
}

}  // namespace coterie::vault
