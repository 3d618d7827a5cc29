// Everything a caller may choose about one creation, with its default: addresses and all time-outs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coterie::session {

struct ConnectionOptions {
  // "stun:HOST[:PORT]" each (RFC 7064); empty: none. They find a way through NATs and never delay one that needs none.
  std::vector<std::string> stun = {"stun:stun.l.google.com:19302", "stun:stun1.l.google.com:19302"};
  // --connect-timeout: both signers in the room → channel open; then the link is tried anew.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);
  // --join-timeout: without progress of any signer.
  std::chrono::milliseconds join_timeout = std::chrono::minutes(10);
};

// Where the signers meet. Journaled with the first run and reused by every later one.
struct VenueOptions {
  std::optional<std::string>
      signaling;                      // --signaling: ws://HOST:PORT of a server of kind `serve`; else one is embedded
  std::optional<std::uint16_t> port;  // --port of the embedded server; 0: any free one; default signaling::kDefaultPort
  std::optional<std::string> listen;  // --listen: address literal; default [::] dual-stack
  std::optional<std::string> advertise;  // --advertise HOST[:PORT]: what stands in the invite
};

struct CreateOptions {
  ConnectionOptions connection;
  VenueOptions venue;
};

struct JoinOptions {
  ConnectionOptions connection;
  std::optional<std::string> local_name;  // --as: the multisig's name in this vault
};

}  // namespace coterie::session
