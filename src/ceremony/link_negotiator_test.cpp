#include "ceremony/link_negotiator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOfferSdp = "v=0\r\no=offer\r\n";
constexpr const char* kAnswerSdp = "v=0\r\no=answer\r\n";

class LinkNegotiatorTest : public ::testing::Test {
 protected:
  LinkNegotiatorTest() {
    join_alice();
    join_bob();
  }
  static OfferingNegotiator offering(const test::TestSigner& own, const test::TestSigner& peer, const RoomId& room) {
    return std::move(*OfferingNegotiator::create({own.identity, peer.card.peer(), peer.card.name(), room}));
  }
  static AnsweringNegotiator answering(const test::TestSigner& own, const test::TestSigner& peer, const RoomId& room) {
    return std::move(*AnsweringNegotiator::create({own.identity, peer.card.peer(), peer.card.name(), room}));
  }
  void join_alice() {
    const auto epoch = random_.draw<Epoch>();
    alice_.own_joined(epoch);
    bob_.peer_joined(epoch);
  }
  void join_bob() {
    const auto epoch = random_.draw<Epoch>();
    bob_.own_joined(epoch);
    alice_.peer_joined(epoch);
  }
  json::Value offer() {
    EXPECT_TRUE(alice_.start_link(random_).ok());
    return *alice_.create_offer(kOfferSdp, random_);
  }
  json::Value answer_to(const json::Value& offer) {
    EXPECT_TRUE(bob_.consume_offer(offer)->has_value());
    return *bob_.create_answer(kAnswerSdp, random_);
  }
  template <class Consumed>
  static void expect_dropped(const Result<std::optional<Consumed>>& consumed) {
    ASSERT_TRUE(consumed.ok()) << consumed.error().message;
    EXPECT_FALSE(consumed->has_value());
  }
  template <class Consumed>
  static void expect_refused(const Result<std::optional<Consumed>>& consumed, const char* message) {
    ASSERT_FALSE(consumed.ok());
    EXPECT_EQ(consumed.error().kind, ErrorKind::refused);
    EXPECT_THAT(consumed.error().message, HasSubstr(message));
  }
  static json::Value with_flipped_seal(json::Value data, std::size_t byte) {
    Bytes sealed = *parse_base64(std::string_view(data.at("sealed").as_string()), Base64::url);
    sealed[byte % sealed.size()] ^= 1;
    data.as_object()["sealed"] = serialize_base64(sealed, Base64::url);
    return data;
  }

  SeededRandom random_{5};
  std::vector<test::TestSigner> signers_ = test::make_signers(3);
  RoomId room_ = test::make_room(1);
  OfferingNegotiator alice_ = offering(signers_[0], signers_[1], room_);
  AnsweringNegotiator bob_ = answering(signers_[1], signers_[0], room_);
};

TEST_F(LinkNegotiatorTest, CarriesOfferAnswerAndCandidatesBothWays) {
  const json::Value sent_offer = offer();
  const auto received_offer = bob_.consume_offer(sent_offer);
  ASSERT_TRUE(received_offer.ok()) << received_offer.error().message;
  ASSERT_TRUE(received_offer->has_value());
  EXPECT_EQ((*received_offer)->sdp(), kOfferSdp);
  EXPECT_EQ(alice_.link(), bob_.link());

  const auto received_answer = alice_.consume_answer(*bob_.create_answer(kAnswerSdp, random_));
  ASSERT_TRUE(received_answer.ok()) << received_answer.error().message;
  EXPECT_EQ((*received_answer)->sdp(), kAnswerSdp);

  const json::Value candidate =
      json::Object{{"candidate", "candidate:1 1 udp 1 192.0.2.1 9 typ host"}, {"sdpMid", "0"}};
  EXPECT_EQ((*bob_.consume_candidate(*alice_.create_candidate(candidate, random_)))->candidate, candidate);
  EXPECT_EQ((*alice_.consume_candidate(*bob_.create_candidate(nullptr, random_)))->candidate, nullptr);
}

TEST_F(LinkNegotiatorTest, SendsOnlyTheFieldsThatTheProtocolGivesInTheClear) {
  const json::Value data = offer();
  std::vector<std::string> fields;
  for (const auto& field : data.as_object()) fields.emplace_back(field.key());
  EXPECT_EQ(fields, (std::vector<std::string>{"from_epoch", "to_epoch", "link", "sealed"}));
  EXPECT_EQ(json::serialize(data).find("v=0"), std::string::npos);
}

TEST_F(LinkNegotiatorTest, DropsWhatWasSeenBefore) {
  const json::Value sent_offer = offer();
  const json::Value answer = answer_to(sent_offer);
  expect_dropped(bob_.consume_offer(sent_offer));
  ASSERT_TRUE(alice_.consume_answer(answer)->has_value());
  expect_dropped(alice_.consume_answer(answer));
  EXPECT_EQ(bob_.dropped(), 1u);
  EXPECT_EQ(alice_.dropped(), 1u);
}

TEST_F(LinkNegotiatorTest, DropsWhatNamesAnOldLink) {
  const json::Value old_offer = offer();
  const json::Value old_answer = answer_to(old_offer);
  const json::Value old_candidate = *bob_.create_candidate(nullptr, random_);
  const json::Value old_alice_candidate = *alice_.create_candidate(nullptr, random_);
  const json::Value new_offer = offer();
  expect_dropped(alice_.consume_answer(old_answer));
  expect_dropped(alice_.consume_candidate(old_candidate));
  answer_to(new_offer);
  expect_dropped(bob_.consume_offer(old_offer));
  expect_dropped(bob_.consume_candidate(old_alice_candidate));
}

TEST_F(LinkNegotiatorTest, DropsWhatNamesAnotherEpochOfEitherSide) {
  const json::Value old_offer = offer();
  const json::Value old_answer = answer_to(old_offer);
  join_bob();
  expect_dropped(alice_.consume_answer(old_answer));
  expect_dropped(bob_.consume_offer(old_offer));
  const json::Value second_offer = offer();
  join_alice();
  expect_dropped(bob_.consume_offer(second_offer));
  EXPECT_TRUE(alice_.consume_answer(answer_to(offer()))->has_value());
}

TEST_F(LinkNegotiatorTest, DropsAnOfferReplayedUnderAnEpochTheServerBroughtBack) {
  const auto first = random_.draw<Epoch>();
  bob_.peer_joined(first);
  alice_.own_joined(first);
  const json::Value replayed = offer();
  answer_to(replayed);
  bob_.peer_joined(random_.draw<Epoch>());
  bob_.peer_joined(first);
  expect_dropped(bob_.consume_offer(replayed));
}

TEST_F(LinkNegotiatorTest, TellsNewEpochsFromKnownOnes) {
  const auto epoch = random_.draw<Epoch>();
  EXPECT_EQ(alice_.peer_joined(epoch), EpochChange::changed);
  EXPECT_EQ(alice_.peer_joined(epoch), EpochChange::same);
  EXPECT_TRUE(alice_.both_joined());
  alice_.peer_left();
  EXPECT_FALSE(alice_.both_joined());
  EXPECT_FALSE(alice_.start_link(random_).ok());
}

TEST_F(LinkNegotiatorTest, RefusesAlteredDescriptionsAndKeepsItsState) {
  const json::Value sent_offer = offer();
  const std::size_t size = parse_base64(std::string_view(sent_offer.at("sealed").as_string()), Base64::url)->size();
  for (std::size_t byte = 0; byte < size; ++byte) {
    expect_refused(bob_.consume_offer(with_flipped_seal(sent_offer, byte)), "description not signed by alice");
  }
  EXPECT_FALSE(bob_.link().has_value());
  const json::Value answer = answer_to(sent_offer);
  expect_refused(alice_.consume_answer(with_flipped_seal(answer, 30)), "description not signed by bob");
  EXPECT_TRUE(alice_.consume_answer(answer)->has_value());
  expect_refused(bob_.consume_candidate(with_flipped_seal(*alice_.create_candidate(nullptr, random_), 30)),
                 "description not signed by alice");
}

TEST_F(LinkNegotiatorTest, RefusesWhatWasMadeForAnotherRoomPairTypeOrDirection) {
  const json::Value sent_offer = offer();
  const auto splice = [&](const json::Value& sealed_by_other) {
    json::Value spliced = sent_offer;
    spliced.as_object()["sealed"] = sealed_by_other.at("sealed");
    return spliced;
  };
  const auto epochs_of = [&](Negotiator& negotiator) {
    negotiator.own_joined(*Epoch::parse(std::string_view(sent_offer.at("from_epoch").as_string())));
    negotiator.peer_joined(*Epoch::parse(std::string_view(sent_offer.at("to_epoch").as_string())));
  };
  auto other_room = offering(signers_[0], signers_[1], test::make_room(2));
  auto other_pair = offering(signers_[0], signers_[2], room_);
  auto stranger = offering(signers_[2], signers_[1], room_);
  for (OfferingNegotiator* other : {&other_room, &other_pair, &stranger}) {
    epochs_of(*other);
    ASSERT_TRUE(other->start_link(random_).ok());
    expect_refused(bob_.consume_offer(splice(*other->create_offer(kOfferSdp, random_))),
                   "description not signed by alice");
  }
  expect_refused(bob_.consume_offer(splice(*alice_.create_candidate(nullptr, random_))),
                 "description not signed by alice");
  const json::Value answer = answer_to(sent_offer);
  json::Value reflected = answer;
  reflected.as_object()["sealed"] = sent_offer.at("sealed");
  expect_refused(alice_.consume_answer(reflected), "description not signed by bob");
}

TEST_F(LinkNegotiatorTest, RefusesEpochsAndLinksWrittenOverTheSeal) {
  const json::Value first = offer();
  json::Value relabelled = first;
  relabelled.as_object()["link"] = random_.draw<LinkId>().text();
  expect_refused(bob_.consume_offer(relabelled), "description not signed by alice");
  join_alice();
  json::Value moved = first;
  moved.as_object()["from_epoch"] = offer().at("from_epoch");
  expect_refused(bob_.consume_offer(moved), "description not signed by alice");
}

TEST_F(LinkNegotiatorTest, RefusesASealedDescriptionThatItsSenderDidNotSign) {
  // Whoever holds the pair's key (the two signers alone) may still not speak without a signature over this context.
  ASSERT_TRUE(alice_.start_link(random_).ok());
  const auto key = crypto::PairKey::derive(signers_[0].identity, signers_[1].card.peer(), room_);
  const json::Value good = *alice_.create_offer(kOfferSdp, random_);
  LinkContext context{room_, signers_[0].key(), signers_[1].key(), {}, {}, *alice_.link()};
  context.from_epoch = *Epoch::parse(std::string_view(good.at("from_epoch").as_string()));
  context.to_epoch = *Epoch::parse(std::string_view(good.at("to_epoch").as_string()));
  const auto sealed = [&](const crypto::Envelope& envelope) {
    return seal_signal(SignalType::offer, context, envelope.serialize(), *key, random_).to_json();
  };

  Description description{SignalType::offer, context, kOfferSdp, std::nullopt};
  expect_refused(bob_.consume_offer(sealed(description.sign(signers_[2].identity))), "description not signed by alice");
  Description other_link = description;
  other_link.context.link = random_.draw<LinkId>();
  expect_refused(bob_.consume_offer(sealed(other_link.sign(signers_[0].identity))), "description not signed by alice");
  Description as_answer = description;
  as_answer.type = SignalType::answer;
  as_answer.offer_digest = Digest();
  expect_refused(bob_.consume_offer(sealed(as_answer.sign(signers_[0].identity))), "description not signed by alice");
  crypto::Envelope twice = description.sign(signers_[0].identity);
  twice.sign(signers_[0].identity);
  expect_refused(bob_.consume_offer(sealed(twice)), "description not signed by alice");
  const json::Value no_envelope = seal_signal(SignalType::offer, context, kOfferSdp, *key, random_).to_json();
  expect_refused(bob_.consume_offer(no_envelope), "description not signed by alice");
  EXPECT_TRUE(bob_.consume_offer(sealed(description.sign(signers_[0].identity)))->has_value());

  context.to_epoch = *Epoch::parse(std::string_view(good.at("to_epoch").as_string()));
  const json::Value no_json = seal_signal(SignalType::ice_candidate, context, "candidate:1", *key, random_).to_json();
  expect_refused(bob_.consume_candidate(no_json), "candidate of alice is malformed");
}

TEST_F(LinkNegotiatorTest, RefusesAnAnswerToAnotherOffer) {
  const json::Value first = offer();
  const json::Value second = *alice_.create_offer("v=0\r\no=second\r\n", random_);
  const json::Value answer_to_first = answer_to(first);
  expect_refused(alice_.consume_answer(answer_to_first), "description not signed by bob");
  expect_dropped(bob_.consume_offer(second));
}

TEST_F(LinkNegotiatorTest, RefusesMalformedSignals) {
  for (const json::Value& malformed :
       {json::Value(nullptr), json::Value("text"), json::Value(json::Object{}), json::Value(json::Array{1})}) {
    expect_refused(bob_.consume_offer(malformed), "alice is malformed");
    expect_refused(bob_.consume_candidate(malformed), "alice is malformed");
    expect_refused(alice_.consume_answer(malformed), "bob is malformed");
  }
  json::Value oversize = offer();
  oversize.as_object()["sealed"] = std::string(100'000, 'A');
  expect_refused(bob_.consume_offer(oversize), "alice is malformed");
}

TEST_F(LinkNegotiatorTest, RefusesCandidatesThatAreNoObject) {
  answer_to(offer());
  expect_refused(bob_.consume_candidate(*alice_.create_candidate("text", random_)), "candidate of alice is malformed");
}

TEST_F(LinkNegotiatorTest, RefusesToDescribeWithoutALinkOrAtTooGreatLength) {
  EXPECT_FALSE(alice_.create_offer(kOfferSdp, random_).ok());
  EXPECT_FALSE(bob_.create_answer(kAnswerSdp, random_).ok());
  EXPECT_FALSE(alice_.create_candidate(nullptr, random_).ok());
  const json::Value sent = offer();
  EXPECT_FALSE(alice_.create_offer(std::string(kMaxSdp + 1, 'x'), random_).ok());
  EXPECT_TRUE(alice_.create_offer(std::string(kMaxSdp, 'x'), random_).ok());
  EXPECT_TRUE(bob_.consume_offer(sent)->has_value());
  EXPECT_FALSE(bob_.create_answer(std::string(kMaxSdp + 1, 'x'), random_).ok());
  EXPECT_TRUE(bob_.create_answer(kAnswerSdp, random_).ok());
  EXPECT_FALSE(bob_.create_answer(kAnswerSdp, random_).ok());  // answered already
  EXPECT_FALSE(bob_.create_candidate(json::Value(std::string(kMaxCandidateBytes, 'x')), random_).ok());
}

TEST_F(LinkNegotiatorTest, DescribesAndHearsNothingBeforeBothHaveJoined) {
  const json::Value sent = offer();
  OfferingNegotiator early = offering(signers_[0], signers_[1], room_);
  EXPECT_EQ(early.start_link(random_).error().kind, ErrorKind::environment);
  early.own_joined(random_.draw<Epoch>());
  EXPECT_EQ(early.start_link(random_).error().kind, ErrorKind::environment);
  AnsweringNegotiator alone = answering(signers_[1], signers_[0], room_);
  expect_dropped(alone.consume_offer(sent));
  alone.own_joined(random_.draw<Epoch>());
  expect_dropped(alone.consume_offer(sent));
}

TEST_F(LinkNegotiatorTest, CarriesTheLongestDescription) {
  ASSERT_TRUE(alice_.start_link(random_).ok());
  std::string sdp;
  while (sdp.size() + 2 <= kMaxSdp) sdp += "\r\n";  // every byte of it is escaped in JSON
  const json::Value data = *alice_.create_offer(sdp, random_);
  EXPECT_LT(json::serialize(data).size(), 63u * 1024);  // a signaling frame has 64 KiB
  const auto received = bob_.consume_offer(data);
  ASSERT_TRUE(received.ok()) << received.error().message;
  EXPECT_EQ((*received)->sdp(), sdp);
}

TEST_F(LinkNegotiatorTest, RefusesAPeerThatDrawsLinksWithoutEnd) {
  for (std::size_t link = 0; link < AnsweringNegotiator::kMaxLinksSeen; ++link) {
    EXPECT_FALSE(bob_.has_seen_enough());
    ASSERT_TRUE(bob_.consume_offer(offer()).ok());
  }
  EXPECT_TRUE(bob_.has_seen_enough());
  expect_refused(bob_.consume_offer(offer()), "one connection after the other");
  bob_.own_joined(random_.draw<Epoch>());
  EXPECT_FALSE(bob_.has_seen_enough());
}

TEST_F(LinkNegotiatorTest, RefusesAPeerWithABoxKeyOfLowOrder) {
  crypto::Peer weak = signers_[1].card.peer();
  weak.box_key = BoxKey();
  EXPECT_FALSE(OfferingNegotiator::create({signers_[0].identity, weak, "bob", room_}).ok());
  EXPECT_FALSE(AnsweringNegotiator::create({signers_[0].identity, weak, "bob", room_}).ok());
}

}  // namespace
}  // namespace coterie::ceremony
