#include "ceremony/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using test::make_signer;
using test::replaced;
using test::sign_payload;
using ::testing::HasSubstr;

class CardTest : public ::testing::Test {
 protected:
  std::string payload() const { return std::string(as_text(alice_.card.envelope().payload)); }
  Result<Card> signed_by_alice(const std::string& payload) const {
    return Card::from_envelope(sign_payload(crypto::PayloadType::card, payload, alice_.identity));
  }

  test::TestSigner alice_ = make_signer("alice", 1);
};

TEST_F(CardTest, IsReadBackFromItsTextAndFromItsEnvelope) {
  const auto from_text = Card::parse(alice_.card.serialize());
  ASSERT_TRUE(from_text.ok());
  EXPECT_EQ(*from_text, alice_.card);
  EXPECT_EQ(from_text->serialize(), alice_.card.serialize());
  EXPECT_EQ(from_text->name(), "alice");
  EXPECT_EQ(from_text->sign_key(), alice_.identity.sign_key());
  EXPECT_EQ(from_text->box_key(), alice_.identity.box_key());
  EXPECT_EQ(from_text->created_at(), 1'700'000'000);

  const auto from_json = Card::parse(alice_.card.envelope().serialize());
  ASSERT_TRUE(from_json.ok());
  EXPECT_EQ(*from_json, alice_.card);
  EXPECT_EQ(*Card::from_json(alice_.card.to_json()), alice_.card);
}

TEST_F(CardTest, IsReadWithWhiteSpaceAroundIt) {
  EXPECT_TRUE(Card::parse("  \t" + alice_.card.serialize() + "\r\n").ok());
}

TEST_F(CardTest, HasThePayloadThatTheProtocolGives) {
  EXPECT_EQ(payload(), R"({"version":1,"name":"alice","sign_key":")" + alice_.key().text() + R"(","box_key":")" +
                           alice_.card.box_key().text() + R"(","created_at":1700000000})");
}

TEST_F(CardTest, ShowsAFingerprintOfBothKeys) {
  EXPECT_EQ(alice_.card.fingerprint().size(), 35u);
  EXPECT_NE(alice_.card.fingerprint(), make_signer("alice", 2).card.fingerprint());
}

TEST_F(CardTest, RefusesEveryAlteredCharacter) {
  const std::string text = alice_.card.serialize();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Card::parse(altered).ok()) << i;
  }
}

TEST_F(CardTest, RefusesEveryAlteredByteOfTheEnvelope) {
  const std::string text = alice_.card.envelope().serialize();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(Card::parse(altered).ok()) << i;
  }
}

TEST_F(CardTest, RefusesACutText) {
  const std::string text = alice_.card.serialize();
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(Card::parse(text.substr(0, length)).ok()) << length;
  }
}

TEST_F(CardTest, RefusesPayloadsThatAreNotExactlyInItsForm) {
  ASSERT_TRUE(signed_by_alice(payload()).ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), ",\"created_at\"", ", \"created_at\"")).ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "alice", "\\u0061lice")).ok());
  EXPECT_FALSE(
      signed_by_alice(replaced(payload(), "\"version\":1,\"name\":\"alice\"", "\"name\":\"alice\",\"version\":1"))
          .ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "\"version\":1", "\"version\":2")).ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "1700000000}", "-1}")).ok());
  const auto unknown = signed_by_alice(replaced(payload(), "1700000000}", "1700000000,\"aztec\":{}}"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::refused);
}

TEST_F(CardTest, RefusesNamesThatAreNotAllowed) {
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "alice", "../alice")).ok());
  const auto made = Card::create("a\x1b[2J", alice_.identity, 0);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::usage);
}

TEST_F(CardTest, RefusesASignatureOfAnotherKeyAndMoreThanOneSignature) {
  const auto mallory = make_signer("mallory", 3);
  const auto forged = Card::from_envelope(sign_payload(crypto::PayloadType::card, payload(), mallory.identity));
  ASSERT_FALSE(forged.ok());
  EXPECT_THAT(forged.error().message, HasSubstr("alice"));
  EXPECT_THAT(forged.error().message, HasSubstr("not signed by its own key"));

  crypto::Envelope twice = alice_.card.envelope();
  twice.sign(alice_.identity);
  EXPECT_FALSE(Card::from_envelope(twice).ok());
}

TEST_F(CardTest, IsNothingThatWasSignedAsSomethingElse) {
  const auto other = Card::from_envelope(sign_payload(crypto::PayloadType::manifest, payload(), alice_.identity));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().message, "not a card");
}

TEST_F(CardTest, IsNotMadeBefore1970) {
  const auto made = Card::create("alice", alice_.identity, -1);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::usage);
}

TEST_F(CardTest, RefusesABoxKeyOfLowOrder) {
  const auto card = signed_by_alice(replaced(payload(), alice_.card.box_key().text(), BoxKey().text()));
  ASSERT_FALSE(card.ok());
  EXPECT_THAT(card.error().message, HasSubstr("alice"));
}

TEST_F(CardTest, RefusesWhatIsTooLongBeforeReadingIt) {
  EXPECT_FALSE(Card::parse("coterie-card:" + std::string(1 << 20, 'A')).ok());
  EXPECT_FALSE(Card::parse(std::string(1 << 20, '{')).ok());
}

}  // namespace
}  // namespace coterie::ceremony
