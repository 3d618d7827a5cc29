// Negotiating one PeerConnection between creator and recipient through a server that neither trusts: which signals
// count and which are late. Pure: signals in and out are the `data` of signaling messages.
//
// Both sides: tell the negotiator every own join (own_joined) and every epoch of the peer (peer_joined), in the order
// in which the signaling server tells them. A new epoch of either side ends a link whose channel is not open, never an
// open one. What names another epoch or an old link comes back as nothing (dropped, counted, no effect); what names the
// present one and does not open or verify is an Error of kind refused: "description not signed by NAME".
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/random.h"
#include "ceremony/description.h"
#include "ceremony/sealed_signal.h"
#include "crypto/sealing.h"

namespace coterie::ceremony {

// SDP that the other signer signed for this very link. Only the negotiators make them.
class VerifiedOffer {
 public:
  const std::string& sdp() const { return sdp_; }

 private:
  friend class AnsweringNegotiator;
  explicit VerifiedOffer(std::string sdp) : sdp_(std::move(sdp)) {}
  std::string sdp_;
};

class VerifiedAnswer {
 public:
  const std::string& sdp() const { return sdp_; }

 private:
  friend class OfferingNegotiator;
  explicit VerifiedAnswer(std::string sdp) : sdp_(std::move(sdp)) {}
  std::string sdp_;
};

// RTCIceCandidateInit as an object, or null: the other side has no more. Authentic, like a description, but the
// addresses in it are the other signer's word.
struct VerifiedCandidate {
  json::Value candidate;
};

// Whether a join changed anything: `changed` ends a link that is not open.
enum class EpochChange { same, changed };

struct NegotiatorParties {
  const crypto::Identity& own;  // outlives the negotiator
  crypto::Peer peer;
  std::string peer_name;  // for errors, escaped
  RoomId room;
};

// What both sides share; not used by itself.
class Negotiator {
 public:
  EpochChange own_joined(const Epoch& epoch);
  EpochChange peer_joined(const Epoch& epoch);
  void peer_left() { peer_epoch_.reset(); }  // out of the room; an open link stays
  bool both_joined() const { return own_epoch_.has_value() && peer_epoch_.has_value(); }

  const std::optional<LinkId>& link() const { return link_; }  // the present link
  std::uint64_t dropped() const { return dropped_; }           // signals without effect so far

  // Candidates of the present link. `candidate` is an RTCIceCandidateInit object or null.
  Result<json::Value> create_candidate(const json::Value& candidate, Random& random);
  Result<std::optional<VerifiedCandidate>> consume_candidate(const json::Value& data);

 protected:
  struct SignedDescription {
    Description description;
    crypto::Envelope envelope;
  };

  Negotiator(NegotiatorParties parties, crypto::PairKey key) : parties_(std::move(parties)), key_(std::move(key)) {}
  ~Negotiator() = default;
  Negotiator(Negotiator&&) = default;

  enum class Direction { sending, receiving };
  LinkContext context(Direction direction, const LinkId& link) const;
  bool names_present_epochs(const SealedSignal& signal) const;
  EpochChange replace_epoch(std::optional<Epoch>& present, const Epoch& epoch);
  Result<SealedSignal> parse_signal(const json::Value& data) const;
  Error not_signed() const;
  std::nullopt_t drop();
  json::Value seal(SignalType type, std::string_view plaintext, Random& random) const;
  // Opened, signed by the peer, and of exactly the context it came in.
  Result<SignedDescription> open_description(SignalType type, const SealedSignal& signal) const;

  NegotiatorParties parties_;
  crypto::PairKey key_;
  std::optional<Epoch> own_epoch_;
  std::optional<Epoch> peer_epoch_;
  std::optional<LinkId> link_;
  std::optional<Digest> offer_;  // of the present link: sent and not answered, or received and not answered
  std::uint64_t dropped_ = 0;
};

// The creator's side: draws links, offers, takes answers.
class OfferingNegotiator : public Negotiator {
 public:
  // Kind refused for a low-order box key of the peer.
  static Result<OfferingNegotiator> create(NegotiatorParties parties);

  // A new link; signals of the one before are late from now on. Needs both_joined, else kind environment.
  Result<LinkId> start_link(Random& random);
  // Kind usage without a link, or for an SDP above kMaxSdp.
  Result<json::Value> create_offer(std::string_view sdp, Random& random);
  // The first good answer to the present offer counts; later ones are dropped.
  Result<std::optional<VerifiedAnswer>> consume_answer(const json::Value& data);

 private:
  using Negotiator::Negotiator;
};

// A recipient's side: takes offers, answers.
class AnsweringNegotiator : public Negotiator {
 public:
  static Result<AnsweringNegotiator> create(NegotiatorParties parties);

  // Links seen within one join of ours. One more is refused; before that, joining anew forgets them.
  static constexpr std::size_t kMaxLinksSeen = 1024;
  bool has_seen_enough() const { return seen_in_ == own_epoch_ && seen_.size() == kMaxLinksSeen; }

  // A link not seen before becomes the present one, once its offer is verified; close the connection of the one before.
  Result<std::optional<VerifiedOffer>> consume_offer(const json::Value& data);
  // Kind usage without an offer, or for an SDP above kMaxSdp.
  Result<json::Value> create_answer(std::string_view sdp, Random& random);

 private:
  using Negotiator::Negotiator;
  std::set<LinkId> seen_;
  std::optional<Epoch> seen_in_;  // the own epoch in which they were seen: offers of earlier ones are dropped anyway
};

}  // namespace coterie::ceremony
