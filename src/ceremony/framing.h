// Framing of the data channel: a 4-byte big-endian length and that many bytes of JSON, sent in pieces.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace coterie::ceremony {

constexpr std::size_t kMaxPiece = 16ul * 1024;            // what every WebRTC stack takes in one message
constexpr std::size_t kMaxChannelMessage = 512ul * 1024;  // the JSON; a proposal to 64 signers fits

// The pieces to send in order, each one data channel message. `message` is at most kMaxChannelMessage.
std::vector<Bytes> split_message(std::string_view message);

// Puts messages together again. Takes pieces of any size; holds no more than has arrived, and never more than one
// message of kMaxChannelMessage and one piece.
class FrameReader {
 public:
  // Kind refused when a length is zero or above kMaxChannelMessage, or a piece above it; then close the link: the
  // reader takes no more.
  Result<void> add(BytesView piece);
  // The next whole message, if there is one. Call until there is none before the next add.
  Result<std::optional<std::string>> poll_message();

 private:
  Result<void> check_length() const;

  Bytes buffer_;
};

}  // namespace coterie::ceremony
