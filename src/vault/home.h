// The directory of a vault: who owns it, who may write in it, and which files stand there.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace coterie::vault {

constexpr const char* kVaultFile = "vault.db";
constexpr const char* kNewVaultFile = "vault.db.new";  // while a vault is being made
constexpr const char* kLockFile = "vault.lock";        // holds nothing; its bytes are what processes lock

// Makes `home` where it is missing, with its parents, each with mode 0700 whatever the umask; then as check_home.
Result<std::filesystem::path> prepare_home(const std::filesystem::path& home);
// The absolute path of `home` without symbolic links. Refused: a link, another's directory, one that others may write.
Result<std::filesystem::path> check_home(const std::filesystem::path& home);
// Refused: no plain file (a symbolic link, say), another's, or one that others may read or write. Opens nothing:
// closing a file would drop the locks that SQLite holds on it in this process (fcntl, POSIX).
Result<void> check_private_file(const std::filesystem::path& file);

// Whether anything has that name, a dangling link included.
Result<bool> file_exists(const std::filesystem::path& file);
// Makes an empty file of mode 0600, whatever the umask. Kind environment when anything has that name already.
Result<void> create_private_file(const std::filesystem::path& file);
// After a rename: the directory's own entry must reach the disk, too.
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace coterie::vault
