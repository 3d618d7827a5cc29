#include "cli/passphrase.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/system_message.h"

namespace coterie::cli {

namespace {

// `where`: " in FILE", or nothing where it was typed.
Error too_long(const std::string& where) {
  return usage_error(fmt::format("the passphrase{} is longer than {} bytes", where, kMaxPassphrase),
                     where.empty() ? "" : "is that the right file? Its first line is the passphrase");
}

const char* option_of(PassphraseUse use) {
  return use == PassphraseUse::next_of_vault ? "--new-passphrase-file" : "--passphrase-file";
}

std::string file_hint(PassphraseUse use) {
  return fmt::format("{} takes the path of a file, not the passphrase itself", option_of(use));
}

// Reads up to the first line feed, no further than the bound: a pipe may stay open behind the first line.
Result<SecretBytes> read_first_line(int descriptor, const std::string& path, PassphraseUse use) {
  SecretBytes line(kMaxPassphrase + 2);  // one more to see that it is too long, one for a carriage return
  std::size_t size = 0;
  while (size < line.size()) {
    const ssize_t count = read(descriptor, line.data() + size, line.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return environment_error(fmt::format("cannot read the passphrase file {}: {}", path, system_message(errno)),
                               file_hint(use));
    }
    if (count == 0) break;
    const void* end = std::memchr(line.data() + size, '\n', static_cast<std::size_t>(count));
    if (end != nullptr) {
      size = static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - line.data());
      break;
    }
    size += static_cast<std::size_t>(count);
  }
  if (size > 0 && line.data()[size - 1] == '\r') --size;
  if (size > kMaxPassphrase) return too_long(" in " + path);
  line.truncate(size);
  return line;
}

Result<Passphrase> read_passphrase_file(PassphraseSource& source, PassphraseUse use) {
  const std::string& path = *source.file;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) {
    const int number = errno;
    std::string message = fmt::format("cannot open the passphrase file {}: {}", path, system_message(number));
    if (const char* hint = resource_hint(number)) return environment_error(std::move(message), hint);
    return usage_error(std::move(message), file_hint(use));
  }
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077) != 0) {
    source.warning = fmt::format("others may read the passphrase file {0}; keep them out: `chmod 600 {0}`", path);
  }
  auto line = read_first_line(descriptor, path, use);
  close(descriptor);
  if (!line) return std::move(line).error();
  if (line->empty()) {
    return usage_error(fmt::format("the first line of the passphrase file {} is empty", path),
                       "write the passphrase there, on the first line");
  }
  return Passphrase(std::move(*line));
}

Result<SecretBytes> ask_bounded(Terminal& terminal, const std::string& prompt) {
  COTERIE_TRY(SecretBytes line, terminal.ask_secret(prompt));
  if (line.empty()) return usage_error("the passphrase is empty", "run the command again and type one");
  if (line.size() > kMaxPassphrase) return too_long("");
  return line;
}

}  // namespace

Result<void> check_passphrase_source(const PassphraseSource& source, PassphraseUse use) {
  if (source.file || source.terminal->can_ask()) return {};
  const bool is_next = use == PassphraseUse::next_of_vault;
  return usage_error(
      fmt::format("the {}passphrase is needed, and there is no terminal to ask on", is_next ? "new " : ""),
      fmt::format("give {} FILE{}", option_of(use), is_next ? "" : " or set COTERIE_PASSPHRASE_FILE"));
}

Result<Passphrase> obtain_passphrase(PassphraseSource& source, PassphraseUse use, const std::filesystem::path& home) {
  COTERIE_CHECK(check_passphrase_source(source, use));
  if (source.file) return read_passphrase_file(source, use);
  if (use == PassphraseUse::open_vault) {
    COTERIE_TRY(SecretBytes typed, ask_bounded(*source.terminal, fmt::format("Passphrase of {}: ", home.string())));
    return Passphrase(std::move(typed));
  }
  const bool is_next = use == PassphraseUse::next_of_vault;
  const std::string prompt = (is_next ? "New passphrase of " : "Passphrase for the new vault ") + home.string() + ": ";
  COTERIE_TRY(SecretBytes typed, ask_bounded(*source.terminal, prompt));
  COTERIE_TRY(const SecretBytes again, ask_bounded(*source.terminal, "The same again: "));
  if (!typed.equals(again.view())) {
    return usage_error("the two passphrases differ", is_next ? "run the command again; nothing was changed"
                                                             : "run the command again; nothing was made");
  }
  return Passphrase(std::move(typed));
}

}  // namespace coterie::cli
