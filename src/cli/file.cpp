#include "cli/file.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/random.h"
#include "base/system_message.h"
#include "vault/new_file.h"

namespace coterie::cli {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool close() { return ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

// "the account file x.json", or "the account on standard input".
std::string described(const std::filesystem::path& path, std::string_view what) {
  return path == "-" ? fmt::format("the {} on standard input", what)
                     : fmt::format("the {} file {}", what, path.string());
}

Error cannot_write(const std::filesystem::path& path) {
  const int number = errno;
  return environment_error(fmt::format("cannot write {}: {}", path.string(), system_message(number)),
                           number == ENOSPC ? "free some space on that disk, or name a file on another one"
                                            : "name a file in a directory that is there and that you may write in");
}

// Reads into `buffer` until the end of the file; its size when more is there than the buffer holds.
Result<std::size_t> read_whole(int descriptor, std::span<std::uint8_t> buffer, const std::string& name) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t count = read(descriptor, buffer.data() + size, buffer.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int number = errno;
      return environment_error(fmt::format("cannot read {}: {}", name, system_message(number)),
                               number == EISDIR ? "name a file, not a directory" : "");
    }
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  return size;
}

Result<Descriptor> open_to_read(const std::filesystem::path& path, std::string_view what) {
  if (path == "-") return Descriptor(STDIN_FILENO);
  Descriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (descriptor.get() < 0) {
    const int number = errno;
    return usage_error(
        fmt::format("cannot open {}: {}", described(path, what), system_message(number)),
        number == ENOENT ? "is the name right, and is this the directory you mean?" : "name a file that you may read");
  }
  return descriptor;
}

Error too_large(const std::filesystem::path& path, std::size_t max_bytes, std::string_view what) {
  const std::string bound =
      max_bytes % 1024 == 0 ? fmt::format("{} KiB", max_bytes / 1024) : fmt::format("{} bytes", max_bytes);
  return usage_error(fmt::format("{} is larger than {}", described(path, what), bound), "is it the right one?");
}

// The temporary file beside the one to be written; removed unless it was put in place.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  ~TemporaryFile() {
    if (!renamed_) unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }
  void set_renamed() { renamed_ = true; }

 private:
  std::filesystem::path path_;
  bool renamed_ = false;
};

Result<void> write_content(int descriptor, BytesView content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot_write(path);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

void sync_directory(const std::filesystem::path& directory) {
  const Descriptor descriptor(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) fsync(descriptor.get());
}

}  // namespace

Result<std::string> read_text(const std::filesystem::path& path, std::size_t max_bytes, std::string_view what) {
  COTERIE_TRY(const Descriptor descriptor, open_to_read(path, what));
  std::string text(max_bytes + 1, '\0');
  COTERIE_TRY(
      const std::size_t size,
      read_whole(descriptor.get(), {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, described(path, what)));
  if (size > max_bytes) return too_large(path, max_bytes, what);
  text.resize(size);
  return text;
}

Result<SecretBytes> read_secret(const std::filesystem::path& path, std::size_t max_bytes, std::string_view what) {
  COTERIE_TRY(const Descriptor descriptor, open_to_read(path, what));
  SecretBytes text(max_bytes + 1);
  COTERIE_TRY(const std::size_t size, read_whole(descriptor.get(), text.span(), described(path, what)));
  if (size > max_bytes) return too_large(path, max_bytes, what);
  text.truncate(size);
  return text;
}

namespace {

Result<void> write_new_file(const std::filesystem::path& path, BytesView content) {
  COTERIE_TRY(vault::NewFile file, vault::NewFile::create(path));
  COTERIE_CHECK(file.write(content));
  return file.place();
}

Result<void> replace_file(const std::filesystem::path& path, BytesView content) {
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::array<std::uint8_t, 8> suffix{};
  SystemRandom().fill(suffix);
  const std::filesystem::path temporary_path =
      directory / fmt::format(".{}.{}", path.filename().string(), serialize_hex(suffix));
  Descriptor descriptor(open(temporary_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (descriptor.get() < 0) return cannot_write(path);
  TemporaryFile temporary(temporary_path);
  COTERIE_CHECK(write_content(descriptor.get(), content, path));
  if (fsync(descriptor.get()) != 0 || !descriptor.close()) {
    return cannot_write(path);
  }
  if (rename(temporary.path().c_str(), path.c_str()) != 0) {
    return cannot_write(path);
  }
  temporary.set_renamed();
  sync_directory(directory);
  return {};
}

}  // namespace

Result<void> write_file(const std::filesystem::path& path, BytesView content, Existing existing) {
  return existing == Existing::refuse ? write_new_file(path, content) : replace_file(path, content);
}

}  // namespace coterie::cli
