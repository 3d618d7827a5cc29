#include "base/address_changes.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace coterie {

std::optional<AddressChanges> AddressChanges::open() {
  const int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return std::nullopt;
  AddressChanges changes(descriptor);
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  local.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) return std::nullopt;
  return changes;
}

AddressChanges::AddressChanges(AddressChanges&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

AddressChanges::~AddressChanges() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool AddressChanges::take() {
  bool changed = false;
  // What a message says of an address does not matter here: the groups carry nothing but addresses that came or went.
  alignas(nlmsghdr) std::array<char, 8192> buffer;
  while (true) {
    const ssize_t size = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size > 0 || (size < 0 && errno == ENOBUFS)) {
      changed = true;
    } else if (size == 0 || errno != EINTR) {
      return changed;
    }
  }
}

}  // namespace coterie
