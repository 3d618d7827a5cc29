#include "ceremony/invite.h"

#include <arpa/inet.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>

#include "ceremony/text.h"
#include "crypto/identity.h"

namespace coterie::ceremony {

namespace {

constexpr std::string_view kScheme = "coterie://";
constexpr std::string_view kTlsScheme = "coteries://";
constexpr std::size_t kMaxHost = 253;  // RFC 1035 §2.3.4, without the root's dot

Error malformed(std::string_view problem) {
  return usage_error(fmt::format("the invite is malformed: {}", problem),
                     "an invite reads coterie://HOST:PORT/ROOM#SIGNKEY.BOXKEY; copy all of it, in quotes");
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  // inet_pton sees nothing of what is behind a zero byte.
  return host.find('\0') == std::string::npos && inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_host_name(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  };
  return !host.empty() && host.size() <= kMaxHost && host.front() != '-' && host.front() != '.' &&
         std::all_of(host.begin(), host.end(), allowed);
}

}  // namespace

Result<Invite> Invite::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return malformed("it is longer than 1024 bytes");
  text = trim(text, " \t\r\n\v\f\"'<>`");
  const bool secure = text.starts_with(kTlsScheme);
  if (!secure && !text.starts_with(kScheme)) return malformed("it does not start with coterie:// or coteries://");
  text.remove_prefix(secure ? kTlsScheme.size() : kScheme.size());

  const std::size_t slash = text.find('/');
  const std::size_t hash = text.find('#');
  if (slash == std::string_view::npos || hash == std::string_view::npos || hash < slash) {
    return malformed("the room or the keys are missing");
  }
  const std::string_view authority = text.substr(0, slash);
  const std::string_view room = text.substr(slash + 1, hash - slash - 1);
  const std::string_view keys = text.substr(hash + 1);

  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return malformed("the port is missing");
  std::string_view host = authority.substr(0, colon);
  const std::string_view port = authority.substr(colon + 1);
  Invite invite;
  invite.security = secure ? TransportSecurity::tls : TransportSecurity::none;
  if (host.starts_with('[') && host.ends_with(']')) {
    invite.host = std::string(host.substr(1, host.size() - 2));
    if (!is_ipv6(invite.host)) return malformed("its host is no IPv6 address");
  } else {
    invite.host = std::string(host);
    if (!is_host_name(host)) return malformed("its host is neither a name nor an address (an IPv6 address needs [])");
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), invite.port);
  if (error != std::errc() || end != port.data() + port.size() || port.front() == '0') {
    return malformed("its port is not a number from 1 to 65535");
  }

  const auto parsed_room = RoomId::parse(room);
  if (!parsed_room) return malformed("its room is damaged");
  invite.room = *parsed_room;
  const std::size_t dot = keys.find('.');
  if (dot == std::string_view::npos) return malformed("one of its keys is missing");
  const auto sign_key = SignKey::parse(keys.substr(0, dot));
  const auto box_key = BoxKey::parse(keys.substr(dot + 1));
  if (!sign_key || !box_key || !crypto::check_box_key(*box_key)) return malformed("one of its keys is damaged");
  invite.creator = {*sign_key, *box_key};
  return invite;
}

std::string Invite::serialize() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}{}:{}/{}#{}.{}", security == TransportSecurity::tls ? kTlsScheme : kScheme,
                     bracketed ? "[" : "", host, bracketed ? "]" : "", port, room.text(), creator.sign_key.text(),
                     creator.box_key.text());
}

}  // namespace coterie::ceremony
