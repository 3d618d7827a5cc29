#include "ceremony/description.h"

#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using test::replaced;

class DescriptionTest : public ::testing::Test {
 protected:
  std::string payload(const Description& description) const {
    return std::string(as_text(description.sign(alice_.identity).payload));
  }
  Result<Description> consume(const std::string& payload) const {
    return Description::consume(test::sign_payload(crypto::PayloadType::description, payload, alice_.identity),
                                alice_.key());
  }

  test::TestSigner alice_ = test::make_signer("alice", 1);
  test::TestSigner bob_ = test::make_signer("bob", 2);
  SeededRandom random_{3};
  LinkContext context_{test::make_room(1),    alice_.key(),          bob_.key(),
                       random_.draw<Epoch>(), random_.draw<Epoch>(), random_.draw<LinkId>()};
  Description offer_{SignalType::offer, context_, "v=0\r\n", std::nullopt};
  Description answer_{SignalType::answer, context_, "v=0\r\n", offer_digest(offer_.sign(alice_.identity))};
};

TEST_F(DescriptionTest, HasThePayloadThatTheProtocolGives) {
  const std::string common = R"(","room":")" + context_.room.text() + R"(","from":")" + alice_.key().text() +
                             R"(","to":")" + bob_.key().text() + R"(","from_epoch":")" + context_.from_epoch.text() +
                             R"(","to_epoch":")" + context_.to_epoch.text() + R"(","link":")" + context_.link.text() +
                             R"(","sdp":"v=0\r\n")";
  EXPECT_EQ(payload(offer_), R"({"type":"offer)" + common + "}");
  EXPECT_EQ(payload(answer_),
            R"({"type":"answer)" + common + R"(,"offer_digest":")" + answer_.offer_digest->text() + "\"}");
}

TEST_F(DescriptionTest, IsReadBackByteForByte) {
  for (const Description& description : {offer_, answer_}) {
    const auto consumed = consume(payload(description));
    ASSERT_TRUE(consumed.ok()) << consumed.error().message;
    EXPECT_EQ(consumed->type, description.type);
    EXPECT_EQ(consumed->context, context_);
    EXPECT_EQ(consumed->sdp, "v=0\r\n");
    EXPECT_EQ(payload(*consumed), payload(description));
  }
}

TEST_F(DescriptionTest, RefusesPayloadsThatAreNotExactlyInItsForm) {
  const std::string good = payload(offer_);
  for (const std::string& bad :
       {replaced(good, "\"offer\"", "\"ice-candidate\""), replaced(good, "\"offer\"", "\"answer\""),
        replaced(good, ",\"sdp\"", " ,\"sdp\""), replaced(good, "\\r", "\\u000d"),
        replaced(good, "}", ",\"offer_digest\":\"" + answer_.offer_digest->text() + "\"}"),
        replaced(good, "\"link\"", "\"links\""), replaced(good, "v=0", std::string(kMaxSdp, 'v')), std::string("v=0"),
        good + "x", std::string(kMaxDescriptionBytes + 1, ' ')}) {
    EXPECT_FALSE(consume(bad).ok()) << bad.substr(0, 100);
  }
}

TEST_F(DescriptionTest, RefusesASignatureThatIsNotItsSenders) {
  EXPECT_FALSE(Description::consume(offer_.sign(bob_.identity), alice_.key()).ok());
  crypto::Envelope card_type = offer_.sign(alice_.identity);
  card_type.type = crypto::PayloadType::card;
  EXPECT_FALSE(Description::consume(card_type, alice_.key()).ok());
}

}  // namespace
}  // namespace coterie::ceremony
