// Peer: all that is held of one other signer: whether he is in the room, the negotiator of his signals, and his links.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/back_off.h"
#include "ceremony/link_negotiator.h"
#include "coterie/observer.h"
#include "crypto/sealing.h"
#include "session/link.h"
#include "session/link_environment.h"
#include "session/link_troubles.h"

namespace coterie::session {

// Another signer, as this one knows him.
struct RemoteSigner {
  std::string name;  // escaped
  crypto::Peer keys;
};

using LinkPtr = std::shared_ptr<Link>;

struct Peer {
  static constexpr std::chrono::milliseconds kFirstRetry{100};
  static constexpr std::chrono::milliseconds kLastRetry{2'000};
  static constexpr std::chrono::milliseconds kLongestPause{30'000};

  // Kind refused for a box key of low order.
  static Result<std::unique_ptr<Peer>> create(LinkEnvironment& environment, LinkSide side, const crypto::Identity& own,
                                              const RoomId& room, const RemoteSigner& signer);

  Peer(LinkEnvironment& environment, RemoteSigner remote);

  const SignKey& key() const { return signer.keys.sign_key; }
  ceremony::Negotiator& negotiator();
  PeerState state() const;               // absent, joined, connecting or connected
  std::optional<LinkPath> path() const;  // of the open link

  RemoteSigner signer;
  std::optional<ceremony::OfferingNegotiator> offering;  // one of both
  std::optional<ceremony::AnsweringNegotiator> answering;
  bool in_room = false;
  LinkPtr open;
  LinkPtr under_way;         // may be there beside an open one, which it replaces when it opens
  bool closed_here = false;  // by close_link(), and not joined anew since
  std::unique_ptr<Timeout> connect_timer;
  std::unique_ptr<Timeout> retry_timer;
  std::unique_ptr<Timeout> pause_timer;           // since a link was begun; meanwhile no join begins another one
  BackOff pause{2 * kFirstRetry, kLongestPause};  // beside an open link; without one the pause is kFirstRetry
  bool link_wanted = false;                       // by a join in that time
  BackOff retry{kFirstRetry, kLastRetry};
  PeerState told = PeerState::absent;
  std::optional<LinkPath> told_path;
  LinkTroubles troubles;
};

}  // namespace coterie::session
