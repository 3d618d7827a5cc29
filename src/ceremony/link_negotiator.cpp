#include "ceremony/link_negotiator.h"

#include <spdlog/fmt/fmt.h>

namespace coterie::ceremony {

namespace {

Result<void> check_sdp(std::string_view sdp) {
  if (sdp.size() > kMaxSdp) return usage_error(fmt::format("a description of more than {} bytes", kMaxSdp));
  return {};
}

Error no_link() {
  return usage_error("there is no link to describe");
}

}  // namespace

EpochChange Negotiator::own_joined(const Epoch& epoch) {
  return replace_epoch(own_epoch_, epoch);
}

EpochChange Negotiator::peer_joined(const Epoch& epoch) {
  return replace_epoch(peer_epoch_, epoch);
}

EpochChange Negotiator::replace_epoch(std::optional<Epoch>& present, const Epoch& epoch) {
  if (present == epoch) return EpochChange::same;
  present = epoch;
  offer_.reset();  // it named the epoch before: nobody can answer it any more
  return EpochChange::changed;
}

LinkContext Negotiator::context(Direction direction, const LinkId& link) const {
  LinkContext context{parties_.room, parties_.own.sign_key(), parties_.peer.sign_key, *own_epoch_, *peer_epoch_, link};
  if (direction == Direction::receiving) {
    std::swap(context.from, context.to);
    std::swap(context.from_epoch, context.to_epoch);
  }
  return context;
}

bool Negotiator::names_present_epochs(const SealedSignal& signal) const {
  return both_joined() && signal.from_epoch == *peer_epoch_ && signal.to_epoch == *own_epoch_;
}

std::nullopt_t Negotiator::drop() {
  ++dropped_;
  return std::nullopt;
}

Result<SealedSignal> Negotiator::parse_signal(const json::Value& data) const {
  auto signal = SealedSignal::from_json(data);
  if (!signal) {
    return refused_error(fmt::format("a signal of {} is malformed: {}", parties_.peer_name, signal.error().message));
  }
  return signal;
}

Error Negotiator::not_signed() const {
  return refused_error(fmt::format("description not signed by {}", parties_.peer_name),
                       "the signaling server, or somebody with its help, altered it: use another server");
}

json::Value Negotiator::seal(SignalType type, std::string_view plaintext, Random& random) const {
  return seal_signal(type, context(Direction::sending, *link_), plaintext, key_, random).to_json();
}

Result<Negotiator::SignedDescription> Negotiator::open_description(SignalType type, const SealedSignal& signal) const {
  const LinkContext expected = context(Direction::receiving, signal.link);
  const auto opened = open_signal(type, expected, signal, key_);
  if (!opened) return not_signed();
  auto envelope = crypto::Envelope::parse(opened->text(), crypto::PayloadType::description, kMaxDescriptionBytes);
  if (!envelope) return not_signed();
  auto description = Description::consume(*envelope, parties_.peer.sign_key);
  if (!description || description->type != type || description->context != expected) return not_signed();
  return SignedDescription{std::move(*description), std::move(*envelope)};
}

Result<json::Value> Negotiator::create_candidate(const json::Value& candidate, Random& random) {
  if (!link_ || !both_joined()) return no_link();
  const std::string text = json::serialize(candidate);
  if (text.size() > kMaxCandidateBytes) return usage_error("a candidate that is too long");
  return seal(SignalType::ice_candidate, text, random);
}

Result<std::optional<VerifiedCandidate>> Negotiator::consume_candidate(const json::Value& data) {
  using Consumed = std::optional<VerifiedCandidate>;
  COTERIE_TRY(const SealedSignal signal, parse_signal(data));
  if (!names_present_epochs(signal) || signal.link != link_) return Consumed(drop());
  const auto opened = open_signal(SignalType::ice_candidate, context(Direction::receiving, signal.link), signal, key_);
  if (!opened) return refused_error(fmt::format("description not signed by {}", parties_.peer_name));
  auto candidate = json::parse(opened->text(), kMaxCandidateBytes, "candidate");
  if (!candidate || !(candidate->is_object() || candidate->is_null())) {
    return refused_error(fmt::format("a candidate of {} is malformed", parties_.peer_name));
  }
  return Consumed(VerifiedCandidate{std::move(*candidate)});
}

Result<OfferingNegotiator> OfferingNegotiator::create(NegotiatorParties parties) {
  COTERIE_TRY(crypto::PairKey key, crypto::PairKey::derive(parties.own, parties.peer, parties.room));
  return OfferingNegotiator(std::move(parties), std::move(key));
}

Result<LinkId> OfferingNegotiator::start_link(Random& random) {
  if (!both_joined()) return environment_error(fmt::format("{} is not in the room", parties_.peer_name));
  link_ = random.draw<LinkId>();
  offer_.reset();
  return *link_;
}

Result<json::Value> OfferingNegotiator::create_offer(std::string_view sdp, Random& random) {
  if (!link_ || !both_joined()) return no_link();
  COTERIE_CHECK(check_sdp(sdp));
  const crypto::Envelope envelope =
      Description{SignalType::offer, context(Direction::sending, *link_), std::string(sdp), {}}.sign(parties_.own);
  offer_ = offer_digest(envelope);
  return seal(SignalType::offer, envelope.serialize(), random);
}

Result<std::optional<VerifiedAnswer>> OfferingNegotiator::consume_answer(const json::Value& data) {
  using Consumed = std::optional<VerifiedAnswer>;
  COTERIE_TRY(const SealedSignal signal, parse_signal(data));
  if (!names_present_epochs(signal) || signal.link != link_ || !offer_) return Consumed(drop());
  COTERIE_TRY(SignedDescription answer, open_description(SignalType::answer, signal));
  if (answer.description.offer_digest != offer_) return not_signed();
  offer_.reset();
  return Consumed(VerifiedAnswer(std::move(answer.description.sdp)));
}

Result<AnsweringNegotiator> AnsweringNegotiator::create(NegotiatorParties parties) {
  COTERIE_TRY(crypto::PairKey key, crypto::PairKey::derive(parties.own, parties.peer, parties.room));
  return AnsweringNegotiator(std::move(parties), std::move(key));
}

Result<std::optional<VerifiedOffer>> AnsweringNegotiator::consume_offer(const json::Value& data) {
  using Consumed = std::optional<VerifiedOffer>;
  COTERIE_TRY(const SealedSignal signal, parse_signal(data));
  if (seen_in_ != own_epoch_) {
    seen_.clear();
    seen_in_ = own_epoch_;
  }
  if (!names_present_epochs(signal) || seen_.contains(signal.link)) return Consumed(drop());
  COTERIE_TRY(SignedDescription offer, open_description(SignalType::offer, signal));
  if (seen_.size() == kMaxLinksSeen) {
    return refused_error(fmt::format("{} offers one connection after the other", parties_.peer_name));
  }
  seen_.insert(signal.link);
  link_ = signal.link;
  offer_ = offer_digest(offer.envelope);
  return Consumed(VerifiedOffer(std::move(offer.description.sdp)));
}

Result<json::Value> AnsweringNegotiator::create_answer(std::string_view sdp, Random& random) {
  if (!link_ || !offer_ || !both_joined()) return no_link();
  COTERIE_CHECK(check_sdp(sdp));
  const crypto::Envelope envelope =
      Description{SignalType::answer, context(Direction::sending, *link_), std::string(sdp), offer_}.sign(parties_.own);
  offer_.reset();
  return seal(SignalType::answer, envelope.serialize(), random);
}

}  // namespace coterie::ceremony
