// A PeerConnection against a peer that keeps ICE and DTLS and breaks everything above: its SCTP is made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "net/raw_peer.h"
#include "rtc/dcep.h"
#include "rtc/pair_test.h"

namespace coterie::rtc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Bytes open_message() {
  dcep::Open open;
  open.label = "c";
  return open.serialize();
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * 4096;
}

class RtcHostileTest : public PairTest {
 protected:
  using Act = std::function<void(RawPeer&)>;

  // Runs `act` on the rtc thread.
  void on_rtc(const Act& act) {
    std::promise<void> done;
    runtime->loop().post([&] {
      act(*mallory);
      done.set_value();
    });
    done.get_future().get();
  }

  // Bob's PeerConnection answers mallory; then `attack` on the rtc thread, and `again` at every SACK.
  void connect(const Act& attack, const Act& again = {}) {
    Configuration configuration;
    configuration.loopback = LoopbackCandidates::allowed;
    configuration.linger = std::chrono::milliseconds(10);  // mallory answers no SHUTDOWN
    PeerConnectionHandlers handlers;
    handlers.on_local_description = [this](const SessionDescription& answer) {
      on_rtc([&](RawPeer& peer) { peer.take_answer(answer); });
      answered = true;
      for (const Candidate& candidate : std::exchange(early, {})) add(candidate);
    };
    handlers.on_ice_candidate = [this](const std::optional<IceCandidateInit>& init) {
      if (!init) return;
      const auto candidate = parse_remote_candidate(init->candidate, LoopbackCandidates::allowed);
      if (!candidate || !*candidate) return;
      answered ? add(**candidate) : early.push_back(**candidate);
    };
    handlers.on_connection_state = [this](ConnectionState state, std::optional<Error> error) {
      bob.states.push_back(state);
      if (error) bob.error = std::move(error);
    };
    handlers.on_data_channel = [this](const std::shared_ptr<DataChannel>& channel) {
      ++channels;
      opened.push_back(channel);
      watch(bob, channel);
    };
    bob.connection = PeerConnection::create(runtime, configuration, strand.post(), std::move(handlers));

    const Post post = strand.post();
    RawPeer::Events events;
    events.on_description = [this, post](const SessionDescription& offer) {
      post([this, offer] { EXPECT_TRUE(bob.connection->set_remote_description(offer).ok()); });
    };
    events.on_candidate = [this, post](const IceCandidateInit& candidate) {
      post([this, candidate] { (void)bob.connection->add_ice_candidate(candidate); });
    };
    events.on_established = [this, post, attack] {
      attack(*mallory);
      post([this] { established = true; });
    };
    events.on_acknowledged = [this, again] {
      if (again) again(*mallory);
    };
    events.on_data = [post] { post([] {}); };  // for run_until to look again
    events.on_dtls_closed = [this, post] { post([this] { told = true; }); };
    events.on_failed = [this, post](const std::string&) { post([this] { told = true; }); };
    std::promise<void> made;
    runtime->loop().post([&] {
      mallory = std::make_unique<RawPeer>(runtime->loop(), std::move(events));
      made.set_value();
    });
    made.get_future().get();
  }
  void TearDown() override {
    if (mallory) disconnect();
  }
  void disconnect() {
    bob.connection->close();
    on_rtc([this](RawPeer&) { mallory.reset(); });
    opened.clear();
    bob = {};
    answered = established = told = false;
    channels = 0;
  }
  void add(const Candidate& candidate) {
    on_rtc([&](RawPeer& peer) { peer.add_candidate(candidate); });
  }

  // Bob ends the connection, and says why.
  std::string reason() {
    if (!strand.run_until([this] { return bob.error.has_value(); })) return "none";
    EXPECT_EQ(bob.states.back(), ConnectionState::failed);
    EXPECT_EQ(bob.error->kind, ErrorKind::refused);
    EXPECT_TRUE(strand.run_until([this] { return told; })) << "mallory was not told of the end";
    return bob.error->message;
  }
  // A channel still works: what came before has changed nothing.
  void expect_alive(std::uint16_t stream) {
    const std::size_t before = bob.messages.size();
    on_rtc([&](RawPeer& peer) {
      peer.send_data(stream, 0, PayloadProtocol::dcep, open_message());
      peer.send_data(stream, 1, PayloadProtocol::binary, Bytes{4, 2});
    });
    ASSERT_TRUE(strand.run_until([&] { return bob.messages.size() == before + 1 || bob.error; }));
    ASSERT_FALSE(bob.error.has_value()) << bob.error->message;
    EXPECT_EQ(bob.messages.back(), (Bytes{4, 2}));
  }

  std::unique_ptr<RawPeer> mallory;  // rtc thread
  std::vector<Candidate> early;
  bool answered = false;
  bool established = false;
  bool told = false;
  int channels = 0;
  std::vector<std::shared_ptr<DataChannel>> opened;  // by mallory
};

TEST_F(RtcHostileTest, AWellBehavedRawPeerIsHeard) {
  connect([](RawPeer&) {});
  ASSERT_TRUE(strand.run_until([this] { return established; }));
  expect_alive(1);
}

// usrsctp at the other end would forget a request that comes before data of another channel.
TEST_F(RtcHostileTest, AsksForTheEndOfAChannelOnlyWhenEverythingIsAcknowledged) {
  connect([](RawPeer& peer) {
    peer.send_data(1, 0, PayloadProtocol::dcep, open_message());
    peer.send_data(3, 0, PayloadProtocol::dcep, open_message());
  });
  ASSERT_TRUE(strand.run_until([this] { return channels == 2; }));
  on_rtc([](RawPeer& peer) { peer.acknowledges = false; });
  ASSERT_TRUE(opened[0]->send(Bytes{1}).ok());
  opened[1]->close();
  ASSERT_TRUE(opened[0]->send(Bytes{2}).ok());
  int repeated = 0;
  // When the data comes again, a request would have come, too.
  ASSERT_TRUE(strand.run_until([&] {
    on_rtc([&](RawPeer& peer) { repeated = peer.repeated; });
    return repeated > 0;
  }));
  std::uint32_t first = 0;
  on_rtc([&](RawPeer& peer) {
    EXPECT_EQ(peer.resets_requested, 0);
    first = peer.received_tsn;
    peer.acknowledges = true;
    peer.acknowledge();
  });
  // Then the request, and what was sent after it.
  ASSERT_TRUE(strand.run_until([&] {
    std::uint32_t tsn = first;
    on_rtc([&](RawPeer& peer) { tsn = peer.received_tsn; });
    return tsn != first;
  }));
  on_rtc([&](RawPeer& peer) {
    EXPECT_EQ(peer.resets_requested, 1);
    EXPECT_EQ(peer.reset_request_tsn, first);
  });
}

TEST_F(RtcHostileTest, EndsTheConnectionWith65kChannels) {
  const std::size_t before = resident_bytes();
  std::uint32_t stream = 1;  // rtc thread
  const auto push = [&](RawPeer& peer) {
    for (; stream < 65535 && peer.next_tsn < peer.acknowledged_tsn + 32; stream += 2) {
      peer.send_data(static_cast<std::uint16_t>(stream), 0, PayloadProtocol::dcep, open_message());
    }
  };
  connect(push, push);
  EXPECT_THAT(reason(), HasSubstr("opened more than 32 channels at a time"));
  EXPECT_EQ(channels, 32);
  EXPECT_LT(resident_bytes(), before + 64ul * 1024 * 1024);
}

TEST_F(RtcHostileTest, EndsTheConnectionWithAMessageOfAGibibyte) {
  constexpr std::size_t kFragment = 1000;
  constexpr std::uint32_t kFragments = 1024ul * 1024 * 1024 / kFragment;
  constexpr std::uint32_t kAhead = 64;
  std::uint32_t sent = 0;  // rtc thread
  const Bytes fragment(kFragment, 0x55);
  const auto push = [&](RawPeer& peer) {
    // TSN 1 is the OPEN.
    while (sent < kFragments && sent < peer.acknowledged_tsn + kAhead) {
      peer.send_data(1, 1, PayloadProtocol::binary, fragment, sent == 0 ? RawPeer::kBegin : 0);
      ++sent;
    }
  };
  const std::size_t before = resident_bytes();
  connect(
      [&](RawPeer& peer) {
        peer.send_data(1, 0, PayloadProtocol::dcep, open_message());
        push(peer);
      },
      push);
  EXPECT_THAT(reason(), HasSubstr("longer data channel message than it was told"));
  EXPECT_THAT(bob.messages, IsEmpty());
  on_rtc([&](RawPeer&) { EXPECT_LT(sent * kFragment, 2 * kMaxMessageBytes); });
  EXPECT_LT(resident_bytes(), before + 64ul * 1024 * 1024);
}

TEST_F(RtcHostileTest, EndsTheConnectionWithALongOpenMessage) {
  connect([](RawPeer& peer) {
    peer.send_data(1, 0, PayloadProtocol::dcep, Bytes(1000, 3), RawPeer::kBegin);
    peer.send_data(1, 0, PayloadProtocol::dcep, Bytes(1000, 3), RawPeer::kEnd);
  });
  EXPECT_THAT(reason(), HasSubstr("longer data channel message"));
}

TEST_F(RtcHostileTest, EndsTheConnectionWithAnUnknownPayloadProtocol) {
  connect([](RawPeer& peer) {
    peer.send_data(1, 0, PayloadProtocol::dcep, open_message());
    peer.send_data(1, 1, static_cast<PayloadProtocol>(52), Bytes{1});
  });
  EXPECT_THAT(reason(), HasSubstr("unknown kind 52"));
  EXPECT_THAT(bob.messages, IsEmpty());
}

TEST_F(RtcHostileTest, EndsTheConnectionWithAPartiallyReliableChannel) {
  connect([](RawPeer& peer) {
    Bytes message = open_message();
    message[1] = 0x81;
    peer.send_data(1, 0, PayloadProtocol::dcep, message);
  });
  EXPECT_THAT(reason(), HasSubstr("only reliable"));
  EXPECT_EQ(channels, 0);
}

TEST_F(RtcHostileTest, EndsTheConnectionWithDataBeforeItsChannel) {
  connect([](RawPeer& peer) { peer.send_data(1, 0, PayloadProtocol::binary, Bytes{1}); });
  EXPECT_THAT(reason(), HasSubstr("without a channel"));
}

TEST_F(RtcHostileTest, EndsTheConnectionWithAnAckOfNothing) {
  connect([](RawPeer& peer) { peer.send_data(1, 0, PayloadProtocol::dcep, dcep::serialize_acknowledge()); });
  EXPECT_THAT(reason(), HasSubstr("acknowledged a channel that was not opened"));
}

TEST_F(RtcHostileTest, EndsTheConnectionWithAMalformedDcepMessage) {
  connect([](RawPeer& peer) { peer.send_data(1, 0, PayloadProtocol::dcep, BytesView(open_message()).first(11)); });
  EXPECT_THAT(reason(), HasSubstr("malformed message"));
}

// RFC 3758's FORWARD TSN would let a peer skip what it announced.
TEST_F(RtcHostileTest, APeerCannotSkipAMessage) {
  connect([](RawPeer& peer) {
    peer.send_data(1, 0, PayloadProtocol::dcep, open_message());
    const std::uint32_t skipped = peer.next_tsn++;
    peer.send_data(1, 2, PayloadProtocol::binary, Bytes{2});
    const auto byte = [skipped](int shift) { return static_cast<std::uint8_t>(skipped >> shift); };
    peer.send_chunk(192, 0, Bytes{byte(24), byte(16), byte(8), byte(0), 0, 1, 0, 1});
    peer.send_data_at(skipped, 1, 1, PayloadProtocol::binary, Bytes{1});
  });
  ASSERT_TRUE(strand.run_until([this] { return bob.messages.size() == 2; }));
  EXPECT_THAT(bob.messages, ElementsAre(Bytes{1}, Bytes{2}));
}

// A DATA chunk for a channel that is not there, should anything of it ever get through.
Bytes data_chunk(std::uint32_t tsn) {
  const auto byte = [tsn](int shift) { return static_cast<std::uint8_t>(tsn >> shift); };
  return {0, 3, 0, 20, byte(24), byte(16), byte(8), byte(0), 0, 1, 0, 0, 0, 0, 0, 53, 1, 2, 3, 4};
}

TEST_F(RtcHostileTest, SctpWithAFalseChecksumOrCutAtAnyByteChangesNothing) {
  connect([](RawPeer& peer) {
    const Bytes whole = peer.packet_of(data_chunk(peer.next_tsn));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      peer.send_raw(BytesView(whole).first(size));
      Bytes flipped = whole;
      flipped[size] ^= 0x10;
      peer.send_raw(flipped);
    }
    peer.send_raw(Bytes(1100, 0xff));
    peer.send_raw(Bytes(1100, 0x00));
  });
  ASSERT_TRUE(strand.run_until([this] { return established; }));
  expect_alive(1);
}

// With a right checksum, one malformed packet a connection: it is dropped, or it ends the connection with the reason.
TEST_F(RtcHostileTest, EveryMalformedChunkIsDroppedOrEndsTheConnectionAsAProtocolError) {
  std::vector<Bytes> malformed = {Bytes(1100, 0x00), Bytes(1100, 0xff)};
  const Bytes data = data_chunk(1);
  for (std::size_t size = 1; size < data.size(); ++size) malformed.push_back(to_vector(BytesView(data).first(size)));
  // Lengths that lie, in a chunk of every type there is.
  for (const std::uint8_t type : {0, 1, 2, 3, 4, 5, 8, 9, 10, 12, 13, 15, 128, 129, 130, 132, 192, 193, 255}) {
    for (const std::uint8_t length : {0, 3, 4, 5, 255}) malformed.push_back({type, 0, 0, length, 0, 0, 0, 1});
  }
  int ended = 0;
  for (const Bytes& chunk : malformed) {
    SCOPED_TRACE(testing::PrintToString(BytesView(chunk).first(std::min<std::size_t>(chunk.size(), 8))));
    connect([&](RawPeer& peer) {
      peer.send_raw(peer.packet_of(chunk));
      peer.send_data(1, 0, PayloadProtocol::dcep, open_message());
      peer.send_data(1, 1, PayloadProtocol::binary, Bytes{4, 2});
    });
    ASSERT_TRUE(strand.run_until([this] { return !bob.messages.empty() || bob.error; }));
    if (bob.error) {
      ++ended;
      EXPECT_EQ(bob.states.back(), ConnectionState::failed) << bob.error->message;
      EXPECT_THAT(bob.error->message, HasSubstr("broke the SCTP protocol"));
    } else {
      EXPECT_THAT(bob.messages, ElementsAre(Bytes{4, 2}));
    }
    disconnect();
  }
  EXPECT_GT(ended, 0);
  EXPECT_LT(ended, static_cast<int>(malformed.size()));
}

}  // namespace
}  // namespace coterie::rtc
