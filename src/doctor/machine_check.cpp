#include "doctor/machine_check.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <sodium.h>
#include <spdlog/fmt/fmt.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>

#include "base/sodium_init.h"

namespace coterie::doctor {

namespace {

using rtc::IpAddress;

constexpr UnixSeconds kOldest = 1'735'689'600;         // 2025-01-01: before any version of this program
constexpr UnixSeconds kLatest = 4'102'444'800;         // 2100-01-01
constexpr std::size_t kSessionSecrets = 256ul * 1024;  // as protect_process_memory tries

// RFC 6598.
bool is_carrier_grade(const IpAddress& address) {
  sockaddr_storage storage{};
  static_cast<void>(address.fill(storage, 0));
  if (address.is_ipv6()) return false;
  return (ntohl(reinterpret_cast<const sockaddr_in&>(storage).sin_addr.s_addr) & 0xffc00000U) == 0x64400000U;
}

const char* kind_of(const IpAddress& address) {
  if (is_carrier_grade(address)) return "carrier-grade IPv4";
  if (address.is_private()) return address.is_ipv6() ? "private IPv6" : "private IPv4";
  return address.is_ipv6() ? "public IPv6" : "public IPv4";
}

}  // namespace

std::vector<IpAddress> own_addresses() {
  std::vector<IpAddress> addresses;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return addresses;
  for (const ifaddrs* item = list; item != nullptr; item = item->ifa_next) {
    if ((item->ifa_flags & IFF_UP) == 0 || item->ifa_addr == nullptr) continue;
    const auto address = IpAddress::from_socket_address(item->ifa_addr);
    if (address && !address->is_loopback() && !address->is_link_local()) addresses.push_back(*address);
  }
  freeifaddrs(list);
  return addresses;
}

Finding judge_addresses(const std::vector<IpAddress>& addresses, Addresses how) {
  Finding finding{.check = "addresses", .text = {}};
  if (addresses.empty()) {
    finding.status = Status::warning;
    finding.code = FindingCode::no_network;
    finding.text = "none but loopback: only signers on this machine can be met";
    finding.hint = "connect this machine to a network";
    return finding;
  }
  for (const char* kind : {"public IPv4", "public IPv6", "private IPv4", "carrier-grade IPv4", "private IPv6"}) {
    std::string shown;
    std::size_t count = 0;
    for (const IpAddress& address : addresses) {
      if (std::string_view(kind_of(address)) != kind) continue;
      ++count;
      shown += " " + address.text();
    }
    if (count == 0) continue;
    if (!finding.text.empty()) finding.text += ", ";
    finding.text += fmt::format("{} {}", count, kind);
    if (how == Addresses::shown) finding.text += ":" + shown;
  }
  return finding;
}

Finding judge_clock(UnixSeconds now) {
  Finding finding{.check = "clock", .text = iso_text(now)};
  if (now < kOldest || now > kLatest) {
    finding.status = Status::warning;
    finding.code = FindingCode::clock_wrong;
    finding.text += ", which cannot be";
    finding.hint = "set this machine's clock: certificates of TURN over TLS are held against it";
  }
  return finding;
}

Finding check_memory_locking() {
  initialize_sodium();
  void* probe = sodium_malloc(kSessionSecrets);
  const bool locked = probe != nullptr && sodium_mlock(probe, kSessionSecrets) == 0;
  sodium_free(probe);
  if (locked) return {.check = "memory", .text = "secrets can be locked in memory"};
  rlimit limit{};
  static_cast<void>(getrlimit(RLIMIT_MEMLOCK, &limit));
  return {.check = "memory",
          .status = Status::warning,
          .code = FindingCode::memory_unlocked,
          .text = fmt::format("secrets may be written to swap: only {} KiB may be locked", limit.rlim_cur / 1024),
          .hint = "raise the limit: `ulimit -l 1024`, or memlock in /etc/security/limits.conf"};
}

Finding check_core_dumps() {
  rlimit limit{};
  const bool off = getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && prctl(PR_GET_DUMPABLE) == 0;
  if (off) return {.check = "core dumps", .text = "off for this program"};
  return {.check = "core dumps",
          .status = Status::warning,
          .code = FindingCode::core_dumps,
          .text = "a crash could write secrets to disk",
          .hint = "this system refuses what the program asks for: run it outside a restricted container"};
}

std::string describe_system() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

}  // namespace coterie::doctor
