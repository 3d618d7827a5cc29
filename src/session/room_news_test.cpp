#include "session/room_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace coterie::session {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RoomNewsTest : public testing::Test {
 protected:
  // Longer than the patience: timers come in order.
  void wait() {
    Timer later(loop_);
    later.start(20ms, [this] { loop_.stop(); });
    loop_.run();
  }

  EventLoop loop_;
  std::vector<std::string> notices_;
  RoomNews news_{loop_, "192.0.2.1:8081", "you: 1; alice: 2",
                 [this](const std::string& line) { notices_.push_back(line); }, 10ms};
};

TEST_F(RoomNewsTest, SaysAfterAWhileWhatToCompareWhenJoinsAreRefused) {
  news_.refused(refused_error("no"));
  news_.refused(refused_error("no"));
  EXPECT_THAT(notices_, IsEmpty());
  wait();
  EXPECT_THAT(notices_, ElementsAre(AllOf(HasSubstr("the room at 192.0.2.1:8081 is not open, or you are not in its"),
                                          HasSubstr("Fingerprints to compare by voice: you: 1; alice: 2"))));
  EXPECT_EQ(news_.trouble().kind, RoomTrouble::Kind::refused);
}

TEST_F(RoomNewsTest, SaysNothingWhenTheRoomOpensMeanwhile) {
  news_.refused(refused_error("no"));
  news_.joined();
  wait();
  EXPECT_THAT(notices_, IsEmpty());
  EXPECT_EQ(news_.trouble().kind, RoomTrouble::Kind::none);
}

// There is nothing to compare then.
TEST_F(RoomNewsTest, SaysOnlyThatTheServerIsGoneWhenItGoesAfterARefusal) {
  news_.refused(refused_error("no"));
  news_.disconnected(environment_error("cannot connect to 192.0.2.1:8081"));
  wait();
  EXPECT_THAT(notices_, ElementsAre("cannot connect to 192.0.2.1:8081; trying again"));
}

TEST_F(RoomNewsTest, SaysOnceThatTheServerIsGoneUntilItWasThereAgain) {
  news_.disconnected(environment_error("cannot connect"));
  news_.disconnected(environment_error("cannot connect"));
  news_.joined();
  news_.disconnected(environment_error("cannot connect"));
  news_.refused(refused_error("no"));
  news_.disconnected(environment_error("cannot connect"));
  EXPECT_EQ(notices_.size(), 3u);
}

}  // namespace
}  // namespace coterie::session
