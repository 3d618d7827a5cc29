// LinkKeeper: the links to the other signers of one room: when each is begun, replaced, given up and tried again. Hands
// over whole messages of authenticated signers; knows nothing of what they mean, nor how links, timers and signals
// come about. The creator's side makes the offers: it begins the links, a recipient answers.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "coterie/observer.h"
#include "crypto/identity.h"
#include "session/link.h"
#include "session/link_environment.h"
#include "session/link_failure.h"
#include "session/peer.h"
#include "signaling/message.h"

namespace coterie::session {

struct LinkKeeperOptions {
  LinkSide side = LinkSide::answering;
  RoomId room;
  std::vector<RemoteSigner> peers;  // a recipient has one: the creator
  std::chrono::milliseconds connect_timeout{30'000};
};

// Called on the strand; none after close(). A handler may call any method of the keeper.
struct LinkKeeperHandlers {
  std::function<void()> on_in_room;  // this signer is in the room (again)
  // absent, joined, connecting, connected (with the path) of one peer; repeated only when it, or the path, changed.
  std::function<void(const SignKey& peer, PeerState state, std::optional<LinkPath> path)> on_peer_state;
  // A link is open: the peer is who it says. Before it, on_link_closed for an earlier link of that peer.
  std::function<void(const SignKey& peer)> on_link_opened;
  std::function<void(const SignKey& peer, LinkEnd how)> on_link_closed;
  std::function<void(const SignKey& peer, const std::string& message)> on_message;
  std::function<void(const std::string& line)> on_notice;
  // Somebody on the way alters what signers say to each other, or this identity was replaced: the session must end.
  std::function<void(const Error& error)> on_fatal;
};

class LinkKeeper : public std::enable_shared_from_this<LinkKeeper> {
 public:
  // `environment` is used until close(), and outlives it; `own` and `random` outlive the keeper. Kind refused for a
  // peer's low-order box key.
  static Result<std::shared_ptr<LinkKeeper>> create(LinkEnvironment& environment, const crypto::Identity& own,
                                                    Random& random, LinkKeeperOptions options,
                                                    LinkKeeperHandlers handlers);
  LinkKeeper(const LinkKeeper&) = delete;
  LinkKeeper& operator=(const LinkKeeper&) = delete;

  // What the signaling server says: as signaling::ClientHandlers. All of it is only its word, but what is sealed in a
  // signal.
  void handle_joined(const Epoch& own, const std::vector<signaling::Member>& members);
  void handle_ready(const signaling::Member& member);
  void handle_signal(signaling::RelayType type, const SignKey& from, const json::Value& data);
  void handle_left(const SignKey& from);
  void handle_disconnected();
  void handle_replaced();

  // Each link under way that does not know of the STUN server that was found meanwhile is begun anew.
  void renew_links_without_stun();

  bool present(const SignKey& peer) const;    // in the room, or on an open link
  bool connected(const SignKey& peer) const;  // a link is open

  // Why there is no link to a peer that is in the room, or was when a link was tried: that it broke the rules on one
  // that was open; else of the last attempt, or of the one under way when it is the first. Nothing with an open link,
  // or when none was ever tried.
  std::optional<LinkFailure> link_failure(const SignKey& peer) const;

  // One message on the open link. Queued only. Without an open link it is dropped: on_link_closed said so.
  void send(const SignKey& peer, std::string_view message);

  // Ends the link to one peer after what was sent; a new one is made only when the peer joins anew. on_link_closed is
  // not called for it.
  void close_link(const SignKey& peer);

  // Ends the open link to one peer so that the peer takes it for lost.
  void drop_link(const SignKey& peer);

  // Closes all links after what was sent. No handler is called any more. Idempotent.
  void close();

 private:
  LinkKeeper(LinkEnvironment& environment, Random& random, LinkKeeperOptions options, LinkKeeperHandlers handlers);

  bool offers() const { return options_.side == LinkSide::offering; }
  Peer* find(const SignKey& key);
  const Peer* find(const SignKey& key) const;

  void end_replaced();
  bool needs_room() const;

  void peer_joined(Peer& peer, const Epoch& epoch);
  void consume_offer(Peer& peer, const json::Value& data);
  void consume_answer(Peer& peer, const json::Value& data);
  void consume_candidate(Peer& peer, const json::Value& data);
  void on_not_signed(Peer& peer, const Error& error);
  void signal(Peer& peer, signaling::RelayType type, const Result<json::Value>& data);

  void begin_link(Peer& peer);
  void pause_joins(Peer& peer, std::chrono::milliseconds time);
  LinkPtr make_link(Peer& peer);
  LinkHandlers handlers_of(const SignKey& key, const std::shared_ptr<std::weak_ptr<Link>>& weak);
  void on_open(Peer& peer, const LinkPtr& link);
  void on_link_ended(Peer& peer, const LinkPtr& link, LinkEnd how, const Error& error);
  void on_silence(Peer& peer, const LinkPtr& link);
  void on_connect_timeout(const SignKey& key);
  void note_failure(Peer& peer, const std::optional<Error>& error);
  void tell_failure(Peer& peer);
  void end_under_way(Peer& peer);
  void retry_later(Peer& peer);
  void tell_state(Peer& peer);

  // Wraps a function for a handler that may outlive this object or come after close().
  template <class Function>
  auto guarded(Function function) {
    return [weak = weak_from_this(), function = std::move(function)](auto&&... arguments) {
      if (const auto self = weak.lock(); self && !self->closed_) function(*self, arguments...);
    };
  }

  LinkEnvironment& environment_;
  Random& random_;
  const LinkKeeperOptions options_;
  const LinkKeeperHandlers handlers_;
  std::map<SignKey, std::unique_ptr<Peer>> peers_;
  bool replaced_ = false;
  bool closed_ = false;
};

}  // namespace coterie::session
