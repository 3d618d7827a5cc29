// What every command shares: global options, where to print, the vault, the signer; and how commands are registered.
//
// A command is a function that adds its options to a CLI11 app and gives `on_run` the one thing to do after the whole
// line has parsed. What that returns decides the exit code: an Error is printed as "coterie: error: …" (and "coterie:
// hint: …") on stderr and mapped by its kind (cli/exit_code.h); nothing else ends the program.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "cli/terminal.h"
#include "coterie/vault.h"

namespace CLI {
class App;
}

namespace coterie::cli {

struct GlobalOptions {
  std::optional<std::string> home;             // --home, else COTERIE_HOME
  std::optional<std::string> signer;           // --signer, else COTERIE_SIGNER
  std::optional<std::string> passphrase_file;  // --passphrase-file, else COTERIE_PASSPHRASE_FILE
  bool json = false;
  bool quiet = false;
  bool no_color = false;
  int verbosity = 0;  // 0, -v: 1, -vv: 2
};

class Context {
 public:
  // The streams and the terminal outlive the context; a test gives string streams and a Terminal without any device.
  Context(std::ostream& out, std::ostream& err, Terminal& terminal)
      : out_(out), err_(err), terminal_(terminal), start_(std::chrono::steady_clock::now()) {}

  GlobalOptions options;
  Terminal& terminal() { return terminal_; }
  Random& random() { return random_; }
  std::chrono::milliseconds elapsed() const;  // since the program's start

  // The result of a command, on stdout: `object` as one line with --json, else `text` (a final line feed is added when
  // it has none). Printed also with --quiet. Call once, when nothing can fail any more: stdout stays empty on failure.
  void print(const json::Value& object, std::string_view text);
  // The same for text that holds secrets (show --reveal): not buffered, no copy is left in memory. One line feed added.
  void print_secret(const SecretBytes& text);
  // Words for a person beside the result: stdout, or stderr with --json; nothing with --quiet. What a terminal would
  // obey in them is escaped, here and in the next two: they may quote a file's name, or what somebody else said.
  void say(std::string_view line);
  // "coterie: warning: …" on stderr, also with --quiet.
  void warn(std::string_view line);
  // `label` in its colour and `text` on stderr, at words of a terminal's width.
  void complain(Colour colour, std::string_view label, std::string_view text);

  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }
  std::ostream& words() { return options.json ? err_ : out_; }  // where `say` writes
  Device words_device() const;                                  // which descriptor that is

  // --home, COTERIE_HOME, $XDG_DATA_HOME/coterie, ~/.local/share/coterie. Kind usage when there is none of them.
  Result<std::filesystem::path> home() const;

  // What the parsed line asks for; set by on_run.
  std::function<Result<void>()> action;

 private:
  std::ostream& out_;
  std::ostream& err_;
  Terminal& terminal_;
  SystemRandom random_;
  std::chrono::steady_clock::time_point start_;
};

// Called by CLI11 when `command` was on the line; `run` is called once, after parsing and after the start-up work.
void on_run(CLI::App& command, Context& context, std::function<Result<void>()> run);

enum class MissingVault {
  refuse,  // kind usage: "there is no vault at …", hint `coterie signer create NAME`
  create,  // a new one, with its passphrase asked twice on a terminal; says so and that there is no recovery
};
// Asks for the passphrase as section "passphrase" of docs/reference.md says. Kinds: usage when there is nobody to ask,
// refused for a wrong passphrase or a damaged vault.
Result<Vault> open_vault(Context& context, MissingVault missing);

// The passphrase of --passphrase-file, or asked for; `place` is the vault, or the backup, that it opens.
Result<Passphrase> ask_passphrase(Context& context, const std::filesystem::path& place);

// The signer of --signer, else the current one.
Result<Signer> chosen_signer(Context& context, Vault& vault);

// Registration: one function for each source file command_*.cpp. `app` is the program for the top levels (signer,
// contact, multisig, …), the `multisig` level for the last two, which share it.
void add_signer_commands(CLI::App& app, Context& context);             // command_signer.cpp
void add_contact_commands(CLI::App& app, Context& context);            // command_contact.cpp
void add_multisig_run_commands(CLI::App& multisig, Context& context);  // command_multisig_run.cpp: create join resume
void add_multisig_record_commands(CLI::App& multisig, Context& context);  // command_multisig_records.cpp: the rest
void add_aztec_commands(CLI::App& app, Context& context);                 // command_aztec.cpp
void add_signaling_commands(CLI::App& app, Context& context);             // command_signaling.cpp
void add_vault_commands(CLI::App& app, Context& context);                 // command_vault.cpp
void add_doctor_command(CLI::App& app, Context& context);                 // command_doctor.cpp
void add_demo_command(CLI::App& app, Context& context);                   // command_demo.cpp

}  // namespace coterie::cli
