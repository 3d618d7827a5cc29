#include "net/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cassert>

#include "rtc/candidate.h"

namespace coterie::rtc {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

sockaddr* as_sockaddr(sockaddr_in& address) {
  return reinterpret_cast<sockaddr*>(&address);
}

}  // namespace

Wire::Wire() : stop_(::eventfd(0, EFD_CLOEXEC)) {
  for (const int side : {0, 1}) {
    ports_[side] = 0;
    cut_[side] = false;
    sockets_[side] = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in any_port = loopback(0);
    const int bound = ::bind(sockets_[side], as_sockaddr(any_port), sizeof any_port);
    assert(bound == 0);
    (void)bound;
  }
  thread_ = std::thread([this] { run(); });
}

Wire::~Wire() {
  const std::uint64_t one = 1;
  (void)!::write(stop_, &one, sizeof one);
  thread_.join();
  for (const int descriptor : {sockets_[0], sockets_[1], stop_}) ::close(descriptor);
}

std::optional<IceCandidateInit> Wire::carry(End from, const IceCandidateInit& init) {
  auto parsed = parse_remote_candidate(init.candidate, LoopbackCandidates::allowed);
  if (!parsed || !*parsed || (*parsed)->address.text() != "127.0.0.1") return std::nullopt;
  Candidate candidate = **parsed;
  ports_[index(from)] = candidate.port;
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(sockets_[index(from)], as_sockaddr(own), &size);
  candidate.port = ntohs(own.sin_port);
  IceCandidateInit carried = init;
  carried.candidate = candidate.serialize();
  return carried;
}

void Wire::run() {
  std::array<pollfd, 3> watched{{{sockets_[0], POLLIN, 0}, {sockets_[1], POLLIN, 0}, {stop_, POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) >= 0 && watched[2].revents == 0) {
    // What comes in at the socket that stands for one end, the other end has sent.
    if (watched[0].revents != 0) forward(1);
    if (watched[1].revents != 0) forward(0);
  }
}

void Wire::forward(int from) {
  std::array<char, 65536> datagram;
  while (true) {
    sockaddr_in sender{};
    socklen_t size = sizeof sender;
    const ssize_t bytes =
        ::recvfrom(sockets_[1 - from], datagram.data(), datagram.size(), 0, as_sockaddr(sender), &size);
    if (bytes < 0) return;
    // Checks from the end's other addresses, and what comes before its candidate, do not get through.
    if (ntohs(sender.sin_port) != ports_[from] || sender.sin_addr.s_addr != htonl(INADDR_LOOPBACK)) continue;
    if (ports_[1 - from] == 0) continue;
    if (cut_[from]) {
      ++lost_;
      continue;
    }
    sockaddr_in receiver = loopback(ports_[1 - from]);
    ::sendto(sockets_[from], datagram.data(), static_cast<std::size_t>(bytes), 0, as_sockaddr(receiver),
             sizeof receiver);
  }
}

}  // namespace coterie::rtc
