// Everything a caller may choose about one creation, with its default: addresses and all time-outs. Made for designated
// initializers: {.connection = {.stun = {}}, .observer = &wallet}.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "coterie/account.h"
#include "coterie/observer.h"

namespace coterie {

struct ConnectionOptions {
  // "stun:HOST[:PORT]" each (RFC 7064); empty: none. They find a way through NATs and never delay one that needs none.
  std::vector<std::string> stun = {"stun:stun.l.google.com:19302", "stun:stun1.l.google.com:19302"};
  // Both signers in the room → channel open; then the link is tried anew. From 1 ms.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);
  // Time without progress of any signer. From 1 ms.
  std::chrono::milliseconds join_timeout = std::chrono::minutes(10);
};

// Where the signers meet. Recorded with the first run and reused by every later one.
struct VenueOptions {
  // "ws://HOST:PORT" of a SignalingServer; else one for this room is embedded.
  std::optional<std::string> signaling = {};
  std::optional<std::uint16_t> port = {};  // of the embedded server; 0: any free one; default 8081
  std::optional<std::string> listen = {};  // of the embedded server: address literal; default [::] dual-stack
  // "HOST[:PORT]": what stands in the invite; default: this machine's address.
  std::optional<std::string> advertise = {};
};

// Common to all: which of the vault's signers acts, who watches, and how to stop. On a stop the call returns soon, with
// kind pending when something is recorded (resume_multisig goes on), else interrupted.
struct CreateOptions {
  ConnectionOptions connection = {};
  VenueOptions venue = {};
  std::optional<std::string> signer = {};  // default: the vault's current one
  // Of the account that is made: a version of Aztec that this library knows, else kind usage, naming those; default
  // kDefaultProfile. A term of the multisig; not looked at with an account of the caller's.
  std::optional<std::string> profile = {};
  Observer* observer = nullptr;
  std::stop_token stop = {};
};

struct JoinOptions {
  ConnectionOptions connection = {};
  std::optional<std::string> local_name = {};  // the multisig's name in this vault; default: the creator's
  std::optional<std::string> signer = {};
  Observer* observer = nullptr;  // without one nobody consents
  std::stop_token stop = {};
};

struct ResumeOptions {
  ConnectionOptions connection = {};
  std::optional<std::string> signer = {};
  Observer* observer = nullptr;
  std::stop_token stop = {};
};

}  // namespace coterie
