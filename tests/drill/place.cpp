#include "drill/place.h"

namespace coterie::drill {

Place::Place(session::EventLoop& loop, const session::LocalSigner& signer, Witness& witness, PlaceOptions options,
             PlaceHandlers handlers)
    : loop_(loop), signer_(signer), witness_(witness), options_(std::move(options)), handlers_(std::move(handlers)) {
  for (const crypto::Peer& other : options_.others) add_line(other);
  join();
}

void Place::add_line(const crypto::Peer& other) {
  const ceremony::NegotiatorParties parties{signer_.identity, other, other.sign_key.text(), options_.room};
  Line& line = lines_[other.sign_key];
  if (options_.create) {
    line.offering.emplace(std::move(ceremony::OfferingNegotiator::create(parties).value()));
  } else {
    line.answering.emplace(std::move(ceremony::AnsweringNegotiator::create(parties).value()));
  }
}

void Place::join() {
  signaling::ClientOptions client;
  client.server = {{options_.host, options_.port}};
  client.room = options_.room;
  client.create = options_.create;
  signaling::ClientHandlers events;
  events.on_joined = [this](const Epoch& own, const std::vector<signaling::Member>& members,
                            const std::vector<signaling::IceServer>&) {
    for (auto& [other, line] : lines_) line.negotiator().own_joined(own);
    for (const signaling::Member& member : members) meet(member.from, member.epoch);
    witness_.tell({{"event", "joined"}});
  };
  events.on_ready = [this](const signaling::Member& member) { meet(member.from, member.epoch); };
  events.on_message = [this](signaling::RelayType type, const SignKey& from, const json::Value& data) {
    witness_.keep(json::serialize(data));
    take_signal(type, from, data);
  };
  events.on_refused = [this](const Error& error) { witness_.tell({{"event", "refused"}, {"message", error.message}}); };
  signaling_ =
      std::make_unique<signaling::Client>(loop_.context(), signer_.identity, random_, std::move(client), events);
  signaling_->start();
}

void Place::meet(const SignKey& other, const Epoch& epoch) {
  const auto found = lines_.find(other);
  if (found == lines_.end()) return;
  Line& line = found->second;
  line.negotiator().peer_joined(epoch);
  if (!line.offering || !line.offering->start_link(random_)) return;
  open_transport(other, line);
  line.transport->begin_offer();
}

void Place::take_signal(signaling::RelayType type, const SignKey& from, const json::Value& data) {
  const auto found = lines_.find(from);
  if (found == lines_.end()) return;
  Line& line = found->second;
  if (type == signaling::RelayType::offer && line.answering) {
    const auto offer = line.answering->consume_offer(data);
    if (!offer || !*offer) return;
    witness_.keep((*offer)->sdp());
    open_transport(from, line);
    line.transport->begin_answer((*offer)->sdp());
  } else if (type == signaling::RelayType::answer && line.offering) {
    const auto answer = line.offering->consume_answer(data);
    if (!answer || !*answer) return;
    witness_.keep((*answer)->sdp());
    line.transport->take_answer((*answer)->sdp());
  } else if (type == signaling::RelayType::ice_candidate && line.transport) {
    const auto candidate = line.negotiator().consume_candidate(data);
    if (candidate && *candidate) line.transport->add_candidate((*candidate)->candidate);
  }
}

void Place::open_transport(const SignKey& other, Line& line) {
  TransportHandlers events;
  events.on_description = [this, other](const std::string& sdp) { describe(other, sdp); };
  events.on_candidate = [this, other](const json::Value& candidate) {
    signal(signaling::RelayType::ice_candidate, other,
           lines_.at(other).negotiator().create_candidate(candidate, random_));
  };
  events.on_open = [this, other] {
    witness_.tell({{"event", "open"}, {"signer", other.text()}});
    handlers_.on_open(other);
  };
  events.on_piece = [this, other](BytesView piece) { take_piece(other, piece); };
  events.on_ended = [this, other](const std::string& why) {
    witness_.tell({{"event", "ended"}, {"signer", other.text()}, {"why", why}});
  };
  line.reader = {};
  line.transport = options_.deviation.attack
                       ? make_raw_transport(loop_, runtime_, std::move(events), options_.deviation.attack)
                       : make_transport(loop_, runtime_, std::move(events));
}

void Place::describe(const SignKey& other, std::string sdp) {
  if (options_.deviation.describe_as) sdp = options_.deviation.describe_as(std::move(sdp));
  Line& line = lines_.at(other);
  if (line.offering) {
    signal(signaling::RelayType::offer, other, line.offering->create_offer(sdp, random_));
  } else {
    signal(signaling::RelayType::answer, other, line.answering->create_answer(sdp, random_));
  }
}

void Place::signal(signaling::RelayType type, const SignKey& other, const Result<json::Value>& data) {
  if (data) (void)signaling_->send(type, other, *data);
}

void Place::take_piece(const SignKey& other, BytesView piece) {
  Line& line = lines_.at(other);
  witness_.keep(as_text(piece));
  if (!line.reader.add(piece)) return;
  while (const auto message = line.reader.poll_message()) {
    if (!*message) return;
    handlers_.on_message(other, **message);
  }
}

void Place::send(const SignKey& other, std::string_view message) {
  for (const Bytes& piece : ceremony::split_message(message)) send_piece(other, piece);
}

bool Place::send_piece(const SignKey& other, BytesView piece) {
  const auto& transport = lines_.at(other).transport;
  return transport && transport->send(piece);
}

}  // namespace coterie::drill
