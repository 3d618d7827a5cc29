// Names to addresses for checks, which may block: bounded however dead the name server is.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "rtc/ip_address.h"

namespace coterie::doctor {

constexpr std::chrono::milliseconds kTimeToLookUp{2'000};
constexpr std::size_t kMaxAddresses = 4;  // looked at of one name

// Empty: the name does not resolve, or not in time. A literal is itself.
std::vector<rtc::IpAddress> look_up(const std::string& host);

}  // namespace coterie::doctor
