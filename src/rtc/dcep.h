// The Data Channel Establishment Protocol's two messages (RFC 8832 §5).
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace coterie::rtc::dcep {

enum class MessageType : std::uint8_t { acknowledge = 2, open = 3 };

// DATA_CHANNEL_OPEN of a reliable, ordered channel: the only kind there is here.
struct Open {
  std::uint16_t priority = 256;  // "normal" (RFC 8831 §6.4); told to the peer, of no effect
  std::string label;             // UTF-8 by the RFC; opaque bytes here, at most kMaxLabelBytes
  std::string protocol;          // at most kMaxLabelBytes

  Bytes serialize() const;
  // Refused: malformed, too long, partial reliability, unordered.
  static Result<Open> parse(BytesView message);
  bool operator==(const Open&) const = default;
};

Bytes serialize_acknowledge();

// The type of a message; refused if there is no such type, or an ACK with something behind it.
Result<MessageType> parse_type(BytesView message);

}  // namespace coterie::rtc::dcep
