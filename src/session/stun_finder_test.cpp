#include "session/stun_finder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "rtc/stun_fakes_test.h"

namespace coterie::session {
namespace {

using namespace std::chrono_literals;
using rtc::test::Behaviour;
using rtc::test::FakeServer;

class StunFinderTest : public testing::Test {
 protected:
  // Until a server was found.
  bool finds() {
    deadline_.start(30s, [this] { loop_.stop(); });
    loop_.run();
    return found_.has_value();
  }
  StunFinder make_finder(const FakeServer& server) {
    return StunFinder(loop_, runtime_, random_, {server.url()},
                      [this](const rtc::StunServer& answered) {
                        found_ = answered;
                        loop_.stop();
                      },
                      {200ms, 200ms});
  }

  EventLoop loop_;
  std::shared_ptr<rtc::Runtime> runtime_ = rtc::Runtime::acquire();
  SystemRandom random_;
  Timer deadline_{loop_};
  std::optional<rtc::StunServer> found_;
};

// A program may be there before the network is.
TEST_F(StunFinderTest, LooksAgainWhenNobodyAnswered) {
  const FakeServer server(Behaviour::answers_the_second_probe);
  StunFinder finder = make_finder(server);
  ASSERT_TRUE(finds());
  EXPECT_EQ(*found_, (rtc::StunServer{"127.0.0.1", server.url().port}));
}

TEST_F(StunFinderTest, LooksAgainAtOnceWhenTheNetworkHasChanged) {
  const FakeServer server(Behaviour::answers);
  StunFinder finder = make_finder(server);
  ASSERT_TRUE(finds());
  found_.reset();
  finder.look_again();
  EXPECT_TRUE(finds());
}

}  // namespace
}  // namespace coterie::session
