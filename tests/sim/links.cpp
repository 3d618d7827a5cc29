#include "sim/links.h"

namespace coterie::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration kJoinTimeout = 5s;  // signaling::ClientOptions::connect
constexpr Duration kPause = 100ms;     // between two links with one signer that joins bring about
constexpr Duration kSignOfLife = 3s;   // signaling::ClientOptions::sign_of_life

}  // namespace

Links::Links(Context& context, SignalingServer& server, Channels& channels, const crypto::Identity& identity,
             LinksOptions options, session::WebRtcClientHandlers handlers)
    : context_(context),
      server_(server),
      channels_(channels),
      identity_(identity),
      options_(std::move(options)),
      handlers_(std::move(handlers)) {
  for (const session::RemoteSigner& signer : options_.peers) {
    Peer& peer = peers_[signer.keys.sign_key];
    peer.signer = signer;
    const ceremony::NegotiatorParties parties{identity_, signer.keys, signer.name, options_.room};
    if (offers()) {
      peer.offering.emplace(std::move(ceremony::OfferingNegotiator::create(parties).value()));
    } else {
      peer.answering.emplace(std::move(ceremony::AnsweringNegotiator::create(parties).value()));
    }
  }
}

void Links::start() {
  context_.schedule.after(1ms, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self && !self->closed_) self->attempt();
  });
}

Links::Peer* Links::find(const SignKey& key) {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : &found->second;
}

const Links::Peer* Links::find(const SignKey& key) const {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : &found->second;
}

void Links::arm(Timer& timer, Duration delay, std::function<void()> act) {
  context_.schedule.after(delay, [weak = weak_from_this(), &timer, armed = ++timer, act = std::move(act)] {
    if (const auto self = weak.lock(); self && !self->closed_ && timer == armed) act();
  });
}

// --- the room: as signaling::Client ---

void Links::attempt() {
  state_ = State::awaiting_hello;
  connection_ = server_.connect(
      options_.room,
      [weak = weak_from_this()](const std::string& frame) {
        if (const auto self = weak.lock(); self && !self->closed_) self->take_frame(frame);
      },
      [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && !self->closed_) self->retry_signaling(self->state_ == State::joined);
      });
  if (!connection_) return retry_signaling(false);
  arm(signaling_timer_, kJoinTimeout, [this] { retry_signaling(false); });
}

void Links::retry_signaling(bool was_in_room) {
  if (connection_) server_.close(connection_);
  connection_.reset();
  state_ = State::waiting_to_retry;
  arm(signaling_timer_, signaling_retry_.draw(context_.random), [this] { attempt(); });
  if (!was_in_room) return;
  for (auto& [key, peer] : peers_) {
    peer.in_room = false;
    peer.negotiator().peer_left();
  }
}

void Links::take_frame(const std::string& frame) {
  const auto message = signaling::parse_server_message(frame);
  if (!message) throw Violation("every frame is well formed", message.error().message);
  std::visit([this](const auto& each) { take(each); }, *message);
}

void Links::take(const signaling::Hello& hello) {
  state_ = State::awaiting_joined;
  epoch_ = context_.random.draw<Epoch>();
  const signaling::Join join = signaling::create_join(identity_, options_.room, epoch_, hello.nonce, options_.create);
  server_.send(connection_, signaling::serialize(signaling::ClientMessage(join)));
}

void Links::take(const signaling::Joined& joined) {
  if (state_ != State::awaiting_joined) return;
  state_ = State::joined;
  ++signaling_timer_;
  signaling_retry_.reset();
  for (auto& [key, peer] : peers_) {
    peer.in_room = false;
    peer.negotiator().peer_left();
    if (peer.negotiator().own_joined(epoch_) == ceremony::EpochChange::changed) end_under_way(peer);
  }
  for (const signaling::Member& member : joined.members) {
    if (closed_) return;
    if (Peer* peer = find(member.from)) peer_joined(*peer, member.epoch);
  }
  for (auto& [key, peer] : peers_) {
    if (closed_) return;
    tell_state(peer);
  }
}

void Links::take(const signaling::Ready& ready) {
  if (state_ != State::joined) return;
  if (Peer* peer = find(ready.member.from)) peer_joined(*peer, ready.member.epoch);
}

void Links::take(const signaling::Relay& relay) {
  if (state_ != State::joined || relay.to != identity_.sign_key() || relay.room != options_.room) {
    throw Violation("the server passes on to whom it is for", options_.who);
  }
  Peer* peer = find(relay.from);
  if (peer == nullptr) return;
  switch (relay.type) {
    case signaling::RelayType::offer:
      if (peer->answering) consume_offer(*peer, relay.data);
      break;
    case signaling::RelayType::answer:
      if (peer->offering) consume_answer(*peer, relay.data);
      break;
    case signaling::RelayType::ice_candidate:
      consume_candidate(*peer, relay.data);
      break;
  }
}

void Links::take(const signaling::Leave& leave) {
  Peer* peer = find(leave.from);
  if (state_ != State::joined || peer == nullptr) return;
  peer->in_room = false;
  peer->negotiator().peer_left();
  end_under_way(*peer);
  tell_state(*peer);
}

void Links::take(const signaling::Refusal& refusal) {
  context_.trace.note("{} is told by the server: {}", options_.who, to_string(refusal.code));
  if (refusal.code == signaling::ErrorCode::replaced && state_ == State::joined) {
    return give_way();
  }
  retry_signaling(state_ == State::joined);
}

void Links::signal(Peer& peer, signaling::RelayType type, Result<json::Value> data) {
  if (!data || state_ != State::joined) return;  // the next join begins the link anew
  const signaling::Relay relay{type, identity_.sign_key(), peer.signer.keys.sign_key, options_.room, *data};
  server_.send(connection_, signaling::serialize(signaling::ClientMessage(relay)));
}

// --- links: as session::WebRtcClient ---

void Links::peer_joined(Peer& peer, const Epoch& epoch) {
  peer.in_room = true;
  peer.closed_here = false;
  peer.retry.reset();
  if (peer.negotiator().peer_joined(epoch) == ceremony::EpochChange::changed) end_under_way(peer);
  tell_state(peer);
  if (!offers() || closed_ || peer.under_way) return;
  peer.link_wanted = peer.pausing;
  if (!peer.link_wanted) begin_link(peer);
}

void Links::consume_offer(Peer& peer, const json::Value& data) {
  const auto offer = peer.answering->consume_offer(data);
  if (!offer) return on_not_signed(peer, offer.error());
  if (!*offer) return;
  end_under_way(peer);
  const End end = make_end(peer);
  if (closed_ || peer.under_way != end) return;
  channels_.connect(end, (*offer)->sdp());
  signal(peer, signaling::RelayType::answer, peer.answering->create_answer(peer.own_description, context_.random));
  signal(peer, signaling::RelayType::ice_candidate,
         peer.negotiator().create_candidate(json::Value(nullptr), context_.random));
}

void Links::consume_answer(Peer& peer, const json::Value& data) {
  const auto answer = peer.offering->consume_answer(data);
  if (!answer) return on_not_signed(peer, answer.error());
  if (*answer && peer.under_way) channels_.connect(peer.under_way, (*answer)->sdp());
}

void Links::consume_candidate(Peer& peer, const json::Value& data) {
  if (const auto candidate = peer.negotiator().consume_candidate(data); !candidate) {
    on_not_signed(peer, candidate.error());
  }
}

void Links::on_not_signed(Peer& peer, const Error& error) {
  if (!peer.open) handlers_.on_fatal(error);
}

Links::End Links::make_end(Peer& peer) {
  const SignKey key = peer.signer.keys.sign_key;
  const auto weak_end = std::make_shared<std::weak_ptr<ChannelEnd>>();
  // Calls `act` with the peer and the end, as long as there is somebody to call.
  const auto guarded = [this, key, weak_end](auto act) {
    return [weak = weak_from_this(), key, weak_end, act](auto&&... arguments) {
      const auto self = weak.lock();
      if (self && !self->closed_) act(*self, *self->find(key), weak_end->lock(), arguments...);
    };
  };
  ChannelEnd handlers;
  handlers.on_open = guarded([](Links& self, Peer& owner, const End& end) { self.on_open(owner, end); });
  handlers.on_message = guarded([](Links& self, Peer& owner, const End&, const std::string& message) {
    owner.retry.reset();
    self.handlers_.on_message(owner.signer.keys.sign_key, message);
  });
  handlers.on_silence = guarded([](Links& self, Peer& owner, const End& end) { self.on_silence(owner, end); });
  handlers.on_ended =
      guarded([](Links& self, Peer& owner, const End& end, session::LinkEnd how) { self.on_ended(owner, end, how); });
  auto [end, description] = channels_.describe(std::move(handlers));
  *weak_end = end;
  peer.under_way = end;
  peer.own_description = std::move(description);
  arm(peer.connect_timer, kConnectTimeout, [this, &peer] { on_connect_timeout(peer); });
  tell_state(peer);
  return end;
}

void Links::begin_link(Peer& peer) {
  end_under_way(peer);
  ++peer.retry_timer;
  peer.pausing = true;
  arm(peer.pause_timer, kPause, [this, &peer] {
    peer.pausing = false;
    if (std::exchange(peer.link_wanted, false) && peer.in_room && !peer.under_way) begin_link(peer);
  });
  if (const auto started = peer.offering->start_link(context_.random); !started) return;
  const End end = make_end(peer);
  if (closed_ || peer.under_way != end) return;
  signal(peer, signaling::RelayType::offer, peer.offering->create_offer(peer.own_description, context_.random));
  signal(peer, signaling::RelayType::ice_candidate,
         peer.negotiator().create_candidate(json::Value(nullptr), context_.random));
}

void Links::on_open(Peer& peer, const End& end) {
  if (peer.under_way != end) return;
  ++peer.connect_timer;
  const SignKey key = peer.signer.keys.sign_key;
  const bool replaces = peer.open != nullptr;
  close_end(peer.open);
  peer.open = std::exchange(peer.under_way, nullptr);
  if (replaces) handlers_.on_link_closed(key, session::LinkEnd::lost);
  if (closed_ || peer.open != end) return;
  tell_state(peer);
  if (closed_ || peer.open != end) return;
  handlers_.on_link_opened(key);
}

void Links::on_ended(Peer& peer, const End& end, session::LinkEnd how) {
  if (peer.under_way == end) {
    end_under_way(peer);
    retry_later(peer);
    return tell_state(peer);
  }
  if (peer.open != end) return;
  close_end(peer.open);
  if (!peer.under_way) retry_later(peer);
  tell_state(peer);
  if (!closed_) handlers_.on_link_closed(peer.signer.keys.sign_key, how);
  if (replaced_ && !closed_ && needs_room()) handlers_.on_fatal(environment_error("replaced"));
}

bool Links::needs_room() const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [](const auto& entry) { return !entry.second.open && !entry.second.closed_here; });
}

void Links::give_way() {
  replaced_ = true;
  state_ = State::replaced;
  for (auto& [key, peer] : peers_) {
    peer.in_room = false;
    peer.negotiator().peer_left();
    end_under_way(peer);
  }
  if (needs_room()) handlers_.on_fatal(environment_error("replaced"));
}

void Links::on_silence(Peer& peer, const End& end) {
  if (peer.open != end) return;
  check_signaling();
  if (offers() && peer.in_room && !peer.under_way) begin_link(peer);
}

void Links::check_signaling() {
  if (state_ != State::joined || server_.answers(connection_)) return;
  context_.schedule.after(kSignOfLife, [weak = weak_from_this(), asked = connection_] {
    const auto self = weak.lock();
    if (self && !self->closed_ && self->connection_ == asked) self->retry_signaling(self->state_ == State::joined);
  });
}

void Links::on_connect_timeout(Peer& peer) {
  end_under_way(peer);
  if (offers() && peer.in_room) {
    begin_link(peer);
  } else {
    tell_state(peer);
  }
}

void Links::end_under_way(Peer& peer) {
  ++peer.connect_timer;
  close_end(peer.under_way);
}

void Links::retry_later(Peer& peer) {
  if (!offers() || !peer.in_room) return;
  arm(peer.retry_timer, peer.retry.draw(context_.random), [this, &peer] {
    if (peer.in_room && !peer.open && !peer.under_way) begin_link(peer);
  });
}

void Links::close_end(End& end) {
  if (const End ending = std::exchange(end, nullptr)) channels_.close(ending);
}

void Links::tell_state(Peer& peer) {
  PeerState state = PeerState::absent;
  if (peer.open) {
    state = PeerState::connected;
  } else if (peer.under_way) {
    state = PeerState::connecting;
  } else if (peer.in_room) {
    state = PeerState::joined;
  }
  if (std::exchange(peer.told, state) == state) return;
  handlers_.on_peer_state(peer.signer.keys.sign_key, state, std::nullopt);
}

// --- what the processes call ---

bool Links::present(const SignKey& key) const {
  const Peer* peer = find(key);
  return peer != nullptr && (peer->in_room || peer->open);
}

bool Links::connected(const SignKey& key) const {
  const Peer* peer = find(key);
  return peer != nullptr && peer->open;
}

void Links::send(const SignKey& key, std::string_view message) {
  Peer* peer = find(key);
  if (peer != nullptr && peer->open) channels_.send(peer->open, std::string(message));
}

void Links::close_link(const SignKey& key) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  ++peer->retry_timer;
  peer->closed_here = true;
  peer->link_wanted = false;
  end_under_way(*peer);
  close_end(peer->open);
}

void Links::close(session::Farewell farewell) {
  if (std::exchange(closed_, true)) return;
  for (auto& [key, peer] : peers_) {
    close_end(peer.under_way);
    close_end(peer.open);
  }
  if (!connection_) return;
  if (farewell == session::Farewell::leave && state_ == State::joined) {
    server_.send(connection_,
                 signaling::serialize(signaling::ClientMessage(signaling::Leave{identity_.sign_key(), options_.room})));
  }
  server_.close(connection_);
}

void Links::die() {
  if (std::exchange(closed_, true)) return;
  for (auto& [key, peer] : peers_) {
    for (const End& end : {peer.under_way, peer.open}) {
      if (end) channels_.die(end);
    }
  }
  if (connection_) server_.close(connection_);
}

}  // namespace coterie::sim
