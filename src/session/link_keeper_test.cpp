#include "session/link_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/sealed_signal.h"
#include "ceremony/test_support.h"
#include "session/link_fakes_test.h"

namespace coterie::session {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using test::SentSignal;
using test::Side;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Alice, who offers to bob and carol, and bob, who answers.
class LinkKeeperTest : public testing::Test {
 protected:
  Epoch draw_epoch() { return random_.draw<Epoch>(); }
  signaling::Member bob_joins() { return {bob_.key(), bob_epoch_ = draw_epoch()}; }
  // Alice is in the room with bob, whom the first link is begun to.
  void meet(Side& alice) {
    alice_epoch_ = draw_epoch();
    alice.join(alice_epoch_, {bob_joins()});
  }
  void open_first_link(Side& alice) {
    meet(alice);
    alice.link(0).handlers.on_open();
    alice.clock.advance(Peer::kFirstRetry);
    alice.take_events();
  }
  // Until the next retry would be 1 to 2 s later.
  static void fail_often(Side& alice) {
    for (int i = 0; i < 10; ++i) {
      alice.last_link().lose();
      alice.clock.advance(Peer::kLastRetry);
    }
  }
  static bool begins_another_within(Side& alice, milliseconds time) {
    const std::size_t before = alice.links.size();
    alice.clock.advance(time);
    return alice.links.size() > before;
  }
  Side make_alice() { return Side(alice_, LinkSide::offering, {&bob_}); }
  Side make_bob() { return Side(bob_, LinkSide::answering, {&alice_}); }
  // As the server passes it on.
  static void deliver(const ceremony::test::TestSigner& from, const SentSignal& signal, Side& to) {
    to.keeper().handle_signal(signal.type, from.key(), signal.data);
  }

  SeededRandom random_{1};
  ceremony::test::TestSigner alice_ = ceremony::test::make_signer("alice", 11);
  ceremony::test::TestSigner bob_ = ceremony::test::make_signer("bob", 12);
  ceremony::test::TestSigner carol_ = ceremony::test::make_signer("carol", 13);
  Epoch alice_epoch_;
  Epoch bob_epoch_;
};

// --- the room ---

TEST_F(LinkKeeperTest, ThePeersNewEpochEndsWhatIsUnderWayAndTheSameOneDoesNot) {
  Side alice = make_alice();
  meet(alice);
  ASSERT_EQ(alice.links.size(), 1u);
  alice.clock.advance(Peer::kFirstRetry);
  alice.keeper().handle_ready({bob_.key(), bob_epoch_});
  EXPECT_FALSE(alice.link(0).closed);
  alice.keeper().handle_ready(bob_joins());
  EXPECT_TRUE(alice.link(0).closed);
  EXPECT_EQ(alice.links.size(), 2u);
}

TEST_F(LinkKeeperTest, AnOwnNewEpochEndsWhatIsUnderWay) {
  Side alice = make_alice();
  meet(alice);
  alice.join(draw_epoch());
  EXPECT_TRUE(alice.link(0).closed);
  EXPECT_FALSE(alice.keeper().present(bob_.key()));
}

TEST_F(LinkKeeperTest, JoinsInQuickSuccessionBeginOneLinkMore) {
  Side alice = make_alice();
  meet(alice);
  for (int i = 0; i < 10; ++i) alice.keeper().handle_ready(bob_joins());
  EXPECT_EQ(alice.links.size(), 1u);
  alice.clock.advance(Peer::kFirstRetry - 1ms);
  EXPECT_EQ(alice.links.size(), 1u);
  alice.clock.advance(1ms);
  EXPECT_EQ(alice.links.size(), 2u);
  alice.clock.advance(10 * Peer::kFirstRetry);
  EXPECT_EQ(alice.links.size(), 2u);
}

TEST_F(LinkKeeperTest, LeavingEndsWhatIsUnderWayAndNothingThatIsOpen) {
  Side alice = make_alice();
  meet(alice);
  alice.keeper().handle_left(bob_.key());
  EXPECT_TRUE(alice.link(0).closed);
  EXPECT_FALSE(alice.keeper().present(bob_.key()));
  alice.clock.advance(1min);
  ASSERT_EQ(alice.links.size(), 1u);
  alice.keeper().handle_ready(bob_joins());
  alice.link(1).handlers.on_open();
  alice.keeper().handle_left(bob_.key());
  EXPECT_FALSE(alice.link(1).closed);
  EXPECT_TRUE(alice.keeper().present(bob_.key()));
}

TEST_F(LinkKeeperTest, NothingIsBegunWhileTheRoomIsOutOfReach) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.keeper().handle_disconnected();
  alice.link(0).handlers.on_silence();
  alice.link(0).lose();
  alice.clock.advance(1min);
  EXPECT_EQ(alice.links.size(), 1u);
  EXPECT_FALSE(alice.keeper().present(bob_.key()));
}

TEST_F(LinkKeeperTest, WhoIsReplacedGoesOnWhileAllAreOpenAndEndsWhenOneIsLost) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.keeper().handle_replaced();
  EXPECT_THAT(alice.take_events(), ElementsAre(HasSubstr("notice: you joined this room from somewhere else")));
  alice.link(0).handlers.on_message("still here");
  EXPECT_THAT(alice.take_events(), ElementsAre("bob says still here"));
  alice.link(0).lose();
  EXPECT_THAT(alice.take_events(), ElementsAre("bob is absent", "bob lost", HasSubstr("fatal: you joined this room")));
}

TEST_F(LinkKeeperTest, WhoIsReplacedWhileSomebodyIsStillToComeEndsAtOnce) {
  Side alice(alice_, LinkSide::offering, {&bob_, &carol_});
  open_first_link(alice);
  alice.keeper().handle_replaced();
  EXPECT_THAT(alice.take_events(), ElementsAre(HasSubstr("fatal: you joined this room")));
}

TEST_F(LinkKeeperTest, WhoIsReplacedDoesNotWaitForWhomItIsDoneWith) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.keeper().close_link(bob_.key());
  alice.take_events();
  alice.keeper().handle_replaced();
  EXPECT_THAT(alice.take_events(), ElementsAre(HasSubstr("notice: ")));
}

// --- links ---

TEST_F(LinkKeeperTest, ANewLinkReplacesAnOpenOneOnlyWhenItOpens) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.keeper().handle_ready(bob_joins());
  ASSERT_EQ(alice.links.size(), 2u);
  EXPECT_FALSE(alice.link(0).closed);
  EXPECT_TRUE(alice.keeper().connected(bob_.key()));
  alice.keeper().send(bob_.key(), "one");
  EXPECT_THAT(alice.take_events(), IsEmpty());
  alice.link(1).handlers.on_open();
  EXPECT_TRUE(alice.link(0).dropped);
  EXPECT_FALSE(alice.link(0).closed) << "bob takes that for a word of alice's";
  EXPECT_THAT(alice.take_events(), ElementsAre("bob lost", "bob opened"));
  alice.keeper().send(bob_.key(), "two");
  EXPECT_THAT(alice.link(0).sent, ElementsAre("one"));
  EXPECT_THAT(alice.link(1).sent, ElementsAre("two"));
}

// Whoever makes the server say that bob joined again must not keep what is to be said over his links from its end.
TEST_F(LinkKeeperTest, JoinsBesideAnOpenLinkReplaceItEverMoreSeldom) {
  Side alice = make_alice();
  open_first_link(alice);
  std::size_t opened = alice.links.size();
  const auto open_new = [&] {
    if (alice.links.size() > opened) alice.last_link().handlers.on_open();
    opened = alice.links.size();
  };
  std::size_t seconds = 0;
  for (; alice.links.size() < 14; ++seconds) {
    alice.keeper().handle_ready({bob_.key(), bob_epoch_});
    open_new();
    alice.clock.advance(1s);
    ASSERT_LT(seconds, 1000u);
  }
  EXPECT_GT(seconds, 60u);
  open_new();
  // That the open link is silent, or lost, is another matter.
  alice.last_link().handlers.on_silence();
  EXPECT_EQ(alice.links.size(), 15u);
  open_new();
  alice.last_link().lose();
  EXPECT_TRUE(begins_another_within(alice, 100ms));
  open_new();
  alice.keeper().handle_ready({bob_.key(), bob_epoch_});
  EXPECT_TRUE(begins_another_within(alice, Peer::kFirstRetry));
}

TEST_F(LinkKeeperTest, AReplacementThatDoesNotOpenLeavesTheOpenLinkAlone) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.keeper().handle_ready(bob_joins());
  alice.link(1).lose();
  EXPECT_TRUE(alice.keeper().connected(bob_.key()));
  EXPECT_THAT(alice.take_events(), IsEmpty());
  alice.clock.advance(1min);
  EXPECT_EQ(alice.links.size(), 2u);
}

TEST_F(LinkKeeperTest, SilenceBeginsASecondLinkBesideTheOpenOne) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.link(0).handlers.on_silence();
  EXPECT_EQ(alice.signs_of_life_asked, 1);
  ASSERT_EQ(alice.links.size(), 2u);
  EXPECT_FALSE(alice.link(0).closed);
  alice.link(0).handlers.on_silence();
  EXPECT_EQ(alice.links.size(), 2u);
  alice.link(0).lose();
  EXPECT_FALSE(alice.link(1).closed);
  EXPECT_THAT(alice.take_events(), ElementsAre("bob is connecting", "bob lost"));
  alice.link(1).handlers.on_open();
  EXPECT_THAT(alice.take_events(), ElementsAre("bob is connected", "bob opened"));
}

TEST_F(LinkKeeperTest, WhatALinkSaysThatGaveWayHasNoEffect) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.keeper().handle_ready(bob_joins());
  alice.link(0).handlers.on_candidate(json::Value(nullptr));  // of the link under way they would seem
  EXPECT_THAT(alice.signals, IsEmpty());
  alice.clock.advance(30s);
  ASSERT_EQ(alice.links.size(), 3u);
  alice.link(1).handlers.on_open();
  alice.link(1).handlers.on_silence();
  alice.link(1).lose();
  EXPECT_THAT(alice.take_events(), IsEmpty());
  EXPECT_EQ(alice.signs_of_life_asked, 0);
  EXPECT_FALSE(alice.link(2).closed);
}

TEST_F(LinkKeeperTest, AClosedLinkIsBegunAnewOnlyByTheNextJoin) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.link(0).lose();                   // a retry is due soon,
  alice.keeper().close_link(bob_.key());  // and no more
  alice.clock.advance(1min);
  ASSERT_EQ(alice.links.size(), 1u);
  alice.keeper().handle_ready(bob_joins());
  ASSERT_EQ(alice.links.size(), 2u);
  alice.keeper().close_link(bob_.key());
  EXPECT_TRUE(alice.link(1).closed);
  alice.keeper().handle_ready(bob_joins());  // in the pause: another link is wanted,
  alice.keeper().close_link(bob_.key());     // and no more
  alice.clock.advance(1min);
  EXPECT_EQ(alice.links.size(), 2u);
}

TEST_F(LinkKeeperTest, TriesAgainEverMoreSlowly) {
  Side alice = make_alice();
  meet(alice);
  for (const milliseconds step : {100ms, 200ms, 400ms, 800ms, 1600ms, 2000ms, 2000ms}) {
    const std::size_t before = alice.links.size();
    alice.last_link().lose();
    alice.clock.advance(step / 2 - 1ms);
    EXPECT_EQ(alice.links.size(), before) << step.count();
    alice.clock.advance(step / 2 + 1ms);
    EXPECT_EQ(alice.links.size(), before + 1) << step.count();
  }
}

// That a link opens is nothing yet: whoever breaks each as soon as it is open gets the next one no sooner.
TEST_F(LinkKeeperTest, TriesAgainSoonAfterAMessageOrAJoinAndNotAfterALinkThatOpened) {
  Side alice = make_alice();
  meet(alice);
  fail_often(alice);
  alice.last_link().handlers.on_open();
  alice.last_link().lose();
  EXPECT_FALSE(begins_another_within(alice, 999ms));
  EXPECT_TRUE(begins_another_within(alice, 1001ms));
  alice.last_link().handlers.on_open();
  alice.last_link().handlers.on_message("here I am");
  alice.last_link().lose();
  EXPECT_TRUE(begins_another_within(alice, 100ms));
  fail_often(alice);
  alice.keeper().handle_ready(bob_joins());
  alice.clock.advance(100ms);
  alice.last_link().lose();
  EXPECT_TRUE(begins_another_within(alice, 100ms));
}

TEST_F(LinkKeeperTest, ALinkThatDoesNotOpenInTimeGivesWayToTheNext) {
  Side alice = make_alice();
  meet(alice);
  alice.clock.advance(30s - 1ms);
  EXPECT_FALSE(alice.link(0).closed);
  alice.clock.advance(1ms);
  EXPECT_TRUE(alice.link(0).closed);
  ASSERT_EQ(alice.links.size(), 2u);
  alice.link(1).handlers.on_open();
  alice.clock.advance(1h);
  EXPECT_FALSE(alice.link(1).closed);
  EXPECT_EQ(alice.links.size(), 2u);
}

TEST_F(LinkKeeperTest, SaysOnceForEachReasonWhyThereIsNoLink) {
  Side alice = make_alice();
  meet(alice);
  EXPECT_TRUE(alice.keeper().link_failure(bob_.key()));
  alice.take_events();
  alice.last_link().lose(environment_error("no socket"));
  EXPECT_THAT(alice.take_events(),
              ElementsAre("bob is joined", AllOf(HasSubstr("no link to bob yet"), HasSubstr("no socket"))));
  alice.clock.advance(100ms);
  alice.last_link().lose(environment_error("no socket"));
  EXPECT_THAT(alice.take_events(), ElementsAre("bob is connecting", "bob is joined"));
  alice.clock.advance(200ms);
  alice.last_link().handlers.on_open();
  EXPECT_FALSE(alice.keeper().link_failure(bob_.key()));
  alice.last_link().lose(environment_error("a cable was pulled"));
  EXPECT_FALSE(alice.keeper().link_failure(bob_.key()));
  alice.clock.advance(400ms);
  alice.take_events();
  alice.last_link().lose(environment_error("no socket"));
  EXPECT_THAT(alice.take_events(), ElementsAre("bob is joined", HasSubstr("no socket")));
}

TEST_F(LinkKeeperTest, ABreachOfTheRulesIsSaidOnceAndIsTheReasonUntilTheNextJoin) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.link(0).lose(refused_error("too many channels"));
  EXPECT_THAT(alice.take_events(),
              ElementsAre("notice: the link to bob is broken off: too many channels", "bob is joined", "bob lost"));
  alice.clock.advance(100ms);
  alice.link(1).handlers.on_open();
  alice.link(1).lose(refused_error("too many channels"));
  EXPECT_THAT(alice.take_events(),
              ElementsAre("bob is connecting", "bob is connected", "bob opened", "bob is joined", "bob lost"));
  EXPECT_TRUE(alice.keeper().link_failure(bob_.key()));
  alice.keeper().handle_ready(bob_joins());
  EXPECT_FALSE(alice.keeper().link_failure(bob_.key()));
}

TEST_F(LinkKeeperTest, ALinkWithoutTheStunServerThatWasFoundMeanwhileIsBegunAnew) {
  Side alice = make_alice();
  meet(alice);
  alice.link(0).stun = true;
  alice.keeper().renew_links_without_stun();
  EXPECT_EQ(alice.links.size(), 1u);
  alice.link(0).stun = false;
  alice.keeper().renew_links_without_stun();
  EXPECT_TRUE(alice.link(0).closed);
  EXPECT_EQ(alice.links.size(), 2u);
  EXPECT_EQ(alice.joins_asked, 0);

  // Without the room there is no other that could be begun.
  alice.keeper().handle_disconnected();
  alice.keeper().renew_links_without_stun();
  EXPECT_FALSE(alice.link(1).closed);
}

TEST_F(LinkKeeperTest, AMessageThatCannotBeSentEndsTheLinkAfterwards) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.link(0).sending = environment_error("too much is queued");
  alice.keeper().send(bob_.key(), "one");
  EXPECT_THAT(alice.take_events(), IsEmpty());
  alice.clock.advance(0ms);
  EXPECT_THAT(alice.take_events(), ElementsAre("bob is joined", "bob lost"));
}

TEST_F(LinkKeeperTest, ALinkThatIsDroppedIsNotClosedInOrder) {
  Side alice = make_alice();
  open_first_link(alice);
  alice.keeper().drop_link(bob_.key());
  EXPECT_TRUE(alice.link(0).dropped);
  EXPECT_FALSE(alice.link(0).closed);
  EXPECT_FALSE(alice.keeper().connected(bob_.key()));
}

// --- both sides ---

class TwoKeepersTest : public LinkKeeperTest {
 protected:
  TwoKeepersTest() {
    bob.join(bob_epoch_ = draw_epoch());
    alice_epoch_ = draw_epoch();
    alice.join(alice_epoch_, {{bob_.key(), bob_epoch_}});
    bob.keeper().handle_ready({alice_.key(), alice_epoch_});
    alice.link(0).handlers.on_description("offer");
  }
  SentSignal altered(SentSignal signal) const {
    auto sealed = ceremony::SealedSignal::from_json(signal.data).value();
    sealed.sealed.back() ^= 1;
    signal.data = sealed.to_json();
    return signal;
  }
  void answer() {
    deliver(alice_, alice.signals.back(), bob);
    bob.last_link().handlers.on_description("answer");
    deliver(bob_, bob.signals.back(), alice);
  }

  Side alice = make_alice();
  Side bob = make_bob();
};

TEST_F(TwoKeepersTest, OfferAnswerAndCandidatesReachThePresentLinks) {
  ASSERT_THAT(bob.links, IsEmpty());
  answer();
  EXPECT_EQ(bob.link(0).remote_description, "offer");
  EXPECT_EQ(alice.link(0).remote_description, "answer");
  alice.link(0).handlers.on_open();
  bob.link(0).handlers.on_candidate(json::Value(nullptr));
  deliver(bob_, bob.signals.back(), alice);
  EXPECT_THAT(alice.link(0).candidates, ElementsAre(json::Value(nullptr)));
}

TEST_F(TwoKeepersTest, ASecondOfferTakesThePlaceOfTheLinkUnderWay) {
  answer();
  alice.clock.advance(30s);
  alice.link(1).handlers.on_description("offer again");
  answer();
  EXPECT_TRUE(bob.link(0).closed);
  EXPECT_EQ(bob.link(1).remote_description, "offer again");
  EXPECT_EQ(alice.link(1).remote_description, "answer");
}

// A server, or links that fail fast for hours, must not end a run that would complete.
TEST_F(TwoKeepersTest, WhoHasSeenTooManyOffersJoinsAnew) {
  answer();
  for (std::size_t seen = 1; seen < ceremony::AnsweringNegotiator::kMaxLinksSeen; ++seen) {
    alice.clock.advance(30s);
    alice.last_link().handlers.on_description("offer again");
    answer();
  }
  EXPECT_EQ(bob.joins_asked, 0);
  alice.clock.advance(30s);
  alice.last_link().handlers.on_description("one too many");
  deliver(alice_, alice.signals.back(), bob);
  EXPECT_EQ(bob.joins_asked, 1);
  EXPECT_NE(bob.last_link().remote_description, "one too many");
  for (const std::string& event : bob.take_events()) EXPECT_THAT(event, testing::Not(HasSubstr("fatal")));
  bob.join(bob_epoch_ = draw_epoch(), {{alice_.key(), alice_epoch_}});
  alice.keeper().handle_ready({bob_.key(), bob_epoch_});
  alice.clock.advance(Peer::kFirstRetry);
  alice.last_link().handlers.on_description("offer to the new epoch");
  answer();
  EXPECT_EQ(bob.last_link().remote_description, "offer to the new epoch");
}

TEST_F(TwoKeepersTest, WhoAnswersBeginsNoLink) {
  answer();
  bob.link(0).handlers.on_open();
  bob.link(0).handlers.on_silence();
  bob.link(0).lose();
  bob.keeper().handle_ready({alice_.key(), draw_epoch()});
  bob.clock.advance(1h);
  EXPECT_EQ(bob.links.size(), 1u);
}

TEST_F(TwoKeepersTest, WhoAnswersGivesUpALinkThatDoesNotOpenInTime) {
  answer();
  bob.take_events();
  bob.clock.advance(30s);
  EXPECT_TRUE(bob.link(0).closed);
  EXPECT_THAT(bob.take_events(), ElementsAre("alice is joined", HasSubstr("notice: no link to alice yet")));
}

TEST_F(TwoKeepersTest, WhoAnswersJoinsAnewForALinkThatKnowsOfStun) {
  answer();
  bob.keeper().renew_links_without_stun();
  EXPECT_EQ(bob.joins_asked, 1);
  EXPECT_EQ(bob.links.size(), 1u);
}

TEST_F(TwoKeepersTest, AnAlteredOfferEndsTheSessionUnlessALinkIsOpen) {
  deliver(alice_, altered(alice.signals.back()), bob);
  EXPECT_THAT(bob.take_events(), testing::Contains("fatal: description not signed by alice"));
  answer();
  bob.link(0).handlers.on_open();
  bob.take_events();
  alice.clock.advance(30s);
  alice.last_link().handlers.on_description("offer again");
  deliver(alice_, altered(alice.signals.back()), bob);
  EXPECT_THAT(bob.take_events(), IsEmpty());
  EXPECT_FALSE(bob.link(0).closed);
}

TEST_F(TwoKeepersTest, AnAlteredAnswerOrCandidateEndsTheSession) {
  deliver(alice_, alice.signals.back(), bob);
  bob.link(0).handlers.on_description("answer");
  alice.take_events();
  deliver(bob_, altered(bob.signals.back()), alice);
  EXPECT_THAT(alice.take_events(), ElementsAre("fatal: description not signed by bob"));
  bob.link(0).handlers.on_candidate(json::Value(nullptr));
  deliver(bob_, altered(bob.signals.back()), alice);
  EXPECT_THAT(alice.take_events(), ElementsAre(HasSubstr("fatal: ")));
}

// --- close ---

TEST_F(LinkKeeperTest, AHandlerMayCloseTheKeeperInAnyCallAndNothingIsAskedOrToldAfterwards) {
  const auto live = [this](Side& alice) {
    const std::vector<std::function<void()>> happenings = {
        [&] { meet(alice); },
        [&] { alice.last_link().lose(environment_error("no socket")); },
        [&] { alice.clock.advance(100ms); },
        [&] { alice.clock.advance(30s); },
        [&] { alice.last_link().handlers.on_open(); },
        [&] { alice.last_link().handlers.on_message("hello"); },
        [&] { alice.last_link().handlers.on_silence(); },
        [&] { alice.last_link().handlers.on_open(); },
        [&] { alice.last_link().lose(refused_error("too many channels")); },
        [&] { alice.clock.advance(100ms); },
        [&] { alice.last_link().handlers.on_open(); },
        [&] { alice.keeper().handle_ready(bob_joins()); },
        [&] { alice.keeper().handle_left(bob_.key()); },
        [&] { alice.keeper().handle_replaced(); },
        [&] { alice.last_link().lose(); },
    };
    for (const auto& happen : happenings) {
      if (alice.closed()) return;
      happen();
    }
  };
  Side to_the_end = make_alice();
  live(to_the_end);
  ASSERT_GT(to_the_end.handler_calls, 20u);
  for (std::size_t call = 1; call <= to_the_end.handler_calls; ++call) {
    SCOPED_TRACE(call);
    Side alice = make_alice();
    alice.close_at = call;
    live(alice);
    EXPECT_TRUE(alice.closed());
    alice.clock.advance(1h);
    for (const auto& link : alice.links) {
      EXPECT_TRUE(link->closed || link->dropped);
      // Late, as from a thread that did not know yet.
      link->handlers.on_open();
      link->handlers.on_message("late");
      link->lose();
    }
  }
}

}  // namespace
}  // namespace coterie::session
