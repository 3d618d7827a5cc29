// SctpTransport: one SCTP association inside DTLS (RFC 8261, 8831 §5, 8841); owns a usrsctp socket.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/sctp_stack.h"

struct socket;  // usrsctp's

namespace coterie::rtc {

constexpr std::uint16_t kSctpPort = 5000;    // ours; the peer's is in its description
constexpr std::uint16_t kSctpStreams = 66;   // each way: 2 × kMaxChannels, and two more, so that one too many is seen
constexpr std::size_t kMaxDcepBytes = 1024;  // of one message: header, label and protocol

// PPIDs (RFC 8831 §8).
enum class PayloadProtocol : std::uint32_t {
  dcep = 50,
  text = 51,
  binary = 53,
  text_empty = 56,
  binary_empty = 57,
};

// What Channels needs of an association.
class StreamSender {
 public:
  virtual ~StreamSender() = default;
  // False: not now, Channels::handle_writable follows. May be called before the association is up: data leaves with the
  // handshake's end.
  virtual bool send(std::uint16_t stream, PayloadProtocol protocol, BytesView message) = 0;
  // Tells the peer that the stream is at its end (RFC 6525), after what was sent on it; Channels::handle_reset_done or
  // handle_reset_refused follows.
  virtual void reset_stream(std::uint16_t stream) = 0;
};

// Events are delivered from within receive(), resume() and from timers; a handler must not destroy the transport.
struct SctpHandlers {
  std::function<void(BytesView packet)> send_packet;
  std::function<void(std::uint16_t streams)> on_connected;  // as many as both allow us
  std::function<void(std::uint16_t stream, std::uint32_t payload_protocol, Bytes message)> on_message;
  std::function<void(std::uint16_t stream)> on_stream_reset;   // the peer will send no more on it
  std::function<void(std::uint16_t stream)> on_reset_done;     // see reset_stream()
  std::function<void(std::uint16_t stream)> on_reset_refused;  // see reset_stream()
  std::function<void()> on_writable;                           // send() may accept again
  std::function<bool()> may_read;                              // false: leave it with usrsctp until resume()
  std::function<void()> on_closed;                             // shut down in order, or by the peer's ABORT
  std::function<void(Error)> on_failed;                        // the peer went silent, or broke the rules
};

class SctpTransport final : public StreamSender {
 public:
  // Sends INIT at once; both sides do, no side listens: simultaneous opening is what RFC 9260 §5.2.1 provides for.
  // Only to be created for a peer whose certificate was verified.
  SctpTransport(SctpStack& stack, std::uint16_t remote_port, std::size_t max_message_bytes, SctpHandlers handlers);
  ~SctpTransport() override;  // ABORT, unless shut down in order
  SctpTransport(const SctpTransport&) = delete;
  SctpTransport& operator=(const SctpTransport&) = delete;

  void receive(BytesView packet);

  bool send(std::uint16_t stream, PayloadProtocol protocol, BytesView message) override;
  void reset_stream(std::uint16_t stream) override;
  // may_read() is true again. While it was not, the peer's window closed: nothing is lost, and no more than usrsctp's
  // buffer is kept.
  void resume();
  // SHUTDOWN once everything sent was acknowledged; then on_closed.
  void shutdown();

  // For SctpStack.
  void send_packet(BytesView packet) { handlers_.send_packet(packet); }
  void process_events();

 private:
  void set_options();
  int socket_error();
  template <class Option>
  void set_option(int level, int name, const Option& option);
  void read();
  void read_notification(BytesView bytes);
  void read_stream_resets(BytesView event);
  void read_message(BytesView piece, std::uint16_t stream, std::uint32_t payload_protocol, bool complete);
  void request_resets();
  bool all_acknowledged();
  // Whether the next request for resets waits for acknowledgements. RFC 6525 §5.1.1: one request at a time.
  bool holds_back() const { return connected_ && !resets_to_request_.empty() && unanswered_resets_.empty(); }
  void fail(Error error);

  SctpStack& stack_;
  std::size_t max_message_bytes_;
  SctpHandlers handlers_;
  std::uintptr_t token_;
  struct socket* socket_ = nullptr;
  bool connected_ = false;
  bool ended_ = false;                         // on_closed or on_failed was called
  bool receiving_ = false;                     // inside usrsctp_conninput: what ends the association now, the peer sent
  bool blocked_ = false;                       // send() said "not now"
  bool events_ = false;                        // usrsctp's upcall came: something to read or room to write
  std::map<std::uint16_t, Bytes> partial_;     // by stream: the pieces so far of a message in delivery
  std::set<std::uint16_t> resets_to_request_;  // streams, once everything sent is acknowledged
  std::set<std::uint16_t> unanswered_resets_;  // the streams of the request that is under way
};

}  // namespace coterie::rtc
