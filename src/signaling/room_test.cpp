#include "signaling/room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/room.h"

namespace coterie::signaling {
namespace {

using std::chrono::seconds;

// Three signers, one of them the creator, and connections to Rooms in fake time.
class RoomTest : public ::testing::Test {
 protected:
  struct Caller {
    ConnectionId id{};
    Nonce nonce;
  };

  Caller connect(const RoomId& room) {
    const auto id = static_cast<ConnectionId>(++last_connection_);
    return {id, rooms_.connect(id, room, random_).nonce};
  }
  Caller connect() { return connect(room_); }

  Handled join(const Caller& caller, const crypto::Identity& identity, const std::optional<RoomTerms>& create = {}) {
    return rooms_.handle_message(caller.id, create_join(identity, room_, random_.draw<Epoch>(), caller.nonce, create),
                                 now_);
  }
  // Connected and joined.
  Caller enter(const crypto::Identity& identity, const std::optional<RoomTerms>& create = {}) {
    const Caller caller = connect();
    EXPECT_EQ(join(caller, identity, create).join, JoinOutcome::admitted);
    return caller;
  }
  Caller open() { return enter(alice_, terms_); }
  Deliveries send(const Caller& caller, const ClientMessage& message) {
    return rooms_.handle_message(caller.id, message, now_).deliveries;
  }
  Relay offer_to(const crypto::Identity& to) {
    return {RelayType::offer, {}, to.sign_key(), room_, json::Object{{"sealed", "AAAA"}}};
  }

  static void expect_refused(const Handled& handled, const Caller& caller) {
    EXPECT_EQ(handled.join, JoinOutcome::refused);
    ASSERT_EQ(handled.deliveries.size(), 1u);
    EXPECT_EQ(handled.deliveries[0].to, caller.id);
    EXPECT_EQ(handled.deliveries[0].after, AfterDelivery::close);
    EXPECT_EQ(handled.deliveries[0].message,
              ServerMessage(Refusal{ErrorCode::refused, "the room is not open, or you are not in its roster"}));
  }

  SeededRandom random_{7};
  Time now_{};
  crypto::Identity alice_ = crypto::Identity::generate(random_);
  crypto::Identity bob_ = crypto::Identity::generate(random_);
  crypto::Identity carol_ = crypto::Identity::generate(random_);
  crypto::Identity mallory_ = crypto::Identity::generate(random_);
  RoomSalt salt_ = random_.draw<RoomSalt>();
  RoomId room_ = crypto::room_id(alice_.sign_key(), salt_);
  RoomTerms terms_{salt_, {alice_.sign_key(), bob_.sign_key(), carol_.sign_key()}, seconds(600)};
  Rooms rooms_{{.rooms = 2, .members = 3}, ServerKind::serve, std::nullopt};
  std::uint64_t last_connection_ = 0;
};

TEST_F(RoomTest, GreetsEveryConnectionWithANonceOfItsOwn) {
  EXPECT_NE(connect().nonce, connect().nonce);
}

TEST_F(RoomTest, TellsTheNewcomerWhoIsThereAndTheOthersWhoCame) {
  const Caller alice = open();
  const Caller bob = connect();
  const Epoch epoch = random_.draw<Epoch>();
  const Handled handled = rooms_.handle_message(bob.id, create_join(bob_, room_, epoch, bob.nonce, std::nullopt), now_);
  ASSERT_EQ(handled.deliveries.size(), 2u);
  EXPECT_EQ(handled.deliveries[0].to, alice.id);
  EXPECT_EQ(handled.deliveries[0].message, ServerMessage(Ready{{bob_.sign_key(), epoch}, room_}));
  EXPECT_EQ(handled.deliveries[1].to, bob.id);
  const auto& joined = std::get<Joined>(handled.deliveries[1].message);
  ASSERT_EQ(joined.members.size(), 1u);
  EXPECT_EQ(joined.members[0].from, alice_.sign_key());
}

TEST_F(RoomTest, GivesUnknownClosedAndForeignRoomsTheSameAnswer) {
  const Caller early = connect();
  expect_refused(join(early, bob_), early);  // nobody opened it yet

  const Caller alice = open();
  const Caller stranger = connect();
  expect_refused(join(stranger, mallory_), stranger);  // not in its roster

  send(alice, Leave{{}, room_});
  const Caller late = connect();
  expect_refused(join(late, bob_), late);  // closed
}

TEST_F(RoomTest, RefusesAJoinWithAReplayedProof) {
  open();
  const Caller bob = connect();
  const Join recorded = create_join(bob_, room_, random_.draw<Epoch>(), bob.nonce, std::nullopt);
  EXPECT_EQ(rooms_.handle_message(bob.id, recorded, now_).join, JoinOutcome::admitted);
  const Caller thief = connect();
  expect_refused(rooms_.handle_message(thief.id, recorded, now_), thief);
}

TEST_F(RoomTest, RefusesAProofMadeForAnotherRoomOrAlteredInEpochOrCreate) {
  open();
  const Caller other_room = connect();
  Join moved = create_join(bob_, random_.draw<RoomId>(), random_.draw<Epoch>(), other_room.nonce, std::nullopt);
  moved.room = room_;
  expect_refused(rooms_.handle_message(other_room.id, moved, now_), other_room);

  const Caller other_epoch = connect();
  Join altered = create_join(bob_, room_, random_.draw<Epoch>(), other_epoch.nonce, std::nullopt);
  altered.epoch = random_.draw<Epoch>();
  expect_refused(rooms_.handle_message(other_epoch.id, altered, now_), other_epoch);

  const Caller other_create = connect();
  Join longer = create_join(alice_, room_, random_.draw<Epoch>(), other_create.nonce, terms_);
  longer.create->ttl = kMaxRoomTtl;
  expect_refused(rooms_.handle_message(other_create.id, longer, now_), other_create);
}

TEST_F(RoomTest, NobodyTakesAnothersName) {
  const Caller alice = open();
  const Caller bob = enter(bob_);
  for (const crypto::Identity* victim : {&alice_, &bob_, &carol_}) {
    const Caller thief = connect();
    Join taken = create_join(mallory_, room_, random_.draw<Epoch>(), thief.nonce, std::nullopt);
    taken.from = victim->sign_key();
    expect_refused(rooms_.handle_message(thief.id, taken, now_), thief);
  }
  // A member of the roster cannot, either, and whose name it was is still there.
  const Caller thief = connect();
  Join taken = create_join(carol_, room_, random_.draw<Epoch>(), thief.nonce, std::nullopt);
  taken.from = bob_.sign_key();
  expect_refused(rooms_.handle_message(thief.id, taken, now_), thief);
  EXPECT_EQ(send(alice, offer_to(bob_)).at(0).to, bob.id);
}

TEST_F(RoomTest, RefusesAJoinToAnotherRoomThanThePathNames) {
  open();
  const Caller elsewhere = connect(random_.draw<RoomId>());
  expect_refused(join(elsewhere, bob_), elsewhere);
}

TEST_F(RoomTest, OnlyTheKeyThatTheRoomIsNamedAfterCanOpenIt) {
  RoomTerms mine = terms_;
  mine.roster = {mallory_.sign_key(), alice_.sign_key()};
  const Caller mallory = connect();
  expect_refused(join(mallory, mallory_, mine), mallory);
  RoomTerms other_salt = terms_;
  other_salt.salt = random_.draw<RoomSalt>();
  const Caller alice = connect();
  expect_refused(join(alice, alice_, other_salt), alice);
  EXPECT_EQ(rooms_.rooms(), 0u);
}

TEST_F(RoomTest, ACreatorMustBeInItsOwnRoster) {
  terms_.roster = {bob_.sign_key(), carol_.sign_key()};
  const Caller alice = connect();
  expect_refused(join(alice, alice_, terms_), alice);
}

TEST_F(RoomTest, ALiveRoomKeepsItsRoster) {
  open();
  RoomTerms other = terms_;
  other.roster = {alice_.sign_key(), mallory_.sign_key()};
  const Caller alice = connect();
  expect_refused(join(alice, alice_, other), alice);
  const Caller mallory = connect();
  expect_refused(join(mallory, mallory_), mallory);
  enter(bob_);
}

TEST_F(RoomTest, AMemberCannotSetTheTermsOfTheRoom) {
  open();
  const Caller bob = connect();
  expect_refused(join(bob, bob_, terms_), bob);
}

TEST_F(RoomTest, ASecondCreateReplacesTheTimeToLive) {
  open();
  terms_.ttl = seconds(60);
  open();
  now_ += seconds(60);
  rooms_.expire(now_);
  EXPECT_EQ(rooms_.rooms(), 0u);
}

TEST_F(RoomTest, TheCreatorOpensTheRoomAgainOnAServerThatKnowsNothingOfIt) {
  open();
  rooms_ = Rooms({}, ServerKind::serve, std::nullopt);
  open();
  enter(bob_);
}

TEST_F(RoomTest, TheSameIdentityJoiningAgainReplacesItsOldConnection) {
  const Caller alice = open();
  const Caller old_bob = enter(bob_);
  const Caller new_bob = connect();
  const Handled handled = join(new_bob, bob_);
  ASSERT_EQ(handled.deliveries.size(), 3u);
  EXPECT_EQ(handled.deliveries[0].to, old_bob.id);
  EXPECT_EQ(std::get<Refusal>(handled.deliveries[0].message).code, ErrorCode::replaced);
  EXPECT_EQ(handled.deliveries[0].after, AfterDelivery::close);
  EXPECT_EQ(handled.deliveries[1].to, alice.id);
  EXPECT_EQ(handled.deliveries[2].to, new_bob.id);

  EXPECT_TRUE(send(old_bob, offer_to(alice_)).empty());
  EXPECT_TRUE(rooms_.disconnect(old_bob.id).empty());  // the end of the old one does not end the new one
  EXPECT_EQ(send(alice, offer_to(bob_)).at(0).to, new_bob.id);
}

TEST_F(RoomTest, PassesMessagesOnUnderTheNameOfWhoSentThem) {
  const Caller alice = open();
  const Caller bob = enter(bob_);
  Relay forged = offer_to(alice_);
  forged.from = carol_.sign_key();
  const Deliveries out = send(bob, forged);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].to, alice.id);
  Relay expected = forged;
  expected.from = bob_.sign_key();
  EXPECT_EQ(out[0].message, ServerMessage(expected));
}

// A recipient's queue is the creator's: another recipient could fill it, and have that one dropped.
TEST_F(RoomTest, PassesNothingOnBetweenRecipients) {
  open();
  const Caller bob = enter(bob_);
  enter(carol_);
  EXPECT_TRUE(send(bob, offer_to(carol_)).empty());
}

TEST_F(RoomTest, TellsTheSenderWhenTheReceiverIsNotThere) {
  const Caller alice = open();
  const Deliveries out = send(alice, offer_to(bob_));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].to, alice.id);
  EXPECT_EQ(out[0].message, ServerMessage(Leave{bob_.sign_key(), room_}));
  EXPECT_EQ(out[0].after, AfterDelivery::keep_open);
}

TEST_F(RoomTest, NothingCrossesFromOneRoomIntoAnother) {
  const Caller alice = open();
  const RoomSalt salt = random_.draw<RoomSalt>();
  const RoomId other = crypto::room_id(mallory_.sign_key(), salt);
  const Caller mallory = connect(other);
  const RoomTerms terms{salt, {mallory_.sign_key()}, seconds(60)};
  EXPECT_EQ(
      rooms_.handle_message(mallory.id, create_join(mallory_, other, random_.draw<Epoch>(), mallory.nonce, terms), now_)
          .join,
      JoinOutcome::admitted);

  Relay inside = offer_to(alice_);
  inside.room = other;
  EXPECT_EQ(send(mallory, inside).at(0).to, mallory.id);  // alice is not in that room

  const Deliveries across = send(mallory, offer_to(alice_));
  ASSERT_EQ(across.size(), 1u);
  EXPECT_EQ(across[0].to, mallory.id);
  EXPECT_EQ(std::get<Refusal>(across[0].message).code, ErrorCode::bad_message);
  EXPECT_NE(across[0].to, alice.id);
}

TEST_F(RoomTest, AStrangerFloodingJoinsKeepsNobodyOut) {
  open();
  for (int i = 0; i < 1000; ++i) {
    const Caller stranger = connect();
    expect_refused(join(stranger, mallory_), stranger);
  }
  enter(bob_);
  EXPECT_EQ(rooms_.connections(), 2u);
}

TEST_F(RoomTest, RefusesToTalkBeforeAJoinAndToJoinTwice) {
  open();
  const Caller silent = connect();
  EXPECT_EQ(std::get<Refusal>(send(silent, offer_to(alice_)).at(0).message).code, ErrorCode::bad_message);
  const Caller bob = enter(bob_);
  const Handled again = join(bob, bob_);
  EXPECT_EQ(std::get<Refusal>(again.deliveries.at(0).message).code, ErrorCode::bad_message);
}

TEST_F(RoomTest, ADroppedConnectionEndsNothing) {
  const Caller alice = open();
  const Caller bob = enter(bob_);
  const Deliveries out = rooms_.disconnect(alice.id);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].to, bob.id);
  EXPECT_EQ(out[0].message, ServerMessage(Leave{alice_.sign_key(), room_}));
  EXPECT_EQ(out[0].after, AfterDelivery::keep_open);
  enter(carol_);
}

TEST_F(RoomTest, ALeavingMemberGoesAloneAndTheCreatorTakesTheRoomAlong) {
  const Caller alice = open();
  const Caller bob = enter(bob_);
  const Deliveries gone = send(bob, Leave{{}, room_});
  ASSERT_EQ(gone.size(), 2u);
  EXPECT_EQ(gone[0].to, alice.id);
  EXPECT_EQ(gone[1].to, bob.id);
  EXPECT_EQ(gone[1].after, AfterDelivery::close);

  const Caller carol = enter(carol_);
  const Deliveries ended = send(alice, Leave{{}, room_});
  ASSERT_EQ(ended.size(), 3u);
  EXPECT_EQ(ended[0].message, ServerMessage(Leave{alice_.sign_key(), room_}));
  EXPECT_EQ(ended[0].to, carol.id);
  EXPECT_EQ(ended[2].to, carol.id);
  EXPECT_EQ(ended[2].after, AfterDelivery::close);
  EXPECT_EQ(rooms_.rooms(), 0u);
  EXPECT_EQ(rooms_.connections(), 0u);
}

TEST_F(RoomTest, TheTimeToLiveStartsAnewFromEachMessageOfTheCreator) {
  const Caller alice = open();
  const Caller bob = enter(bob_);
  now_ += seconds(599);
  send(alice, offer_to(bob_));
  now_ += seconds(599);
  send(bob, offer_to(alice_));  // does not count
  EXPECT_TRUE(rooms_.expire(now_).empty());
  now_ += seconds(1);
  const Deliveries out = rooms_.expire(now_);
  ASSERT_EQ(out.size(), 2u);
  for (const Delivery& delivery : out) {
    EXPECT_EQ(std::get<Refusal>(delivery.message).code, ErrorCode::timed_out);
    EXPECT_EQ(delivery.after, AfterDelivery::close);
  }
  EXPECT_EQ(rooms_.rooms(), 0u);
}

TEST_F(RoomTest, ARoomWhoseTimeIsOverAdmitsNobody) {
  open();
  now_ += seconds(600);
  const Caller bob = connect();
  const Handled handled = join(bob, bob_);
  EXPECT_EQ(handled.join, JoinOutcome::refused);
  EXPECT_EQ(handled.deliveries.size(), 2u);  // the creator is told that its room is over
  open();
  enter(bob_);
}

TEST_F(RoomTest, WhoSpeaksInARoomWhoseTimeIsOverIsToldSoAndNotHeard) {
  const Caller alice = open();
  const Caller bob = enter(bob_);
  now_ += seconds(600);
  const Deliveries out = send(bob, offer_to(alice_));
  ASSERT_EQ(out.size(), 2u);
  for (const Delivery& delivery : out) {
    EXPECT_EQ(std::get<Refusal>(delivery.message).code, ErrorCode::timed_out);
    EXPECT_EQ(delivery.after, AfterDelivery::close);
  }
  EXPECT_TRUE(send(bob, offer_to(alice_)).empty());
  EXPECT_TRUE(send(alice, Leave{{}, room_}).empty());
  EXPECT_EQ(rooms_.connections(), 0u);
}

TEST_F(RoomTest, OpensNoRoomForATimeOutOfRange) {
  for (const auto ttl : {seconds(0), seconds(-1), kMaxRoomTtl + seconds(1), seconds::max()}) {
    terms_.ttl = ttl;
    const Caller alice = connect();
    expect_refused(join(alice, alice_, terms_), alice);
  }
  EXPECT_EQ(rooms_.rooms(), 0u);
}

TEST_F(RoomTest, OpensNoRoomForAProofOfAnotherConnection) {
  const Caller recorded = connect();
  const Join opening = create_join(alice_, room_, random_.draw<Epoch>(), recorded.nonce, terms_);
  const Caller thief = connect();
  expect_refused(rooms_.handle_message(thief.id, opening, now_), thief);
  EXPECT_EQ(rooms_.rooms(), 0u);
  EXPECT_EQ(rooms_.handle_message(recorded.id, opening, now_).join, JoinOutcome::admitted);
}

TEST_F(RoomTest, ARoomThatNobodyIsInGivesWayToAnother) {
  open();
  for (int i = 0; i < 3; ++i) {
    const RoomSalt salt = random_.draw<RoomSalt>();
    const RoomId room = crypto::room_id(mallory_.sign_key(), salt);
    const Caller mallory = connect(room);
    const Join opening = create_join(mallory_, room, random_.draw<Epoch>(), mallory.nonce,
                                     RoomTerms{salt, {mallory_.sign_key()}, kMaxRoomTtl});
    EXPECT_EQ(rooms_.handle_message(mallory.id, opening, now_).join, JoinOutcome::admitted);
    rooms_.disconnect(mallory.id);
    EXPECT_EQ(rooms_.rooms(), 2u);
  }
  enter(bob_);  // alice's room, which she is in, is still there
}

TEST_F(RoomTest, HoldsTheLimitsOnRoomsAndMembers) {
  RoomTerms crowded = terms_;
  crowded.roster.push_back(mallory_.sign_key());
  const Caller alice = connect();
  EXPECT_EQ(std::get<Refusal>(join(alice, alice_, crowded).deliveries.at(0).message).code, ErrorCode::too_many);

  for (int i = 0; i < 3; ++i) {
    const RoomSalt salt = random_.draw<RoomSalt>();
    const RoomId room = crypto::room_id(bob_.sign_key(), salt);
    const Caller bob = connect(room);
    const Handled handled = rooms_.handle_message(
        bob.id,
        create_join(bob_, room, random_.draw<Epoch>(), bob.nonce, RoomTerms{salt, {bob_.sign_key()}, seconds(60)}),
        now_);
    if (i < 2) {
      EXPECT_EQ(handled.join, JoinOutcome::admitted);
    } else {
      EXPECT_EQ(std::get<Refusal>(handled.deliveries.at(0).message).code, ErrorCode::too_many);
    }
  }
}

TEST_F(RoomTest, AnEmbeddedServerServesItsOneRoomOnly) {
  rooms_ = Rooms({}, ServerKind::embedded, random_.draw<RoomId>());
  const Caller alice = connect();
  expect_refused(join(alice, alice_, terms_), alice);
  rooms_ = Rooms({}, ServerKind::embedded, room_);
  open();
}

}  // namespace
}  // namespace coterie::signaling
