// The whole examination: every check that the given configuration asks for, beside each other.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/secret.h"
#include "doctor/finding.h"
#include "doctor/machine_check.h"
#include "rtc/ice_server.h"
#include "signaling/address.h"

namespace coterie::doctor {

struct Configuration {
  std::filesystem::path home;
  std::optional<Passphrase> passphrase;
  std::vector<rtc::StunUrl> stun;
  std::vector<rtc::TurnServer> turn;
  std::optional<signaling::ServerUrl> signaling;  // of --signaling
  std::optional<signaling::ServerUrl> invite;     // where an invite leads
  std::optional<std::filesystem::path> tls_ca;    // of servers with TLS, instead of the system's authorities
  Addresses addresses = Addresses::counted;
};

// Blocks for at most about ten seconds, however dead the network is. Sends to the servers named and nobody else.
Findings examine(const Configuration& configuration);

// UDP as a whole: what the answers of all servers together say.
enum class UdpSeen { not_asked, answered, silent };
enum class StreamRelay { works, none };  // a TURN server over TCP or TLS
Finding judge_udp(UdpSeen seen, StreamRelay relay);

}  // namespace coterie::doctor
