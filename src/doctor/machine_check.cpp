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
constexpr std::chrono::seconds kTolerance{120};        // between two clocks that are set
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

// "3 min", "5 h", "2 days".
std::string describe(std::chrono::seconds span) {
  using namespace std::chrono;
  if (span < hours(2)) return fmt::format("{} min", duration_cast<minutes>(span).count());
  if (span < hours(48)) return fmt::format("{} h", duration_cast<hours>(span).count());
  return fmt::format("{} days", duration_cast<hours>(span).count() / 24);
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

Finding judge_clock(UnixSeconds now, const std::vector<std::chrono::seconds>& leads) {
  Finding finding{.check = "clock", .text = iso_text(now)};
  const auto wrong = [&finding](std::string_view why) {
    finding.status = Status::warning;
    finding.code = FindingCode::clock_wrong;
    finding.text += why;
    finding.hint = "set this machine's clock: certificates of servers with TLS are held against it";
    return finding;
  };
  if (now < kOldest || now > kLatest) return wrong(", which cannot be");
  for (const std::chrono::seconds lead : leads) {
    if (std::chrono::abs(lead) <= kTolerance) continue;
    return wrong(fmt::format("; the signaling server's clock is {} {}", describe(std::chrono::abs(lead)),
                             lead > std::chrono::seconds(0) ? "ahead" : "behind"));
  }
  if (!leads.empty()) finding.text += ", as the signaling server has it";
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
