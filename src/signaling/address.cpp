// Hosts, ports and this machine's own addresses: see address.h.
#include "signaling/address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "signaling/server.h"

namespace coterie::signaling {

namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 §2.3.4, as text

std::optional<in_addr> parse_ipv4(std::string_view text) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return address;
}

std::optional<in6_addr> parse_ipv6(std::string_view text) {
  in6_addr address{};
  if (text.find('\0') != text.npos) return std::nullopt;  // inet_pton sees nothing of what is behind it
  if (::inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return address;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxHostBytes || text.front() == '-' || text.front() == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

Reach reach_of_ipv4(const in_addr& address) {
  const std::uint32_t number = ntohl(address.s_addr);
  const auto in = [number](std::uint32_t network, int bits) { return number >> (32 - bits) == network >> (32 - bits); };
  if (in(0x7f000000, 8)) return Reach::loopback;
  const bool inside = in(0x0a000000, 8) || in(0xac100000, 12) || in(0xc0a80000, 16)  // RFC 1918
                      || in(0xa9fe0000, 16)                                          // RFC 3927: link-local
                      || in(0x64400000, 10);                                         // RFC 6598: behind a carrier's NAT
  return inside ? Reach::private_network : Reach::everywhere;
}

Reach reach_of_ipv6(const in6_addr& address) {
  if (IN6_IS_ADDR_LOOPBACK(&address)) return Reach::loopback;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr ipv4{};
    std::memcpy(&ipv4, &address.s6_addr[12], sizeof(ipv4));
    return reach_of_ipv4(ipv4);
  }
  const bool unique_local = (address.s6_addr[0] & 0xfe) == 0xfc;  // RFC 4193
  return unique_local || IN6_IS_ADDR_LINKLOCAL(&address) ? Reach::private_network : Reach::everywhere;
}

std::string text_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &address, sizeof(ipv4));
    ::inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
  } else {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, &address, sizeof(ipv6));
    ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

// Connecting a UDP socket sends nothing; it only asks the kernel which source address the route has.
std::optional<std::string> source_address_towards(int family) {
  sockaddr_storage target{};
  socklen_t length = 0;
  if (family == AF_INET) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(9);
    ::inet_pton(AF_INET, "8.8.8.8", &ipv4.sin_addr);
    std::memcpy(&target, &ipv4, length = sizeof(ipv4));
  } else {
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(9);
    ::inet_pton(AF_INET6, "2001:4860:4860::8888", &ipv6.sin6_addr);
    std::memcpy(&target, &ipv6, length = sizeof(ipv6));
  }
  const int descriptor = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::nullopt;
  sockaddr_storage source{};
  socklen_t source_length = sizeof(source);
  const bool found = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&target), length) == 0 &&
                     ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&source), &source_length) == 0;
  ::close(descriptor);
  if (!found) return std::nullopt;
  std::string text = text_of(reinterpret_cast<const sockaddr&>(source));
  if (reach_of(text) == Reach::loopback) return std::nullopt;
  return text;
}

bool is_link_local_ipv6(const sockaddr& address) {
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &address, sizeof(ipv6));
  return IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr);
}

std::optional<std::string> first_interface_address(int family) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != family) continue;
    if ((each->ifa_flags & IFF_UP) == 0 || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    // fe80:: means nothing without the name of an interface, which differs from machine to machine.
    if (is_link_local_ipv6(*each->ifa_addr)) continue;
    return text_of(*each->ifa_addr);
  }
  return std::nullopt;
}

constexpr std::string_view kSignalingOption = "--signaling";
constexpr std::uint16_t kDefaultTlsPort = 443;  // RFC 6455 §3

Error bad_address(std::string_view what, std::string_view text, const char* problem) {
  const std::string form = what == kSignalingOption ? "ws://HOST:PORT (with TLS wss://HOST:PORT)" : "HOST:PORT";
  const std::string shown = is_printable_ascii(text) ? " \"" + std::string(text.substr(0, 100)) + "\"" : "";
  return usage_error(std::string(what) + shown + ": " + problem,
                     "write it as " + form + ", an IPv6 address in brackets: [2001:db8::1]:8081");
}

}  // namespace

std::string HostPort::text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port, std::string_view what) {
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return bad_address(what, text, "a bracket is not closed");
    host = text.substr(1, end - 1);
    if (!parse_ipv6(host)) return bad_address(what, text, "no IPv6 address in the brackets");
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return bad_address(what, text, "something follows the bracket");
    if (!rest.empty()) port = rest.substr(1);
  } else {
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
      if (parse_ipv6(text)) return bad_address(what, text, "an IPv6 address must stand in brackets");
      host = text.substr(0, colon);
      port = text.substr(colon + 1);
    }
    if (!is_host_name(host)) return bad_address(what, text, "not a host name or IP address");
  }
  if (!port) return HostPort{std::string(host), default_port};
  const auto number = parse_port(*port);
  if (!number) return bad_address(what, text, "the port must be a number from 1 to 65535");
  return HostPort{std::string(host), *number};
}

std::string ServerUrl::text() const {
  return (security == TransportSecurity::tls ? "wss://" : "ws://") + address.text();
}

Result<ServerUrl> parse_signaling_url(std::string_view text) {
  constexpr std::string_view kPlainScheme = "ws://";
  constexpr std::string_view kTlsScheme = "wss://";
  auto security = TransportSecurity::none;
  if (text.starts_with(kPlainScheme)) {
    text.remove_prefix(kPlainScheme.size());
  } else if (text.starts_with(kTlsScheme)) {
    text.remove_prefix(kTlsScheme.size());
    security = TransportSecurity::tls;
  } else if (text.find("://") != std::string_view::npos) {
    return bad_address(kSignalingOption, text, "the scheme must be ws:// or wss://");
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('/') != std::string_view::npos) return bad_address(kSignalingOption, text, "no path belongs here");
  const std::uint16_t default_port = security == TransportSecurity::tls ? kDefaultTlsPort : kDefaultSignalingPort;
  COTERIE_TRY(HostPort address, parse_host_port(text, default_port, kSignalingOption));
  return ServerUrl{std::move(address), security};
}

Reach reach_of(std::string_view host) {
  if (const auto ipv4 = parse_ipv4(host)) return reach_of_ipv4(*ipv4);
  if (const auto ipv6 = parse_ipv6(host)) return reach_of_ipv6(*ipv6);
  const bool localhost = std::ranges::equal(host, std::string_view("localhost"), [](char given, char lower) {
    return given == lower || (given >= 'A' && given <= 'Z' && given - 'A' + 'a' == lower);
  });
  return localhost ? Reach::loopback : Reach::by_name;
}

const char* to_string(Reach reach) {
  switch (reach) {
    case Reach::loopback:
      return "reachable from this machine only";
    case Reach::private_network:
      return "reachable from the same network only";
    case Reach::everywhere:
      return "reachable from anywhere";
    case Reach::by_name:
      return "reachable from wherever this name leads here";
  }
  return "unknown";
}

AdvertisedHost choose_advertised_host() {
  for (const int family : {AF_INET, AF_INET6}) {
    if (auto address = source_address_towards(family)) return {std::move(*address), AdvertisedBy::default_route};
  }
  for (const int family : {AF_INET, AF_INET6}) {
    if (auto address = first_interface_address(family)) return {std::move(*address), AdvertisedBy::interface};
  }
  return {"127.0.0.1", AdvertisedBy::loopback};
}

}  // namespace coterie::signaling
