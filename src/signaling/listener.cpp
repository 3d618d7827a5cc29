// Listening sockets: the dual-stack default, the IPv4 fallback, and "taken" told apart from other failures.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/system_message.h"
#include "signaling/address.h"
#include "signaling/server.h"

namespace coterie::signaling {

namespace {

constexpr int kBacklog = 256;

struct Endpoint {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

std::optional<Endpoint> parse_endpoint(const std::string& literal, std::uint16_t port) {
  Endpoint endpoint;
  sockaddr_in6 ipv6{};
  if (::inet_pton(AF_INET6, literal.c_str(), &ipv6.sin6_addr) == 1) {
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    std::memcpy(&endpoint.storage, &ipv6, sizeof(ipv6));
    endpoint.length = sizeof(ipv6);
    return endpoint;
  }
  sockaddr_in ipv4{};
  if (::inet_pton(AF_INET, literal.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    std::memcpy(&endpoint.storage, &ipv4, sizeof(ipv4));
    endpoint.length = sizeof(ipv4);
    return endpoint;
  }
  return std::nullopt;
}

std::uint16_t bound_port(int descriptor) {
  Endpoint bound;
  bound.length = sizeof(bound.storage);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound.storage), &bound.length) != 0) return 0;
  if (bound.storage.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &bound.storage, sizeof(ipv4));
    return ntohs(ipv4.sin_port);
  }
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &bound.storage, sizeof(ipv6));
  return ntohs(ipv6.sin6_port);
}

// An open, listening descriptor, or -1 with errno set.
int open_listening(const Endpoint& endpoint) {
  const int family = endpoint.storage.ss_family;
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  const int off = 0;
  // A restart must not wait for the old connections' TIME_WAIT. On Linux this never shares a port that is listened on.
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (family == AF_INET6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&endpoint.storage), endpoint.length) != 0 ||
      ::listen(descriptor, kBacklog) != 0) {
    const int failure = errno;
    ::close(descriptor);
    errno = failure;
    return -1;
  }
  return descriptor;
}

}  // namespace

Listener::Listener(int descriptor, std::string address, std::uint16_t port)
    : descriptor_(descriptor), address_(std::move(address)), port_(port) {}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), address_(std::move(other.address_)), port_(other.port_) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(address_, other.address_);
  std::swap(port_, other.port_);
  return *this;
}

Listener::~Listener() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int Listener::release() {
  return std::exchange(descriptor_, -1);
}

Result<std::optional<Listener>> Listener::bind(const std::string& listen, std::uint16_t port) {
  std::string address = listen.empty() ? "::" : listen;
  const auto endpoint = parse_endpoint(address, port);
  if (!endpoint) {
    return usage_error("cannot listen on \"" + listen + "\": not an IP address",
                       "give an address of this machine, e.g. --listen 127.0.0.1; without --listen: all of them");
  }
  int descriptor = open_listening(*endpoint);
  // No IPv6 in the kernel, or switched off by sysctl.
  if (descriptor < 0 && listen.empty() && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
    address = "0.0.0.0";
    descriptor = open_listening(*parse_endpoint(address, port));
  }
  if (descriptor >= 0) return std::optional(Listener(descriptor, std::move(address), bound_port(descriptor)));

  const int failure = errno;
  if (failure == EADDRINUSE) return std::optional<Listener>();
  const std::string where = HostPort{address, port}.text();
  if (failure == EADDRNOTAVAIL) {
    return usage_error("cannot listen on " + where + ": no address of this machine",
                       "give one that `ip address` shows; without --listen: all of them");
  }
  std::string hint;
  if (failure == EACCES) hint = "ports below 1024 need privileges; choose another with --port";
  if (failure == EMFILE || failure == ENFILE) hint = "raise the limit, for instance by `ulimit -n 1024`";
  return environment_error("cannot listen on " + where + ": " + system_message(failure), hint);
}

Error port_taken_error(std::uint16_t port) {
  return environment_error("port " + std::to_string(port) + " is taken by another program",
                           "stop that program, or choose another port with --port; --port 0 takes any free one");
}

}  // namespace coterie::signaling
