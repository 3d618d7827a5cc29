#include "session/link_keeper.h"

#include <algorithm>

#include "base/log.h"

namespace coterie::session {

namespace {

void end(LinkPtr& link) {
  if (const LinkPtr ending = std::exchange(link, nullptr)) ending->close();
}

// So that the peer takes it for lost: to a recipient that the creator closed a link in order means something.
void drop(LinkPtr& link) {
  if (const LinkPtr ending = std::exchange(link, nullptr)) ending->drop();
}

}  // namespace

LinkKeeper::LinkKeeper(LinkEnvironment& environment, Random& random, LinkKeeperOptions options,
                       LinkKeeperHandlers handlers)
    : environment_(environment), random_(random), options_(std::move(options)), handlers_(std::move(handlers)) {}

Result<std::shared_ptr<LinkKeeper>> LinkKeeper::create(LinkEnvironment& environment, const crypto::Identity& own,
                                                       Random& random, LinkKeeperOptions options,
                                                       LinkKeeperHandlers handlers) {
  std::shared_ptr<LinkKeeper> keeper(new LinkKeeper(environment, random, std::move(options), std::move(handlers)));
  for (const RemoteSigner& signer : keeper->options_.peers) {
    COTERIE_TRY(auto peer, Peer::create(environment, keeper->options_.side, own, keeper->options_.room, signer));
    keeper->peers_.emplace(signer.keys.sign_key, std::move(peer));
  }
  return keeper;
}

Peer* LinkKeeper::find(const SignKey& key) {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : found->second.get();
}

const Peer* LinkKeeper::find(const SignKey& key) const {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : found->second.get();
}

// --- the room ---

void LinkKeeper::handle_joined(const Epoch& own, const std::vector<signaling::Member>& members) {
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

void LinkKeeper::handle_ready(const signaling::Member& member) {
  if (Peer* peer = find(member.from)) peer_joined(*peer, member.epoch);
}

void LinkKeeper::peer_joined(Peer& peer, const Epoch& epoch) {
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
  // so, does not get one each time. Beside an open link ever more seldom, or that one would not last long enough for
  // what is to be said over it.
  peer.link_wanted = peer.pause_timer->waiting();
  if (!peer.link_wanted) begin_link(peer);
}

void LinkKeeper::handle_left(const SignKey& from) {
  Peer* peer = find(from);
  if (peer == nullptr) return;
  peer->in_room = false;
  peer->negotiator().peer_left();
  end_under_way(*peer);
  tell_state(*peer);
}

void LinkKeeper::handle_disconnected() {
  for (auto& [key, peer] : peers_) {
    peer->in_room = false;
    peer->negotiator().peer_left();
  }
}

// Only the server says so: what is open goes on, if nobody is waited for who would have to come into the room. If
// another run of this signer is there, its own link takes the place of each that is open here.
void LinkKeeper::handle_replaced() {
  replaced_ = true;
  for (auto& [key, peer] : peers_) {
    peer->in_room = false;
    peer->negotiator().peer_left();
    end_under_way(*peer);
  }
  if (needs_room()) return end_replaced();
  handlers_.on_notice("you joined this room from somewhere else, says its server: only the open links go on here");
}

void LinkKeeper::end_replaced() {
  handlers_.on_fatal(environment_error(
      "you joined this room from somewhere else, says its server, and this run gave way",
      "let that run finish; if there is none, run the same command again: either the server is wrong, or somebody has "
      "a copy of your vault"));
}

bool LinkKeeper::needs_room() const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [](const auto& entry) { return !entry.second->open && !entry.second->closed_here; });
}

void LinkKeeper::handle_signal(signaling::RelayType type, const SignKey& from, const json::Value& data) {
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

void LinkKeeper::signal(Peer& peer, signaling::RelayType type, const Result<json::Value>& data) {
  if (data) {
    if (const auto sent = environment_.send_signal(type, peer.key(), *data); sent) return;
  }
  // The next join begins the link anew; nothing is lost that would not be said again.
  log::debug("{} for {} not sent", signaling::to_string(type), peer.signer.name);
}

// --- links ---

void LinkKeeper::consume_offer(Peer& peer, const json::Value& data) {
  // No link is taken twice, and what was seen is kept under one epoch of ours: when that is much, another one is due.
  if (peer.answering->has_seen_enough()) return environment_.join_anew();
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

void LinkKeeper::consume_answer(Peer& peer, const json::Value& data) {
  const auto answer = peer.offering->consume_answer(data);
  if (!answer) return on_not_signed(peer, answer.error());
  if (!*answer || !peer.under_way) return;
  const LinkPtr link = peer.under_way;
  if (const auto taken = link->take_answer((*answer)->sdp()); !taken)
    on_link_ended(peer, link, LinkEnd::lost, taken.error());
}

void LinkKeeper::consume_candidate(Peer& peer, const json::Value& data) {
  const auto verified = peer.negotiator().consume_candidate(data);
  if (!verified) return on_not_signed(peer, verified.error());
  // The link that the candidate names may be open already: it is the negotiator's present one all the same.
  const LinkPtr& link = peer.under_way ? peer.under_way : peer.open;
  if (!*verified || !link) return;
  if (const auto added = link->add_candidate((*verified)->candidate); !added) {
    log::info("candidate of {}: {}", peer.signer.name, added.error().message);
  }
}

void LinkKeeper::on_not_signed(Peer& peer, const Error& error) {
  // Whoever alters signals can keep a link from opening, and then the session must say so; an open one is out of reach.
  if (peer.open) return log::warn("{}", error.message);
  handlers_.on_fatal(error);
}

// `weak` is the link that they are for.
LinkHandlers LinkKeeper::handlers_of(const SignKey& key, const std::shared_ptr<std::weak_ptr<Link>>& weak) {
  // A link that is no longer the peer's own was closed before, and calls none of these.
  const auto of_peer = [this, key](auto function) {
    return guarded(
        [key, function](LinkKeeper& self, auto&&... arguments) { function(self, *self.find(key), arguments...); });
  };
  LinkHandlers handlers;
  handlers.on_description = of_peer([](LinkKeeper& self, Peer& owner, const std::string& sdp) {
    if (owner.offering) {
      self.signal(owner, signaling::RelayType::offer, owner.offering->create_offer(sdp, self.random_));
    } else {
      self.signal(owner, signaling::RelayType::answer, owner.answering->create_answer(sdp, self.random_));
    }
  });
  handlers.on_candidate = of_peer([weak](LinkKeeper& self, Peer& owner, const json::Value& candidate) {
    // Of an open link, too, as long as the negotiator's present link is that one.
    if (owner.under_way && owner.under_way != weak->lock()) return;
    self.signal(owner, signaling::RelayType::ice_candidate,
                owner.negotiator().create_candidate(candidate, self.random_));
  });
  handlers.on_open = of_peer([weak](LinkKeeper& self, Peer& owner) { self.on_open(owner, weak->lock()); });
  handlers.on_silence = of_peer([weak](LinkKeeper& self, Peer& owner) { self.on_silence(owner, weak->lock()); });
  handlers.on_path = of_peer([](LinkKeeper& self, Peer& owner) { self.tell_state(owner); });
  handlers.on_message = of_peer([key](LinkKeeper& self, Peer& owner, const std::string& message) {
    owner.retry.reset();
    self.handlers_.on_message(key, message);
  });
  handlers.on_ended = of_peer([weak](LinkKeeper& self, Peer& owner, LinkEnd how, const Error& error) {
    self.on_link_ended(owner, weak->lock(), how, error);
  });
  return handlers;
}

// Meanwhile a join begins no link; one that came is made up for.
void LinkKeeper::pause_joins(Peer& peer, std::chrono::milliseconds time) {
  peer.pause_timer->start(time, guarded([key = peer.key()](LinkKeeper& self) {
                            Peer& present = *self.find(key);
                            const bool wanted = std::exchange(present.link_wanted, false);
                            if (wanted && present.in_room && !present.under_way) self.begin_link(present);
                          }));
}

LinkPtr LinkKeeper::make_link(Peer& peer) {
  const SignKey key = peer.key();
  const auto weak = std::make_shared<std::weak_ptr<Link>>();
  LinkPtr link = environment_.create_link(handlers_of(key, weak));
  *weak = link;
  peer.under_way = link;
  peer.connect_timer->start(options_.connect_timeout,
                            guarded([key](LinkKeeper& self) { self.on_connect_timeout(key); }));
  tell_state(peer);
  return link;
}

void LinkKeeper::begin_link(Peer& peer) {
  end_under_way(peer);
  peer.retry_timer->cancel();
  pause_joins(peer, peer.open ? peer.pause.draw(random_) : Peer::kFirstRetry);
  if (const auto started = peer.offering->start_link(random_); !started) return;
  const LinkPtr link = make_link(peer);
  if (closed_ || peer.under_way != link) return;
  if (const auto begun = link->begin_offer(); !begun) on_link_ended(peer, link, LinkEnd::lost, begun.error());
}

void LinkKeeper::on_open(Peer& peer, const LinkPtr& link) {
  if (peer.under_way != link) return;
  const SignKey key = peer.key();
  peer.connect_timer->cancel();
  const bool replaces = peer.open != nullptr;
  drop(peer.open);
  peer.open = std::exchange(peer.under_way, nullptr);
  peer.troubles.link_opened();
  if (replaces) handlers_.on_link_closed(key, LinkEnd::lost);
  if (closed_ || peer.open != link) return;
  tell_state(peer);
  if (closed_ || peer.open != link) return;
  handlers_.on_link_opened(key);
}

void LinkKeeper::on_link_ended(Peer& peer, const LinkPtr& link, LinkEnd how, const Error& error) {
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
    if (closed_ || peer.open != link) return;
  }
  end(peer.open);
  peer.pause.reset();
  if (peer.pause_timer->waiting()) pause_joins(peer, Peer::kFirstRetry);
  if (!peer.under_way) retry_later(peer);
  tell_state(peer);
  if (!closed_) handlers_.on_link_closed(peer.key(), how);
  if (replaced_ && !closed_ && needs_room()) end_replaced();
}

// The path may be gone: a NAT that forgot it, another network, a relay that was lost. Then the connection to the
// signaling server may be gone as silently. ICE gives the link up seconds later at the earliest: a new one is begun
// beside it at once, and takes its place if it opens.
void LinkKeeper::on_silence(Peer& peer, const LinkPtr& link) {
  if (peer.open != link) return;
  log::info("link to {} is silent", peer.signer.name);
  environment_.check_signaling();
  if (offers() && peer.in_room && !peer.under_way) begin_link(peer);
}

void LinkKeeper::on_connect_timeout(const SignKey& key) {
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

void LinkKeeper::note_failure(Peer& peer, const std::optional<Error>& error) {
  peer.troubles.attempt_failed(judge_link(peer.under_way->report(), error));
}

void LinkKeeper::tell_failure(Peer& peer) {
  if (closed_ || peer.open) return;
  if (const auto news = peer.troubles.take_news()) handlers_.on_notice(*news);
}

void LinkKeeper::end_under_way(Peer& peer) {
  peer.connect_timer->cancel();
  end(peer.under_way);
}

void LinkKeeper::retry_later(Peer& peer) {
  if (!offers() || !peer.in_room) return;
  const SignKey key = peer.key();
  peer.retry_timer->start(peer.retry.draw(random_), guarded([key](LinkKeeper& self) {
                            Peer& present = *self.find(key);
                            if (present.in_room && !present.open && !present.under_way) self.begin_link(present);
                          }));
}

void LinkKeeper::renew_links_without_stun() {
  for (auto& [key, peer] : peers_) {
    if (closed_) return;
    if (!peer->under_way || peer->under_way->knows_stun()) continue;
    if (offers()) {
      if (peer->in_room) begin_link(*peer);  // else what is under way is all that there can be now
    } else {
      // Only a new epoch of ours makes the other side begin the link anew.
      environment_.join_anew();
      return;
    }
  }
}

void LinkKeeper::tell_state(Peer& peer) {
  const PeerState state = peer.state();
  const std::optional<LinkPath> path = peer.path();
  if (state == peer.told && path == peer.told_path) return;
  peer.told = state;
  peer.told_path = path;
  handlers_.on_peer_state(peer.key(), state, path);
}

// --- what the session calls ---

bool LinkKeeper::present(const SignKey& key) const {
  const Peer* peer = find(key);
  return peer != nullptr && (peer->in_room || peer->open);
}

bool LinkKeeper::connected(const SignKey& key) const {
  const Peer* peer = find(key);
  return peer != nullptr && peer->open;
}

std::optional<LinkFailure> LinkKeeper::link_failure(const SignKey& key) const {
  const Peer* peer = find(key);
  if (peer == nullptr || peer->open) return std::nullopt;
  if (const auto& known = peer->troubles.latest()) return known;
  if (peer->under_way) return judge_link(peer->under_way->report(), std::nullopt);
  if (peer->in_room && !offers()) return judge_missing_offer();
  return std::nullopt;
}

void LinkKeeper::send(const SignKey& key, std::string_view message) {
  Peer* peer = find(key);
  if (peer == nullptr || !peer->open) return;
  const LinkPtr link = peer->open;
  if (const auto sent = link->send(message); !sent) {
    environment_.post(guarded([key, link, error = sent.error()](LinkKeeper& self) {
      self.on_link_ended(*self.find(key), link, LinkEnd::lost, error);
    }));
  }
}

void LinkKeeper::close_link(const SignKey& key) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  peer->retry_timer->cancel();
  peer->closed_here = true;
  peer->link_wanted = false;
  end_under_way(*peer);
  end(peer->open);
}

void LinkKeeper::drop_link(const SignKey& key) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  drop(peer->open);
}

void LinkKeeper::close() {
  if (std::exchange(closed_, true)) return;
  for (auto& [key, peer] : peers_) {
    peer->retry_timer->cancel();
    peer->pause_timer->cancel();
    end_under_way(*peer);
    end(peer->open);
  }
}

}  // namespace coterie::session
