#include "rtc/peer_connection.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "rtc/connection.h"

namespace coterie::rtc {

const char* to_string(ConnectionState state) {
  switch (state) {
    case ConnectionState::created:
      return "created";
    case ConnectionState::connecting:
      return "connecting";
    case ConnectionState::connected:
      return "connected";
    case ConnectionState::disconnected:
      return "disconnected";
    case ConnectionState::failed:
      return "failed";
    case ConnectionState::closed:
      return "closed";
  }
  return "";
}

const char* to_string(DataChannel::State state) {
  switch (state) {
    case DataChannel::State::connecting:
      return "connecting";
    case DataChannel::State::open:
      return "open";
    case DataChannel::State::closing:
      return "closing";
    case DataChannel::State::closed:
      return "closed";
  }
  return "";
}

namespace {

constexpr std::size_t kMaxMessageBytesUntilTold = 64ul * 1024;  // RFC 8841 §6.1: what every peer takes

class Peer;

// The owner's side of a channel.
class Channel final : public DataChannel {
 public:
  Channel(std::weak_ptr<Peer> peer, ChannelId id, std::string label, State state)
      : peer_(std::move(peer)), id_(id), label_(std::move(label)), state_(state) {}

  const std::string& label() const override { return label_; }
  State state() const override { return state_; }
  void set_handlers(DataChannelHandlers handlers) override { handlers_ = std::move(handlers); }
  std::size_t buffered_amount() const override { return buffered_; }
  std::size_t buffered_amount_low_threshold() const override { return low_threshold_; }
  void set_buffered_amount_low_threshold(std::size_t bytes) override { low_threshold_ = bytes; }
  Result<void> send(BytesView message) override;
  void close() override;

  // A handler may replace or clear the handlers: each call is made on a copy.
  void handle_open() {
    if (state_ != State::connecting) return;  // closed by us meanwhile
    state_ = State::open;
    if (const auto handler = handlers_.on_open) handler();
  }
  void handle_message(Bytes message) {
    if (state_ != State::open) return;
    if (const auto handler = handlers_.on_message) handler(std::move(message));
  }
  void handle_sent(std::size_t bytes) {
    const bool above = buffered_ > low_threshold_;
    buffered_ -= bytes;
    if (!above || buffered_ > low_threshold_) return;
    if (const auto handler = handlers_.on_buffered_amount_low) handler();
  }
  void handle_closing() {
    if (state_ == State::closing) return;  // by us, too
    state_ = State::closing;
    if (const auto handler = handlers_.on_closing) handler();
  }
  void handle_closed(std::optional<Error> error) {
    const auto handler = handlers_.on_close;
    forget();
    if (handler) handler(std::move(error));
  }
  void forget() {
    state_ = State::closed;
    handlers_ = {};
  }

 private:
  const std::weak_ptr<Peer> peer_;
  const ChannelId id_;
  const std::string label_;
  State state_;
  std::size_t buffered_ = 0;
  std::size_t low_threshold_ = 0;
  DataChannelHandlers handlers_;
};

// The owner's side of a connection: state of the owner's strand only. The rtc thread is reached through the Loop's
// queue, and comes back through Post.
class Peer final : public PeerConnection, public std::enable_shared_from_this<Peer> {
 public:
  Peer(std::shared_ptr<Runtime> runtime, const Configuration& configuration, PeerConnectionHandlers handlers)
      : runtime_(std::move(runtime)), loopback_(configuration.loopback), handlers_(std::move(handlers)) {}
  ~Peer() override { close(); }

  void start(const Configuration& configuration, Post post) {
    const auto unhandled = std::make_shared<std::atomic<std::size_t>>(0);
    const auto emit = [post = std::move(post), weak = weak_from_this(), unhandled](ConnectionEvent event) {
      const std::size_t bytes = cost(event);
      unhandled->fetch_add(bytes);
      post([weak, unhandled, bytes, event = std::move(event)]() mutable {
        const auto self = weak.lock();
        if (!self || self->closed_) return;
        self->dispatch(std::move(event));
        const std::size_t before = unhandled->fetch_sub(bytes);
        const bool makes_room = before >= kMaxUnhandledBytes && before - bytes < kMaxUnhandledBytes;
        if (makes_room && !self->closed_) {
          self->on_connection([](Connection& connection) { connection.resume_reading(); });
        }
      });
    };
    auto connection = std::make_shared<Connection>(runtime_->loop(), configuration, unhandled, emit);
    connection_ = connection;
    // Moved on, so that the last reference is the rtc thread's.
    runtime_->loop().post([&loop = runtime_->loop(), connection = std::move(connection)]() mutable {
      loop.admit(std::move(connection));
    });
  }

  Result<std::shared_ptr<DataChannel>> create_data_channel(std::string label) override;
  Result<void> create_offer() override;
  Result<void> set_remote_description(const SessionDescription& description) override;
  Result<void> add_ice_candidate(const std::optional<IceCandidateInit>& candidate) override;
  const ConnectionReport& report() const override { return report_; }
  void close() override { end(&Connection::close); }
  void drop() override { end(&Connection::drop); }

  Result<void> send(ChannelId id, BytesView message);
  void close_channel(ChannelId id);

 private:
  struct PendingCandidate {
    std::optional<Candidate> candidate;
    std::string username_fragment;
  };

  // Runs `function(connection)` on the rtc thread, unless the connection is gone by then.
  template <class Function>
  void on_connection(Function function) {
    runtime_->loop().post([weak = connection_, function = std::move(function)]() mutable {
      if (const auto connection = weak.lock()) function(*connection);
    });
  }
  void forward(PendingCandidate pending);
  void end(void (Connection::*how)());

  void dispatch(ConnectionEvent event) {
    std::visit([this](auto& what) { handle(what); }, event);
  }
  void handle(event::LocalDescription& event) {
    if (const auto handler = handlers_.on_local_description) handler(std::move(event.description));
  }
  void handle(event::LocalCandidate& event) {
    if (const auto handler = handlers_.on_ice_candidate) handler(std::move(event.candidate));
  }
  void handle(event::StateChange& event) {
    const auto handler = handlers_.on_connection_state;
    ended_ = event.state == ConnectionState::failed || event.state == ConnectionState::closed;
    if (handler) handler(event.state, std::move(event.error));
  }
  void handle(event::Report& event) { report_ = std::move(event.report); }
  void handle(event::Path& event) {
    if (const auto handler = handlers_.on_path) handler(event.path);
  }
  void handle(event::IncomingChannel& event) {
    auto channel = std::make_shared<Channel>(weak_from_this(), event.id, std::move(event.label), Channel::State::open);
    channels_.emplace(event.id, channel);
    if (const auto handler = handlers_.on_data_channel) handler(channel);
  }
  void handle(event::ChannelOpen& event) {
    if (const auto channel = find(event.id)) channel->handle_open();
  }
  void handle(event::ChannelMessage& event) {
    if (const auto channel = find(event.id)) channel->handle_message(std::move(event.message));
  }
  void handle(event::ChannelSent& event) {
    if (const auto channel = find(event.id)) channel->handle_sent(event.bytes);
  }
  void handle(event::ChannelClosing& event) {
    if (const auto channel = find(event.id)) channel->handle_closing();
  }
  void handle(event::ChannelClosed& event) {
    const auto channel = find(event.id);
    channels_.erase(event.id);
    if (channel) channel->handle_closed(std::move(event.error));
  }
  std::shared_ptr<Channel> find(ChannelId id) const {
    const auto found = channels_.find(id);
    return found == channels_.end() ? nullptr : found->second;
  }
  bool over() const { return closed_ || ended_; }

  const std::shared_ptr<Runtime> runtime_;
  const LoopbackCandidates loopback_;
  PeerConnectionHandlers handlers_;
  ConnectionReport report_;
  std::weak_ptr<Connection> connection_;  // locked on the rtc thread only
  bool closed_ = false;                   // by us
  bool ended_ = false;                    // by the world
  bool offered_ = false;
  std::optional<sdp::Description> remote_;
  std::vector<PendingCandidate> pending_candidates_;  // until the remote description is there
  std::size_t remote_candidates_ = 0;
  bool remote_candidates_ended_ = false;
  ChannelId next_channel_ = 0;
  std::map<ChannelId, std::shared_ptr<Channel>> channels_;
};

Error closed_error() {
  return usage_error("the connection is closed");
}

Result<std::shared_ptr<DataChannel>> Peer::create_data_channel(std::string label) {
  if (over()) return closed_error();
  const auto own = std::distance(channels_.begin(), channels_.lower_bound(kRemoteChannel));
  if (static_cast<std::size_t>(own) >= kMaxChannels) {
    return usage_error(fmt::format("more than {} data channels at a time", kMaxChannels),
                       "close one, or send over one");
  }
  if (label.size() > kMaxLabelBytes) return usage_error("the label of a data channel is too long");
  const ChannelId id = next_channel_++;
  auto channel = std::make_shared<Channel>(weak_from_this(), id, label, Channel::State::connecting);
  channels_.emplace(id, channel);
  on_connection([id, label = std::move(label)](Connection& connection) { connection.open_channel(id, label); });
  return std::shared_ptr<DataChannel>(channel);
}

Result<void> Peer::create_offer() {
  if (over()) return closed_error();
  if (offered_ || remote_) return usage_error("the connection is already described");
  offered_ = true;
  on_connection([](Connection& connection) { connection.create_offer(); });
  return {};
}

Result<void> Peer::set_remote_description(const SessionDescription& description) {
  if (over()) return closed_error();
  if (remote_) return usage_error("the connection already has a remote description");
  if (offered_ != (description.type == SessionDescription::Type::answer)) {
    return usage_error("a remote answer without an offer, or a second offer");
  }
  COTERIE_TRY(sdp::Description parsed, sdp::parse(description));
  // Candidates inside the description come before those that trickled in early.
  std::vector<PendingCandidate> candidates;
  for (const std::string& line : parsed.candidates) {
    COTERIE_TRY(auto candidate, parse_remote_candidate(line, loopback_));
    if (candidate) candidates.push_back({std::move(candidate), {}});
  }
  if (parsed.end_of_candidates) candidates.push_back({std::nullopt, {}});
  remote_ = parsed;
  on_connection([type = description.type, parsed = std::move(parsed)](Connection& connection) {
    connection.set_remote_description(type, parsed);
  });
  for (auto& pending : candidates) forward(std::move(pending));
  for (auto& pending : std::exchange(pending_candidates_, {})) forward(std::move(pending));
  return {};
}

Result<void> Peer::add_ice_candidate(const std::optional<IceCandidateInit>& init) {
  if (over()) return closed_error();
  PendingCandidate pending;
  if (init && !init->candidate.empty()) {
    COTERIE_TRY(pending.candidate, parse_remote_candidate(init->candidate, loopback_));
    if (!pending.candidate) return {};
  }
  if (init) pending.username_fragment = init->username_fragment;
  if (remote_) {
    forward(std::move(pending));
  } else if (pending_candidates_.size() < kMaxRemoteCandidates) {
    pending_candidates_.push_back(std::move(pending));
  }
  return {};
}

void Peer::forward(PendingCandidate pending) {
  // RFC 8838 §11: a candidate of another generation or connection.
  if (!pending.username_fragment.empty() && pending.username_fragment != remote_->ice_ufrag) return;
  if (pending.candidate) {
    if (++remote_candidates_ > kMaxRemoteCandidates) return;
  } else if (std::exchange(remote_candidates_ended_, true)) {
    return;
  }
  on_connection([candidate = std::move(pending.candidate)](Connection& connection) {
    connection.add_remote_candidate(candidate);
  });
}

Result<void> Peer::send(ChannelId id, BytesView message) {
  if (over()) return closed_error();
  const std::size_t told = remote_ ? remote_->max_message_bytes : kMaxMessageBytesUntilTold;
  const std::size_t most = told == 0 ? kMaxMessageBytes : std::min(told, kMaxMessageBytes);
  if (message.size() > most) {
    return usage_error(
        fmt::format("a message of {} bytes is longer than the {} that may be sent", message.size(), most));
  }
  on_connection(
      [id, bytes = to_vector(message)](Connection& connection) mutable { connection.send(id, std::move(bytes)); });
  return {};
}

void Peer::close_channel(ChannelId id) {
  on_connection([id](Connection& connection) { connection.close_channel(id); });
}

void Peer::end(void (Connection::*how)()) {
  if (std::exchange(closed_, true)) return;
  on_connection([how](Connection& connection) { (connection.*how)(); });
  // Handlers may hold their owner: let go of them. The one that may be running runs on a copy.
  handlers_ = {};
  for (const auto& [id, channel] : std::exchange(channels_, {})) channel->forget();
}

Result<void> Channel::send(BytesView message) {
  const auto peer = peer_.lock();
  if (state_ == State::closing || state_ == State::closed || !peer) {
    return usage_error(fmt::format("the data channel is {}", to_string(peer ? state_ : State::closed)));
  }
  if (buffered_ + message.size() > kMaxBufferedBytes) {
    return usage_error("too much data is waiting to be sent on the data channel", "wait until it was sent");
  }
  COTERIE_CHECK(peer->send(id_, message));
  buffered_ += message.size();
  return {};
}

void Channel::close() {
  if (state_ == State::closing || state_ == State::closed) return;
  const auto peer = peer_.lock();
  if (!peer) return forget();
  state_ = State::closing;
  peer->close_channel(id_);
}

}  // namespace

std::shared_ptr<PeerConnection> PeerConnection::create(std::shared_ptr<Runtime> runtime,
                                                       const Configuration& configuration, Post post,
                                                       PeerConnectionHandlers handlers) {
  auto peer = std::make_shared<Peer>(std::move(runtime), configuration, std::move(handlers));
  peer->start(configuration, std::move(post));
  return peer;
}

}  // namespace coterie::rtc
