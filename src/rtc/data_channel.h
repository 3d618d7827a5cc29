// DataChannel: reliable, ordered messages to the other end of a PeerConnection (RFC 8831), in the words of W3C's
// RTCDataChannel (WebRTC §6.2).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace coterie::rtc {

constexpr std::size_t kMaxMessageBytes = 256ul * 1024;    // of one message, either way; told in a=max-message-size
constexpr std::size_t kMaxBufferedBytes = 1024ul * 1024;  // of one channel: send() refuses what would exceed it
constexpr std::size_t kMaxChannels = 32;                  // opened by one side, at a time
constexpr std::size_t kMaxLabelBytes = 256;

struct DataChannelHandlers {
  // The SCTP association is up: the peer, whose DTLS certificate has the fingerprint of the remote description, is
  // reached. Once; not for channels of on_data_channel, which are open from the start, nor after close().
  std::function<void()> on_open;
  // One whole message, text or binary, at most kMaxMessageBytes, in the order sent. Not after close().
  std::function<void(Bytes message)> on_message;
  // The other side began to close the channel: nothing more comes, nothing more can be sent, what was sent before still
  // leaves; on_close follows. Not called when this side called close() first.
  std::function<void()> on_closing;
  // The channel is closed; the last call. Without an error: both sides have said so (RFC 8831 §6.7), whichever began,
  // and everything sent before has arrived. With one: the connection ended first, or the channel could not be opened;
  // nothing is known of what was sent. Not called after PeerConnection::close().
  std::function<void(std::optional<Error> error)> on_close;
  // buffered_amount() fell to the threshold or less after it had been above.
  std::function<void()> on_buffered_amount_low;
};

// Used on the owner's strand only; handlers are called there. May outlive its connection: it is then closed.
class DataChannel {
 public:
  enum class State {
    connecting,  // made by this side; the association is not up yet
    open,
    closing,  // either side asked for the end; on_close follows
    closed,
  };

  virtual ~DataChannel() = default;

  virtual const std::string& label() const = 0;
  virtual State state() const = 0;

  // Set right after create_data_channel, or inside on_data_channel: nothing is lost then. Capture owners weakly.
  virtual void set_handlers(DataChannelHandlers handlers) = 0;

  // Success means queued: not sent, not received. Allowed while connecting: what is sent before on_open leaves with the
  // first SCTP packets, which saves a round trip, and never before the peer's certificate was found to be the one of
  // the remote description. Refused (kind usage) when closing or closed, longer than kMaxMessageBytes or the peer's own
  // limit, or when kMaxBufferedBytes would be exceeded: wait for on_buffered_amount_low.
  virtual Result<void> send(BytesView message) = 0;

  // Bytes given to send() that SCTP did not take over yet. Keeps its value when the channel is closed with an error:
  // these bytes have never left.
  virtual std::size_t buffered_amount() const = 0;

  // In bytes; 0 until set.
  virtual std::size_t buffered_amount_low_threshold() const = 0;
  virtual void set_buffered_amount_low_threshold(std::size_t bytes) = 0;

  // Closes this channel only, after what was sent before: state() is closing at once, and closed, with on_close, when
  // the other side has agreed. Its number is then free for another channel. Idempotent.
  virtual void close() = 0;
};

const char* to_string(DataChannel::State state);

}  // namespace coterie::rtc
