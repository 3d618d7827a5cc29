// A TCP connection under way, for checks that wait for it by poll().
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "rtc/ip_address.h"

namespace coterie::doctor {

class TcpSocket {
 public:
  TcpSocket(const rtc::IpAddress& address, std::uint16_t port)
      : descriptor_(socket(address.is_ipv6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_storage to{};
    const socklen_t size = address.fill(to, port);
    static_cast<void>(connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), size));
  }
  ~TcpSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  TcpSocket(const TcpSocket&) = delete;
  TcpSocket& operator=(const TcpSocket&) = delete;

  int descriptor() const { return descriptor_; }
  // Once poll() found it writable: false when it was refused.
  bool connected() const {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    return getpeername(descriptor_, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  }

 private:
  int descriptor_;
};

}  // namespace coterie::doctor
