#include "rtc/runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "rtc/loop.h"
#include "rtc/peer_connection.h"

namespace coterie::rtc {
namespace {

// The libraries below have state of the whole process: the old thread has ended before a new one begins.
TEST(RuntimeTest, IsOneAtATimeWhoeverComesAndGoes) {
  std::atomic<int> running = 0;
  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user) {
    users.emplace_back([&running] {
      for (int i = 0; i < 25; ++i) {
        const auto runtime = Runtime::acquire();
        std::promise<std::thread::id> on_it;
        runtime->loop().post([&] {
          EXPECT_EQ(++running, 1);  // two threads would do this at one time, sooner or later
          on_it.set_value(std::this_thread::get_id());
          --running;
        });
        EXPECT_NE(on_it.get_future().get(), std::this_thread::get_id());
      }
    });
  }
  for (std::thread& user : users) user.join();
}

TEST(RuntimeTest, NothingIsPostedForWhatWasClosedBeforeItSettled) {
  const auto runtime = Runtime::acquire();
  std::atomic<int> posts = 0;
  const Post count = [&posts](const std::function<void()>&) { ++posts; };
  // The thread is busy, and has the connection's first steps still before it.
  std::promise<void> go_on;
  runtime->loop().post([&go_on] { go_on.get_future().wait(); });
  auto connection = PeerConnection::create(runtime, {}, count, {});
  ASSERT_TRUE(connection->create_data_channel("a"));
  ASSERT_TRUE(connection->create_offer());
  connection.reset();
  go_on.set_value();
  runtime->settle();
  const int settled = posts;
  std::promise<void> later;
  runtime->loop().post([&later] { later.set_value(); });
  later.get_future().wait();
  EXPECT_EQ(posts, settled);
}

}  // namespace
}  // namespace coterie::rtc
