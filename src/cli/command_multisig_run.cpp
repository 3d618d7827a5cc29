// coterie multisig create, join and resume: the commands that talk to the other signers.
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>

#include "base/system_message.h"
#include "ceremony/invite.h"
#include "ceremony/manifest.h"
#include "ceremony/name.h"
#include "cli/account_choice.h"
#include "cli/command.h"
#include "cli/events.h"
#include "cli/file.h"
#include "cli/multisig_view.h"
#include "cli/option_values.h"
#include "cli/progress_view.h"
#include "cli/signals.h"
#include "coterie/creation.h"
#include "crypto/digest.h"
#include "session/ice_servers.h"

namespace coterie::cli {

namespace {

constexpr std::size_t kMaxTurnPasswordFile = 1024;

struct ConnectionArguments {
  std::vector<std::string> stun;
  std::vector<std::string> turn;
  std::string turn_user;
  std::optional<std::string> turn_password_file;
  std::optional<std::string> tls_ca;
  std::string ice_policy = "all";
  std::string connect_timeout = "30s";
  std::string join_timeout = "10m";
};

struct CreateArguments {
  std::string name;
  std::string threshold;
  std::vector<std::string> signers;
  std::optional<std::string> signaling;
  std::optional<std::string> port;
  std::optional<std::string> listen;
  std::optional<std::string> advertise;
  std::optional<std::string> invite_file;
  AccountArguments account;
  std::optional<std::string> multisig_address;
  std::optional<std::string> deploy_hook;
  bool hook_with_secrets = false;
  ConnectionArguments connection;
};

struct JoinArguments {
  std::string invite;
  bool yes = false;
  std::optional<std::string> code;
  std::optional<std::string> local_name;
  std::optional<std::string> check_hook;
  ConnectionArguments connection;
};

struct ResumeArguments {
  std::string name;
  ConnectionArguments connection;
};

void add_connection_options(CLI::App& command, ConnectionArguments& arguments) {
  command
      .add_option("--stun", arguments.stun,
                  "STUN server stun:HOST[:PORT], repeatable; none: no STUN (default: two of Google's)")
      ->type_name("URL")
      ->allow_extra_args(false);
  command
      .add_option(
          "--turn", arguments.turn,
          "TURN server turn:HOST[:PORT], turn:HOST[:PORT]?transport=tcp or turns:HOST[:PORT], repeatable: relays "
          "where there is no direct path")
      ->type_name("URL")
      ->allow_extra_args(false);
  command.add_option("--turn-user", arguments.turn_user, "User at the TURN servers")->type_name("NAME");
  command.add_option("--turn-password-file", arguments.turn_password_file, "Its password: the first line of FILE")
      ->type_name("FILE");
  command
      .add_option("--tls-ca", arguments.tls_ca,
                  "Authorities (PEM) that may vouch for turns: servers, instead of the system's")
      ->type_name("FILE");
  command
      .add_option(
          "--ice-policy", arguments.ice_policy,
          "all, or relay: links go through the TURN servers only, and the other side learns no address of yours")
      ->type_name("POLICY")
      ->capture_default_str();
  command
      .add_option("--connect-timeout", arguments.connect_timeout,
                  "Both in the room until connected; then the link is tried anew")
      ->type_name("TIME")
      ->capture_default_str();
  command.add_option("--join-timeout", arguments.join_timeout, "Longest time without progress of any signer")
      ->type_name("TIME")
      ->capture_default_str();
}

Result<SecretBytes> read_turn_password(const std::string& file) {
  COTERIE_TRY(SecretBytes password, read_secret(file, kMaxTurnPasswordFile, "TURN password"));
  std::size_t size = std::min(password.text().find('\n'), password.size());
  if (size > 0 && password.text()[size - 1] == '\r') --size;
  password.truncate(size);
  if (password.empty()) {
    return usage_error(fmt::format("the first line of the TURN password file {} is empty", file),
                       "write the password there, on the first line");
  }
  return password;
}

Result<ConnectionOptions> parse_connection(const ConnectionArguments& arguments) {
  ConnectionOptions options;
  if (arguments.stun == std::vector<std::string>{"none"}) {
    options.stun.clear();
  } else if (!arguments.stun.empty()) {
    for (const std::string& server : arguments.stun) {
      if (server.rfind("stun:", 0) != 0 || server.size() == 5) {
        return server == "none" ? usage_error("--stun none stands beside another --stun",
                                              "give --stun none alone, to use no STUN server, or leave it out")
                                : usage_error(fmt::format("--stun \"{}\" is not of the form stun:HOST[:PORT]",
                                                          ceremony::escape(server, 100)),
                                              "e.g. --stun stun:stun.example.org:3478; or --stun none, to use none");
      }
    }
    options.stun = arguments.stun;
  }
  options.turn = arguments.turn;
  options.turn_user = arguments.turn_user;
  if (arguments.turn_password_file) {
    COTERIE_TRY(SecretBytes password, read_turn_password(*arguments.turn_password_file));
    options.turn_password = std::make_shared<const SecretBytes>(std::move(password));
  }
  options.tls_ca = arguments.tls_ca;
  if (arguments.ice_policy == "relay") {
    options.ice_policy = IcePolicy::relay;
  } else if (arguments.ice_policy != "all") {
    return usage_error(
        fmt::format("--ice-policy {} is neither all nor relay", ceremony::escape(arguments.ice_policy, 100)),
        "relay: only through the TURN servers; all: the best path");
  }
  COTERIE_TRY(options.connect_timeout, parse_duration(arguments.connect_timeout, "--connect-timeout"));
  COTERIE_TRY(options.join_timeout, parse_duration(arguments.join_timeout, "--join-timeout"));
  COTERIE_CHECK(session::parse_ice_servers(options));
  return options;
}

// A run's end: what the call returned, and the multisig as the vault has it, also where the call failed.
struct Ending {
  std::optional<Error> error;
  std::optional<Multisig> multisig;
};

Ending ending_of(Result<Multisig> result, ProgressView& view) {
  view.finish();
  if (result) return {std::nullopt, std::move(*result)};
  return {std::move(result).error(), view.multisig()};
}

// How a run ended, or why it could not begin: the last line of --json, the words after it, and the error that decides
// the exit code. Wrong options never come here: they leave stdout empty.
Result<void> report(Context& context, Result<Ending> result) {
  const Ending ending = result ? std::move(*result) : Ending{std::move(result).error(), std::nullopt};
  if (context.options.json) {
    std::optional<json::Value> multisig;
    if (ending.multisig) multisig = to_json(*ending.multisig);
    const auto fields = result_fields(multisig, ending.error);
    context.out() << event_line("result", context.elapsed(), fields) << std::endl;
  } else if (ending.multisig) {
    context.say("\n" + multisig_summary(*ending.multisig));
  }
  if (ending.error) return *ending.error;
  return {};
}

Result<Ending> create(Context& context, const CreateArguments& arguments, int threshold, std::optional<Account> account,
                      CreateOptions options) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  ProgressOptions progress;
  if (arguments.invite_file) progress.invite_file = *arguments.invite_file;
  const GracefulStop stop;
  ProgressView view(context, std::move(progress));
  options.signer = context.options.signer;
  options.observer = &view;
  options.stop = stop.token();
  return ending_of(
      account ? create_multisig(vault, arguments.signers, threshold, arguments.name, std::move(*account), options)
              : create_multisig(vault, arguments.signers, threshold, arguments.name, options),
      view);
}

Result<void> run_create(Context& context, const CreateArguments& arguments) {
  CreateOptions options;
  COTERIE_TRY(options.connection, parse_connection(arguments.connection));
  options.venue.signaling = arguments.signaling;
  options.venue.listen = arguments.listen;
  options.venue.advertise = arguments.advertise;
  options.multisig_address = arguments.multisig_address;
  if (arguments.deploy_hook) options.deploy_hook = Hook{*arguments.deploy_hook};
  options.hook_with_secrets = arguments.hook_with_secrets;
  if (arguments.port) {
    COTERIE_TRY(const std::int64_t port,
                parse_number(*arguments.port, 0, std::numeric_limits<std::uint16_t>::max(), "--port"));
    options.venue.port = static_cast<std::uint16_t>(port);
  }
  auto threshold =
      parse_number(arguments.threshold, 1, static_cast<std::int64_t>(ceremony::kMaxOpaqueSigners), "THRESHOLD");
  if (!threshold) {
    threshold.error().hint =
        "how many of the signers must approve, before their names: `coterie multisig create treasury 2 "
        "alice bob carol`";
    return std::move(threshold).error();
  }
  COTERIE_TRY(std::optional<Account> account, choose_account(context, arguments.account, arguments.name));
  if (arguments.account.profile) options.profile = *arguments.account.profile;
  if (arguments.invite_file) {
    const auto directory = std::filesystem::absolute(*arguments.invite_file).parent_path();
    if (access(directory.c_str(), W_OK) != 0) {
      return usage_error(fmt::format("--invite-file {}: {}", *arguments.invite_file, system_message(errno)),
                         "name a file in a directory that is there and that you may write in");
    }
  }
  return report(context, create(context, arguments, static_cast<int>(*threshold), std::move(account), options));
}

// INVITE, a FILE that holds it, or "-".
Result<ceremony::Invite> read_invite(const std::string& argument) {
  // Also in quotes or angle brackets, as it may have been copied.
  const bool is_invite = argument.find("coterie://") != std::string::npos ||
                         argument.find("coteries://") != std::string::npos ||
                         // Cut at its beginning, as it may have been copied: then that is what is wrong with it.
                         (argument.find('#') != std::string::npos && argument.find('.') != std::string::npos &&
                          !std::filesystem::exists(argument));
  if (is_invite) return ceremony::Invite::parse(argument);
  auto text = read_text(argument, ceremony::Invite::kMaxBytes, "invite");
  if (!text) {
    Error error = std::move(text).error();
    if (argument != "-") error.hint = "an invite begins with coterie:// (quote it for the shell), else it is a file";
    return error;
  }
  return ceremony::Invite::parse(*text);
}

Result<Ending> join(Context& context, const ceremony::Invite& invite, JoinOptions options, ProgressOptions progress) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  // A room that this signer has answered in is resumed without a question.
  if (!progress.consent.yes && !context.terminal().can_ask()) {
    COTERIE_TRY(const std::vector<Multisig> known, vault.multisigs(context.options.signer));
    if (std::none_of(known.begin(), known.end(), [&](const Multisig& one) { return one.room == invite.room; })) {
      return usage_error("your consent is needed, and there is no terminal to ask on",
                         "run join on a terminal, or give --yes to accept what your contacts propose");
    }
  }
  const GracefulStop stop;
  ProgressView view(context, std::move(progress));
  options.signer = context.options.signer;
  options.observer = &view;
  options.stop = stop.token();
  return ending_of(join_multisig(vault, invite.serialize(), options), view);
}

Result<void> run_join(Context& context, const JoinArguments& arguments) {
  JoinOptions options;
  ProgressOptions progress;
  progress.consent.yes = arguments.yes;
  COTERIE_TRY(options.connection, parse_connection(arguments.connection));
  options.local_name = arguments.local_name;
  if (arguments.check_hook) options.check_hook = Hook{*arguments.check_hook};
  if (arguments.code) {
    COTERIE_TRY(progress.consent.code, crypto::parse_digits(*arguments.code));
  }
  COTERIE_TRY(const ceremony::Invite invite, read_invite(arguments.invite));
  return report(context, join(context, invite, options, std::move(progress)));
}

Result<Ending> resume(Context& context, const std::string& name, ResumeOptions options) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  const GracefulStop stop;
  ProgressView view(context, {});
  options.signer = context.options.signer;
  options.observer = &view;
  options.stop = stop.token();
  return ending_of(resume_multisig(vault, name, options), view);
}

Result<void> run_resume(Context& context, const ResumeArguments& arguments) {
  ResumeOptions options;
  COTERIE_TRY(options.connection, parse_connection(arguments.connection));
  return report(context, resume(context, arguments.name, options));
}

void add_create(CLI::App& multisig, Context& context) {
  CLI::App& command = *multisig.add_subcommand(
      "create", "Make a multisig and its account, and hand the account to every signer. The same command continues it");
  auto arguments = std::make_shared<CreateArguments>();
  command.add_option("NAME", arguments->name, "The multisig's name")->required();
  command.add_option("THRESHOLD", arguments->threshold, "How many signers must approve")->required();
  command.add_option("SIGNER", arguments->signers, "You and the others: your own signer's and contacts' names")
      ->required();
  auto* signaling = command.add_option("--signaling", arguments->signaling,
                                       "Meet at this server (`coterie signaling serve`) instead of starting one here");
  signaling->type_name("ws://HOST:PORT");
  command.add_option("--port", arguments->port, "TCP port of the server started here; 0: any free one (default: 8081)")
      ->type_name("PORT")
      ->excludes(signaling);
  command.add_option("--listen", arguments->listen, "Address it listens on (default: all)")
      ->type_name("ADDR")
      ->excludes(signaling);
  command
      .add_option("--advertise", arguments->advertise,
                  "Host (and port) in the invite (default: this machine's address)")
      ->type_name("HOST[:PORT]");
  command.add_option("--invite-file", arguments->invite_file, "Write the invite to this file, too")->type_name("FILE");
  add_account_options(command, arguments->account);
  auto* address = command.add_option("--multisig-address", arguments->multisig_address,
                                     "Where the multisig's contract is: shown to all signers as your word");
  address->type_name("0x...");
  auto* hook = command.add_option("--deploy-hook", arguments->deploy_hook,
                                  "Program that deploys the contract, before anybody is contacted, and answers its "
                                  "address");
  hook->type_name("PROGRAM")->excludes(address);
  command
      .add_flag("--hook-with-secrets", arguments->hook_with_secrets,
                "Tell it the account's secrets, too (only with --deploy-hook)")
      ->needs(hook);
  add_connection_options(command, arguments->connection);
  on_run(command, context, [&context, arguments] { return run_create(context, *arguments); });
}

void add_join(CLI::App& multisig, Context& context) {
  CLI::App& command =
      *multisig.add_subcommand("join", "Join a multisig by its invite: check it, consent, and store its account");
  auto arguments = std::make_shared<JoinArguments>();
  command.add_option("INVITE", arguments->invite, "coterie://…, a file that holds it, or - for standard input")
      ->required();
  command.add_flag("--yes", arguments->yes,
                   "Consent without being asked; accepts contacts only, unless --code is given");
  command
      .add_option("--code", arguments->code,
                  "Verification code as another signer reads it out: 30 digits, for new signers")
      ->type_name("CODE");
  command.add_option("--as", arguments->local_name, "Name of the multisig here (default: the creator's)")
      ->type_name("NAME");
  command
      .add_option("--check-hook", arguments->check_hook,
                  "Program that checks the multisig address that the creator claims, before you are asked")
      ->type_name("PROGRAM");
  add_connection_options(command, arguments->connection);
  on_run(command, context, [&context, arguments] { return run_join(context, *arguments); });
}

void add_resume(CLI::App& multisig, Context& context) {
  CLI::App& command = *multisig.add_subcommand(
      "resume", "Finish what an interrupted create or join left; a complete creator answers late comers");
  auto arguments = std::make_shared<ResumeArguments>();
  command.add_option("NAME", arguments->name, "The multisig's name or room")->required();
  add_connection_options(command, arguments->connection);
  on_run(command, context, [&context, arguments] { return run_resume(context, *arguments); });
}

}  // namespace

void add_multisig_run_commands(CLI::App& multisig, Context& context) {
  add_create(multisig, context);
  add_join(multisig, context);
  add_resume(multisig, context);
}

}  // namespace coterie::cli
