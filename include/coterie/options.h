// Everything a caller may choose about one creation, with its default: addresses and all time-outs. Made for designated
// initializers: {.connection = {.stun = {}}, .observer = &wallet}.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "coterie/account.h"
#include "coterie/observer.h"
#include "coterie/secret.h"

namespace coterie {

enum class IcePolicy {
  all,    // the best path that there is
  relay,  // through a TURN server only: no packet of a link goes to any other address
};

struct ConnectionOptions {
  // "stun:HOST[:PORT]" each (RFC 7064); empty: none. They find a way through NATs and never delay one that needs none.
  std::vector<std::string> stun = {"stun:stun.l.google.com:19302", "stun:stun1.l.google.com:19302"};
  // Both signers in the room → channel open; then the link is tried anew. From 1 ms to 24 h.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);
  // Time without progress of any signer; each step counts once for each. From 1 ms to 24 h.
  std::chrono::milliseconds join_timeout = std::chrono::minutes(10);
  // "turn:HOST[:PORT][?transport=tcp]" or "turns:HOST[:PORT]" each (RFC 7065), at most 4: they relay where no direct
  // path is, and see only what is encrypted for the other signer. All with one user and password, which
  // are refused without a server.
  std::vector<std::string> turn = {};
  std::string turn_user = {};
  std::shared_ptr<const SecretBytes> turn_password = {};
  // Of servers with TLS (turns:, wss:): certificates (PEM) of the authorities to trust, instead of the system's.
  std::optional<std::filesystem::path> tls_ca = {};
  IcePolicy ice_policy = IcePolicy::all;
};

// Where the signers meet. Recorded with the first run and reused by every later one.
struct VenueOptions {
  // "ws://HOST[:PORT]" of a SignalingServer, or "wss://HOST[:PORT]" with TLS in front of it (whose certificate is
  // verified); else one for this room is embedded.
  std::optional<std::string> signaling = {};
  std::optional<std::uint16_t> port = {};  // of the embedded server; 0: any free one; default 8081
  std::optional<std::string> listen = {};  // of the embedded server: address literal; default [::] dual-stack
  // "HOST[:PORT]": what stands in the invite; default: this machine's address.
  std::optional<std::string> advertise = {};
};

// A program of the caller's that this library runs with one JSON object on its standard input (docs/reference.md,
// "Hooks"). Its standard error is told to Observer::on_hook_output.
struct Hook {
  std::filesystem::path program;  // a file, not searched for in PATH; relative to the working directory
  // Then it is ended: SIGTERM, and SIGKILL five seconds later. At most 24 h.
  std::chrono::milliseconds timeout = std::chrono::minutes(10);
};

// Common to the three: `signer`: which of the vault's signers acts, by name (default: the current one); `observer`: who
// watches, and is asked; `stop`: how to end it. On a stop the call returns soon, with
// kind pending when something is recorded (resume_multisig goes on), else interrupted.
struct CreateOptions {
  ConnectionOptions connection = {};
  VenueOptions venue = {};
  // Where the multisig's contract is, for every signer to see as the creator's word: "0x" and 64 lower-case hexadecimal
  // digits; with an opaque account 1 to 64 of them. A term of the multisig.
  std::optional<std::string> multisig_address = {};
  // Deploys the contract before any signer is contacted, and answers its address. Recorded before it starts, with the
  // account: the same call, and resume_multisig, run it again, with the same id, until it has answered. A term, too;
  // not together with multisig_address.
  std::optional<Hook> deploy_hook = {};
  bool hook_with_secrets = false;  // deploy_hook is told the account's secrets, too
  std::optional<std::string> signer = {};
  // Of the account that is made: a version of Aztec that this library knows, else kind usage, naming those; default
  // kDefaultProfile. A term of the multisig; not looked at with an account of the caller's.
  std::optional<std::string> profile = {};
  Observer* observer = nullptr;
  std::stop_token stop = {};
};

struct JoinOptions {
  ConnectionOptions connection = {};
  std::optional<std::string> local_name = {};  // the multisig's name in this vault; default: the creator's
  // Run before consent is asked, when the creator claims a multisig address; accepts it with exit code 0. Otherwise the
  // call ends with kind environment, nothing signed and nothing declined. Is never told a secret.
  std::optional<Hook> check_hook = {};
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
