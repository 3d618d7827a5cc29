#include "session/ice_servers.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "rtc/ip_address.h"
#include "tls/client.h"

namespace coterie::session {

namespace {

constexpr std::chrono::hours kLongestTime{24};

// RFC 8489 §9.2.3: SASLprep of it; what no server has is refused here, what it forbids is left to the server.
bool is_user(std::string_view user) {
  if (user.empty() || user.size() > rtc::kMaxTurnUserBytes) return false;
  return std::none_of(user.begin(), user.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_password(std::string_view password) {
  return !password.empty() && password.size() <= rtc::kMaxTurnPasswordBytes && password.find('\0') == password.npos;
}

Result<void> check_authorities(const ConnectionOptions& options) {
  if (const auto usable = tls::create_client_context(options.tls_ca); !usable) {
    return usage_error(usable.error().message, usable.error().hint);
  }
  return {};
}

Result<void> check_credential(const ConnectionOptions& options) {
  if (options.turn.empty()) {
    if (!options.turn_user.empty() || options.turn_password) {
      return usage_error("a user or a password for TURN, but no TURN server", "give the server: --turn URL");
    }
    return {};
  }
  if (options.turn.size() > rtc::kMaxTurnServers) {
    return usage_error(fmt::format("{} TURN servers: there are at most {}", options.turn.size(), rtc::kMaxTurnServers));
  }
  if (options.turn_user.empty() || !options.turn_password) {
    return usage_error("a TURN server needs a user and a password",
                       "give both: --turn-user NAME --turn-password-file FILE");
  }
  if (!is_user(options.turn_user)) {
    return usage_error(
        fmt::format("the TURN user has control characters or more than {} bytes", rtc::kMaxTurnUserBytes));
  }
  if (!is_password(options.turn_password->text())) {
    return usage_error(
        fmt::format("the TURN password is empty, has a zero byte or more than {} bytes", rtc::kMaxTurnPasswordBytes));
  }
  return {};
}

Result<void> check_time(std::chrono::milliseconds time, std::string_view name) {
  if (time >= std::chrono::milliseconds(1) && time <= kLongestTime) return {};
  return usage_error(fmt::format("{} is not from 1 ms to 24 h", name));
}

bool may_be_used(const rtc::TurnUrl& url, const std::string& signaling_host) {
  if (url.host == signaling_host) return true;
  const auto literal = rtc::IpAddress::parse(url.host);
  return literal && literal->is_globally_routable();
}

}  // namespace

Result<IceServers> parse_ice_servers(const ConnectionOptions& options) {
  IceServers servers;
  for (const std::string& url : options.stun) {
    COTERIE_TRY(rtc::StunUrl one, rtc::StunUrl::parse(url));
    servers.stun.push_back(std::move(one));
  }
  COTERIE_CHECK(check_time(options.connect_timeout, "the connect time-out"));
  COTERIE_CHECK(check_time(options.join_timeout, "the join time-out"));
  COTERIE_CHECK(check_authorities(options));
  COTERIE_CHECK(check_credential(options));
  for (const std::string& url : options.turn) {
    COTERIE_TRY(rtc::TurnUrl one, rtc::TurnUrl::parse(url));
    servers.turn.push_back({std::move(one), options.turn_user, options.turn_password, options.tls_ca});
  }
  if (options.ice_policy == IcePolicy::relay) {
    if (servers.turn.empty()) {
      return usage_error("only relays are allowed, and there is no TURN server to be one",
                         "give one: --turn URL --turn-user NAME --turn-password-file FILE");
    }
    servers.stun.clear();
  }
  return servers;
}

std::vector<rtc::TurnServer> usable_turn_servers(const std::vector<signaling::IceServer>& offered,
                                                 const std::string& signaling_host) {
  std::vector<rtc::TurnServer> usable;
  for (const signaling::IceServer& server : offered) {
    if (!is_user(server.username) || !is_password(server.credential)) continue;
    const auto password = std::make_shared<const SecretBytes>(SecretBytes::copy_of(server.credential));
    for (const std::string& text : server.urls) {
      const auto url = rtc::TurnUrl::parse(text);
      if (!url) continue;
      if (!may_be_used(*url, signaling_host)) {
        log::info("a turn server that the signaling server offers is neither at its host nor public: not used");
        continue;
      }
      if (usable.size() == signaling::kMaxIceServers) return usable;
      usable.push_back({*url, server.username, password, {}, /*offered=*/true});
    }
  }
  return usable;
}

}  // namespace coterie::session
