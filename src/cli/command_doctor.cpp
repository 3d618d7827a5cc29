// coterie doctor: what of this machine and its network stands in the way of a creation.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>

#include "cli/command.h"
#include "cli/connection_options.h"
#include "cli/file.h"
#include "cli/version.h"
#include "doctor/examination.h"
#include "session/ice_servers.h"

namespace coterie::cli {

namespace {

struct DoctorArguments {
  std::optional<std::string> signaling;
  std::optional<std::string> invite;
  std::optional<std::string> bundle;
  ConnectionArguments connection;
};

Colour colour_of(doctor::Status status) {
  switch (status) {
    case doctor::Status::ok:
      return Colour::green;
    case doctor::Status::warning:
      return Colour::yellow;
    case doctor::Status::failed:
      return Colour::red;
    case doctor::Status::skipped:
      break;
  }
  return Colour::none;
}

constexpr int kTextColumn = 20;  // behind state and check

std::string indent(std::string_view lines) {
  const std::string blanks(kTextColumn, ' ');
  std::string text = blanks;
  for (const char c : lines) {
    text += c;
    if (c == '\n') text += blanks;
  }
  return text;
}

std::string table(const Context& context, const Terminal& terminal, const doctor::Findings& findings) {
  std::string text;
  const Device device = context.words_device();
  const int width = terminal.is_terminal(device) ? terminal.width(device) : 1'000;
  for (const doctor::Finding& finding : findings) {
    const std::string state = fmt::format("{:<8}", doctor::to_string(finding.status));
    std::string line = fmt::format("{} {:<11}", state, finding.check);
    if (!finding.subject.empty()) line += finding.subject + ": ";
    line += finding.text;
    if (finding.code) line += fmt::format(" [{}]", to_string(*finding.code));
    line = wrap(line, width, std::string(kTextColumn, ' '));
    text += terminal.paint(device, colour_of(finding.status), state) + line.substr(state.size()) + "\n";
    if (finding.hint.empty()) continue;
    text += indent(wrap(fmt::format("→ {}", finding.hint), width - kTextColumn, "  ")) + "\n";
  }
  return text;
}

Result<doctor::Configuration> configure(Context& context, const DoctorArguments& arguments) {
  doctor::Configuration configuration;
  COTERIE_TRY(const ConnectionOptions connection, parse_connection(arguments.connection));
  COTERIE_TRY(session::IceServers servers, session::parse_ice_servers(connection));
  configuration.stun = std::move(servers.stun);
  configuration.turn = std::move(servers.turn);
  if (arguments.signaling) {
    COTERIE_TRY(configuration.signaling, signaling::parse_signaling_url(*arguments.signaling));
  }
  if (arguments.invite) {
    COTERIE_TRY(const ceremony::Invite invite, read_invite(*arguments.invite));
    configuration.invite = signaling::ServerUrl{{invite.host, invite.port}, invite.security};
  }
  configuration.tls_ca = connection.tls_ca;
  COTERIE_TRY(configuration.home, context.home());
  // From a file only: the doctor never asks.
  if (context.options.passphrase_file) {
    COTERIE_TRY(configuration.passphrase, ask_passphrase(context, configuration.home));
  }
  if (context.options.verbosity > 0) configuration.addresses = doctor::Addresses::shown;
  return configuration;
}

Result<void> run_doctor(Context& context, const DoctorArguments& arguments) {
  if (arguments.bundle && std::filesystem::exists(std::filesystem::symlink_status(*arguments.bundle))) {
    return usage_error(fmt::format("{} is there already", *arguments.bundle), "name a new file: --bundle FILE");
  }
  COTERIE_TRY(const doctor::Configuration configuration, configure(context, arguments));
  const doctor::Findings findings = doctor::examine(configuration);
  if (arguments.bundle) {
    const std::string report = doctor::redacted_report({kVersion, doctor::describe_system()}, findings);
    COTERIE_CHECK(write_file(*arguments.bundle, as_bytes(report), Existing::refuse));
  }
  context.print(doctor::to_json(findings), table(context, context.terminal(), findings));
  if (!doctor::needed_failed(findings)) return {};
  return environment_error("something that is needed does not work: see the lines that say failed",
                           "docs/troubleshooting.md tells more about each [code]");
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  CLI::App& command =
      *app.add_subcommand("doctor", "Look what of this machine and its network stands in the way of a creation");
  auto arguments = std::make_shared<DoctorArguments>();
  command.add_option("--signaling", arguments->signaling, "Signaling server to try: ws://HOST:PORT or wss://HOST")
      ->type_name("URL");
  command.add_option("--invite", arguments->invite, "Invite to try: coterie://…, a file that holds it, or -")
      ->type_name("INVITE");
  command.add_option("--bundle", arguments->bundle, "Write a report without names and addresses to this new file")
      ->type_name("FILE");
  add_connection_options(command, arguments->connection);
  constexpr const char* kOthersTimeout =
      "Taken, so that the options of a command that failed can be repeated; not used";
  command.add_option("--connect-timeout", arguments->connection.connect_timeout, kOthersTimeout)->type_name("TIME");
  command.add_option("--join-timeout", arguments->connection.join_timeout, kOthersTimeout)->type_name("TIME");
  on_run(command, context, [&context, arguments] { return run_doctor(context, *arguments); });
}

}  // namespace coterie::cli
