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
#include "cli/connection_options.h"
#include "cli/events.h"
#include "cli/multisig_view.h"
#include "cli/option_values.h"
#include "cli/progress_view.h"
#include "cli/signals.h"
#include "coterie/creation.h"
#include "crypto/digest.h"

namespace coterie::cli {

namespace {

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
  auto* signaling =
      command.add_option("--signaling", arguments->signaling,
                         "Meet at this server (`coterie signaling serve`; with TLS in front: wss://HOST) instead of "
                         "starting one here");
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
  add_timeout_options(command, arguments->connection);
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
  add_timeout_options(command, arguments->connection);
  on_run(command, context, [&context, arguments] { return run_join(context, *arguments); });
}

void add_resume(CLI::App& multisig, Context& context) {
  CLI::App& command = *multisig.add_subcommand(
      "resume", "Finish what an interrupted create or join left; a complete creator answers late comers");
  auto arguments = std::make_shared<ResumeArguments>();
  command.add_option("NAME", arguments->name, "The multisig's name or room")->required();
  add_connection_options(command, arguments->connection);
  add_timeout_options(command, arguments->connection);
  on_run(command, context, [&context, arguments] { return run_resume(context, *arguments); });
}

}  // namespace

void add_multisig_run_commands(CLI::App& multisig, Context& context) {
  add_create(multisig, context);
  add_join(multisig, context);
  add_resume(multisig, context);
}

}  // namespace coterie::cli
