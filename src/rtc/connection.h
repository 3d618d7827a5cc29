// Connection: one PeerConnection's life on the rtc thread: ICE, then DTLS, then SCTP, then channels; and the way back.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "rtc/certificate.h"
#include "rtc/channels.h"
#include "rtc/dtls_transport.h"
#include "rtc/ice_agent.h"
#include "rtc/loop.h"
#include "rtc/peer_connection.h"
#include "rtc/sctp_transport.h"
#include "rtc/sdp.h"

namespace coterie::rtc {

// What a Connection tells its PeerConnection, in order.
namespace event {
struct LocalDescription {
  SessionDescription description;
};
struct LocalCandidate {
  std::optional<IceCandidateInit> candidate;
};
struct StateChange {
  ConnectionState state;
  std::optional<Error> error;
};
struct Path {
  CandidateType path;
};
struct Report {
  ConnectionReport report;
};
struct IncomingChannel {
  ChannelId id;
  std::string label;
};
struct ChannelOpen {
  ChannelId id;
};
struct ChannelMessage {
  ChannelId id;
  Bytes message;
};
struct ChannelSent {
  ChannelId id;
  std::size_t bytes;
};
struct ChannelClosing {
  ChannelId id;
};
struct ChannelClosed {
  ChannelId id;
  std::optional<Error> error;
};
}  // namespace event
using ConnectionEvent = std::variant<event::LocalDescription, event::LocalCandidate, event::StateChange, event::Path,
                                     event::Report, event::IncomingChannel, event::ChannelOpen, event::ChannelMessage,
                                     event::ChannelSent, event::ChannelClosing, event::ChannelClosed>;

// What is on its way to the owner's strand, in bytes: the other side must not fill our memory faster than the owner
// takes it out. When it is too much, SCTP is not read, and the peer's window closes.
constexpr std::size_t kMaxUnhandledBytes = 1024ul * 1024;
constexpr std::chrono::seconds kSilence{5};  // then the state is `disconnected`; SCTP's heartbeats come more often
constexpr std::size_t kEventBytes = 256;     // what an event costs beside its message
std::size_t cost(const ConnectionEvent& event);
using Unhandled = std::shared_ptr<std::atomic<std::size_t>>;

// Made anywhere, used and destroyed on the rtc thread only.
//
// Closing order, always the same, run from the Loop's task queue so that no frame of these parts lies below:
//   1. channels: what is queued goes to SCTP; SCTP sends SHUTDOWN when everything was acknowledged (close() only, and
//      no longer than the linger time)
//   2. SctpTransport: ABORT if it is not shut down; its packets still pass through
//   3. DtlsTransport: close_notify, which still passes through
//   4. IceAgent: its callbacks find nothing from here on
class Connection final : public Resident {
 public:
  // `emit` adds the event's cost to `unhandled`; whoever handled it takes that off again and, when this makes room,
  // calls resume_reading().
  Connection(Loop& loop, Configuration configuration, Unhandled unhandled, std::function<void(ConnectionEvent)> emit);
  ~Connection() override;

  void create_offer();
  void set_remote_description(SessionDescription::Type type, const sdp::Description& description);
  // After the remote description only; nullopt: no more.
  void add_remote_candidate(const std::optional<Candidate>& candidate);

  void open_channel(ChannelId id, std::string label) { channels_.open(id, std::move(label)); }
  void send(ChannelId id, Bytes message) { channels_.send(id, std::move(message)); }
  void close_channel(ChannelId id) { channels_.close(id); }
  void resume_reading() {
    if (sctp_) sctp_->resume();
  }

  void close() override;
  void drop();

 private:
  enum class Phase { open, closing, ended };

  void start_ice(IceRole role);
  void describe(SessionDescription::Type type, sdp::Setup setup);
  void handle_end_of_gathering();
  void handle_ice_state(IceState state);
  Error no_path_error() const;
  ConnectionStage stage() const;
  void tell_report();
  void handle_datagram(BytesView datagram);
  void start_dtls();
  void start_sctp();
  void handle_connected(std::uint16_t streams);
  void handle_record(BytesView record);
  void look_for_silence();
  void read_rest();
  void emit(ConnectionEvent event);
  void emit_state(ConnectionState state, std::optional<Error> error = {});
  void end(ConnectionState state, Error error);  // by the world
  void finish();                                 // after close()

  Loop& loop_;
  const Configuration configuration_;
  const Unhandled unhandled_;
  const std::function<void(ConnectionEvent)> emit_;
  Phase phase_ = Phase::open;
  bool dropped_ = false;
  std::optional<ConnectionState> state_;
  Timer linger_timer_;
  Timer silence_timer_;
  Channels channels_;
  std::string mid_ = "0";
  std::string local_ufrag_;
  std::size_t local_candidates_ = 0;
  std::size_t remote_candidates_ = 0;
  bool remote_candidates_ended_ = false;
  ConnectionReport told_;
  std::optional<sdp::Description> remote_;
  DtlsRole dtls_role_ = DtlsRole::client;
  std::deque<Bytes> early_datagrams_;               // the peer may see the path connected before we do
  bool connected_ = false;                          // SCTP is up
  std::chrono::steady_clock::time_point heard_at_;  // the last record that DTLS found genuine
  bool reading_rest_ = false;                       // however slow the owner is

  // Upper layers last: destroyed first.
  std::optional<Certificate> certificate_;
  std::unique_ptr<IceAgent> ice_;
  std::unique_ptr<DtlsTransport> dtls_;
  std::unique_ptr<SctpTransport> sctp_;
};

}  // namespace coterie::rtc
