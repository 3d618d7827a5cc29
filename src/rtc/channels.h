// Channels: all data channels of one association: who has which stream, DCEP, and what waits to be sent.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/dtls_transport.h"
#include "rtc/sctp_transport.h"

namespace coterie::rtc {

// Names a channel between the threads. Ours are numbered by PeerConnection from 0; the peer's are kRemoteChannel +
// stream.
using ChannelId = std::uint32_t;
constexpr ChannelId kRemoteChannel = 0x1'0000;

struct ChannelsHandlers {
  std::function<void(ChannelId, std::string label)> on_incoming;
  std::function<void(ChannelId)> on_open;
  std::function<void(ChannelId, Bytes message)> on_message;
  std::function<void(ChannelId, std::size_t bytes)> on_sent;  // SCTP took the message over
  std::function<void(ChannelId, Error reason)> on_closed;
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
  void attach(SctpTransport& transport, DtlsRole role);
  void handle_connected();
  void handle_message(std::uint16_t stream, std::uint32_t payload_protocol, Bytes message);
  void handle_stream_reset(std::uint16_t stream);
  void handle_writable() { flush(); }

  // The association has ended: every open channel gets its on_closed.
  void close_all(const Error& reason);
  bool drained() const { return queue_.empty(); }

 private:
  enum class State { opening, open, closing };  // closing: reset by us, not yet by the peer
  struct Channel {
    State state = State::opening;
    std::uint16_t stream = 0;  // once attached
    std::string label;
  };
  struct StreamEnd {};
  struct Message {
    PayloadProtocol protocol;
    Bytes bytes;
    std::size_t counted;  // of the owner's buffered amount
  };
  struct Outgoing {
    ChannelId id;
    std::variant<Message, StreamEnd> what;
  };

  void flush();
  void assign_stream(Channel& channel);
  std::map<ChannelId, Channel>::iterator find_stream(std::uint16_t stream);
  void handle_dcep(std::uint16_t stream, BytesView message);
  void handle_open(std::uint16_t stream, BytesView message);
  void violation(std::string message);

  ChannelsHandlers handlers_;
  SctpTransport* transport_ = nullptr;
  DtlsRole role_ = DtlsRole::client;
  bool connected_ = false;
  bool flushing_ = false;
  std::uint16_t next_stream_ = 0;
  std::size_t incoming_count_ = 0;
  std::map<ChannelId, Channel> channels_;
  std::deque<Outgoing> queue_;  // bounded by the owners' buffered amounts
};

}  // namespace coterie::rtc
