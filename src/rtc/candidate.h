// Candidate: one ICE candidate as it stands in SDP (RFC 8839 §5.1), and which of a peer's candidates we use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rtc/ip_address.h"
#include "rtc/peer_connection.h"

namespace coterie::rtc {

constexpr std::size_t kMaxRemoteCandidates = 32;

struct Candidate {
  enum class Type { host, srflx, prflx, relay };

  std::string foundation;  // 1 to 32 ice-chars
  std::uint32_t priority = 0;
  IpAddress address;
  std::uint16_t port = 0;
  Type type = Type::host;
  std::optional<IpAddress> related_address;  // the base of a reflexive candidate
  std::uint16_t related_port = 0;

  std::string serialize() const;  // "candidate:…"; component 1 over UDP, there is no other
  bool operator==(const Candidate&) const = default;
};

// Takes "candidate:…" with or without "a=". Malformed: an error (kind refused). Well-formed but nothing for us:
// nullopt, that is TCP, a component other than 1, a host name (mDNS: never resolved), a type that came after RFC 8839,
// or an address usable_address() refuses.
Result<std::optional<Candidate>> parse_remote_candidate(std::string_view text, LoopbackCandidates loopback);

// Whether packets may go to this address because a peer said so.
bool usable_address(const IpAddress& address, LoopbackCandidates loopback);

}  // namespace coterie::rtc
