// IpAddress: an IPv4 or IPv6 literal, and the kinds of address that matter to ICE.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::rtc {

class IpAddress {
 public:
  // Literals only, without brackets or scope; nothing is resolved.
  static std::optional<IpAddress> parse(std::string_view text);
  static std::optional<IpAddress> from_socket_address(const sockaddr* address);

  bool is_ipv6() const { return ipv6_; }
  bool is_loopback() const;
  bool is_unspecified() const;        // also the rest of 0.0.0.0/8
  bool is_multicast() const;          // also broadcast and reserved IPv4 (240.0.0.0/4)
  bool is_link_local() const;         // 169.254.0.0/16, fe80::/10; with it, where clouds answer: fd00:ec2::254
  bool is_private() const;            // RFC 1918, RFC 6598, RFC 4193: not routed in the internet
  bool is_globally_routable() const;  // none of the above or below, nor for documentation, benchmarks or protocols
  bool is_embedded_ipv4() const;      // ::ffff:0:0/96 and ::/96: RFC 8445 §5.1.1.1 forbids them as candidates

  std::string text() const;  // canonical
  socklen_t fill(sockaddr_storage& address, std::uint16_t port) const;
  bool operator==(const IpAddress&) const = default;

 private:
  bool ipv6_ = false;
  std::array<std::uint8_t, 16> bytes_{};  // network order; IPv4 in the first four
};

}  // namespace coterie::rtc
