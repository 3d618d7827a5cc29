// Files that a command reads or writes: bounded when read, whole or not there when written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace coterie::cli {

// The whole of a regular file, pipe or, for "-", standard input. `what` names it in errors ("invite"). Kinds: usage
// when it cannot be opened or is larger than max_bytes, environment when reading fails.
Result<std::string> read_text(const std::filesystem::path& path, std::size_t max_bytes, std::string_view what);
// The same into wiped memory, which is page-locked: keep max_bytes small.
Result<SecretBytes> read_secret(const std::filesystem::path& path, std::size_t max_bytes, std::string_view what);

enum class Existing {
  refuse,   // kind usage when there is anything at that path; whatever ends the process leaves nothing (vault::NewFile)
  replace,  // atomically, by rename; a crash leaves the old state and at most a temporary file beside it
};
// Writes mode 0600, on disk when it returns. Kind environment when the directory is missing, full or not writable.
Result<void> write_file(const std::filesystem::path& path, BytesView content, Existing existing);

}  // namespace coterie::cli
