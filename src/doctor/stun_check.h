// Which STUN servers answer, as what they see this machine, and what that says of the NAT in front of it (RFC 4787 §4).
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "doctor/finding.h"
#include "rtc/ice_server.h"
#include "rtc/stun_message.h"

namespace coterie::doctor {

// What one address of one server said.
struct StunReading {
  rtc::IpAddress server;
  std::optional<rtc::stun::MappedAddress> mapped;  // none: no answer
  std::chrono::milliseconds round_trip{};
};

struct StunServerReadings {
  rtc::StunUrl url;
  std::vector<StunReading> addresses;  // empty: its name does not resolve
  bool answered() const;
};

struct StunReadings {
  std::vector<StunServerReadings> servers;
  // The socket that asked the IPv4 addresses, all of them: what a mapping is compared with.
  std::optional<rtc::stun::MappedAddress> own_ipv4;
};

// Blocks for at most kTimeToLookUp and 3 s more.
StunReadings ask_stun_servers(const std::vector<rtc::StunUrl>& servers);

enum class Mapping {
  unknown,               // fewer than two IPv4 answers
  none,                  // no NAT
  endpoint_independent,  // one mapping for all destinations
  address_dependent,     // "symmetric"
};
Mapping mapping_of(const StunReadings& readings);

Findings judge_stun(const StunReadings& readings);
// `relay`: a TURN server works, so that a symmetric NAT does no harm.
Finding judge_mapping(const StunReadings& readings, bool relay);

}  // namespace coterie::doctor
