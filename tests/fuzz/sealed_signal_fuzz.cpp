// What a signaling server passes on: `data` as it may have altered it, and what the other signer may have sealed.
#include "ceremony/link_negotiator.h"
#include "ceremony/sealed_signal.h"
#include "fuzz/fuzz.h"
#include "vectors/example.h"

using namespace coterie;
using ceremony::AnsweringNegotiator;
using ceremony::OfferingNegotiator;
using ceremony::SealedSignal;
using ceremony::SignalType;
using fuzz::check;

namespace {

constexpr std::string_view kSdp = "v=0\r\n";
constexpr std::size_t kMaxData = 64ul * 1024;

// Alice and Bob in one room, her offer made. Alike for each input.
struct Pair {
  vectors::CountingRandom random{0};
  vectors::Signer alice = vectors::Signer::make("alice", 0x00);
  vectors::Signer bob = vectors::Signer::make("bob", 0x40);
  RoomId room = random.draw<RoomId>();
  Epoch alice_epoch = random.draw<Epoch>();
  Epoch bob_epoch = random.draw<Epoch>();
  OfferingNegotiator offering =
      vectors::must(OfferingNegotiator::create({alice.identity, bob.card.peer(), "bob", room}));
  AnsweringNegotiator answering =
      vectors::must(AnsweringNegotiator::create({bob.identity, alice.card.peer(), "alice", room}));
  json::Value offer;

  Pair() {
    offering.own_joined(alice_epoch);
    offering.peer_joined(bob_epoch);
    answering.own_joined(bob_epoch);
    answering.peer_joined(alice_epoch);
    vectors::must(offering.start_link(random));
    offer = vectors::must(offering.create_offer(kSdp, random));
  }
};

void check_shape(const json::Value& data) {
  const auto signal = SealedSignal::from_json(data);
  fuzz::check_refusal(signal);
  if (!signal) return;
  const auto again = SealedSignal::from_json(signal->to_json());
  check(again && again->to_json() == signal->to_json(), "parse(serialize(x)) is x");
}

// Whatever a server makes up: nothing of it counts.
void check_made_up(std::string_view text) {
  const auto data = json::parse(text, kMaxData, "data");
  fuzz::check_refusal(data);
  if (!data) return;
  check_shape(*data);
  Pair pair;
  const auto offer = pair.answering.consume_offer(*data);
  const auto answer = pair.offering.consume_answer(*data);
  const auto candidate = pair.offering.consume_candidate(*data);
  fuzz::check_refusal(offer);
  fuzz::check_refusal(answer);
  fuzz::check_refusal(candidate);
  check(!(offer && *offer) && !(answer && *answer) && !(candidate && *candidate), "a server makes up no signal");
}

// What was right, with some of its bytes replaced: only what is still the same text counts.
void check_altered(fuzz::Input& input) {
  Pair pair;
  const std::string genuine = json::serialize(pair.offer);
  std::string text = genuine;
  while (!input.at_end()) {
    const std::size_t at = input.take_u16() % text.size();
    text[at] = static_cast<char>(input.take_byte());
  }
  const auto data = json::parse(text, kMaxData, "data");
  if (!data) return;
  const auto offer = pair.answering.consume_offer(*data);
  fuzz::check_refusal(offer);
  const bool counts = offer && *offer;
  check(counts == (*data == pair.offer), "an offer counts when it was not altered");
  if (!counts) return;
  check((*offer)->sdp() == kSdp, "an offer says what was signed");
  const auto twice = pair.answering.consume_offer(*data);
  check(twice && !*twice && pair.answering.dropped() == 1, "an offer counts once");
}

// The other signer seals what she likes: it is bounded, and says what its envelope says.
void check_sealed(fuzz::Input& input) {
  Pair pair;
  const SignalType type = std::array{SignalType::offer, SignalType::answer, SignalType::ice_candidate}[input.choose(3)];
  const auto key = vectors::must(crypto::PairKey::derive(pair.alice.identity, pair.bob.card.peer(), pair.room));
  const bool own_link = input.choose(2) == 0;
  const auto offer = vectors::must(pair.answering.consume_offer(pair.offer));
  check(offer.has_value(), "a right offer counts");
  LinkId link = *pair.answering.link();
  if (!own_link) link.data()[0] ^= 1;
  const ceremony::LinkContext context{pair.room,        pair.alice.key(), pair.bob.key(),
                                      pair.alice_epoch, pair.bob_epoch,   link};
  std::string plaintext(input.rest_text());
  if (type != SignalType::ice_candidate && !plaintext.starts_with('{')) {
    // An SDP: in a description that she signs.
    ceremony::Description description{type, context, plaintext.substr(0, ceremony::kMaxSdp), {}};
    if (type == SignalType::answer) description.offer_digest = Digest();
    plaintext = description.sign(pair.alice.identity).serialize();
  }
  const json::Value data = ceremony::seal_signal(type, context, plaintext, key, pair.random).to_json();
  const auto second = pair.answering.consume_offer(data);
  const auto candidate = pair.answering.consume_candidate(data);
  fuzz::check_refusal(second);
  fuzz::check_refusal(candidate);
  if (second && *second) {
    check(type == SignalType::offer && !own_link, "a new offer has a new link");
    check((*second)->sdp().size() <= ceremony::kMaxSdp, "an SDP is bounded");
  }
  if (candidate && *candidate) {
    check(type == SignalType::ice_candidate && own_link, "a candidate belongs to the present link");
    check(plaintext.size() <= ceremony::kMaxCandidateBytes, "a candidate is bounded");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.choose(3)) {
    case 0:
      check_made_up(input.rest_text());
      break;
    case 1:
      check_altered(input);
      break;
    case 2:
      check_sealed(input);
      break;
  }
  return 0;
}
