// For tests: two PeerConnections of this process, joined without a signaling server, and all that each was told.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rtc/peer_connection.h"
#include "rtc/test_strand.h"

namespace coterie::rtc {

inline Bytes bytes_of(std::size_t size, std::uint8_t seed) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + seed);
  return bytes;
}

// One end, and all that it was told.
struct End {
  Post post;  // empty: the test's one strand
  std::shared_ptr<PeerConnection> connection;
  std::vector<SessionDescription> descriptions;
  std::vector<std::optional<IceCandidateInit>> candidates;
  std::vector<ConnectionState> states;
  std::optional<Error> error;
  std::optional<CandidateType> path;
  std::function<void(const std::shared_ptr<DataChannel>&)> on_channel;  // of the other side; empty: kept in `channel`
  std::shared_ptr<DataChannel> channel;
  bool open = false;
  std::vector<Bytes> messages;
  bool closing = false;  // the other side began it
  bool closed = false;   // the channel, by both
  std::optional<Error> channel_error;
  int events = 0;  // of any kind

  bool is(ConnectionState state) const { return std::find(states.begin(), states.end(), state) != states.end(); }
  std::size_t received() const {
    std::size_t sum = 0;
    for (const Bytes& message : messages) sum += message.size();
    return sum;
  }
};

class PairTest : public testing::Test {
 protected:
  using Alter = std::function<void(SessionDescription&)>;

  void start(End& end, End& other, const Alter& alter = {}) {
    Configuration configuration;
    configuration.loopback = LoopbackCandidates::allowed;
    PeerConnectionHandlers handlers;
    handlers.on_local_description = [&end, &other, alter](SessionDescription description) {
      ++end.events;
      end.descriptions.push_back(description);
      if (alter) alter(description);
      if (!other.connection) return;
      const auto set = other.connection->set_remote_description(description);
      EXPECT_TRUE(set.ok());
    };
    handlers.on_ice_candidate = [this, &end, &other](const std::optional<IceCandidateInit>& candidate) {
      ++end.events;
      end.candidates.push_back(candidate);
      if (carry) {
        carry(end, other, candidate);
      } else if (other.connection) {
        (void)other.connection->add_ice_candidate(candidate);
      }
    };
    handlers.on_connection_state = [&end](ConnectionState state, const std::optional<Error>& error) {
      ++end.events;
      end.states.push_back(state);
      if (error) end.error = error;
    };
    handlers.on_path = [&end](CandidateType path) {
      ++end.events;
      end.path = path;
    };
    handlers.on_data_channel = [&end](std::shared_ptr<DataChannel> channel) {
      ++end.events;
      if (end.on_channel) return end.on_channel(channel);
      end.open = true;
      watch(end, std::move(channel));
    };
    end.connection =
        PeerConnection::create(runtime, configuration, end.post ? end.post : strand.post(), std::move(handlers));
  }

  static void watch(End& end, std::shared_ptr<DataChannel> channel) {
    DataChannelHandlers handlers;
    handlers.on_open = [&end] {
      ++end.events;
      end.open = true;
    };
    handlers.on_message = [&end](Bytes message) {
      ++end.events;
      end.messages.push_back(std::move(message));
    };
    handlers.on_closing = [&end] {
      ++end.events;
      end.closing = true;
    };
    handlers.on_close = [&end](std::optional<Error> error) {
      ++end.events;
      end.closed = !error;
      end.channel_error = std::move(error);
    };
    channel->set_handlers(std::move(handlers));
    end.channel = std::move(channel);
  }

  void start_pair(const Alter& alter_offer = {}, const Alter& alter_answer = {}) {
    start(alice, bob, alter_offer);
    start(bob, alice, alter_answer);
    auto channel = alice.connection->create_data_channel("shared-state");
    ASSERT_TRUE(channel.ok());
    watch(alice, *channel);
    ASSERT_TRUE(alice.connection->create_offer().ok());
  }

  void open_pair() {
    start_pair();
    ASSERT_TRUE(strand.run_until([&] { return alice.open && bob.open; }));
  }

  // How candidates reach the other end; empty: as they are.
  std::function<void(End& from, End& to, const std::optional<IceCandidateInit>&)> carry;
  // Declared first: outlives the connections.
  std::shared_ptr<Runtime> runtime = Runtime::acquire();
  TestStrand strand;
  End alice;
  End bob;
};

}  // namespace coterie::rtc
