#include "rtc/connection.h"

#include <cassert>
#include <utility>

#include "base/log.h"
#include "base/random.h"

namespace coterie::rtc {

namespace {

constexpr std::size_t kMaxEarlyDatagrams = 16;  // a DTLS flight is at most half of it
constexpr std::size_t kMaxDatagramBytes = 2048;

std::uint64_t draw_session_id() {
  std::array<std::uint8_t, 8> bytes{};
  SystemRandom().fill(bytes);
  std::uint64_t id = 0;
  for (const std::uint8_t byte : bytes) id = (id << 8) | byte;
  return id >> 2;  // RFC 8829 §5.2.1: the two highest bits are zero
}

}  // namespace

std::size_t cost(const ConnectionEvent& event) {
  const auto* message = std::get_if<event::ChannelMessage>(&event);
  return kEventBytes + (message == nullptr ? 0 : message->message.size());
}

Connection::Connection(Loop& loop, Configuration configuration, Unhandled unhandled,
                       std::function<void(ConnectionEvent)> emit)
    : loop_(loop),
      configuration_(std::move(configuration)),
      unhandled_(std::move(unhandled)),
      emit_(std::move(emit)),
      linger_timer_(loop),
      silence_timer_(loop),
      channels_({
          .on_incoming =
              [this](ChannelId id, std::string label) {
                this->emit(event::IncomingChannel{id, std::move(label)});
              },
          .on_open = [this](ChannelId id) { this->emit(event::ChannelOpen{id}); },
          .on_message =
              [this](ChannelId id, Bytes message) {
                this->emit(event::ChannelMessage{id, std::move(message)});
              },
          .on_sent =
              [this](ChannelId id, std::size_t bytes) {
                this->emit(event::ChannelSent{id, bytes});
              },
          .on_closing = [this](ChannelId id) { this->emit(event::ChannelClosing{id}); },
          .on_closed =
              [this](ChannelId id, std::optional<Error> error) {
                this->emit(event::ChannelClosed{id, std::move(error)});
              },
          .on_drained =
              [this] {
                if (phase_ == Phase::closing) sctp_->shutdown();
              },
          .on_violation = [this](Error error) { end(ConnectionState::failed, std::move(error)); },
      }) {}

Connection::~Connection() {
  sctp_.reset();
  if (dtls_) dtls_->close();
  dtls_.reset();
  ice_.reset();
}

void Connection::emit(ConnectionEvent event) {
  if (phase_ == Phase::open) emit_(std::move(event));
}

void Connection::emit_state(ConnectionState state, std::optional<Error> error) {
  if (state_ == state) return;
  state_ = state;
  emit(event::StateChange{state, std::move(error)});
}

void Connection::create_offer() {
  start_ice(IceRole::controlling);
  describe(SessionDescription::Type::offer, sdp::Setup::actpass);
  ice_->gather();
}

void Connection::set_remote_description(SessionDescription::Type type, const sdp::Description& description) {
  if (phase_ != Phase::open) return;
  remote_ = description;
  const bool answering = type == SessionDescription::Type::offer;
  if (answering) {
    // RFC 8842 §5.3: the answerer should be active, unless the offer leaves it no choice.
    dtls_role_ = description.setup == sdp::Setup::active ? DtlsRole::server : DtlsRole::client;
    mid_ = description.mid;
    start_ice(IceRole::controlled);
  } else {
    dtls_role_ = description.setup == sdp::Setup::active ? DtlsRole::server : DtlsRole::client;
  }
  emit_state(ConnectionState::connecting);
  tell_report();
  if (answering) {
    describe(SessionDescription::Type::answer,
             dtls_role_ == DtlsRole::client ? sdp::Setup::active : sdp::Setup::passive);
  }
  ice_->set_remote_credentials({description.ice_ufrag, description.ice_pwd});
  if (answering) ice_->gather();
}

void Connection::add_remote_candidate(const std::optional<Candidate>& candidate) {
  if (phase_ != Phase::open) return;
  assert(remote_ && ice_);
  if (candidate) {
    ++remote_candidates_;
    ice_->add_remote_candidate(*candidate);
  } else {
    remote_candidates_ended_ = true;
    ice_->end_remote_candidates();
  }
  tell_report();
}

void Connection::start_ice(IceRole role) {
  certificate_.emplace();
  ice_ = std::make_unique<IceAgent>(
      loop_, role, configuration_,
      IceHandlers{
          .on_candidate =
              [this](std::optional<Candidate> candidate) {
                if (!candidate) return handle_end_of_gathering();
                ++local_candidates_;
                tell_report();
                emit(event::LocalCandidate{IceCandidateInit{candidate->serialize(), mid_, 0, local_ufrag_}});
              },
          .on_state = [this](IceState state) { handle_ice_state(state); },
          .on_path = [this](CandidateType path) { emit(event::Path{path}); },
          .on_turn_problem = [this] { tell_report(); },
          .on_datagram = [this](BytesView datagram) { handle_datagram(datagram); },
      });
}

void Connection::describe(SessionDescription::Type type, sdp::Setup setup) {
  const IceAgent::Credentials credentials = ice_->local_credentials();
  local_ufrag_ = credentials.ufrag;
  sdp::Description local;
  local.mid = mid_;
  local.ice_ufrag = credentials.ufrag;
  local.ice_pwd = credentials.pwd;
  local.fingerprint = certificate_->fingerprint();
  local.setup = setup;
  local.sctp_port = kSctpPort;
  local.max_message_bytes = kMaxMessageBytes;
  emit(event::LocalDescription{{type, sdp::serialize(local, draw_session_id())}});
}

void Connection::handle_end_of_gathering() {
  emit(event::LocalCandidate{std::nullopt});
  if (local_candidates_ > 0) return;
  if (configuration_.ice_policy == IcePolicy::relay) {
    return end(ConnectionState::failed,
               environment_error("no TURN server gave a relay: " + rtc::describe(ice_->turn_problems()),
                                 "only relays are allowed: check the "
                                 "TURN server's address, user and password"));
  }
  end(ConnectionState::failed, environment_error("this machine has no network address that the other side could reach",
                                                 "check that a network interface is up"));
}

void Connection::handle_ice_state(IceState state) {
  switch (state) {
    case IceState::checking:
      return;
    case IceState::connected:
      // From the first working pair, not from the last check: saves seconds behind NATs.
      if (!dtls_) return start_dtls();
      if (connected_) emit_state(ConnectionState::connected);
      return;
    case IceState::disconnected:
      if (connected_) emit_state(ConnectionState::disconnected);
      return;
    case IceState::failed:
      if (connected_) {
        read_rest();
        return end(ConnectionState::failed, environment_error("the other side does not answer any more (ICE)",
                                                              "check the network between both"));
      }
      return end(ConnectionState::failed, no_path_error());
  }
}

Error Connection::no_path_error() const {
  std::string message = "no network path to the other side was found (ICE)";
  const std::string problems = rtc::describe(ice_->turn_problems());
  if (!problems.empty()) message += "; " + problems;
  if (configuration_.turn_servers.empty()) {
    return environment_error(message, "check that UDP is allowed between both, or give a TURN server with --turn");
  }
  return environment_error(message, "check the TURN server's address, user and password");
}

ConnectionStage Connection::stage() const {
  if (connected_) return ConnectionStage::open;
  if (sctp_) return ConnectionStage::sctp;
  if (dtls_) return ConnectionStage::dtls;
  if (local_candidates_ == 0) return ConnectionStage::gathering;
  if (!remote_) return ConnectionStage::signaling;
  if (remote_candidates_ > 0) return ConnectionStage::checks;
  return remote_candidates_ended_ ? ConnectionStage::gathering : ConnectionStage::signaling;
}

void Connection::tell_report() {
  ConnectionReport report;
  report.stage = stage();
  report.knows_stun = configuration_.stun_server.has_value();
  if (ice_) ice_->describe(report);
  if (report == told_) return;
  told_ = report;
  emit(event::Report{std::move(report)});
}

void Connection::handle_datagram(BytesView datagram) {
  if (datagram.size() > kMaxDatagramBytes) return;
  if (dtls_) return dtls_->receive(datagram);
  if (early_datagrams_.size() < kMaxEarlyDatagrams) early_datagrams_.push_back(to_vector(datagram));
}

void Connection::start_dtls() {
  // ICE cannot be connected without the peer's password, which stands in its description.
  if (!remote_ || phase_ != Phase::open) return;
  dtls_ = std::make_unique<DtlsTransport>(
      loop_, *certificate_, remote_->fingerprint, dtls_role_,
      DtlsHandlers{
          .send_datagram =
              [this](BytesView datagram) {
                if (!dropped_) ice_->send(datagram);
              },
          .on_connected = [this] { start_sctp(); },
          .on_data = [this](BytesView record) { handle_record(record); },
          .on_closed =
              [this] {
                read_rest();
                end(ConnectionState::closed, environment_error("the other side closed the connection"));
              },
          .on_failed = [this](Error error) { end(ConnectionState::failed, std::move(error)); },
      });
  tell_report();
  dtls_->start();
  for (const Bytes& datagram : std::exchange(early_datagrams_, {})) dtls_->receive(datagram);
}

void Connection::handle_record(BytesView record) {
  heard_at_ = std::chrono::steady_clock::now();
  if (state_ == ConnectionState::disconnected) emit_state(ConnectionState::connected);
  if (sctp_) sctp_->receive(record);
}

// ICE's consent (RFC 7675) decides that the peer is gone; this only says early that it may be.
void Connection::look_for_silence() {
  if (state_ != ConnectionState::connected || std::chrono::steady_clock::now() - heard_at_ < kSilence) return;
  emit_state(ConnectionState::disconnected);
}

void Connection::start_sctp() {
  if (phase_ != Phase::open) return;
  sctp_ = std::make_unique<SctpTransport>(
      loop_.sctp(), remote_->sctp_port, kMaxMessageBytes,
      SctpHandlers{
          .send_packet = [this](BytesView packet) { dtls_->send(packet); },
          .on_connected = [this](std::uint16_t streams) { handle_connected(streams); },
          .on_message = [this](std::uint16_t stream, std::uint32_t protocol,
                               Bytes message) { channels_.handle_message(stream, protocol, std::move(message)); },
          .on_stream_reset = [this](std::uint16_t stream) { channels_.handle_stream_reset(stream); },
          .on_reset_done = [this](std::uint16_t stream) { channels_.handle_reset_done(stream); },
          .on_reset_refused = [this](std::uint16_t stream) { channels_.handle_reset_refused(stream); },
          .on_writable = [this] { channels_.handle_writable(); },
          .may_read = [this] { return reading_rest_ || unhandled_->load() < kMaxUnhandledBytes; },
          .on_closed =
              [this] { end(ConnectionState::closed, environment_error("the other side closed the connection")); },
          .on_failed = [this](Error error) { end(ConnectionState::failed, std::move(error)); },
      });
  tell_report();
  // OPEN and data go to usrsctp before the association is up: they leave with the end of its handshake.
  channels_.attach(*sctp_, dtls_role_);
}

void Connection::handle_connected(std::uint16_t streams) {
  if (phase_ != Phase::open) return;
  connected_ = true;
  tell_report();
  emit_state(ConnectionState::connected);
  silence_timer_.start_repeating(std::chrono::seconds(1), [this] { look_for_silence(); });
  channels_.handle_connected(streams);
}

// What came in while the owner was slow is still with usrsctp, acknowledged: its sender counts on it.
void Connection::read_rest() {
  reading_rest_ = true;
  if (sctp_) sctp_->resume();
}

void Connection::end(ConnectionState state, Error error) {
  if (phase_ == Phase::closing) return finish();
  if (phase_ == Phase::ended) return;
  tell_report();
  emit_state(state, error);
  channels_.close_all(error);
  finish();
}

void Connection::finish() {
  if (std::exchange(phase_, Phase::ended) == Phase::ended) return;
  if (!connected_ && ice_) log::info("a connection ended without a link; it tried {}", ice_->candidates());
  channels_.close_all({});
  linger_timer_.stop();
  silence_timer_.stop();
  loop_.dismiss(*this);
}

void Connection::close() {
  if (phase_ != Phase::open) return;
  if (!connected_) return finish();
  phase_ = Phase::closing;
  reading_rest_ = true;  // nobody handles it any more: emit() drops it
  linger_timer_.start(configuration_.linger, [this] { finish(); });
  if (channels_.drained()) sctp_->shutdown();
}

// ABORT and close_notify, which the transports send as they go, stay here.
void Connection::drop() {
  if (phase_ != Phase::open) return;
  dropped_ = true;
  finish();
}

}  // namespace coterie::rtc
