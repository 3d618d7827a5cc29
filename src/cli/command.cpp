#include "cli/command.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <cstdlib>
#include <ostream>

#include "ceremony/name.h"
#include "cli/passphrase.h"

namespace coterie::cli {

void Context::print(const json::Value& object, std::string_view text) {
  if (options.json) {
    out_ << json::serialize(object) << '\n';
  } else if (!text.empty()) {
    out_ << text << (text.back() == '\n' ? "" : "\n");
  }
}

void Context::print_secret(const SecretBytes& text) {
  // The stream's buffer is never wiped, so secrets go around it.
  out_.flush();
  for (const std::string_view part : {text.text(), std::string_view("\n")}) {
    std::string_view rest = part;
    while (!rest.empty()) {
      const ssize_t written = write(STDOUT_FILENO, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        out_.setstate(std::ios::badbit);  // noticed with every other failure of stdout, when the program ends
        return;
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

void Context::say(std::string_view line) {
  if (options.quiet) return;
  const Device device = words_device();
  const std::string shown = ceremony::escape_words(line);
  words() << (terminal_.is_terminal(device) ? wrap(shown, terminal_.width(device)) : shown) << std::endl;
}

void Context::warn(std::string_view line) {
  complain(Colour::yellow, "coterie: warning: ", line);
}

void Context::complain(Colour colour, std::string_view label, std::string_view text) {
  std::string whole = std::string(label) + ceremony::escape_words(text);
  if (terminal_.is_terminal(Device::err)) whole = wrap(whole, terminal_.width(Device::err), "  ");
  err_ << terminal_.paint(Device::err, colour, whole.substr(0, label.size())) << whole.substr(label.size())
       << std::endl;
}

Device Context::words_device() const {
  return options.json ? Device::err : Device::out;
}

std::chrono::milliseconds Context::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
}

Result<std::filesystem::path> Context::home() const {
  if (options.home) return std::filesystem::path(*options.home);
  const char* data = std::getenv("XDG_DATA_HOME");
  // XDG Base Directory Specification: relative paths there are invalid and to be ignored.
  if (data != nullptr && *data == '/') return std::filesystem::path(data) / "coterie";
  const char* user = std::getenv("HOME");
  if (user != nullptr && *user == '/') return std::filesystem::path(user) / ".local/share/coterie";
  return usage_error("there is no home directory for the vault", "give --home DIR or set COTERIE_HOME");
}

void on_run(CLI::App& command, Context& context, std::function<Result<void>()> run) {
  command.callback([&context, run = std::move(run)] { context.action = run; });
}

namespace {

Result<Passphrase> obtain(Context& context, PassphraseUse use, const std::filesystem::path& place) {
  PassphraseSource source{context.options.passphrase_file, &context.terminal(), {}};
  auto passphrase = obtain_passphrase(source, use, place);
  if (source.warning) context.warn(*source.warning);
  return passphrase;
}

}  // namespace

Result<Passphrase> ask_passphrase(Context& context, const std::filesystem::path& place) {
  return obtain(context, PassphraseUse::open_vault, place);
}

Result<Vault> open_vault(Context& context, MissingVault missing) {
  COTERIE_TRY(const std::filesystem::path home, context.home());
  COTERIE_TRY(const bool exists, Vault::exists(home));
  if (!exists && missing == MissingVault::refuse) {
    return usage_error(fmt::format("there is no vault at {}", home.string()),
                       "make one with `coterie signer create NAME`, or name yours with --home DIR");
  }
  COTERIE_TRY(const Passphrase passphrase,
              obtain(context, exists ? PassphraseUse::open_vault : PassphraseUse::new_vault, home));
  COTERIE_TRY(Vault vault, exists ? Vault::open(home, passphrase) : Vault::create(home, passphrase));
  if (!exists) {
    context.err() << fmt::format("coterie: New vault at {}; there is no recovery without the passphrase",
                                 vault.home().string())
                  << std::endl;
  }
  return vault;
}

Result<Signer> chosen_signer(Context& context, Vault& vault) {
  return vault.signer(context.options.signer);
}

}  // namespace coterie::cli
