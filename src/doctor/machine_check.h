// This machine by itself: its clock, its addresses, and what it lets be done for secrets in memory.
#pragma once

#include <vector>

#include "base/clock.h"
#include "doctor/finding.h"
#include "rtc/ip_address.h"

namespace coterie::doctor {

// Of interfaces that are up, without loopback and link-local ones.
std::vector<rtc::IpAddress> own_addresses();

enum class Addresses { counted, shown };
Finding judge_addresses(const std::vector<rtc::IpAddress>& addresses, Addresses how);

// Only what is beyond doubt: a year that cannot be. A clock that is off by hours is not found; nothing of a creation
// depends on it but the certificates of TURN over TLS.
Finding judge_clock(UnixSeconds now);

// As secrets are locked: through libsodium, as much as one creation needs.
Finding check_memory_locking();
Finding check_core_dumps();

// "Linux 6.1.0 x86_64".
std::string describe_system();

}  // namespace coterie::doctor
