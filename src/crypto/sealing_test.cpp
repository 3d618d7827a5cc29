// Sealing: who opens what, and that every alteration is found.
#include "crypto/sealing.h"

#include <gtest/gtest.h>

namespace coterie::crypto {
namespace {

Identity identity(std::uint64_t seed) {
  SeededRandom random(seed);
  return Identity::generate(random);
}
Peer peer(const Identity& identity) {
  return {identity.sign_key(), identity.box_key()};
}
RoomId room(std::uint8_t number) {
  RoomId id;
  id.data()[0] = number;
  return id;
}

class PairKeyTest : public testing::Test {
 protected:
  PairKey key(const Identity& own, const Identity& other, std::uint8_t room_number = 1) {
    auto derived = PairKey::derive(own, peer(other), room(room_number));
    EXPECT_TRUE(derived);
    return std::move(*derived);
  }

  Identity alice_ = identity(1);
  Identity bob_ = identity(2);
  Identity carol_ = identity(3);
  LabelledFields offer_ = LabelledFields("offer").add("alice to bob");
  SystemRandom random_;
};

TEST_F(PairKeyTest, IsTheSameOnBothSides) {
  const Bytes sealed = key(alice_, bob_).seal(offer_, as_bytes("hello"), random_);
  const auto opened = key(bob_, alice_).open(offer_, sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->text(), "hello");
}

TEST_F(PairKeyTest, OfAnotherPairOrRoomDoesNotOpen) {
  const Bytes sealed = key(alice_, bob_).seal(offer_, as_bytes("hello"), random_);
  EXPECT_FALSE(key(carol_, alice_).open(offer_, sealed));
  EXPECT_FALSE(key(bob_, carol_).open(offer_, sealed));
  EXPECT_FALSE(key(bob_, alice_, 2).open(offer_, sealed));
}

TEST_F(PairKeyTest, DependsOnTheSignKeysToo) {
  const auto mixed = PairKey::derive(bob_, {carol_.sign_key(), alice_.box_key()}, room(1));
  ASSERT_TRUE(mixed);
  EXPECT_FALSE(mixed->open(offer_, key(alice_, bob_).seal(offer_, as_bytes("hello"), random_)));
}

TEST_F(PairKeyTest, OpensOnlyWithTheSameAssociatedData) {
  const Bytes sealed = key(alice_, bob_).seal(offer_, as_bytes("hello"), random_);
  EXPECT_FALSE(key(bob_, alice_).open(LabelledFields("answer").add("alice to bob"), sealed));
  EXPECT_FALSE(key(bob_, alice_).open(LabelledFields("offer").add("bob to alice"), sealed));
}

TEST_F(PairKeyTest, RefusesABoxKeyOfLowOrder) {
  const auto derived = PairKey::derive(alice_, {bob_.sign_key(), BoxKey()}, room(1));
  ASSERT_FALSE(derived);
  EXPECT_EQ(derived.error().kind, ErrorKind::refused);
}

TEST(SealTest, FindsEveryAlteredByteAndEveryCut) {
  SeededRandom random(1);
  const auto key = random.draw_secret<32>();
  const Bytes sealed = seal(key, as_bytes("ad"), as_bytes("plaintext"), random);
  ASSERT_EQ(sealed.size(), 24U + 9U + 16U);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes altered = sealed;
    altered[i] ^= 1;
    const auto opened = open(key, as_bytes("ad"), altered);
    ASSERT_FALSE(opened) << i;
    EXPECT_EQ(opened.error().kind, ErrorKind::refused);
    EXPECT_FALSE(open(key, as_bytes("ad"), BytesView(sealed).first(i))) << i;
  }
}

TEST(SealTest, SealsNothingAtAllToo) {
  SeededRandom random(1);
  const auto key = random.draw_secret<32>();
  const auto opened = open(key, {}, seal(key, {}, {}, random));
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->empty());
}

TEST(SealTest, DrawsANewNonceEachTime) {
  SystemRandom random;
  const auto key = random.draw_secret<32>();
  EXPECT_NE(seal(key, {}, as_bytes("same"), random), seal(key, {}, as_bytes("same"), random));
}

}  // namespace
}  // namespace coterie::crypto
