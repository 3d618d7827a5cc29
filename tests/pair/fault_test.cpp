// Creator and recipients against each other while messages, links and processes fail at every point.
#include <gtest/gtest.h>

#include "pair/world.h"

namespace coterie::ceremony::test {
namespace {

class FaultTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  // Small worlds are tried at every point; the largest at every few, in different orders.
  std::size_t stride() const { return GetParam() <= 3 ? 1 : 9; }
  std::size_t places() const { return GetParam() <= 3 ? 10 : 4; }  // tried within one message

  static World undisturbed(std::size_t signers) {
    World world({.signers = signers});
    world.run();
    return world;
  }
  static void expect_complete(World& world) {
    world.run();
    EXPECT_TRUE(world.everyone_complete());
  }
};

TEST_P(FaultTest, CompletesAtOnceWhenNothingFails) {
  for (std::uint32_t order = 1; order <= 5; ++order) {
    World world({.signers = GetParam(), .order = order});
    expect_complete(world);
    EXPECT_EQ(world.rounds(), 1u);
    EXPECT_EQ(world.messages(), 4 * (GetParam() - 1));
    EXPECT_TRUE(world.errors().empty());
  }
}

TEST_P(FaultTest, CompletesWhenAnyMessageIsLostDoubledReorderedOrReplayed) {
  const std::size_t messages = undisturbed(GetParam()).messages();
  for (const FaultKind kind : {FaultKind::lost, FaultKind::doubled, FaultKind::reordered, FaultKind::replayed_later}) {
    for (std::size_t message = 0; message < messages; message += stride()) {
      SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(kind) << ", message " << message);
      World world({.signers = GetParam(), .fault = Fault{message, kind}});
      expect_complete(world);
    }
  }
}

TEST_P(FaultTest, CompletesOrEndsForAllWhenAnyMessageIsReplayedToAnotherSigner) {
  const std::size_t messages = undisturbed(GetParam()).messages();
  for (std::size_t message = 0; message < messages; message += stride()) {
    SCOPED_TRACE(testing::Message() << "message " << message);
    World world({.signers = GetParam(), .fault = Fault{message, FaultKind::replayed_elsewhere}});
    world.run();
    // A proposal sealed to another is refused for good; everything else has no effect or costs a link.
    EXPECT_TRUE(world.everyone_complete() || (world.ended() && world.nobody_complete()));
  }
}

TEST_P(FaultTest, CompletesWhenAnyMessageIsCut) {
  const World whole = undisturbed(GetParam());
  for (std::size_t message = 0; message < whole.messages(); message += stride()) {
    const std::size_t size = whole.size_of_message(message);
    for (std::size_t length = 0; length < size; length += size / places() + 1) {
      SCOPED_TRACE(testing::Message() << "message " << message << " cut to " << length);
      World world({.signers = GetParam(), .fault = Fault{message, FaultKind::cut, length}});
      expect_complete(world);
      EXPECT_EQ(world.errors().size(), 1u);
    }
  }
}

TEST_P(FaultTest, NeverCompletesWronglyWhenAnyMessageIsAltered) {
  const World whole = undisturbed(GetParam());
  for (std::size_t message = 0; message < whole.messages(); message += stride()) {
    const std::size_t size = whole.size_of_message(message);
    for (std::size_t at = 0; at < size; at += size / places() + 1) {
      SCOPED_TRACE(testing::Message() << "message " << message << " altered at " << at);
      World world({.signers = GetParam(), .fault = Fault{message, FaultKind::altered, at}});
      world.run();
      // An altered proposal may be refused for good; nothing else that is altered may do more than cost a link.
      EXPECT_TRUE(world.everyone_complete() || (world.ended() && world.nobody_complete()));
      EXPECT_TRUE(world.ended() || world.errors().size() == 1u);
    }
  }
}

TEST_P(FaultTest, CompletesWhenAnyLinkIsDroppedAtAnyDelivery) {
  const std::size_t deliveries = undisturbed(GetParam()).deliveries();
  for (std::size_t delivery = 0; delivery < deliveries; delivery += stride()) {
    for (std::uint32_t order = 1; order <= 2; ++order) {
      SCOPED_TRACE(testing::Message() << "delivery " << delivery << ", order " << order);
      World world({.signers = GetParam(), .drop_link_at = delivery, .order = order});
      expect_complete(world);
    }
  }
}

TEST_P(FaultTest, CompletesWhenAnyProcessDiesBeforeAnyEvent) {
  const std::size_t events = undisturbed(GetParam()).events();
  for (std::size_t event = 0; event < events; event += stride()) {
    SCOPED_TRACE(testing::Message() << "event " << event);
    World world({.signers = GetParam(), .crash_at = event});
    expect_complete(world);
  }
}

TEST_P(FaultTest, EndsForAllWhenOneDeclinesWhateverElseFails) {
  const Plan plan{.signers = GetParam(), .decliner = GetParam() - 1};
  World whole(plan);
  whole.run();
  EXPECT_TRUE(whole.ended());
  const auto expect_ended = [](Plan with_fault) {
    World world(with_fault);
    world.run();
    EXPECT_TRUE(world.ended());
    EXPECT_TRUE(world.nobody_complete());
    EXPECT_TRUE(!world.ended() || world.last_reason() == "not this one");
  };
  for (const FaultKind kind : {FaultKind::lost, FaultKind::doubled, FaultKind::reordered, FaultKind::replayed_later}) {
    for (std::size_t message = 0; message < whole.messages(); message += stride()) {
      SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(kind) << ", message " << message);
      Plan with_fault = plan;
      with_fault.fault = Fault{message, kind};
      expect_ended(with_fault);
    }
  }
  for (std::size_t event = 0; event < whole.events(); event += stride()) {
    SCOPED_TRACE(testing::Message() << "crash at event " << event);
    Plan with_crash = plan;
    with_crash.crash_at = event;
    expect_ended(with_crash);
  }
}

TEST_P(FaultTest, CompletesForAllOrForNobodyWhenTheCreatorAbandons) {
  const std::size_t deliveries = undisturbed(GetParam()).deliveries();
  bool ended_once = false;
  bool completed_once = false;
  for (std::size_t delivery = 0; delivery < deliveries; delivery += stride()) {
    // In some of the orders a receipt, the last one, too, crosses the abort.
    for (std::uint32_t order = 1; order <= 10; ++order) {
      SCOPED_TRACE(testing::Message() << "abandoned before delivery " << delivery << ", order " << order);
      World world({.signers = GetParam(), .abandon_at = delivery, .order = order});
      world.run();
      EXPECT_NE(world.everyone_complete(), world.nobody_complete());
      EXPECT_EQ(world.ended(), world.nobody_complete());
      ended_once = ended_once || world.ended();
      completed_once = completed_once || world.everyone_complete();
    }
  }
  EXPECT_TRUE(ended_once);
  EXPECT_TRUE(completed_once);
}

TEST_P(FaultTest, BelievesNoSendThatNothingAnswers) {
  const std::size_t messages = undisturbed(GetParam()).messages();
  for (std::size_t message = 0; message < messages; message += stride()) {
    for (std::uint32_t order = 1; order <= 3; ++order) {
      SCOPED_TRACE(testing::Message() << "nothing arrives from message " << message << ", order " << order);
      // Whoever sent the rest believes no more than what was answered before; the next links make up for it.
      World interrupted({.signers = GetParam(), .vanish_from = message, .order = order});
      interrupted.run();
      EXPECT_TRUE(interrupted.everyone_complete());
      EXPECT_GT(interrupted.rounds(), 1u);

      World silent({.signers = GetParam(), .vanish_from = message, .vanish_for_ever = true, .order = order});
      silent.run();
      EXPECT_FALSE(silent.creator_complete());
      EXPECT_FALSE(silent.everyone_complete());
    }
  }
}

TEST_P(FaultTest, CompletesWithASignerWhoGoesForGoodOnlyIfItGaveItsReceiptBefore) {
  const std::size_t deliveries = undisturbed(GetParam()).deliveries();
  bool somebody_completed = false;
  bool nobody_completed = false;
  for (std::size_t delivery = 0; delivery < deliveries; delivery += stride()) {
    for (std::uint32_t order = 1; order <= 3; ++order) {
      SCOPED_TRACE(testing::Message() << "gone before delivery " << delivery << ", order " << order);
      World world({.signers = GetParam(), .leave_at = delivery, .order = order});
      world.run();  // checks that nobody is complete without that signer's receipt and account
      EXPECT_TRUE(world.errors().empty());
      (world.nobody_complete() ? nobody_completed : somebody_completed) = true;
    }
  }
  EXPECT_TRUE(somebody_completed);
  EXPECT_TRUE(nobody_completed);
}

TEST(LargestTest, CompletesWithSixtyFourSigners) {
  World world({.signers = kMaxOpaqueSigners});
  world.run();
  EXPECT_TRUE(world.everyone_complete());
  EXPECT_EQ(world.rounds(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Signers, FaultTest, ::testing::Values(2, 3, 8),
                         [](const auto& instance) { return std::to_string(instance.param); });

}  // namespace
}  // namespace coterie::ceremony::test
