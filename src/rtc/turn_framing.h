// TURN over a stream (RFC 8656 §3.1, §12.5): where one message ends and the next begins. Over UDP each is a datagram.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace coterie::rtc {

// The longest that a length of 16 bits can tell: a STUN header and 65,532 bytes, or ChannelData with its padding.
constexpr std::size_t kMaxTurnMessageBytes = 20 + 65'535;

// A datagram of TURN as it goes into a stream: ChannelData is filled up to four bytes. Nothing of what is no TURN.
Bytes to_turn_stream(BytesView datagram);

// Takes a stream apart again. Holds one message and what came with its last piece.
class TurnStreamReader {
 public:
  void add(BytesView bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }
  // The next whole message, ChannelData without its filling. An error (kind refused): this is no TURN, and
  // nothing more is to be added.
  Result<std::optional<Bytes>> poll_message();

 private:
  Bytes buffer_;
};

}  // namespace coterie::rtc
