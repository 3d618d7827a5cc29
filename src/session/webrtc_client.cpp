#include "session/webrtc_client.h"

#include <spdlog/fmt/fmt.h>

#include "base/back_off.h"
#include "base/log.h"
#include "ceremony/framing.h"
#include "ceremony/link_negotiator.h"

namespace coterie::session {

namespace {

constexpr const char* kChannelLabel = "shared-state";
constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::milliseconds kLastRetry{2'000};
// How long a refused join stays unmentioned: the room may be about to open.
constexpr std::chrono::seconds kRefusalPatience{10};
// How long a link that was begun before a STUN server answered may still open by itself.
constexpr std::chrono::milliseconds kLateStunPatience{1'000};

LinkPath to_link_path(rtc::CandidateType type) {
  switch (type) {
    case rtc::CandidateType::host:
      return LinkPath::host;
    case rtc::CandidateType::srflx:
      return LinkPath::srflx;
    case rtc::CandidateType::relay:
      return LinkPath::relay;
  }
  return LinkPath::host;
}

}  // namespace

class WebRtcClient::Impl : public std::enable_shared_from_this<WebRtcClient::Impl> {
 public:
  Impl(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime, const crypto::Identity& identity, Random& random,
       WebRtcClientOptions options, WebRtcClientHandlers handlers)
      : loop_(loop),
        runtime_(std::move(runtime)),
        identity_(identity),
        random_(random),
        options_(std::move(options)),
        handlers_(std::move(handlers)),
        refusal_timer_(loop),
        late_stun_timer_(loop) {}

  Result<void> add_peers();
  void start();
  void set_stun_server(const rtc::StunServer& server);
  bool present(const SignKey& key) const;
  bool connected(const SignKey& key) const;
  void send(const SignKey& key, std::string_view message);
  void close_link(const SignKey& key);
  void close(Farewell farewell);

 private:
  // One PeerConnection with its channel. A peer's present one is either under way or open.
  struct Link {
    std::shared_ptr<rtc::PeerConnection> connection;
    std::shared_ptr<rtc::DataChannel> channel;
    ceremony::FrameReader reader;
    std::optional<LinkPath> path;
    bool with_stun = false;
  };
  using LinkPtr = std::shared_ptr<Link>;

  struct Peer {
    explicit Peer(EventLoop& loop) : connect_timer(loop), retry_timer(loop) {}

    RemoteSigner signer;
    std::optional<ceremony::OfferingNegotiator> offering;
    std::optional<ceremony::AnsweringNegotiator> answering;
    bool in_room = false;
    LinkPtr open;
    LinkPtr under_way;  // may be there beside an open one, which it replaces when it opens
    Timer connect_timer;
    Timer retry_timer;
    BackOff retry{kFirstRetry, kLastRetry};
    PeerState told = PeerState::absent;

    ceremony::Negotiator& negotiator() {
      return offering ? static_cast<ceremony::Negotiator&>(*offering) : static_cast<ceremony::Negotiator&>(*answering);
    }
  };

  bool offers() const { return options_.create.has_value(); }
  Peer* find(const SignKey& key);
  const Peer* find(const SignKey& key) const;

  void connect_signaling();
  void on_joined(const Epoch& own, const std::vector<signaling::Member>& members);
  void on_ready(const signaling::Member& member);
  void on_signal(signaling::RelayType type, const SignKey& from, const json::Value& data);
  void on_left(const SignKey& from);
  void on_refused(const Error& error);
  void on_disconnected(const Error& error);

  void peer_joined(Peer& peer, const Epoch& epoch);
  void consume_offer(Peer& peer, const json::Value& data);
  void consume_answer(Peer& peer, const json::Value& data);
  void consume_candidate(Peer& peer, const json::Value& data);

  void begin_link(Peer& peer);
  LinkPtr make_link(Peer& peer);
  void adopt_channel(const SignKey& key, const LinkPtr& link, std::shared_ptr<rtc::DataChannel> channel);
  void on_local_description(Peer& peer, const rtc::SessionDescription& description);
  void on_local_candidate(Peer& peer, const std::optional<rtc::IceCandidateInit>& candidate);
  void on_open(const SignKey& key, const LinkPtr& link);
  void on_piece(const SignKey& key, const LinkPtr& link, BytesView piece);
  void on_link_ended(const SignKey& key, const LinkPtr& link, const Error& error);
  void on_connect_timeout(const SignKey& key);
  void on_late_stun();
  void end_under_way(Peer& peer);
  void retry_later(Peer& peer);
  void signal(Peer& peer, signaling::RelayType type, Result<json::Value> data);
  void tell_state(Peer& peer);
  static void close_connection(LinkPtr& link);

  // Wraps a member function for a handler that may outlive this object or come after close().
  template <class Function>
  auto guarded(Function function) {
    return [weak = weak_from_this(), function = std::move(function)](auto&&... arguments) {
      if (const auto self = weak.lock(); self && !self->closed_) function(*self, arguments...);
    };
  }

  EventLoop& loop_;
  std::shared_ptr<rtc::Runtime> runtime_;
  const crypto::Identity& identity_;
  Random& random_;
  WebRtcClientOptions options_;
  WebRtcClientHandlers handlers_;
  std::map<SignKey, std::unique_ptr<Peer>> peers_;
  std::unique_ptr<signaling::Client> signaling_;
  std::optional<rtc::StunServer> stun_server_;
  Timer refusal_timer_;
  Timer late_stun_timer_;
  bool unreachable_told_ = false;
  bool closed_ = false;
};

Result<void> WebRtcClient::Impl::add_peers() {
  for (const RemoteSigner& signer : options_.peers) {
    auto peer = std::make_unique<Peer>(loop_);
    peer->signer = signer;
    const ceremony::NegotiatorParties parties{identity_, signer.keys, signer.name, options_.room};
    if (offers()) {
      COTERIE_TRY(auto offering, ceremony::OfferingNegotiator::create(parties));
      peer->offering.emplace(std::move(offering));
    } else {
      COTERIE_TRY(auto answering, ceremony::AnsweringNegotiator::create(parties));
      peer->answering.emplace(std::move(answering));
    }
    peers_.emplace(signer.keys.sign_key, std::move(peer));
  }
  return {};
}

void WebRtcClient::Impl::start() {
  connect_signaling();
}

void WebRtcClient::Impl::connect_signaling() {
  signaling::ClientOptions options;
  options.host = options_.server.host;
  options.port = options_.server.port;
  options.room = options_.room;
  options.create = options_.create;
  signaling::ClientHandlers handlers;
  handlers.on_joined = guarded([](Impl& self, const Epoch& own, const std::vector<signaling::Member>& members,
                                  const std::vector<signaling::IceServer>&) { self.on_joined(own, members); });
  handlers.on_ready = guarded([](Impl& self, const signaling::Member& member) { self.on_ready(member); });
  handlers.on_message = guarded([](Impl& self, signaling::RelayType type, const SignKey& from,
                                   const json::Value& data) { self.on_signal(type, from, data); });
  handlers.on_left = guarded([](Impl& self, const SignKey& from) { self.on_left(from); });
  handlers.on_refused = guarded([](Impl& self, const Error& error) { self.on_refused(error); });
  handlers.on_disconnected = guarded([](Impl& self, const Error& error) { self.on_disconnected(error); });
  handlers.on_replaced = guarded([](Impl& self) {
    self.handlers_.on_fatal(environment_error("this signer joined the room from somewhere else, and this run gave way",
                                              "end the other run, then resume here if it was not yours to keep"));
  });
  signaling_ =
      std::make_unique<signaling::Client>(loop_.context(), identity_, random_, std::move(options), std::move(handlers));
  signaling_->start();
}

WebRtcClient::Impl::Peer* WebRtcClient::Impl::find(const SignKey& key) {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : found->second.get();
}

const WebRtcClient::Impl::Peer* WebRtcClient::Impl::find(const SignKey& key) const {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : found->second.get();
}

// --- the room ---

void WebRtcClient::Impl::on_joined(const Epoch& own, const std::vector<signaling::Member>& members) {
  refusal_timer_.cancel();
  unreachable_told_ = false;
  for (auto& [key, peer] : peers_) {
    peer->in_room = false;
    peer->negotiator().peer_left();
    if (peer->negotiator().own_joined(own) == ceremony::EpochChange::changed) end_under_way(*peer);
  }
  handlers_.on_in_room();
  for (const signaling::Member& member : members) {
    if (closed_) return;
    if (Peer* peer = find(member.from)) peer_joined(*peer, member.epoch);
  }
  for (auto& [key, peer] : peers_) {
    if (closed_) return;
    tell_state(*peer);
  }
}

void WebRtcClient::Impl::on_ready(const signaling::Member& member) {
  if (Peer* peer = find(member.from)) peer_joined(*peer, member.epoch);
}

void WebRtcClient::Impl::peer_joined(Peer& peer, const Epoch& epoch) {
  peer.in_room = true;
  peer.retry.reset();
  if (peer.negotiator().peer_joined(epoch) == ceremony::EpochChange::changed) end_under_way(peer);
  // Also beside an open link: the epoch is the server's word, so it ends nothing that works; but if the peer's process
  // is a new one, only a new link reaches it, and takes the old one's place when it opens.
  if (offers() && !peer.under_way) {
    begin_link(peer);
  } else {
    tell_state(peer);
  }
}

void WebRtcClient::Impl::on_left(const SignKey& from) {
  Peer* peer = find(from);
  if (peer == nullptr) return;
  peer->in_room = false;
  peer->negotiator().peer_left();
  end_under_way(*peer);
  tell_state(*peer);
}

void WebRtcClient::Impl::on_refused(const Error& error) {
  log::info("join refused: {}", error.message);
  if (refusal_timer_.waiting()) return;
  refusal_timer_.start(kRefusalPatience, guarded([message = error.message](Impl& self) {
                         std::string others;
                         for (const RemoteSigner& signer : self.options_.peers) {
                           others += fmt::format("; {}: {}", signer.name,
                                                 crypto::fingerprint(signer.keys.sign_key, signer.keys.box_key));
                         }
                         self.handlers_.on_notice(fmt::format(
                             "the room is not open, or you are not in its roster; fingerprints to compare: you: {}{}",
                             crypto::fingerprint(self.identity_.sign_key(), self.identity_.box_key()), others));
                       }));
}

void WebRtcClient::Impl::on_disconnected(const Error& error) {
  for (auto& [key, peer] : peers_) {
    peer->in_room = false;
    peer->negotiator().peer_left();
  }
  if (std::exchange(unreachable_told_, true)) return;
  handlers_.on_notice(fmt::format("no connection to the signaling server at {}: {}; trying again",
                                  options_.server.text(), error.message));
}

void WebRtcClient::Impl::on_signal(signaling::RelayType type, const SignKey& from, const json::Value& data) {
  Peer* peer = find(from);
  if (peer == nullptr) return;
  switch (type) {
    case signaling::RelayType::offer:
      if (peer->answering) consume_offer(*peer, data);
      break;
    case signaling::RelayType::answer:
      if (peer->offering) consume_answer(*peer, data);
      break;
    case signaling::RelayType::ice_candidate:
      consume_candidate(*peer, data);
      break;
  }
}

void WebRtcClient::Impl::signal(Peer& peer, signaling::RelayType type, Result<json::Value> data) {
  if (data) {
    if (const auto sent = signaling_->send(type, peer.signer.keys.sign_key, *data); sent) return;
  }
  // The next join begins the link anew; nothing is lost that would not be said again.
  log::debug("{} for {} not sent", signaling::to_string(type), peer.signer.name);
}

// --- links ---

void WebRtcClient::Impl::consume_offer(Peer& peer, const json::Value& data) {
  const auto offer = peer.answering->consume_offer(data);
  if (!offer) return handlers_.on_fatal(offer.error());
  if (!*offer) return;
  end_under_way(peer);
  peer.under_way = make_link(peer);
  const LinkPtr link = peer.under_way;
  const SignKey key = peer.signer.keys.sign_key;
  peer.connect_timer.start(options_.connect_timeout, guarded([key](Impl& self) { self.on_connect_timeout(key); }));
  tell_state(peer);
  if (closed_) return;
  if (auto set = link->connection->set_remote_description({rtc::SessionDescription::Type::offer, (*offer)->sdp()});
      !set) {
    on_link_ended(key, link, set.error());
  }
}

void WebRtcClient::Impl::consume_answer(Peer& peer, const json::Value& data) {
  const auto answer = peer.offering->consume_answer(data);
  if (!answer) return handlers_.on_fatal(answer.error());
  if (!*answer || !peer.under_way) return;
  const LinkPtr link = peer.under_way;
  if (auto set = link->connection->set_remote_description({rtc::SessionDescription::Type::answer, (*answer)->sdp()});
      !set) {
    on_link_ended(peer.signer.keys.sign_key, link, set.error());
  }
}

void WebRtcClient::Impl::consume_candidate(Peer& peer, const json::Value& data) {
  const auto verified = peer.negotiator().consume_candidate(data);
  if (!verified) return handlers_.on_fatal(verified.error());
  // The link that the candidate names may be open already: then it is the negotiator's present one all the same.
  const LinkPtr& link = peer.under_way ? peer.under_way : peer.open;
  if (!*verified || !link) return;
  const auto candidate = rtc::parse_ice_candidate((*verified)->candidate);
  if (!candidate) return log::info("candidate of {}: {}", peer.signer.name, candidate.error().message);
  if (const auto added = link->connection->add_ice_candidate(*candidate); !added) {
    log::info("candidate of {}: {}", peer.signer.name, added.error().message);
  }
}

WebRtcClient::Impl::LinkPtr WebRtcClient::Impl::make_link(Peer& peer) {
  auto link = std::make_shared<Link>();
  const SignKey key = peer.signer.keys.sign_key;
  // Every handler finds its link weakly and acts only while it is the peer's own.
  const auto with_link = [this, weak = std::weak_ptr(link)](auto function) {
    return guarded([weak, function](Impl& self, auto&&... arguments) {
      if (const LinkPtr present = weak.lock()) function(self, present, arguments...);
    });
  };

  rtc::Configuration configuration;
  configuration.stun_server = stun_server_;
  configuration.loopback = options_.loopback;
  link->with_stun = stun_server_.has_value();
  rtc::PeerConnectionHandlers handlers;
  handlers.on_local_description =
      with_link([key](Impl& self, const LinkPtr& present, const rtc::SessionDescription& description) {
        Peer& owner = *self.find(key);
        if (owner.under_way == present) self.on_local_description(owner, description);
      });
  handlers.on_ice_candidate =
      with_link([key](Impl& self, const LinkPtr& present, const std::optional<rtc::IceCandidateInit>& candidate) {
        Peer& owner = *self.find(key);
        if (owner.under_way == present) self.on_local_candidate(owner, candidate);
      });
  handlers.on_path =
      with_link([](Impl&, const LinkPtr& present, rtc::CandidateType type) { present->path = to_link_path(type); });
  handlers.on_data_channel =
      with_link([key](Impl& self, const LinkPtr& present, const std::shared_ptr<rtc::DataChannel>& channel) {
        if (self.offers() || present->channel || channel->label() != kChannelLabel) return channel->close();
        self.adopt_channel(key, present, channel);
        self.on_open(key, present);
      });
  handlers.on_connection_state = with_link(
      [key](Impl& self, const LinkPtr& present, rtc::ConnectionState state, const std::optional<Error>& error) {
        log::debug("link: {}", rtc::to_string(state));
        if (state == rtc::ConnectionState::failed || state == rtc::ConnectionState::closed) {
          self.on_link_ended(key, present, error.value_or(environment_error("the link ended")));
        }
      });
  link->connection = rtc::PeerConnection::create(
      runtime_, configuration, [&loop = loop_](std::function<void()> function) { loop.post(std::move(function)); },
      std::move(handlers));
  return link;
}

void WebRtcClient::Impl::begin_link(Peer& peer) {
  end_under_way(peer);
  peer.retry_timer.cancel();
  if (const auto started = peer.offering->start_link(random_); !started) return;
  const LinkPtr link = make_link(peer);
  const SignKey key = peer.signer.keys.sign_key;
  auto channel = link->connection->create_data_channel(kChannelLabel);
  if (!channel) return handlers_.on_notice(channel.error().message);
  adopt_channel(key, link, std::move(*channel));
  peer.under_way = link;
  peer.connect_timer.start(options_.connect_timeout, guarded([key](Impl& self) { self.on_connect_timeout(key); }));
  tell_state(peer);
  if (closed_ || peer.under_way != link) return;
  if (const auto offered = link->connection->create_offer(); !offered) on_link_ended(key, link, offered.error());
}

void WebRtcClient::Impl::adopt_channel(const SignKey& key, const LinkPtr& link,
                                       std::shared_ptr<rtc::DataChannel> channel) {
  link->channel = std::move(channel);
  const auto with_link = [this, weak = std::weak_ptr(link)](auto function) {
    return guarded([weak, function](Impl& self, auto&&... arguments) {
      if (const LinkPtr present = weak.lock()) function(self, present, arguments...);
    });
  };
  rtc::DataChannelHandlers handlers;
  handlers.on_open = with_link([key](Impl& self, const LinkPtr& present) { self.on_open(key, present); });
  handlers.on_message =
      with_link([key](Impl& self, const LinkPtr& present, const Bytes& piece) { self.on_piece(key, present, piece); });
  handlers.on_close = with_link(
      [key](Impl& self, const LinkPtr& present, const Error& reason) { self.on_link_ended(key, present, reason); });
  link->channel->set_handlers(std::move(handlers));
}

void WebRtcClient::Impl::on_local_description(Peer& peer, const rtc::SessionDescription& description) {
  if (peer.offering) {
    signal(peer, signaling::RelayType::offer, peer.offering->create_offer(description.sdp, random_));
  } else {
    signal(peer, signaling::RelayType::answer, peer.answering->create_answer(description.sdp, random_));
  }
}

void WebRtcClient::Impl::on_local_candidate(Peer& peer, const std::optional<rtc::IceCandidateInit>& candidate) {
  signal(peer, signaling::RelayType::ice_candidate,
         peer.negotiator().create_candidate(rtc::serialize_ice_candidate(candidate), random_));
}

void WebRtcClient::Impl::on_open(const SignKey& key, const LinkPtr& link) {
  Peer& peer = *find(key);
  if (peer.under_way != link) return;
  peer.connect_timer.cancel();
  const bool replaces = peer.open != nullptr;
  close_connection(peer.open);
  peer.open = std::exchange(peer.under_way, nullptr);
  if (replaces) handlers_.on_link_closed(key);
  if (closed_ || peer.open != link) return;
  tell_state(peer);
  if (closed_ || peer.open != link) return;
  handlers_.on_link_opened(key);
}

void WebRtcClient::Impl::on_piece(const SignKey& key, const LinkPtr& link, BytesView piece) {
  Peer& peer = *find(key);
  if (peer.open != link) return;
  peer.retry.reset();
  if (const auto added = link->reader.add(piece); !added) return on_link_ended(key, link, added.error());
  while (!closed_ && peer.open == link) {
    const auto message = link->reader.poll_message();
    if (!message) return on_link_ended(key, link, message.error());
    if (!*message) return;
    handlers_.on_message(key, **message);
  }
}

void WebRtcClient::Impl::on_link_ended(const SignKey& key, const LinkPtr& link, const Error& error) {
  Peer& peer = *find(key);
  if (peer.under_way == link) {
    close_connection(peer.under_way);
    peer.connect_timer.cancel();
    retry_later(peer);
    tell_state(peer);
    if (!closed_) handlers_.on_notice(fmt::format("no link to {} yet: {}", peer.signer.name, error.message));
    return;
  }
  if (peer.open != link) return;
  log::info("link to {} ended: {}", peer.signer.name, error.message);
  close_connection(peer.open);
  if (!peer.under_way) retry_later(peer);
  tell_state(peer);
  if (!closed_) handlers_.on_link_closed(key);
}

void WebRtcClient::Impl::on_connect_timeout(const SignKey& key) {
  Peer& peer = *find(key);
  end_under_way(peer);
  if (offers() && peer.in_room) {
    begin_link(peer);
  } else {
    tell_state(peer);
  }
  if (closed_) return;
  handlers_.on_notice(fmt::format("no link to {} within {} s (--connect-timeout); trying again", peer.signer.name,
                                  std::chrono::duration<double>(options_.connect_timeout).count()));
}

void WebRtcClient::Impl::end_under_way(Peer& peer) {
  peer.connect_timer.cancel();
  close_connection(peer.under_way);
}

void WebRtcClient::Impl::retry_later(Peer& peer) {
  if (!offers() || !peer.in_room) return;
  const SignKey key = peer.signer.keys.sign_key;
  peer.retry_timer.start(peer.retry.draw(random_), guarded([key](Impl& self) {
                           Peer& present = *self.find(key);
                           if (present.in_room && !present.open && !present.under_way) self.begin_link(present);
                         }));
}

void WebRtcClient::Impl::set_stun_server(const rtc::StunServer& server) {
  stun_server_ = server;
  late_stun_timer_.start(kLateStunPatience, guarded([](Impl& self) { self.on_late_stun(); }));
}

void WebRtcClient::Impl::on_late_stun() {
  for (auto& [key, peer] : peers_) {
    if (closed_) return;
    if (!peer->under_way || peer->under_way->with_stun) continue;
    if (offers()) {
      begin_link(*peer);
    } else {
      // Only a new epoch of ours makes the other side begin the link anew.
      connect_signaling();
      return;
    }
  }
}

void WebRtcClient::Impl::close_connection(LinkPtr& link) {
  if (!link) return;
  // The handlers of this link hold it weakly; close() ends them.
  if (link->connection) link->connection->close();
  link.reset();
}

void WebRtcClient::Impl::tell_state(Peer& peer) {
  PeerState state = PeerState::absent;
  if (peer.open) {
    state = PeerState::connected;
  } else if (peer.under_way) {
    state = PeerState::connecting;
  } else if (peer.in_room) {
    state = PeerState::joined;
  }
  if (state == peer.told) return;
  peer.told = state;
  handlers_.on_peer_state(peer.signer.keys.sign_key, state,
                          state == PeerState::connected ? peer.open->path : std::nullopt);
}

// --- what the session calls ---

bool WebRtcClient::Impl::present(const SignKey& key) const {
  const Peer* peer = find(key);
  return peer != nullptr && (peer->in_room || peer->open);
}

bool WebRtcClient::Impl::connected(const SignKey& key) const {
  const Peer* peer = find(key);
  return peer != nullptr && peer->open;
}

void WebRtcClient::Impl::send(const SignKey& key, std::string_view message) {
  Peer* peer = find(key);
  if (peer == nullptr || !peer->open) return;
  const LinkPtr link = peer->open;
  for (const Bytes& piece : ceremony::split_message(message)) {
    if (const auto sent = link->channel->send(piece); !sent) {
      loop_.post(guarded([key, link, error = sent.error()](Impl& self) { self.on_link_ended(key, link, error); }));
      return;
    }
  }
}

void WebRtcClient::Impl::close_link(const SignKey& key) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  peer->retry_timer.cancel();
  end_under_way(*peer);
  close_connection(peer->open);
}

void WebRtcClient::Impl::close(Farewell farewell) {
  if (std::exchange(closed_, true)) return;
  refusal_timer_.cancel();
  late_stun_timer_.cancel();
  for (auto& [key, peer] : peers_) {
    peer->retry_timer.cancel();
    end_under_way(*peer);
    close_connection(peer->open);
  }
  if (!signaling_) return;
  if (farewell == Farewell::leave) {
    signaling_->leave();
  } else {
    signaling_->close();
  }
}

Result<std::unique_ptr<WebRtcClient>> WebRtcClient::create(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime,
                                                           const crypto::Identity& identity, Random& random,
                                                           WebRtcClientOptions options, WebRtcClientHandlers handlers) {
  auto impl =
      std::make_shared<Impl>(loop, std::move(runtime), identity, random, std::move(options), std::move(handlers));
  COTERIE_CHECK(impl->add_peers());
  return std::unique_ptr<WebRtcClient>(new WebRtcClient(std::move(impl)));
}

WebRtcClient::WebRtcClient(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebRtcClient::~WebRtcClient() {
  impl_->close(Farewell::drop);
}
void WebRtcClient::start() {
  impl_->start();
}
void WebRtcClient::set_stun_server(const rtc::StunServer& server) {
  impl_->set_stun_server(server);
}
bool WebRtcClient::present(const SignKey& peer) const {
  return impl_->present(peer);
}
bool WebRtcClient::connected(const SignKey& peer) const {
  return impl_->connected(peer);
}
void WebRtcClient::send(const SignKey& peer, std::string_view message) {
  impl_->send(peer, message);
}
void WebRtcClient::close_link(const SignKey& peer) {
  impl_->close_link(peer);
}
void WebRtcClient::close(Farewell farewell) {
  impl_->close(farewell);
}

}  // namespace coterie::session
