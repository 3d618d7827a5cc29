#include "rtc/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace coterie::rtc {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes_.data()) == 1) return address;
  address.ipv6_ = true;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from_socket_address(const sockaddr* socket_address) {
  IpAddress address;
  if (socket_address != nullptr && socket_address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, socket_address, sizeof in);
    std::memcpy(address.bytes_.data(), &in.sin_addr, 4);
    return address;
  }
  if (socket_address != nullptr && socket_address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, socket_address, sizeof in);
    address.ipv6_ = true;
    std::memcpy(address.bytes_.data(), &in.sin6_addr, 16);
    return address;
  }
  return std::nullopt;
}

bool IpAddress::is_loopback() const {
  return ipv6_ ? text() == "::1" : bytes_[0] == 127;
}

bool IpAddress::is_unspecified() const {
  if (!ipv6_) return bytes_[0] == 0;
  return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_multicast() const {
  return ipv6_ ? bytes_[0] == 0xff : bytes_[0] >= 224;
}

bool IpAddress::is_link_local() const {
  if (!ipv6_) return bytes_[0] == 169 && bytes_[1] == 254;
  return (bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80) || text() == "fd00:ec2::254";
}

bool IpAddress::is_private() const {
  if (ipv6_) return (bytes_[0] & 0xfe) == 0xfc;
  return bytes_[0] == 10 || (bytes_[0] == 172 && (bytes_[1] & 0xf0) == 16) || (bytes_[0] == 192 && bytes_[1] == 168) ||
         (bytes_[0] == 100 && (bytes_[1] & 0xc0) == 64);
}

// The special-purpose registries (RFC 6890 and later), without the few anycast addresses in them that are global.
bool IpAddress::is_globally_routable() const {
  if (is_loopback() || is_unspecified() || is_multicast() || is_link_local() || is_private()) return false;
  const auto& b = bytes_;
  if (ipv6_)
    return (b[0] & 0xe0) == 0x20 &&
           !(b[0] == 0x20 && b[1] == 0x01 && (b[2] < 0x02 || (b[2] == 0x0d && b[3] == 0xb8))) &&
           !(b[0] == 0x20 && b[1] == 0x02);
  return !(b[0] == 192 && b[1] == 0 && (b[2] == 0 || b[2] == 2)) && !(b[0] == 198 && (b[1] & 0xfe) == 18) &&
         !(b[0] == 198 && b[1] == 51 && b[2] == 100) && !(b[0] == 203 && b[1] == 0 && b[2] == 113);
}

bool IpAddress::is_embedded_ipv4() const {
  if (!ipv6_ || is_loopback() || is_unspecified()) return false;
  if (std::any_of(bytes_.begin(), bytes_.begin() + 10, [](std::uint8_t byte) { return byte != 0; })) return false;
  return bytes_[10] == bytes_[11] && (bytes_[10] == 0xff || bytes_[10] == 0);
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(ipv6_ ? AF_INET6 : AF_INET, bytes_.data(), buffer, sizeof buffer);
  return buffer;
}

socklen_t IpAddress::fill(sockaddr_storage& address, std::uint16_t port) const {
  address = {};
  if (ipv6_) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, bytes_.data(), 16);
    std::memcpy(&address, &in, sizeof in);
    return sizeof in;
  }
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  std::memcpy(&in.sin_addr, bytes_.data(), 4);
  std::memcpy(&address, &in, sizeof in);
  return sizeof in;
}

}  // namespace coterie::rtc
