// Where a vault's passphrase comes from: a file, or a person at a terminal. Never an argument or the environment.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "cli/terminal.h"

namespace coterie::cli {

constexpr std::size_t kMaxPassphrase = 1024;  // bytes

enum class PassphraseUse {
  open_vault,
  new_vault,     // asked for twice
  next_of_vault  // likewise: what it is to have from now on; the file is that of --new-passphrase-file
};

struct PassphraseSource {
  std::optional<std::string> file;     // its first line, without line end; may be a pipe
  Terminal* terminal;                  // asked when there is no file
  std::optional<std::string> warning;  // set by obtain_passphrase: others may read the file
};

// Kind usage when there is neither file nor terminal.
Result<void> check_passphrase_source(const PassphraseSource& source, PassphraseUse use);

// `home`: whose passphrase it is, for the prompt. Kinds: usage when there is neither file nor terminal, or it is empty,
// too long, or typed differently the second time; interrupted at the prompt.
Result<Passphrase> obtain_passphrase(PassphraseSource& source, PassphraseUse use, const std::filesystem::path& home);

}  // namespace coterie::cli
