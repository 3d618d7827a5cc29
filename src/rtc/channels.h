// Channels: all data channels of one association: who has which stream, DCEP (RFC 8832), what waits to be sent, and the
// closing handshake (RFC 8831 §6.7).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/dtls_transport.h"
#include "rtc/sctp_transport.h"

namespace coterie::rtc {

// Names a channel between the threads, never used twice: a stream's number may be. Ours are numbered by PeerConnection
// from 0, the peer's from kRemoteChannel.
using ChannelId = std::uint64_t;
constexpr ChannelId kRemoteChannel = 1ull << 32;

struct ChannelsHandlers {
  std::function<void(ChannelId, std::string label)> on_incoming;
  std::function<void(ChannelId)> on_open;
  std::function<void(ChannelId, Bytes message)> on_message;
  std::function<void(ChannelId, std::size_t bytes)> on_sent;  // SCTP took the message over
  std::function<void(ChannelId)> on_closing;                  // the peer began it
  std::function<void(ChannelId, std::optional<Error>)> on_closed;
  std::function<void()> on_drained;         // nothing waits any more
  std::function<void(Error)> on_violation;  // the peer broke the rules: the connection has to end
};

class Channels {
 public:
  explicit Channels(ChannelsHandlers handlers) : handlers_(std::move(handlers)) {}

  // From this side; before attach() they only queue.
  void open(ChannelId id, std::string label);
  void send(ChannelId id, Bytes message);
  void close(ChannelId id);  // after what was sent before

  // The association has begun: RFC 8832 §6 gives even streams to the DTLS client, odd ones to the server.
  void attach(StreamSender& sender, DtlsRole role);
  // It is up; `streams` is how many the peer lets us use.
  void handle_connected(std::uint16_t streams);
  void handle_message(std::uint16_t stream, std::uint32_t payload_protocol, Bytes message);
  void handle_stream_reset(std::uint16_t stream);   // the peer's
  void handle_reset_done(std::uint16_t stream);     // ours: the peer knows
  void handle_reset_refused(std::uint16_t stream);  // ours: the peer will not have it
  void handle_writable() { flush(); }

  // The association has ended: every channel gets its on_closed.
  void close_all(const Error& reason);
  bool drained() const;

 private:
  enum class State { opening, open, closing };
  // Our end of the stream. RFC 6525 §5.2.2: nothing is sent between the reset's request and its answer.
  enum class Reset { none, requested, done };
  struct Message {
    PayloadProtocol protocol;
    Bytes bytes;
    std::size_t counted;  // of the owner's buffered amount
  };
  struct Channel {
    State state = State::opening;
    std::optional<std::uint16_t> stream;  // once attached
    std::deque<Message> queue;            // bounded by the owner's buffered amount
    Reset reset = Reset::none;
    bool reset_by_peer = false;
    bool awaits_stream = false;  // the reset for the channel that had the stream before is not answered yet
  };
  using Position = std::map<ChannelId, Channel>::iterator;

  void flush();
  Position next_to_send();
  bool send_next(Position position);  // false: not now
  void assign_stream(ChannelId id);
  Position find_stream(std::uint16_t stream);
  void handle_dcep(std::uint16_t stream, BytesView message);
  void handle_open(std::uint16_t stream, BytesView message);
  void finish(Position position, std::optional<Error> error);
  void finish_if_reset(Position position);
  void violation(std::string message);

  ChannelsHandlers handlers_;
  StreamSender* sender_ = nullptr;
  DtlsRole role_ = DtlsRole::client;
  bool connected_ = false;
  bool flushing_ = false;
  std::uint16_t streams_ = kSctpStreams;
  std::uint16_t last_stream_ = 0;  // assigned
  ChannelId next_incoming_ = kRemoteChannel;
  ChannelId last_served_ = 0;
  std::map<ChannelId, Channel> channels_;
  std::set<std::uint16_t> spoiled_streams_;  // their reset was refused: both ends no longer count alike
};

}  // namespace coterie::rtc
