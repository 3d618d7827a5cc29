// DataChannel: reliable, ordered messages to the other end of a PeerConnection (RFC 8831).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace coterie::rtc {

constexpr std::size_t kMaxMessageBytes = 256 * 1024;         // of one message, either way; told in a=max-message-size
constexpr std::size_t kMaxBufferedBytes = 1024 * 1024;       // send() refuses what would exceed it
constexpr std::size_t kBufferedAmountLowBytes = 128 * 1024;  // see on_buffered_amount_low
constexpr std::size_t kMaxChannels = 8;                      // opened by one side, over the life of a connection
constexpr std::size_t kMaxLabelBytes = 256;

struct DataChannelHandlers {
  // The SCTP association is up: the peer, whose DTLS certificate has the fingerprint of the remote description, is
  // reached. Once; not for channels of on_data_channel, which are open from the start.
  std::function<void()> on_open;
  // One whole message, text or binary, at most kMaxMessageBytes, in the order sent.
  std::function<void(Bytes message)> on_message;
  // Closed by the other side, by a fault of it, or with its connection; `reason` says which. Last call; not made after
  // close() of this side.
  std::function<void(Error reason)> on_close;
  // buffered_amount() fell to kBufferedAmountLowBytes or less after it had been above.
  std::function<void()> on_buffered_amount_low;
};

// Used on the owner's strand only; handlers are called there. May outlive its connection: it is then closed.
class DataChannel {
 public:
  enum class State { connecting, open, closed };

  virtual ~DataChannel() = default;

  virtual const std::string& label() const = 0;
  virtual State state() const = 0;

  // Set right after create_data_channel, or inside on_data_channel: nothing is lost then. Capture owners weakly.
  virtual void set_handlers(DataChannelHandlers handlers) = 0;

  // Success means queued: not sent, not received. Allowed from the start: what is sent before on_open leaves with the
  // first SCTP packets, which saves a round trip, and never before the peer's certificate was found to be the one of
  // the remote description. Refused (kind usage) when closed, longer than kMaxMessageBytes or the peer's own limit, or
  // when kMaxBufferedBytes would be exceeded: wait for on_buffered_amount_low.
  virtual Result<void> send(BytesView message) = 0;

  // Bytes given to send() that SCTP did not take over yet.
  virtual std::size_t buffered_amount() const = 0;

  // Closes this channel only, after what was sent before; the other side's on_close follows. No handler is called any
  // more.
  virtual void close() = 0;
};

const char* to_string(DataChannel::State state);

}  // namespace coterie::rtc
