// The options of every command that connects to others: servers, how to reach them, how long to wait; and the invite.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ceremony/invite.h"
#include "coterie/options.h"

namespace CLI {
class App;
}

namespace coterie::cli {

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

// --stun to --ice-policy.
void add_connection_options(CLI::App& command, ConnectionArguments& arguments);
// --connect-timeout and --join-timeout.
void add_timeout_options(CLI::App& command, ConnectionArguments& arguments);
// Kind usage for everything that cannot be.
Result<ConnectionOptions> parse_connection(const ConnectionArguments& arguments);

// INVITE, a FILE that holds it, or "-".
Result<ceremony::Invite> read_invite(const std::string& argument);

}  // namespace coterie::cli
