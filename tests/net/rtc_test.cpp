// PeerConnection and DataChannel under load and at their ends, over real ICE, DTLS and SCTP on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/wire.h"
#include "rtc/connection.h"
#include "rtc/pair_test.h"

namespace coterie::rtc {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using State = DataChannel::State;

constexpr std::size_t kMebibyte = 1024ul * 1024;

// Every channel of one end by label, and what came on it.
struct Book {
  std::map<std::string, std::shared_ptr<DataChannel>> channels;
  std::map<std::string, std::vector<Bytes>> messages;
  std::map<std::string, int> opened;
  std::map<std::string, int> closing;
  std::map<std::string, int> closed;         // by both sides
  std::map<std::string, Error> close_error;  // with the connection

  void keep(const std::shared_ptr<DataChannel>& channel) {
    const std::string label = channel->label();
    channels[label] = channel;
    DataChannelHandlers handlers;
    handlers.on_open = [this, label] { ++opened[label]; };
    handlers.on_message = [this, label](Bytes message) { messages[label].push_back(std::move(message)); };
    handlers.on_closing = [this, label] { ++closing[label]; };
    handlers.on_close = [this, label](std::optional<Error> error) {
      error ? void(close_error.emplace(label, *error)) : void(++closed[label]);
    };
    channel->set_handlers(std::move(handlers));
  }
  std::shared_ptr<DataChannel> open(End& end, const std::string& label) {
    auto channel = end.connection->create_data_channel(label);
    EXPECT_TRUE(channel.ok());
    keep(*channel);
    return *channel;
  }
};

class RtcTest : public PairTest {
 protected:
  void TearDown() override {
    // Their handlers lead into the books.
    alice.connection->close();
    bob.connection->close();
  }
  // Both ends, connected; alice has opened "first".
  void connect() {
    start(alice, bob);
    start(bob, alice);
    alice.on_channel = [this](const auto& channel) { alices.keep(channel); };
    bob.on_channel = [this](const auto& channel) { bobs.keep(channel); };
    alices.open(alice, "first");
    ASSERT_TRUE(alice.connection->create_offer().ok());
    ASSERT_TRUE(strand.run_until([&] { return alices.opened["first"] == 1 && bobs.channels.contains("first"); }));
  }
  void over_the_wire() {
    carry = [this](End& from, End& to, const std::optional<IceCandidateInit>& candidate) {
      if (!candidate) return;
      const auto carried = wire.carry(&from == &alice ? Wire::End::left : Wire::End::right, *candidate);
      if (carried) (void)to.connection->add_ice_candidate(carried);
    };
  }

  Wire wire;
  Book alices;
  Book bobs;
};

// Sends a mebibyte in pieces, never more than 256 KiB ahead of SCTP.
class Pump {
 public:
  static constexpr std::size_t kPiece = 16ul * 1024;
  static constexpr std::size_t kPieces = kMebibyte / kPiece;
  static constexpr std::size_t kAhead = 256ul * 1024;

  Pump(std::shared_ptr<DataChannel> channel, std::uint8_t seed) : channel_(std::move(channel)), seed_(seed) {
    channel_->set_buffered_amount_low_threshold(kAhead / 2);
    DataChannelHandlers handlers;
    handlers.on_message = [this](Bytes message) { received.push_back(std::move(message)); };
    handlers.on_buffered_amount_low = [this] {
      ++low_events;
      push();
    };
    channel_->set_handlers(std::move(handlers));
  }
  static Bytes piece(std::size_t index, std::uint8_t seed) {
    return bytes_of(kPiece, static_cast<std::uint8_t>(index + seed));
  }
  void push() {
    while (sent < kPieces && channel_->buffered_amount() + kPiece <= kAhead) {
      ASSERT_TRUE(channel_->send(piece(sent++, seed_)).ok());
    }
  }

  std::size_t sent = 0;
  int low_events = 0;
  std::vector<Bytes> received;

 private:
  std::shared_ptr<DataChannel> channel_;
  std::uint8_t seed_;
};

TEST_F(RtcTest, CarriesAMebibyteBothWaysAtOnceHeldBackByTheBufferedAmount) {
  connect();
  Pump from_alice(alices.channels["first"], 1);
  Pump from_bob(bobs.channels["first"], 100);
  from_alice.push();
  from_bob.push();
  ASSERT_TRUE(strand.run_until(
      [&] { return from_alice.received.size() == Pump::kPieces && from_bob.received.size() == Pump::kPieces; }));
  for (std::size_t i = 0; i < Pump::kPieces; ++i) {
    ASSERT_EQ(from_bob.received[i], Pump::piece(i, 1)) << i;
    ASSERT_EQ(from_alice.received[i], Pump::piece(i, 100)) << i;
  }
  EXPECT_GT(from_alice.low_events, 0);
  EXPECT_GT(from_bob.low_events, 0);
}

TEST_F(RtcTest, FiresTheLowEventOnlyWhenTheAmountFallsToTheThreshold) {
  connect();
  const auto channel = alices.channels["first"];
  int low = 0;
  DataChannelHandlers handlers;
  handlers.on_buffered_amount_low = [&] { ++low; };
  channel->set_handlers(std::move(handlers));

  channel->set_buffered_amount_low_threshold(1000);
  ASSERT_TRUE(channel->send(Bytes(1000)).ok());  // never above
  ASSERT_TRUE(strand.run_until([&] { return channel->buffered_amount() == 0; }));
  EXPECT_EQ(low, 0);

  ASSERT_TRUE(channel->send(Bytes(600)).ok());
  ASSERT_TRUE(channel->send(Bytes(600)).ok());
  ASSERT_TRUE(strand.run_until([&] { return channel->buffered_amount() == 0; }));
  EXPECT_EQ(low, 1);

  channel->set_buffered_amount_low_threshold(0);
  ASSERT_TRUE(channel->send(Bytes(1)).ok());
  ASSERT_TRUE(strand.run_until([&] { return low == 2; }));
  EXPECT_EQ(channel->buffered_amount(), 0u);
}

TEST_F(RtcTest, KeepsTwentyChannelsOfEachSideApart) {
  connect();
  constexpr int kChannels = 20;
  constexpr int kMessages = 10;
  const auto name = [](const char* side, int i) { return std::string(side) + std::to_string(i); };
  for (int i = 0; i < kChannels; ++i) {
    alices.open(alice, name("a", i));
    bobs.open(bob, name("b", i));
  }
  ASSERT_TRUE(strand.run_until(
      [&] { return alices.channels.size() == 1 + 2 * kChannels && bobs.channels.size() == 1 + 2 * kChannels; }));
  // Every message says where it belongs.
  const auto text = [](const std::string& from, const std::string& label, int n) {
    return to_vector(as_bytes(from + " on " + label + " " + std::to_string(n)));
  };
  for (int n = 0; n < kMessages; ++n) {
    for (const auto& [label, channel] : alices.channels) ASSERT_TRUE(channel->send(text("alice", label, n)).ok());
    for (const auto& [label, channel] : bobs.channels) ASSERT_TRUE(channel->send(text("bob", label, n)).ok());
  }
  const auto complete = [&](Book& book) {
    for (const auto& [label, channel] : book.channels) {
      if (book.messages[label].size() != kMessages) return false;
    }
    return true;
  };
  ASSERT_TRUE(strand.run_until([&] { return complete(alices) && complete(bobs); }));
  for (int n = 0; n < kMessages; ++n) {
    for (const auto& [label, channel] : alices.channels) EXPECT_EQ(alices.messages[label][n], text("bob", label, n));
    for (const auto& [label, channel] : bobs.channels) EXPECT_EQ(bobs.messages[label][n], text("alice", label, n));
  }
}

TEST_F(RtcTest, EitherSideClosesAChannelAfterWhatItSent) {
  connect();
  bobs.open(bob, "second");
  ASSERT_TRUE(strand.run_until([&] { return alices.channels.contains("second"); }));
  // Alice closes bob's channel, bob closes alice's.
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(alices.channels["second"]->send(bytes_of(60'000, 1)).ok());
    ASSERT_TRUE(bobs.channels["first"]->send(bytes_of(60'000, 2)).ok());
  }
  alices.channels["second"]->close();
  bobs.channels["first"]->close();
  EXPECT_EQ(alices.channels["second"]->state(), State::closing);
  ASSERT_TRUE(strand.run_until([&] {
    return alices.closed["second"] == 1 && bobs.closed["second"] == 1 && alices.closed["first"] == 1 &&
           bobs.closed["first"] == 1;
  }));
  EXPECT_EQ(bobs.messages["second"].size(), 5u);
  EXPECT_EQ(alices.messages["first"].size(), 5u);
  EXPECT_EQ(bobs.closing["second"], 1);
  EXPECT_EQ(alices.closing["second"], 0);
  EXPECT_EQ(alices.closing["first"], 1);
  EXPECT_EQ(alices.channels["second"]->state(), State::closed);
  EXPECT_THAT(alices.channels["second"]->send(Bytes(1)).error().message, HasSubstr("closed"));
  EXPECT_TRUE(alice.is(ConnectionState::connected));
  EXPECT_FALSE(alice.is(ConnectionState::closed));
}

TEST_F(RtcTest, BothSidesCloseAChannelAtOnce) {
  connect();
  alices.channels["first"]->close();
  bobs.channels["first"]->close();
  ASSERT_TRUE(strand.run_until([&] { return alices.closed["first"] == 1 && bobs.closed["first"] == 1; }));
}

TEST_F(RtcTest, ClosesAChannelThatIsNotOpenYetAfterWhatWasSentOnIt) {
  start(alice, bob);
  start(bob, alice);
  bob.on_channel = [this](const auto& channel) { bobs.keep(channel); };
  const auto channel = alices.open(alice, "first");
  ASSERT_TRUE(channel->send(bytes_of(600, 1)).ok());
  channel->close();
  ASSERT_TRUE(alice.connection->create_offer().ok());
  ASSERT_TRUE(strand.run_until([&] { return alices.closed["first"] == 1 && bobs.closed["first"] == 1; }));
  EXPECT_THAT(bobs.messages["first"], ElementsAre(bytes_of(600, 1)));
  EXPECT_EQ(alices.opened["first"], 0);
}

// Far more than there are streams: each is used many times.
TEST_F(RtcTest, OpensAndClosesAHundredChannelsOneAfterAnother) {
  connect();
  for (int i = 0; i < 100; ++i) {
    const bool alices_turn = i % 2 == 0;
    const std::string label = std::to_string(i);
    const auto channel = alices_turn ? alices.open(alice, label) : bobs.open(bob, label);
    Book& other = alices_turn ? bobs : alices;
    ASSERT_TRUE(channel->send(bytes_of(100, static_cast<std::uint8_t>(i))).ok());
    ASSERT_TRUE(strand.run_until([&] { return other.messages[label].size() == 1; })) << i;
    ASSERT_EQ(other.messages[label][0], bytes_of(100, static_cast<std::uint8_t>(i)));
    (i % 3 == 0 ? channel : other.channels[label])->close();
    ASSERT_TRUE(strand.run_until([&] { return alices.closed[label] == 1 && bobs.closed[label] == 1; })) << i;
  }
}

TEST_F(RtcTest, HasRoomForAsManyChannelsAgainOnceTheyAreClosed) {
  connect();
  for (int round = 0; round < 3; ++round) {
    const auto label = [round](std::size_t i) { return std::to_string(round) + "." + std::to_string(i); };
    const std::size_t most = kMaxChannels - 1;  // "first" is there
    for (std::size_t i = 0; i < most; ++i) alices.open(alice, label(i));
    EXPECT_EQ(alice.connection->create_data_channel("one too many").error().kind, ErrorKind::usage);
    for (std::size_t i = 0; i < most; ++i) alices.channels[label(i)]->close();
    ASSERT_TRUE(strand.run_until([&] {
      for (std::size_t i = 0; i < most; ++i) {
        if (alices.closed[label(i)] != 1) return false;
      }
      return true;
    }));
  }
  EXPECT_TRUE(alice.connection->create_data_channel("again").ok());
}

TEST_F(RtcTest, TheEndOfTheConnectionClosesEveryChannelWithItsReason) {
  connect();
  for (int i = 0; i < 5; ++i) alices.open(alice, std::to_string(i));
  ASSERT_TRUE(strand.run_until([&] { return bobs.channels.size() == 6; }));
  alice.connection->close();
  ASSERT_TRUE(strand.run_until([&] { return bobs.close_error.size() == 6; }));
  EXPECT_TRUE(bob.is(ConnectionState::closed));
  for (const auto& [label, error] : bobs.close_error) EXPECT_THAT(error.message, HasSubstr("closed the connection"));
  EXPECT_TRUE(alices.close_error.empty());
}

// The other side's memory is not ours to fill: an owner that does not come to handle its events stops the sender.
TEST_F(RtcTest, ASenderWaitsForAReceiverThatDoesNotHandleWhatComes) {
  TestStrand slow;
  bob.post = slow.post();
  start(alice, bob);
  start(bob, alice);
  bob.on_channel = [this](const auto& channel) { bobs.keep(channel); };
  const auto channel = alices.open(alice, "first");
  ASSERT_TRUE(alice.connection->create_offer().ok());
  // Bob's events only as far as the connection needs them.
  while (alices.opened["first"] == 0) {
    slow.run_posted();
    strand.run_posted();
  }
  while (!bobs.channels.contains("first")) slow.run_posted();

  constexpr std::size_t kPiece = 64ul * 1024;
  constexpr std::size_t kBuffers = 2ul * 512 * 1024;  // usrsctp's, of both ends
  constexpr std::size_t kMost = kMaxUnhandledBytes + kBuffers + kMaxBufferedBytes + 2 * kMaxMessageBytes;
  std::size_t sent = 0;
  // Until nothing moves for a second: the end of what the path takes is not an event.
  auto moved = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - moved < seconds(1) && sent < 4 * kMost) {
    if (channel->send(bytes_of(kPiece, static_cast<std::uint8_t>(sent / kPiece))).ok()) {
      sent += kPiece;
      moved = std::chrono::steady_clock::now();
    } else {
      (void)strand.run_until([&] { return channel->buffered_amount() + kPiece <= kMaxBufferedBytes; }, seconds(1));
    }
  }
  EXPECT_LT(sent, kMost);
  // Everything is there once it is asked for.
  ASSERT_TRUE(slow.run_until([&] { return bobs.messages["first"].size() == sent / kPiece; }));
  for (std::size_t i = 0; i < bobs.messages["first"].size(); ++i) {
    ASSERT_EQ(bobs.messages["first"][i], bytes_of(kPiece, static_cast<std::uint8_t>(i)));
  }
}

TEST_F(RtcTest, ASlowReceiverStillGetsEverythingThatWasSentBeforeTheClose) {
  constexpr std::size_t kPiece = 64ul * 1024;
  constexpr std::size_t kPieces = 20;  // more than may be unhandled
  constexpr int kPiecesRead = (kMaxUnhandledBytes + kPiece - 1) / kPiece;
  static_assert(kPieces > kPiecesRead);
  TestStrand slow;
  // Bob's connection goes after this function has, and has events until then.
  const auto events = std::make_shared<std::atomic<int>>(0);
  bob.post = [inner = slow.post(), events](std::function<void()> function) {
    inner(std::move(function));
    ++*events;
  };
  start(alice, bob);
  start(bob, alice);
  bob.on_channel = [this](const auto& channel) { bobs.keep(channel); };
  const auto channel = alices.open(alice, "first");
  ASSERT_TRUE(alice.connection->create_offer().ok());
  while (alices.opened["first"] == 0 || !bobs.channels.contains("first")) {
    slow.run_posted();
    strand.run_posted();
  }
  const int before = *events;
  const auto wait_for_events = [&](int count) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(10);
    while (*events < before + count && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return *events >= before + count;
  };
  for (std::size_t sent = 0; sent < kPieces;) {
    if (channel->send(bytes_of(kPiece, static_cast<std::uint8_t>(sent))).ok()) {
      ++sent;
    } else {
      ASSERT_TRUE(strand.run_until([&] { return channel->buffered_amount() + kPiece <= kMaxBufferedBytes; }));
    }
  }
  ASSERT_TRUE(strand.run_until([&] { return channel->buffered_amount() == 0; }));
  ASSERT_TRUE(wait_for_events(kPiecesRead));
  alice.connection->close();
  // The end has come to bob's side before bob handles anything: the last pieces are still unread then.
  ASSERT_TRUE(wait_for_events(kPiecesRead + 2));
  ASSERT_TRUE(slow.run_until([&] { return bobs.close_error.contains("first"); }));
  EXPECT_EQ(bobs.messages["first"].size(), kPieces);
}

TEST_F(RtcTest, ASilentPathIsDisconnectedAndComesBack) {
  over_the_wire();
  connect();
  wire.cut_both();
  ASSERT_TRUE(alices.channels["first"]->send(bytes_of(600, 1)).ok());
  ASSERT_TRUE(strand.run_until([&] { return alice.is(ConnectionState::disconnected); }, seconds(30)));
  EXPECT_FALSE(alice.error.has_value());
  wire.mend_both();
  ASSERT_TRUE(strand.run_until([&] { return bobs.messages["first"].size() == 1; }, seconds(30)));
  ASSERT_TRUE(strand.run_until([&] { return alice.states.back() == ConnectionState::connected; }, seconds(30)));
  EXPECT_GT(wire.lost(), 0);
}

TEST_F(RtcTest, APathCutForGoodIsDisconnectedThenFailedWithinThirtySecondsOnBothSides) {
  over_the_wire();
  connect();
  wire.cut_both();
  ASSERT_TRUE(strand.run_until([&] { return alice.is(ConnectionState::failed) && bob.is(ConnectionState::failed); },
                               seconds(30)));
  for (const End* end : {&alice, &bob}) {
    EXPECT_THAT(end->states, ElementsAre(ConnectionState::connecting, ConnectionState::connected,
                                         ConnectionState::disconnected, ConnectionState::failed));
    EXPECT_EQ(end->error->kind, ErrorKind::environment);
    EXPECT_THAT(end->error->message, HasSubstr("does not answer any more"));
  }
  ASSERT_TRUE(strand.run_until([&] { return alices.close_error.contains("first"); }));
}

TEST_F(RtcTest, ADroppedConnectionEndsForTheOtherSideAsALostOne) {
  connect();
  ASSERT_TRUE(bobs.channels["first"]->send(bytes_of(10, 1)).ok());
  ASSERT_TRUE(strand.run_until([&] { return alices.messages["first"].size() == 1; }));
  alice.connection->drop();
  const int events = alice.events;
  EXPECT_FALSE(alices.channels["first"]->send(Bytes(1)).ok());
  ASSERT_TRUE(strand.run_until([&] { return bob.error.has_value(); }, seconds(60)));
  EXPECT_THAT(bob.states, ElementsAre(ConnectionState::connecting, ConnectionState::connected,
                                      ConnectionState::disconnected, ConnectionState::failed));
  EXPECT_THAT(bob.error->message, HasSubstr("does not answer any more"));
  EXPECT_EQ(alice.events, events);
}

// What send() and even close() say is no proof: only an answer of the other side is.
TEST_F(RtcTest, WhatWasSentRightBeforeTheCloseIsLostWhenItsPacketsAre) {
  over_the_wire();
  connect();
  wire.cut(Wire::End::left);
  ASSERT_TRUE(alices.channels["first"]->send(bytes_of(600, 1)).ok());
  alice.connection->close();
  ASSERT_TRUE(strand.run_until([&] { return bob.is(ConnectionState::failed); }, seconds(30)));
  EXPECT_TRUE(bobs.messages["first"].empty());
  EXPECT_GT(wire.lost(), 0);
}

TEST_F(RtcTest, WhatWasSentRightBeforeTheCloseArrivesWhenItsFirstPacketsAreLost) {
  over_the_wire();
  connect();
  wire.cut(Wire::End::left);
  ASSERT_TRUE(alices.channels["first"]->send(bytes_of(600, 1)).ok());
  alice.connection->close();
  while (wire.lost() == 0) std::this_thread::yield();
  wire.mend(Wire::End::left);
  ASSERT_TRUE(strand.run_until([&] { return bob.is(ConnectionState::closed); }));
  EXPECT_THAT(bobs.messages["first"], ElementsAre(bytes_of(600, 1)));
}

}  // namespace
}  // namespace coterie::rtc
