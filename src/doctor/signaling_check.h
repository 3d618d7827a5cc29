// Whether signers can meet at a signaling server: name, TCP, TLS, WebSocket, protocol version, a room of our own.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "doctor/certificate_check.h"
#include "doctor/finding.h"
#include "signaling/address.h"
#include "signaling/message.h"

namespace coterie::doctor {

// How far it went, in order.
enum class SignalingStep { unresolved, unreachable, not_trusted, not_coterie, version, refused, joined };

struct SignalingReading {
  signaling::ServerUrl server;
  SignalingStep step = SignalingStep::unresolved;
  std::optional<CertificateReading> certificate = {};   // with TLS, once TCP is up
  std::optional<signaling::ServerKind> kind = {};       // once it said hello
  std::optional<std::chrono::seconds> clock_lead = {};  // of its clock before ours, once it said hello; to the second
  std::chrono::milliseconds connect{};                  // TCP
  std::chrono::milliseconds round_trip{};               // from our join to its answer
};

// Blocks for at most kTimeToLookUp and 9 s more. Joins with an identity that is made for this and forgotten, and leaves
// nothing: the room ends with the `leave`, or after a second. `tls_ca`: authorities (PEM) instead of the system's.
SignalingReading ask_signaling_server(const signaling::ServerUrl& server,
                                      const std::optional<std::filesystem::path>& tls_ca);

// With TLS first what its certificate says.
Findings judge_signaling(const SignalingReading& reading);

// What the host in an invite says by itself, and, where it is this machine, whether its port is open here.
Findings judge_invite(const SignalingReading& reading, bool host_is_here);
// Whether an address of this machine's interfaces, or loopback, is what `host` stands for.
bool is_this_machine(const std::string& host);

}  // namespace coterie::doctor
