// coterie signaling serve: a meeting place for the creations of others.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>

#include "cli/command.h"
#include "cli/option_values.h"
#include "cli/signals.h"
#include "coterie/signaling_server.h"
#include "signaling/address.h"
#include "signaling/message.h"

namespace coterie::cli {

namespace {

// A limit as an option: its text is checked when the command runs, so that all wrong values read alike.
template <class Number>
struct LimitOption {
  const char* option;
  const char* description;
  Number SignalingLimits::*member;
  std::int64_t most;
};

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

constexpr LimitOption<std::size_t> kSizes[] = {
    {"--max-frame", "Bytes of one message, at most 65536", &SignalingLimits::frame_bytes, signaling::kMaxFrame},
    {"--max-members", "Signers in one room, at most 64", &SignalingLimits::members, signaling::kMaxMembers},
    {"--max-rooms", "Rooms open at once", &SignalingLimits::rooms, kMost},
    {"--max-queue", "Bytes waiting for one slow reader; then it is dropped", &SignalingLimits::queue_bytes, kMost},
    {"--max-connections", "Connections open at once", &SignalingLimits::connections, kMost},
};
constexpr LimitOption<std::uint32_t> kRates[] = {
    {"--connections-per-second", "New connections of one address", &SignalingLimits::connections_per_second, kMost},
    {"--refused-per-second", "Refused joins of one address", &SignalingLimits::refused_per_second, kMost},
    {"--messages-per-second", "Messages of one connection", &SignalingLimits::messages_per_second, kMost},
};
constexpr LimitOption<std::chrono::milliseconds> kTimes[] = {
    {"--handshake-timeout", "From connected to joined", &SignalingLimits::handshake, 0},
    {"--idle-ping", "Silence before a ping; as long again, and the connection is dropped", &SignalingLimits::idle_ping,
     0},
};

std::string duration_text(std::chrono::milliseconds duration) {
  return duration.count() % 1000 == 0 ? fmt::format("{}s", duration.count() / 1000)
                                      : fmt::format("{}ms", duration.count());
}

struct ServeArguments {
  std::string listen;
  std::string port = std::to_string(kDefaultSignalingPort);
  std::vector<std::string> origins;
  std::map<std::string, std::string> limits;  // by option
};

Result<SignalingServerOptions> parse_options(const ServeArguments& arguments) {
  SignalingServerOptions options;
  options.listen = arguments.listen;
  COTERIE_TRY(const std::int64_t port,
              parse_number(arguments.port, 0, std::numeric_limits<std::uint16_t>::max(), "--port"));
  options.port = static_cast<std::uint16_t>(port);
  options.allowed_origins = arguments.origins;
  for (const auto& limit : kSizes) {
    COTERIE_TRY(const std::int64_t value, parse_number(arguments.limits.at(limit.option), 1, limit.most, limit.option));
    options.limits.*limit.member = static_cast<std::size_t>(value);
  }
  for (const auto& limit : kRates) {
    COTERIE_TRY(const std::int64_t value, parse_number(arguments.limits.at(limit.option), 1, limit.most, limit.option));
    options.limits.*limit.member = static_cast<std::uint32_t>(value);
  }
  for (const auto& limit : kTimes) {
    COTERIE_TRY(options.limits.*limit.member, parse_duration(arguments.limits.at(limit.option), limit.option));
  }
  return options;
}

void wait_for(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

Result<void> run_serve(Context& context, const ServeArguments& arguments) {
  COTERIE_TRY(const SignalingServerOptions options, parse_options(arguments));
  const GracefulStop stop;
  COTERIE_TRY(SignalingServer server, SignalingServer::start(options));
  const signaling::HostPort bound{server.address(), server.port()};
  context.print(json::Object{{"kind", "serve"}, {"address", bound.host}, {"port", bound.port}},
                fmt::format("Coterie signaling server on {}; Ctrl-C ends it", bound.text()));
  context.out().flush();  // whoever started us may wait for this line
  wait_for(stop.token());
  server.stop();
  return {};
}

}  // namespace

void add_signaling_commands(CLI::App& app, Context& context) {
  CLI::App& level = *app.add_subcommand("signaling", "The server where signers find each other");
  level.require_subcommand(1);
  CLI::App& command = *level.add_subcommand("serve", "Run a signaling server until Ctrl-C or SIGTERM");
  auto arguments = std::make_shared<ServeArguments>();
  command.add_option("--listen", arguments->listen, "Address to listen on (default: all)")->type_name("ADDR");
  command.add_option("--port", arguments->port, "TCP port; 0: any free one")->type_name("PORT")->capture_default_str();
  command
      .add_option("--allow-origin", arguments->origins,
                  "Browser pages that may connect, e.g. https://signer.example; repeatable")
      ->type_name("ORIGIN")
      ->allow_extra_args(false);
  const SignalingLimits defaults;
  const auto add_limit = [&](const char* option, const char* description, const char* type, std::string value) {
    std::string& text = arguments->limits[option] = std::move(value);
    command.add_option(option, text, description)->type_name(type)->capture_default_str()->group("Limits");
  };
  for (const auto& limit : kSizes) {
    add_limit(limit.option, limit.description, "N", std::to_string(defaults.*limit.member));
  }
  for (const auto& limit : kRates) {
    add_limit(limit.option, limit.description, "N", std::to_string(defaults.*limit.member));
  }
  for (const auto& limit : kTimes) {
    add_limit(limit.option, limit.description, "TIME", duration_text(defaults.*limit.member));
  }
  on_run(command, context, [&context, arguments] { return run_serve(context, *arguments); });
}

}  // namespace coterie::cli
