#include "cli/card_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "ceremony/card.h"

namespace coterie::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Card card(std::string_view name, std::uint64_t seed) {
  SeededRandom random(seed);
  const crypto::Identity identity = crypto::Identity::generate(random);
  return Card::parse(ceremony::Card::create(name, identity, 1'700'000'000).value().serialize()).value();
}

class CardViewTest : public ::testing::Test {
 protected:
  Card alice_ = card("alice", 1);
  Card bob_ = card("bob", 2);
};

TEST_F(CardViewTest, ReadsCardsOnePerLine) {
  const auto cards = parse_cards("\n" + alice_.text() + "\r\n\n  " + bob_.text());
  ASSERT_TRUE(cards) << cards.error().message;
  EXPECT_THAT(*cards, ElementsAre(alice_, bob_));
}

TEST_F(CardViewTest, ReadsAnEnvelopeAndWhatSignerCardPrintsAsJson) {
  const json::Value wrapped = json::Object{{"card", envelope_json(alice_)}};
  EXPECT_THAT(*parse_cards(json::serialize(envelope_json(alice_))), ElementsAre(alice_));
  EXPECT_THAT(*parse_cards(json::serialize(wrapped) + "\n"), ElementsAre(alice_));
  const auto both = parse_cards(json::serialize(wrapped) + "\n" + bob_.text() + "\n");
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_THAT(*both, ElementsAre(alice_, bob_));
}

TEST_F(CardViewTest, ReadsAJsonCardLaidOutOverLines) {
  std::string text = json::serialize(json::Object{{"card", envelope_json(alice_)}});
  for (std::size_t at = text.find(','); at != std::string::npos; at = text.find(',', at + 2)) text.insert(at + 1, "\n");
  EXPECT_THAT(*parse_cards(text), ElementsAre(alice_));
}

TEST_F(CardViewTest, NamesTheLineThatIsNoCard) {
  const auto cards = parse_cards(alice_.text() + "\n" + bob_.text().substr(0, 100) + "\n");
  ASSERT_FALSE(cards);
  EXPECT_EQ(cards.error().kind, ErrorKind::refused);
  EXPECT_THAT(cards.error().message, HasSubstr("line 2"));
}

TEST_F(CardViewTest, RefusesAnAlteredCard) {
  json::Value envelope = envelope_json(alice_);
  envelope.as_object()["payload"] = envelope_json(bob_).as_object()["payload"];
  const auto cards = parse_cards(json::serialize(envelope));
  ASSERT_FALSE(cards);
  EXPECT_EQ(cards.error().kind, ErrorKind::refused);
}

TEST_F(CardViewTest, RefusesAnEmptyAndAnEndlessText) {
  EXPECT_EQ(parse_cards(" \n\n").error().kind, ErrorKind::usage);
  EXPECT_EQ(parse_cards(std::string(kMaxCardsBytes + 1, '\n')).error().kind, ErrorKind::usage);
}

TEST_F(CardViewTest, GivesKeysAndFingerprintAsJson) {
  const json::Object object = to_json(alice_);
  EXPECT_EQ(object.at("name"), "alice");
  EXPECT_EQ(object.at("sign_key"), alice_.sign_key().text().c_str());
  EXPECT_EQ(object.at("box_key"), alice_.box_key().text().c_str());
  EXPECT_EQ(object.at("fingerprint"), alice_.fingerprint().c_str());
  EXPECT_EQ(object.size(), 4u);
}

}  // namespace
}  // namespace coterie::cli
