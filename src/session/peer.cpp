#include "session/peer.h"

#include <utility>

namespace coterie::session {

Peer::Peer(LinkEnvironment& environment, RemoteSigner remote)
    : signer(std::move(remote)),
      connect_timer(environment.create_timeout()),
      retry_timer(environment.create_timeout()),
      pause_timer(environment.create_timeout()),
      troubles(signer.name) {}

Result<std::unique_ptr<Peer>> Peer::create(LinkEnvironment& environment, LinkSide side, const crypto::Identity& own,
                                           const RoomId& room, const RemoteSigner& signer) {
  auto peer = std::make_unique<Peer>(environment, signer);
  const ceremony::NegotiatorParties parties{own, signer.keys, signer.name, room};
  if (side == LinkSide::offering) {
    COTERIE_TRY(auto offering, ceremony::OfferingNegotiator::create(parties));
    peer->offering.emplace(std::move(offering));
  } else {
    COTERIE_TRY(auto answering, ceremony::AnsweringNegotiator::create(parties));
    peer->answering.emplace(std::move(answering));
  }
  return peer;
}

ceremony::Negotiator& Peer::negotiator() {
  return offering ? static_cast<ceremony::Negotiator&>(*offering) : static_cast<ceremony::Negotiator&>(*answering);
}

PeerState Peer::state() const {
  if (open) return PeerState::connected;
  if (under_way) return PeerState::connecting;
  return in_room ? PeerState::joined : PeerState::absent;
}

std::optional<LinkPath> Peer::path() const {
  return open ? open->path() : std::nullopt;
}

}  // namespace coterie::session
