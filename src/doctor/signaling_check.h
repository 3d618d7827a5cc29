// Whether signers can meet at a signaling server: name, TCP, WebSocket, protocol version, a room of our own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "doctor/finding.h"
#include "signaling/address.h"
#include "signaling/message.h"

namespace coterie::doctor {

// How far it went, in order.
enum class SignalingStep { unresolved, unreachable, not_coterie, version, refused, joined };

struct SignalingReading {
  signaling::HostPort server;
  SignalingStep step = SignalingStep::unresolved;
  std::optional<signaling::ServerKind> kind;  // once it said hello
  std::chrono::milliseconds connect{};        // TCP
  std::chrono::milliseconds round_trip{};     // from our join to its answer
};

// Blocks for at most kTimeToLookUp and 6 s more. Joins with an identity that is made for this and forgotten, and leaves
// nothing: the room ends with the `leave`, or after a second.
SignalingReading ask_signaling_server(const signaling::HostPort& server);

Finding judge_signaling(const SignalingReading& reading);

// What the host in an invite says by itself, and, where it is this machine, whether its port is open here.
Findings judge_invite(const SignalingReading& reading, bool host_is_here);
// Whether an address of this machine's interfaces, or loopback, is what `host` stands for.
bool is_this_machine(const std::string& host);

}  // namespace coterie::doctor
