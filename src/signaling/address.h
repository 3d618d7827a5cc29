// Host and port as people write them, and which address of this machine to put into an invite.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/transport_security.h"

namespace coterie::signaling {

struct HostPort {
  std::string host;  // a name, or an IP literal without brackets
  std::uint16_t port = 0;

  std::string text() const;  // "host:port", IPv6 literals in brackets
  bool operator==(const HostPort&) const = default;
};

// "host:port", "host", "1.2.3.4:port", "[v6]:port", "[v6]"; without a port: `default_port`. `what` names the text in
// errors ("--advertise"). Kind usage.
Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port, std::string_view what);

// Where a signaling server is, and how it is spoken to.
struct ServerUrl {
  HostPort address;
  TransportSecurity security = TransportSecurity::none;

  std::string text() const;  // "ws://host:port", "wss://host:port"
  bool operator==(const ServerUrl&) const = default;
};

// "ws://HOST[:PORT]", port 8081 unless said, or the same without the scheme; "wss://HOST[:PORT]", port 443 (RFC 6455
// §3). A trailing "/" is allowed, a path is not. Kind usage.
Result<ServerUrl> parse_signaling_url(std::string_view text);

enum class Reach {
  loopback,         // this machine only
  private_network,  // RFC 1918, RFC 4193, link-local, RFC 6598: machines of the same network
  everywhere,       // a globally routable literal; a firewall may still stand in front
  by_name,          // a name: nobody knows without asking
};
Reach reach_of(std::string_view host);
// For the line under an invite, e.g. "reachable from the same network only".
const char* to_string(Reach reach);

enum class AdvertisedBy { default_route, interface, loopback };
struct AdvertisedHost {
  std::string host;                               // a literal
  AdvertisedBy by = AdvertisedBy::default_route;  // loopback: nothing else is up; the caller warns
};
// The source address of the default route (IPv4 before IPv6; no packet is sent), else the first address of an interface
// that is up and not loopback, else 127.0.0.1.
AdvertisedHost choose_advertised_host();

}  // namespace coterie::signaling
