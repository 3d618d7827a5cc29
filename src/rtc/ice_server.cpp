#include "rtc/ice_server.h"

#include <spdlog/fmt/fmt.h>

#include "base/ascii.h"
#include "rtc/ip_address.h"
#include "rtc/sdp_grammar.h"

namespace coterie::rtc {

namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxQuoted = 64;  // of a malformed URL in an error

// What kind of URL is read, for its errors.
struct Kind {
  const char* name;
  const char* hint;
};
constexpr Kind kStun = {"STUN", "write stun:HOST or stun:HOST:PORT"};
constexpr Kind kTurn = {"TURN", "write turn:HOST:PORT, turn:HOST:PORT?transport=tcp or turns:HOST:PORT"};

Error url_error(const Kind& kind, std::string_view text, std::string_view what) {
  return usage_error(fmt::format("\"{}\" is not a {} server: {}", text.substr(0, kMaxQuoted), kind.name, what),
                     kind.hint);
}

Error foreign_characters(const Kind& kind) {
  return usage_error(fmt::format("a {} server with control characters, or others than ASCII", kind.name), kind.hint);
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes || host.front() == '-') return false;
  for (const char c : host) {
    const bool alpha_numeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alpha_numeric && c != '-' && c != '.' && c != '_') return false;
  }
  return true;
}

struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
};

// host [":" port]: all of `text`. `url` is what it stands in.
Result<HostPort> parse_host_port(const Kind& kind, std::string_view url, std::string_view text) {
  HostPort parsed;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return url_error(kind, url, "a bracket is missing");
    parsed.host = text.substr(1, end - 1);
    const auto literal = IpAddress::parse(parsed.host);
    if (!literal || !literal->is_ipv6()) return url_error(kind, url, "brackets are for IPv6 addresses");
    text.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    parsed.host = text.substr(0, end);
    if (!is_host_name(parsed.host)) return url_error(kind, url, "its host is malformed");
    text.remove_prefix(end);
  }
  if (text.empty()) return parsed;
  parsed.port = text[0] == ':' ? sdp::parse_number<std::uint16_t>(text.substr(1)) : std::nullopt;
  if (!parsed.port || *parsed.port == 0) return url_error(kind, url, "its port is malformed");
  return parsed;
}

std::string host_port_text(std::string_view host, std::uint16_t port) {
  const bool bracketed = host.find(':') != host.npos;
  return fmt::format(fmt::runtime(bracketed ? "[{}]:{}" : "{}:{}"), host, port);
}

}  // namespace

Result<StunUrl> StunUrl::parse(std::string_view text) {
  if (!is_printable_ascii(text)) return foreign_characters(kStun);
  if (!text.starts_with("stun:")) return url_error(kStun, text, "it does not begin with stun:");
  COTERIE_TRY(HostPort parsed, parse_host_port(kStun, text, text.substr(std::string_view("stun:").size())));
  return StunUrl{std::move(parsed.host), parsed.port.value_or(kStunPort)};
}

std::string StunUrl::text() const {
  return "stun:" + host_port_text(host, port);
}

Result<TurnUrl> TurnUrl::parse(std::string_view text) {
  if (!is_printable_ascii(text)) return foreign_characters(kTurn);
  const bool secure = text.starts_with("turns:");
  if (!secure && !text.starts_with("turn:")) return url_error(kTurn, text, "it begins with neither turn: nor turns:");
  std::string_view rest = text.substr(text.find(':') + 1);
  TurnTransport transport = secure ? TurnTransport::tls : TurnTransport::udp;
  if (const std::size_t query = rest.find('?'); query != rest.npos) {
    const std::string_view value = rest.substr(query);
    rest = rest.substr(0, query);
    if (value == "?transport=tcp") {
      if (!secure) transport = TurnTransport::tcp;
    } else if (value != "?transport=udp") {
      return url_error(kTurn, text, "after ? it can only have transport=udp or transport=tcp");
    } else if (secure) {
      return url_error(kTurn, text, "TURN over DTLS is not supported");
    }
  }
  COTERIE_TRY(HostPort parsed, parse_host_port(kTurn, text, rest));
  return TurnUrl{std::move(parsed.host), parsed.port.value_or(secure ? kTurnTlsPort : kStunPort), transport};
}

std::string TurnUrl::text() const {
  return fmt::format("{}:{}{}", transport == TurnTransport::tls ? "turns" : "turn", host_port_text(host, port),
                     transport == TurnTransport::tcp ? "?transport=tcp" : "");
}

SocketName socket_name(const sockaddr_storage& address) {
  const auto ip = IpAddress::from_socket_address(reinterpret_cast<const sockaddr*>(&address));
  const auto port = address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                                  : reinterpret_cast<const sockaddr_in&>(address).sin_port;
  return {ip ? ip->text() : std::string(), ntohs(port)};
}

}  // namespace coterie::rtc
