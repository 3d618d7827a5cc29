// Backups of a vault, and a vault from a backup: see vault.h. A backup is a vault file: header, root, and the records
// that the root lists, in rows of the same names, under the same keys.
#include <fcntl.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <vector>

#include "base/system_message.h"
#include "vault/format.h"
#include "vault/home.h"
#include "vault/new_file.h"
#include "vault/open_vault.h"
#include "vault/vault.h"

namespace coterie::vault {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxImage = std::size_t{1} << 30;  // held in memory; a vault of a thousand multisigs has 50 MB
constexpr std::size_t kReadStep = std::size_t{1} << 20;
constexpr std::string_view kDatabaseBegin{"SQLite format 3\0", 16};  // SQLite's file format, section 1.3.1

Result<void> open_every_record(const OpenVault& vault, const Root& root) {
  for (const auto& [label, entry] : root.entries) {
    COTERIE_CHECK(vault.load_record(root, label));
  }
  return {};
}

// Nothing else that may stand in the file comes along.
Result<Bytes> copy_as_image(const OpenVault& vault, const Root& root, const fs::path& file) {
  COTERIE_TRY(Database empty, Database::open_image(file));
  OpenVault copy(std::move(empty), file, vault.header, vault.keys.clone());
  COTERIE_CHECK(copy.database.run("BEGIN"));
  COTERIE_CHECK(write_format(copy.database, vault.header));
  for (const auto& [label, entry] : root.entries) {
    COTERIE_TRY(const Bytes sealed, vault.load_sealed(root, label));
    COTERIE_CHECK(copy.insert_record(label, entry.generation, sealed));
  }
  COTERIE_CHECK(copy.store_root(root));
  COTERIE_CHECK(copy.database.run("COMMIT"));
  COTERIE_TRY(Bytes image, copy.database.image());
  if (image.size() > kMaxImage) {
    return environment_error(vault.name() + " is larger than a backup can be: 1 GiB", "remove what is not needed");
  }
  return image;
}

// What was written is that vault, and all of it opens.
Result<void> check_copy(const OpenVault& vault, const Root& root, const fs::path& file, BytesView image) {
  COTERIE_TRY(Database database, Database::open_image(file, image));
  COTERIE_CHECK(check_format(database));
  COTERIE_TRY(Header header, load_header(database));
  OpenVault copy(std::move(database), file, std::move(header), vault.keys.clone());
  COTERIE_TRY(const Root copied, copy.load_root());
  if (copied != root || copy.header.serialize() != vault.header.serialize()) {
    return copy.damaged("it holds something else than was written");
  }
  return open_every_record(copy, copied);
}

Result<void> write_checked(const OpenVault& vault, const Root& root, const fs::path& file) {
  COTERIE_TRY(NewFile written, NewFile::create(file));
  {
    COTERIE_TRY(const Bytes image, copy_as_image(vault, root, file));
    COTERIE_CHECK(written.write(image));
  }
  COTERIE_TRY(const Bytes image, written.read());
  if (auto checked = check_copy(vault, root, file, image); !checked) {
    return environment_error("what was written to " + file.string() + " reads back differently: it was not kept",
                             "that disk may be failing: choose another one");
  }
  return written.place();
}

// Whatever it is: a file or a pipe.
Result<Bytes> read_image(const fs::path& file) {
  const auto failure = [&file](const char* action) {
    const int number = errno;
    return usage_error(std::string("cannot ") + action + " the backup " + file.string() + ": " + system_message(number),
                       "is the name right, and may you read it?");
  };
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return failure("open");
  Bytes image;
  std::size_t size = 0;
  for (;;) {
    image.resize(size + kReadStep);
    const ssize_t count = read(descriptor, image.data() + size, kReadStep);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const Error error = failure("read");
      close(descriptor);
      return error;
    }
    size += static_cast<std::size_t>(count);
    const bool foreign =
        size >= kDatabaseBegin.size() && !std::equal(kDatabaseBegin.begin(), kDatabaseBegin.end(), image.begin());
    // What is no database at all need not be read to its end, if it has one.
    if (count == 0 || foreign || size > kMaxImage) break;
  }
  close(descriptor);
  if (size > kMaxImage) {
    return refused_error(file.string() + " is larger than a backup can be: 1 GiB", "is it the right file?");
  }
  image.resize(size);
  return image;
}

// A name that SQLite, or a vault that is being made, gives a meaning to.
bool is_vaults_own(const fs::path& home, const fs::path& file) {
  std::error_code failure;
  const fs::path directory = fs::weakly_canonical(fs::absolute(file, failure).parent_path(), failure);
  const std::string name = file.filename().string();
  return directory == home && (name.starts_with(kVaultFile) || name == kLockFile);
}

// The directories that are missing on the way to `home`, the innermost first. They are removed again, unless kept or
// filled by somebody else.
class MissingDirectories {
 public:
  static Result<MissingDirectories> find(const fs::path& home) {
    MissingDirectories missing;
    std::error_code failure;
    for (fs::path path = fs::absolute(home, failure).lexically_normal(); path.has_relative_path();
         path = path.parent_path()) {
      COTERIE_TRY(const bool found, file_exists(path));
      if (found) break;
      missing.paths_.push_back(path);
    }
    return missing;
  }
  MissingDirectories(MissingDirectories&&) = default;
  MissingDirectories& operator=(MissingDirectories&&) = delete;
  MissingDirectories(const MissingDirectories&) = delete;
  MissingDirectories& operator=(const MissingDirectories&) = delete;
  ~MissingDirectories() {
    for (const fs::path& path : paths_) rmdir(path.c_str());
  }
  void keep() { paths_.clear(); }

 private:
  MissingDirectories() = default;
  std::vector<fs::path> paths_;
};

}  // namespace

Result<std::size_t> Vault::backup(const fs::path& file) {
  assert(!open_->database.in_transaction());
  if (!file.has_filename()) return usage_error("\"" + file.string() + "\" names no file", "name a new file");
  if (is_vaults_own(open_->home, file)) {
    return usage_error(file.string() + " is a name of the vault's own", "keep the backup in another place");
  }
  // Not IMMEDIATE: this reads one state (SQLite's WAL mode) and keeps nobody from writing the next.
  COTERIE_CHECK(open_->database.run("BEGIN"));
  Transaction transaction(*open_);
  COTERIE_TRY(transaction.root_, open_->load_root());
  COTERIE_CHECK(write_checked(*open_, transaction.root_, file));
  return transaction.root_.entries.size() - transaction.root_.entries.count(kMemoryKey);
}

Result<Vault> Vault::open_backup(const fs::path& file, const Passphrase& passphrase) {
  COTERIE_TRY(Database database, [&]() -> Result<Database> {
    COTERIE_TRY(const Bytes image, read_image(file));
    return Database::open_image(file, image);
  }());
  COTERIE_CHECK(check_format(database));
  COTERIE_TRY(std::unique_ptr<OpenVault> open, unlock(std::move(database), file, passphrase));
  COTERIE_TRY(const Root root, open->load_root());
  COTERIE_CHECK(open_every_record(*open, root));
  return Vault(std::move(open));
}

Result<void> Vault::restore(const fs::path& home, Vault& backup) {
  COTERIE_TRY(const Root root, backup.open_->load_root());
  COTERIE_TRY(MissingDirectories made, MissingDirectories::find(home));
  COTERIE_TRY(const bool locked_before, file_exists(home / kLockFile));
  COTERIE_TRY(const fs::path directory, prepare_home(home));
  COTERIE_TRY(const ByteLock creating, claim(directory));
  if (auto written = write_checked(*backup.open_, root, directory / kVaultFile); !written) {
    // There is no vault yet, so nobody else holds a lock in it.
    if (!locked_before) unlink((directory / kLockFile).c_str());
    return written;
  }
  made.keep();
  return {};
}

}  // namespace coterie::vault
