#include "doctor/vault_check.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/home.h"
#include "vault/vault.h"

namespace coterie::doctor {

namespace {

constexpr const char* kPlace = "vault";

Finding unusable(std::string text, std::string_view hint) {
  return {.check = kPlace,
          .status = Status::failed,
          .code = FindingCode::vault_unusable,
          .text = std::move(text),
          .hint = hint};
}

bool open_to_others(const std::filesystem::path& path) {
  struct stat entry {};
  return stat(path.c_str(), &entry) == 0 && (entry.st_mode & 077) != 0;
}

// The process that runs a creation with this vault, if one does.
std::optional<pid_t> holder_of(const std::filesystem::path& lock_file) {
  const int descriptor = open(lock_file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return {};
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;  // from 0, of length 0: the whole file and beyond
  const bool held = fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(descriptor);
  if (!held) return {};
  return lock.l_pid;
}

Finding check_access(const std::filesystem::path& home) {
  if (const auto sound = vault::check_home(home); !sound) {
    return unusable(sound.error().message, "make the directory yours alone: chmod 700, and its file chmod 600");
  }
  const std::filesystem::path file = home / vault::kVaultFile;
  if (const auto sound = vault::check_private_file(file); !sound) {
    return unusable(sound.error().message, "make the file yours alone: chmod 600");
  }
  if (access(home.c_str(), W_OK) != 0 || access(file.c_str(), W_OK) != 0) {
    return unusable(fmt::format("{} cannot be written", home.string()), "a creation must write there: check the disk");
  }
  if (open_to_others(home)) {
    return {.check = kPlace,
            .status = Status::warning,
            .code = FindingCode::vault_exposed,
            .text = fmt::format("{} can be listed by others; what is in it is sealed", home.string()),
            .hint = "chmod 700 the vault's directory"};
  }
  return {.check = kPlace, .text = fmt::format("{}, yours alone", home.string())};
}

Finding check_passphrase(const std::filesystem::path& home, const std::optional<Passphrase>& passphrase) {
  Finding finding{.check = "passphrase", .text = "opens the vault"};
  if (!passphrase) {
    finding.status = Status::skipped;
    finding.text = "not given";
    return finding;
  }
  const auto opened = vault::Vault::open(home, *passphrase);
  if (opened) return finding;
  finding.status = Status::failed;
  finding.code = FindingCode::vault_unusable;
  finding.text = opened.error().message;
  finding.hint = "check the passphrase file and --home; a damaged vault comes back by `coterie vault restore`";
  return finding;
}

}  // namespace

Findings check_vault(const std::filesystem::path& home, const std::optional<Passphrase>& passphrase) {
  const auto exists = vault::Vault::exists(home);
  if (!exists) return {unusable(exists.error().message, "check the directory that --home names")};
  if (!*exists) return {{.check = kPlace, .text = fmt::format("none yet at {}", home.string())}};
  Findings findings{check_access(home)};
  if (findings[0].status == Status::failed) return findings;
  if (const auto holder = holder_of(home / vault::kLockFile)) {
    findings[0].text += fmt::format("; a creation runs with it (process {})", *holder);
  }
  findings.push_back(check_passphrase(home, passphrase));
  return findings;
}

}  // namespace coterie::doctor
