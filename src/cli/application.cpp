#include "cli/application.h"

#include <sodium.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>

#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/signals.h"
#include "cli/version.h"
#include "coterie/log.h"
#include "rtc/glib_log.h"

namespace coterie::cli {

namespace {

void print_error(Context& context, const Error& error) {
  context.complain(Colour::red, "coterie: error: ", error.message);
  if (!error.hint.empty()) context.complain(Colour::cyan, "coterie: hint: ", error.hint);
}

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("--home", options.home, "Directory of the vault (default: $XDG_DATA_HOME/coterie)")
      ->envname("COTERIE_HOME")
      ->type_name("DIR");
  app.add_option("--signer", options.signer, "Which of your signers acts (default: the current one)")
      ->envname("COTERIE_SIGNER")
      ->type_name("NAME");
  app.add_option("--passphrase-file", options.passphrase_file, "File (or pipe) whose first line opens the vault")
      ->envname("COTERIE_PASSPHRASE_FILE")
      ->type_name("FILE");
  app.add_flag("--json", options.json, "Results as JSON on standard output, words on standard error");
  app.add_flag("--quiet", options.quiet, "Only results and errors");
  app.add_flag("-v", options.verbosity, "Log what happens on standard error; -vv: more of it");
  app.add_flag("--no-color", options.no_color, "No colours (as does the environment variable NO_COLOR)");
  app.set_version_flag("--version", std::string("coterie ") + kVersion, "Print the version and exit");
}

CLI::App& add_level(CLI::App& app, const std::string& name, const std::string& description) {
  CLI::App& level = *app.add_subcommand(name, description);
  level.require_subcommand(1);
  return level;
}

constexpr const char* kOutOfMemory = "out of memory";

// The system has no more memory, threads or descriptors for this process. Words without a further allocation.
int say_exhausted(const char* what) {
  for (const char* part : {"coterie: error: no more memory, threads or files for this process: ", what,
                           "\ncoterie: hint: what was acknowledged is on disk: close other programs or raise the limit "
                           "(`ulimit -a` shows them), then run the same command again\n"}) {
    static_cast<void>(std::fputs(part, stderr));
  }
  return exit_code(ErrorKind::environment, 0);
}

[[noreturn]] void handle_fatal(const char* message) {
  restore_terminal();
  _exit(say_exhausted(message));
}

// For what nothing caught, in whichever thread. Anything else than a lack of resources is a bug: abort, with a core.
[[noreturn]] void handle_terminate() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    handle_fatal(kOutOfMemory);
  } catch (const std::runtime_error& error) {
    handle_fatal(error.what());
  } catch (...) {
  }
  std::abort();
}

int run_parsed(Context& context, MemoryProtection protection) {
  if (context.options.no_color) context.terminal().disable_colour();
  log_to_stderr(context.options.verbosity == 0   ? LogLevel::warnings
                : context.options.verbosity == 1 ? LogLevel::info
                                                 : LogLevel::debug);
  if (protection == MemoryProtection::partial) {
    context.warn("this system does not let secrets be locked in memory or kept out of core dumps");
  }
  const Result<void> result = context.action();
  if (!result) {
    print_error(context, result.error());
    return exit_code(result.error().kind, received_signal());
  }
  context.out().flush();
  if (!context.out()) {
    print_error(context, environment_error("write to standard output"));
    return exit_code(ErrorKind::environment, 0);
  }
  return 0;
}

// libsodium ends the process after it.
void say_no_randomness() {
  static_cast<void>(
      std::fputs("coterie: error: the system gives no random numbers\n"
                 "coterie: hint: nothing is half-written; run the same command again once getrandom(2) "
                 "works (if it does, this is a bug: please report it)\n",
                 stderr));
}

}  // namespace

std::unique_ptr<CLI::App> create_command_line(Context& context) {
  auto app = std::make_unique<CLI::App>(
      "Coterie: the signers of a private multisig receive the same shared state account, peer to peer, and prove to "
      "each other that they all hold it.",
      "coterie");
  app->fallthrough();  // global options anywhere on the line; inherited by every level below
  app->require_subcommand(1);
  add_global_options(*app, context.options);
  add_demo_command(*app, context);
  add_signer_commands(*app, context);
  add_contact_commands(*app, context);
  CLI::App& multisig = add_level(*app, "multisig", "Create multisigs, join them, and look at them");
  add_multisig_run_commands(multisig, context);
  add_multisig_record_commands(multisig, context);
  add_aztec_commands(*app, context);
  add_signaling_commands(*app, context);
  add_vault_commands(*app, context);
  add_doctor_command(*app, context);
  polish_help(*app);
  return app;
}

int run_application(int argc, char** argv) {
  std::set_terminate(handle_terminate);
  rtc::take_glib_log(handle_fatal);
  sodium_set_misuse_handler(say_no_randomness);
  const MemoryProtection protection = protect_process_memory();
  umask(077);
  const SignalWatch signals;
  Terminal terminal = Terminal::detect();
  Context context(std::cout, std::cerr, terminal);
  try {
    const auto app = create_command_line(context);
    try {
      app->parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      std::cout << app->help();
      return 0;
    } catch (const CLI::CallForVersion& version) {
      std::cout << version.what() << '\n';
      return 0;
    } catch (const CLI::ParseError& error) {
      print_error(context, parse_error(*app, error));
      return exit_code(ErrorKind::usage, 0);
    }
    return run_parsed(context, protection);
  } catch (const std::bad_alloc&) {
    return say_exhausted(kOutOfMemory);
  } catch (const std::runtime_error& error) {
    // Of std::thread and Boost, when the system refuses a thread or descriptor.
    return say_exhausted(error.what());
  }
}

}  // namespace coterie::cli
