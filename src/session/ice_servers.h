// Which STUN and TURN servers a run may use: those that the user named, else those that the signaling server offers.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "coterie/options.h"
#include "rtc/ice_server.h"
#include "signaling/message.h"

namespace coterie::session {

struct IceServers {
  std::vector<rtc::StunUrl> stun;
  std::vector<rtc::TurnServer> turn;
};

// Kind usage for what cannot be, which the caller shows before any packet: a malformed URL, a TURN server without user
// and password or these without one, too many, a file of authorities that cannot be read, relays only without a relay.
Result<IceServers> parse_ice_servers(const ConnectionOptions& options);

// Of the TURN servers that a signaling server offers its members, those that may be used: it must not send a signer's
// packets where it likes, e.g. into that signer's own network. So they are at that server's own host, or at addresses
// that the internet routes, and a name is good for such addresses only; at most signaling::kMaxIceServers. What is
// malformed is left out. STUN servers are not taken from it: it would learn from them, through servers of its choice,
// what it sees anyway.
std::vector<rtc::TurnServer> usable_turn_servers(const std::vector<signaling::IceServer>& offered,
                                                 const std::string& signaling_host);

}  // namespace coterie::session
