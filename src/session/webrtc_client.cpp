#include "session/webrtc_client.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "base/log.h"
#include "session/address_watch.h"
#include "session/ice_servers.h"
#include "session/webrtc_link.h"

namespace coterie::session {

namespace {

// How long a link that was begun before a STUN server answered may still open by itself.
constexpr std::chrono::milliseconds kLateStunPatience{1'000};

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
        late_stun_timer_(loop) {}

  Result<void> add_peers();
  void start();
  void set_stun_server(const rtc::StunServer& server);
  const RoomTrouble& room_trouble() const { return room_news_->trouble(); }
  bool present(const SignKey& key) const;
  bool connected(const SignKey& key) const;
  std::optional<LinkFailure> link_failure(const SignKey& key) const;
  void send(const SignKey& key, std::string_view message);
  void close_link(const SignKey& key);
  void drop_link(const SignKey& key);
  void close(Farewell farewell);

 private:
  bool offers() const { return options_.create.has_value(); }
  LinkSide side() const { return offers() ? LinkSide::offering : LinkSide::answering; }
  Peer* find(const SignKey& key);
  const Peer* find(const SignKey& key) const;

  void connect_signaling();
  void on_joined(const Epoch& own, const std::vector<signaling::Member>& members,
                 const std::vector<signaling::IceServer>& ice_servers);
  void on_ready(const signaling::Member& member);
  void on_signal(signaling::RelayType type, const SignKey& from, const json::Value& data);
  void on_left(const SignKey& from);
  void on_disconnected(const Error& error);
  void give_way();
  void end_replaced();
  bool needs_room() const;

  void peer_joined(Peer& peer, const Epoch& epoch);
  void consume_offer(Peer& peer, const json::Value& data);
  void consume_answer(Peer& peer, const json::Value& data);
  void consume_candidate(Peer& peer, const json::Value& data);

  void on_not_signed(Peer& peer, const Error& error);
  void begin_link(Peer& peer);
  LinkPtr make_link(Peer& peer);
  void on_open(Peer& peer, const LinkPtr& link);
  void on_link_ended(Peer& peer, const LinkPtr& link, LinkEnd how, const Error& error);
  void on_silence(Peer& peer, const LinkPtr& link);
  void on_connect_timeout(const SignKey& key);
  void on_late_stun();
  void note_failure(Peer& peer, const std::optional<Error>& error);
  void tell_failure(Peer& peer);
  void end_under_way(Peer& peer);
  void retry_later(Peer& peer);
  void signal(Peer& peer, signaling::RelayType type, Result<json::Value> data);
  void tell_state(Peer& peer);
  static void close(LinkPtr& link);

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
  std::unique_ptr<AddressWatch> address_watch_;
  std::optional<rtc::StunServer> stun_server_;
  std::vector<rtc::TurnServer> offered_turn_servers_;  // by the signaling server, and fit to be used
  Timer late_stun_timer_;
  std::optional<RoomNews> room_news_;
  bool replaced_ = false;
  bool closed_ = false;
};

Result<void> WebRtcClient::Impl::add_peers() {
  std::string fingerprints = "you: " + crypto::fingerprint(identity_.sign_key(), identity_.box_key());
  for (const RemoteSigner& signer : options_.peers) {
    COTERIE_TRY(auto peer, Peer::create(loop_, side(), identity_, options_.room, signer));
    peers_.emplace(signer.keys.sign_key, std::move(peer));
    fingerprints +=
        fmt::format("; {}: {}", signer.name, crypto::fingerprint(signer.keys.sign_key, signer.keys.box_key));
  }
  room_news_.emplace(loop_, options_.server.address.text(), std::move(fingerprints),
                     guarded([](Impl& self, const std::string& line) { self.handlers_.on_notice(line); }));
  return {};
}

void WebRtcClient::Impl::start() {
  connect_signaling();
  // A TCP connection from an address that is gone says nothing of it. The links find out by their own silence.
  address_watch_ = std::make_unique<AddressWatch>(loop_, guarded([](Impl& self) { self.signaling_->check(); }));
}

void WebRtcClient::Impl::connect_signaling() {
  signaling::ClientOptions options;
  options.server = options_.server;
  options.tls_ca = options_.tls_ca;
  options.room = options_.room;
  options.create = options_.create;
  signaling::ClientHandlers handlers;
  handlers.on_joined =
      guarded([](Impl& self, const Epoch& own, const std::vector<signaling::Member>& members,
                 const std::vector<signaling::IceServer>& ice_servers) { self.on_joined(own, members, ice_servers); });
  handlers.on_ready = guarded([](Impl& self, const signaling::Member& member) { self.on_ready(member); });
  handlers.on_message = guarded([](Impl& self, signaling::RelayType type, const SignKey& from,
                                   const json::Value& data) { self.on_signal(type, from, data); });
  handlers.on_left = guarded([](Impl& self, const SignKey& from) { self.on_left(from); });
  handlers.on_refused = guarded([](Impl& self, const Error& error) { self.room_news_->refused(error); });
  handlers.on_disconnected = guarded([](Impl& self, const Error& error) { self.on_disconnected(error); });
  handlers.on_replaced = guarded([](Impl& self) { self.give_way(); });
  signaling_ =
      std::make_unique<signaling::Client>(loop_.context(), identity_, random_, std::move(options), std::move(handlers));
  signaling_->start();
}

Peer* WebRtcClient::Impl::find(const SignKey& key) {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : found->second.get();
}

const Peer* WebRtcClient::Impl::find(const SignKey& key) const {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : found->second.get();
}

// --- the room ---

void WebRtcClient::Impl::on_joined(const Epoch& own, const std::vector<signaling::Member>& members,
                                   const std::vector<signaling::IceServer>& ice_servers) {
  if (options_.turn_servers.empty() && options_.ice_policy == IcePolicy::all) {
    offered_turn_servers_ = usable_turn_servers(ice_servers, options_.server.address.host);
  }
  room_news_->joined();
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
  peer.closed_here = false;
  peer.retry.reset();
  if (peer.negotiator().peer_joined(epoch) == ceremony::EpochChange::changed) {
    end_under_way(peer);
    peer.troubles.joined_anew();
  }
  // Also beside an open link: the epoch is the server's word, so it ends nothing that works; but if the peer's process
  // is a new one, only a new link reaches it, and takes the old one's place when it opens.
  tell_state(peer);
  if (!offers() || closed_ || peer.under_way) return;
  // A link costs sockets and a key long before anything is proven: one who joins again and again, or a server that says
  // so, does not get one each time.
  peer.link_wanted = peer.pause_timer.waiting();
  if (!peer.link_wanted) begin_link(peer);
}

void WebRtcClient::Impl::on_left(const SignKey& from) {
  Peer* peer = find(from);
  if (peer == nullptr) return;
  peer->in_room = false;
  peer->negotiator().peer_left();
  end_under_way(*peer);
  tell_state(*peer);
}

void WebRtcClient::Impl::on_disconnected(const Error& error) {
  for (auto& [key, peer] : peers_) {
    peer->in_room = false;
    peer->negotiator().peer_left();
  }
  room_news_->disconnected(error);
}

// Only the server says so: what is open goes on, if nobody is waited for who would have to come into the room. If
// another run of this signer is there, its own link takes the place of each that is open here.
void WebRtcClient::Impl::give_way() {
  replaced_ = true;
  for (auto& [key, peer] : peers_) {
    peer->in_room = false;
    peer->negotiator().peer_left();
    end_under_way(*peer);
  }
  if (needs_room()) return end_replaced();
  handlers_.on_notice("you joined this room from somewhere else, says its server: only the open links go on here");
}

void WebRtcClient::Impl::end_replaced() {
  handlers_.on_fatal(environment_error(
      "you joined this room from somewhere else, says its server, and this run gave way",
      "let that run finish; if there is none, run the same command again: either the server is wrong, or somebody has "
      "a copy of your vault"));
}

bool WebRtcClient::Impl::needs_room() const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [](const auto& entry) { return !entry.second->open && !entry.second->closed_here; });
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
    if (const auto sent = signaling_->send(type, peer.key(), *data); sent) return;
  }
  // The next join begins the link anew; nothing is lost that would not be said again.
  log::debug("{} for {} not sent", signaling::to_string(type), peer.signer.name);
}

// --- links ---

void WebRtcClient::Impl::consume_offer(Peer& peer, const json::Value& data) {
  const auto offer = peer.answering->consume_offer(data);
  if (!offer) return on_not_signed(peer, offer.error());
  if (!*offer) return;
  // The other side may have given up a moment before this one.
  if (peer.under_way && peer.under_way->report().stage >= rtc::ConnectionStage::checks) {
    note_failure(peer, std::nullopt);
  }
  end_under_way(peer);
  const LinkPtr link = make_link(peer);
  if (closed_ || peer.under_way != link) return;
  if (const auto begun = link->begin_answer((*offer)->sdp()); !begun)
    on_link_ended(peer, link, LinkEnd::lost, begun.error());
}

void WebRtcClient::Impl::consume_answer(Peer& peer, const json::Value& data) {
  const auto answer = peer.offering->consume_answer(data);
  if (!answer) return on_not_signed(peer, answer.error());
  if (!*answer || !peer.under_way) return;
  const LinkPtr link = peer.under_way;
  if (const auto taken = link->take_answer((*answer)->sdp()); !taken)
    on_link_ended(peer, link, LinkEnd::lost, taken.error());
}

void WebRtcClient::Impl::consume_candidate(Peer& peer, const json::Value& data) {
  const auto verified = peer.negotiator().consume_candidate(data);
  if (!verified) return on_not_signed(peer, verified.error());
  // The link that the candidate names may be open already: it is the negotiator's present one all the same.
  const LinkPtr& link = peer.under_way ? peer.under_way : peer.open;
  if (!*verified || !link) return;
  if (const auto added = link->add_candidate((*verified)->candidate); !added) {
    log::info("candidate of {}: {}", peer.signer.name, added.error().message);
  }
}

void WebRtcClient::Impl::on_not_signed(Peer& peer, const Error& error) {
  // Whoever alters signals can keep a link from opening, and then the session must say so; an open one is out of reach.
  if (peer.open) return log::warn("{}", error.message);
  handlers_.on_fatal(error);
}

LinkPtr WebRtcClient::Impl::make_link(Peer& peer) {
  const SignKey key = peer.key();
  // A link that is no longer the peer's own was closed before, and calls none of these.
  const auto of_peer = [this, key](auto function) {
    return guarded([key, function](Impl& self, auto&&... arguments) { function(self, *self.find(key), arguments...); });
  };
  LinkHandlers handlers;
  handlers.on_description = of_peer([](Impl& self, Peer& owner, const std::string& sdp) {
    if (owner.offering) {
      self.signal(owner, signaling::RelayType::offer, owner.offering->create_offer(sdp, self.random_));
    } else {
      self.signal(owner, signaling::RelayType::answer, owner.answering->create_answer(sdp, self.random_));
    }
  });
  const auto weak = std::make_shared<std::weak_ptr<Link>>();
  handlers.on_candidate = of_peer([weak](Impl& self, Peer& owner, const json::Value& candidate) {
    // Of an open link, too, as long as the negotiator's present link is that one.
    if (owner.under_way && owner.under_way != weak->lock()) return;
    self.signal(owner, signaling::RelayType::ice_candidate,
                owner.negotiator().create_candidate(candidate, self.random_));
  });
  handlers.on_open = of_peer([weak](Impl& self, Peer& owner) { self.on_open(owner, weak->lock()); });
  handlers.on_silence = of_peer([weak](Impl& self, Peer& owner) { self.on_silence(owner, weak->lock()); });
  handlers.on_path = of_peer([](Impl& self, Peer& owner) { self.tell_state(owner); });
  handlers.on_message = of_peer([key](Impl& self, Peer& owner, const std::string& message) {
    owner.retry.reset();
    self.handlers_.on_message(key, message);
  });
  handlers.on_ended = of_peer([weak](Impl& self, Peer& owner, LinkEnd how, const Error& error) {
    self.on_link_ended(owner, weak->lock(), how, error);
  });

  rtc::Configuration configuration;
  configuration.stun_server = stun_server_;
  configuration.turn_servers = options_.turn_servers.empty() ? offered_turn_servers_ : options_.turn_servers;
  configuration.ice_policy = options_.ice_policy;
  configuration.loopback = options_.loopback;
  const LinkPtr link = WebRtcLink::create(side(), loop_, runtime_, configuration, std::move(handlers));
  *weak = link;
  peer.under_way = link;
  peer.connect_timer.start(options_.connect_timeout, guarded([key](Impl& self) { self.on_connect_timeout(key); }));
  tell_state(peer);
  return link;
}

void WebRtcClient::Impl::begin_link(Peer& peer) {
  end_under_way(peer);
  peer.retry_timer.cancel();
  peer.pause_timer.start(Peer::kFirstRetry, guarded([key = peer.key()](Impl& self) {
                           Peer& present = *self.find(key);
                           const bool wanted = std::exchange(present.link_wanted, false);
                           if (wanted && present.in_room && !present.under_way) self.begin_link(present);
                         }));
  if (const auto started = peer.offering->start_link(random_); !started) return;
  const LinkPtr link = make_link(peer);
  if (closed_ || peer.under_way != link) return;
  if (const auto begun = link->begin_offer(); !begun) on_link_ended(peer, link, LinkEnd::lost, begun.error());
}

void WebRtcClient::Impl::on_open(Peer& peer, const LinkPtr& link) {
  if (peer.under_way != link) return;
  const SignKey key = peer.key();
  peer.connect_timer.cancel();
  const bool replaces = peer.open != nullptr;
  close(peer.open);
  peer.open = std::exchange(peer.under_way, nullptr);
  peer.troubles.link_opened();
  if (replaces) handlers_.on_link_closed(key, LinkEnd::lost);
  if (closed_ || peer.open != link) return;
  tell_state(peer);
  if (closed_ || peer.open != link) return;
  handlers_.on_link_opened(key);
}

void WebRtcClient::Impl::on_link_ended(Peer& peer, const LinkPtr& link, LinkEnd how, const Error& error) {
  if (peer.under_way == link) {
    note_failure(peer, error);
    end_under_way(peer);
    retry_later(peer);
    tell_state(peer);
    return tell_failure(peer);
  }
  if (peer.open != link) return;
  log::info("link to {} ended: {}", peer.signer.name, error.message);
  if (error.kind == ErrorKind::refused) {
    const auto news = peer.troubles.broken_off(judge_link(link->report(), error), error.message);
    if (news) handlers_.on_notice(*news);
  }
  close(peer.open);
  if (!peer.under_way) retry_later(peer);
  tell_state(peer);
  if (!closed_) handlers_.on_link_closed(peer.key(), how);
  if (replaced_ && !closed_ && needs_room()) end_replaced();
}

// The path may be gone: a NAT that forgot it, another network, a relay that was lost. Then the connection to the
// signaling server may be gone as silently. ICE gives the link up seconds later at the earliest: a new one is begun
// beside it at once, and takes its place if it opens.
void WebRtcClient::Impl::on_silence(Peer& peer, const LinkPtr& link) {
  if (peer.open != link) return;
  log::info("link to {} is silent", peer.signer.name);
  signaling_->check();
  if (offers() && peer.in_room && !peer.under_way) begin_link(peer);
}

void WebRtcClient::Impl::on_connect_timeout(const SignKey& key) {
  Peer& peer = *find(key);
  note_failure(peer, std::nullopt);
  end_under_way(peer);
  if (offers() && peer.in_room) {
    begin_link(peer);
  } else {
    tell_state(peer);
  }
  tell_failure(peer);
}

void WebRtcClient::Impl::note_failure(Peer& peer, const std::optional<Error>& error) {
  peer.troubles.attempt_failed(judge_link(peer.under_way->report(), error));
}

void WebRtcClient::Impl::tell_failure(Peer& peer) {
  if (closed_ || peer.open) return;
  if (const auto news = peer.troubles.take_news()) handlers_.on_notice(*news);
}

void WebRtcClient::Impl::end_under_way(Peer& peer) {
  peer.connect_timer.cancel();
  close(peer.under_way);
}

void WebRtcClient::Impl::retry_later(Peer& peer) {
  if (!offers() || !peer.in_room) return;
  const SignKey key = peer.key();
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
    if (!peer->under_way || peer->under_way->knows_stun()) continue;
    if (offers()) {
      begin_link(*peer);
    } else {
      // Only a new epoch of ours makes the other side begin the link anew.
      connect_signaling();
      return;
    }
  }
}

void WebRtcClient::Impl::close(LinkPtr& link) {
  if (const LinkPtr ending = std::exchange(link, nullptr)) ending->close();
}

void WebRtcClient::Impl::tell_state(Peer& peer) {
  const PeerState state = peer.state();
  const std::optional<LinkPath> path = peer.path();
  if (state == peer.told && path == peer.told_path) return;
  peer.told = state;
  peer.told_path = path;
  handlers_.on_peer_state(peer.key(), state, path);
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

std::optional<LinkFailure> WebRtcClient::Impl::link_failure(const SignKey& key) const {
  const Peer* peer = find(key);
  if (peer == nullptr || peer->open) return std::nullopt;
  if (const auto& known = peer->troubles.latest()) return known;
  if (peer->under_way) return judge_link(peer->under_way->report(), std::nullopt);
  if (peer->in_room && !offers()) return judge_missing_offer();
  return std::nullopt;
}

void WebRtcClient::Impl::send(const SignKey& key, std::string_view message) {
  Peer* peer = find(key);
  if (peer == nullptr || !peer->open) return;
  const LinkPtr link = peer->open;
  if (const auto sent = link->send(message); !sent) {
    loop_.post(guarded([key, link, error = sent.error()](Impl& self) {
      self.on_link_ended(*self.find(key), link, LinkEnd::lost, error);
    }));
  }
}

void WebRtcClient::Impl::close_link(const SignKey& key) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  peer->retry_timer.cancel();
  peer->closed_here = true;
  peer->link_wanted = false;
  end_under_way(*peer);
  close(peer->open);
}

void WebRtcClient::Impl::drop_link(const SignKey& key) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  if (const LinkPtr ending = std::exchange(peer->open, nullptr)) ending->drop();
}

void WebRtcClient::Impl::close(Farewell farewell) {
  if (std::exchange(closed_, true)) return;
  room_news_->end();
  late_stun_timer_.cancel();
  address_watch_.reset();
  for (auto& [key, peer] : peers_) {
    peer->retry_timer.cancel();
    peer->pause_timer.cancel();
    end_under_way(*peer);
    close(peer->open);
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
const RoomTrouble& WebRtcClient::room_trouble() const {
  return impl_->room_trouble();
}
bool WebRtcClient::present(const SignKey& peer) const {
  return impl_->present(peer);
}
bool WebRtcClient::connected(const SignKey& peer) const {
  return impl_->connected(peer);
}
std::optional<LinkFailure> WebRtcClient::link_failure(const SignKey& peer) const {
  return impl_->link_failure(peer);
}
void WebRtcClient::send(const SignKey& peer, std::string_view message) {
  impl_->send(peer, message);
}
void WebRtcClient::close_link(const SignKey& peer) {
  impl_->close_link(peer);
}

void WebRtcClient::drop_link(const SignKey& peer) {
  impl_->drop_link(peer);
}

void WebRtcClient::close(Farewell farewell) {
  impl_->close(farewell);
}

}  // namespace coterie::session
