// The servers that ICE is told of: STUN, which says how others see us, and TURN, which relays.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "coterie/secret.h"

namespace coterie::rtc {

constexpr std::uint16_t kStunPort = 3478;       // RFC 8489 §14, RFC 8656 §3.1; also of turn:
constexpr std::uint16_t kTurnTlsPort = 5349;    // of turns:
constexpr std::size_t kMaxTurnServers = 4;      // of one connection
constexpr std::size_t kMaxServerAddresses = 4;  // tried of one name
constexpr std::size_t kMaxTurnUserBytes = 508;  // RFC 8489 §14.3: fewer than 509
constexpr std::size_t kMaxTurnPasswordBytes = 512;

// "stun:HOST", "stun:HOST:PORT", "stun:[V6]:PORT" (RFC 7064). Malformed: kind usage.
struct StunUrl {
  std::string host;  // name or IP literal, without brackets
  std::uint16_t port = kStunPort;

  static Result<StunUrl> parse(std::string_view text);
  std::string text() const;
  bool operator==(const StunUrl&) const = default;
};

enum class TurnTransport { udp, tcp, tls };  // between us and the server; the relay itself is always UDP

// "turn:HOST[:PORT][?transport=udp|tcp]" and "turns:HOST[:PORT][?transport=tcp]" (RFC 7065). Malformed, or TURN over
// DTLS (turns: over udp), which we do not have: kind usage.
struct TurnUrl {
  std::string host;  // as of StunUrl
  std::uint16_t port = kStunPort;
  TurnTransport transport = TurnTransport::udp;

  static Result<TurnUrl> parse(std::string_view text);
  std::string text() const;
  bool operator==(const TurnUrl&) const = default;
};

// A TURN server with the long-term credential for it (RFC 8489 §9.2). Copies share the password.
struct TurnServer {
  TurnUrl url;
  std::string user;
  std::shared_ptr<const SecretBytes> password;
  // Of turns: only: certificates (PEM) to trust instead of the system's.
  std::optional<std::filesystem::path> tls_ca = {};
  // By somebody whom the user did not choose: of the addresses that its name has, only those are asked that the
  // internet routes. A name can lead into our own network as well as a literal.
  bool offered = false;
};

// An IP literal and a port.
struct SocketName {
  std::string address;
  std::uint16_t port = kStunPort;
  bool operator==(const SocketName&) const = default;
};
using StunServer = SocketName;

// Of an IPv4 or IPv6 address as the socket calls give it.
SocketName socket_name(const sockaddr_storage& address);

}  // namespace coterie::rtc
