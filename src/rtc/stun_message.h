// The two STUN messages that a probe needs: a Binding request and the response to it (RFC 8489 §5, §14).
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

}  // namespace coterie::rtc::stun
