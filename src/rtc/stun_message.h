// The STUN messages that we read or write ourselves: a Binding request and the response to it (RFC 8489 §5, §14), and
// what a TURN server answers to Allocate and CreatePermission requests (RFC 8656 §7.3, §9.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "rtc/ip_address.h"

namespace coterie::rtc::stun {

constexpr std::size_t kHeaderBytes = 20;
constexpr std::size_t kMaxMessageBytes = 1280;  // longer ones are no answer to a Binding request

using TransactionId = std::array<std::uint8_t, 12>;

Bytes serialize_binding_request(const TransactionId& id);

struct MappedAddress {
  IpAddress address;
  std::uint16_t port = 0;
};
// nullopt: not a success response to the request with this id, or malformed.
std::optional<MappedAddress> parse_binding_response(BytesView message, const TransactionId& id);

// Seen in passing: nothing says that the server sent it, nor to which request. To tell a person, never to decide.
struct TurnResponse {
  enum class Method { allocate, create_permission };

  Method method = Method::allocate;
  int error = 0;                        // RFC 8489 §14.8: 300 to 699; 0: success
  std::optional<MappedAddress> mapped;  // of a successful Allocate: what the server sees us as
};
// nullopt: anything else.
std::optional<TurnResponse> parse_turn_response(BytesView message);

}  // namespace coterie::rtc::stun
