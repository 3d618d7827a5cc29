#include "ceremony/sealed_signal.h"

#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

class SealedSignalTest : public ::testing::Test {
 protected:
  test::TestSigner alice_ = test::make_signer("alice", 1);
  test::TestSigner bob_ = test::make_signer("bob", 2);
  SeededRandom random_{3};
  LinkContext context_{test::make_room(1),    alice_.key(),          bob_.key(),
                       random_.draw<Epoch>(), random_.draw<Epoch>(), random_.draw<LinkId>()};
  crypto::PairKey key_ =
      std::move(crypto::PairKey::derive(alice_.identity, bob_.card.peer(), test::make_room(1)).value());
  SealedSignal signal_ = seal_signal(SignalType::ice_candidate, context_, "null", key_, random_);
};

TEST_F(SealedSignalTest, IsReadBackFromItsJson) {
  const auto parsed = SealedSignal::from_json(signal_.to_json());
  ASSERT_TRUE(parsed.ok());
  const auto opened = open_signal(SignalType::ice_candidate, context_, *parsed, key_);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->text(), "null");
  EXPECT_EQ(json::serialize(parsed->to_json()), json::serialize(signal_.to_json()));
}

TEST_F(SealedSignalTest, OpensOnlyInTheContextItWasMadeFor) {
  EXPECT_FALSE(open_signal(SignalType::offer, context_, signal_, key_).ok());
  const auto refused_with = [&](auto change) {
    LinkContext other = context_;
    change(other);
    return !open_signal(SignalType::ice_candidate, other, signal_, key_).ok();
  };
  EXPECT_FALSE(refused_with([](LinkContext&) {}));
  EXPECT_TRUE(refused_with([](LinkContext& other) { other.room = test::make_room(2); }));
  EXPECT_TRUE(refused_with([](LinkContext& other) { std::swap(other.from, other.to); }));
  EXPECT_TRUE(refused_with([](LinkContext& other) { other.to = {}; }));
  EXPECT_TRUE(refused_with([](LinkContext& other) { std::swap(other.from_epoch, other.to_epoch); }));
  EXPECT_TRUE(refused_with([](LinkContext& other) { other.from_epoch = {}; }));
  EXPECT_TRUE(refused_with([](LinkContext& other) { other.to_epoch = {}; }));
  EXPECT_TRUE(refused_with([](LinkContext& other) { other.link = {}; }));
}

TEST_F(SealedSignalTest, RefusesMalformedJson) {
  const auto refused_with = [&](const char* key, const json::Value& value) {
    json::Value altered = signal_.to_json();
    altered.as_object()[key] = value;
    return !SealedSignal::from_json(altered).ok();
  };
  EXPECT_TRUE(refused_with("link", "short"));
  EXPECT_TRUE(refused_with("from_epoch", 7));
  EXPECT_TRUE(refused_with("sealed", "not base64!"));
  EXPECT_TRUE(refused_with("sealed", json::Value(std::string(80'000, 'A'))));
  EXPECT_TRUE(refused_with("more", "field"));
}

}  // namespace
}  // namespace coterie::ceremony
