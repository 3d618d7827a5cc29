// This machine by itself: its clock, its addresses, and what it lets be done for secrets in memory.
#pragma once

#include <chrono>
#include <vector>

#include "base/clock.h"
#include "doctor/finding.h"
#include "rtc/ip_address.h"

namespace coterie::doctor {

// Of interfaces that are up, without loopback and link-local ones.
std::vector<rtc::IpAddress> own_addresses();

enum class Addresses { counted, shown };
Finding judge_addresses(const std::vector<rtc::IpAddress>& addresses, Addresses how);

// `leads`: by how much the clocks of servers are before ours. Without any, only a year that cannot be is found. Nothing
// of a creation depends on the clock but the certificates of servers with TLS.
Finding judge_clock(UnixSeconds now, const std::vector<std::chrono::seconds>& leads);

// As secrets are locked: through libsodium, as much as one creation needs.
Finding check_memory_locking();
Finding check_core_dumps();

// "Linux 6.1.0 x86_64".
std::string describe_system();

}  // namespace coterie::doctor
