#include "cli/connection_options.h"

#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>

#include "ceremony/name.h"
#include "cli/file.h"
#include "cli/option_values.h"
#include "session/ice_servers.h"

namespace coterie::cli {

namespace {

constexpr std::size_t kMaxTurnPasswordFile = 1024;

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

}  // namespace

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
                  "Authorities (PEM) that may vouch for turns: and wss: servers, instead of the system's")
      ->type_name("FILE");
  command
      .add_option(
          "--ice-policy", arguments.ice_policy,
          "all, or relay: links go through the TURN servers only, and the other side learns no address of yours")
      ->type_name("POLICY")
      ->capture_default_str();
}

void add_timeout_options(CLI::App& command, ConnectionArguments& arguments) {
  command
      .add_option("--connect-timeout", arguments.connect_timeout,
                  "Both in the room until connected; then the link is tried anew")
      ->type_name("TIME")
      ->capture_default_str();
  command.add_option("--join-timeout", arguments.join_timeout, "Longest time without progress of any signer")
      ->type_name("TIME")
      ->capture_default_str();
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

}  // namespace coterie::cli
