#include "rtc/peer_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rtc/candidate.h"
#include "rtc/pair_test.h"
#include "rtc/sdp.h"

namespace coterie::rtc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PeerConnectionTest : public PairTest {};

TEST_F(PeerConnectionTest, OpensAChannelAndSaysHowFarTheOtherSideIs) {
  open_pair();
  ASSERT_TRUE(strand.run_until([&] { return bob.is(ConnectionState::connected); }));
  EXPECT_THAT(alice.states, ElementsAre(ConnectionState::connecting, ConnectionState::connected));
  EXPECT_THAT(bob.states, ElementsAre(ConnectionState::connecting, ConnectionState::connected));
  EXPECT_EQ(alice.path, CandidateType::host);
  EXPECT_EQ(bob.path, CandidateType::host);
  EXPECT_EQ(bob.channel->label(), "shared-state");
  EXPECT_EQ(alice.channel->state(), DataChannel::State::open);
}

TEST_F(PeerConnectionTest, ReportsThatNobodyAnswered) {
  start(alice, bob);
  ASSERT_TRUE(alice.connection->create_offer().ok());
  EXPECT_EQ(alice.connection->report().stage, ConnectionStage::gathering);
  ASSERT_TRUE(strand.run_until([&] { return !alice.candidates.empty() && !alice.candidates.back(); }));
  const ConnectionReport& report = alice.connection->report();
  EXPECT_EQ(report.stage, ConnectionStage::signaling);
  EXPECT_EQ(report.local, (CandidateCounts{{CandidateType::host, alice.candidates.size() - 1}}));
  EXPECT_TRUE(report.pairs.empty());
}

TEST_F(PeerConnectionTest, ReportsWhatItTriesWhileItTries) {
  // Bob's only candidate leads nowhere, and he hears of none of alice's.
  carry = [](End&, End& to, const std::optional<IceCandidateInit>& candidate) {
    if (!candidate || !to.connection || to.descriptions.empty()) return;
    (void)to.connection->add_ice_candidate(
        IceCandidateInit{"candidate:1 1 UDP 1 127.0.0.1 9 typ srflx raddr 0.0.0.0 rport 0", "0", 0, ""});
  };
  start_pair();
  ASSERT_TRUE(strand.run_until([&] { return alice.connection->report().stage == ConnectionStage::checks; }));
  const ConnectionReport before = alice.connection->report();
  EXPECT_GT(before.pairs.at({CandidateType::host, CandidateType::srflx}), 0u);
  alice.connection->close();
  strand.run_posted();
  EXPECT_EQ(alice.connection->report(), before);
}

TEST_F(PeerConnectionTest, ReportsThatItIsOpen) {
  open_pair();
  EXPECT_EQ(alice.connection->report().stage, ConnectionStage::open);
  EXPECT_EQ(bob.connection->report().stage, ConnectionStage::open);
}

TEST_F(PeerConnectionTest, SendsDescriptionsBeforeCandidatesAndEndsThem) {
  start(alice, bob);
  ASSERT_TRUE(alice.connection->create_offer().ok());
  ASSERT_TRUE(strand.run_until([&] { return !alice.candidates.empty(); }));
  EXPECT_EQ(alice.descriptions.size(), 1u);
  ASSERT_TRUE(strand.run_until([&] { return !alice.candidates.back(); }));
  EXPECT_EQ(std::count(alice.candidates.begin(), alice.candidates.end(), std::nullopt), 1);
}

TEST_F(PeerConnectionTest, DeliversWhatWasSentBeforeTheChannelWasOpen) {
  start_pair();
  const Bytes early = bytes_of(600, 1);
  ASSERT_TRUE(alice.channel->send(early).ok());
  EXPECT_EQ(alice.channel->state(), DataChannel::State::connecting);
  ASSERT_TRUE(strand.run_until([&] { return !bob.messages.empty(); }));
  EXPECT_THAT(bob.messages, ElementsAre(early));
}

TEST_F(PeerConnectionTest, CarriesAMebibyteInPiecesBothWaysInOrder) {
  open_pair();
  constexpr std::size_t kPiece = 16ul * 1024;
  constexpr std::size_t kPieces = 64;
  for (std::size_t i = 0; i < kPieces; ++i) {
    ASSERT_TRUE(alice.channel->send(bytes_of(kPiece, static_cast<std::uint8_t>(i))).ok());
    ASSERT_TRUE(bob.channel->send(bytes_of(kPiece, static_cast<std::uint8_t>(i + 100))).ok());
  }
  ASSERT_TRUE(
      strand.run_until([&] { return alice.received() == kPiece * kPieces && bob.received() == kPiece * kPieces; }));
  for (std::size_t i = 0; i < kPieces; ++i) {
    EXPECT_EQ(bob.messages[i], bytes_of(kPiece, static_cast<std::uint8_t>(i)));
    EXPECT_EQ(alice.messages[i], bytes_of(kPiece, static_cast<std::uint8_t>(i + 100)));
  }
}

TEST_F(PeerConnectionTest, CarriesTheLongestAndTheEmptyMessage) {
  open_pair();
  const Bytes longest = bytes_of(kMaxMessageBytes, 7);
  ASSERT_TRUE(alice.channel->send(longest).ok());
  ASSERT_TRUE(alice.channel->send({}).ok());
  ASSERT_TRUE(strand.run_until([&] { return bob.messages.size() == 2; }));
  EXPECT_EQ(bob.messages[0], longest);
  EXPECT_TRUE(bob.messages[1].empty());
}

TEST_F(PeerConnectionTest, RefusesTooLongAMessageAndTooMuchAtOnce) {
  open_pair();
  EXPECT_EQ(alice.channel->send(Bytes(kMaxMessageBytes + 1)).error().kind, ErrorKind::usage);
  const Bytes longest(kMaxMessageBytes);
  for (std::size_t sent = 0; sent < kMaxBufferedBytes; sent += longest.size()) {
    ASSERT_TRUE(alice.channel->send(longest).ok());
  }
  EXPECT_THAT(alice.channel->send(Bytes(1)).error().message, HasSubstr("too much data"));
  bool low = false;
  DataChannelHandlers handlers;
  handlers.on_buffered_amount_low = [&] { low = true; };
  alice.channel->set_handlers(std::move(handlers));
  EXPECT_EQ(alice.channel->buffered_amount_low_threshold(), 0u);
  alice.channel->set_buffered_amount_low_threshold(128ul * 1024);
  ASSERT_TRUE(strand.run_until([&] { return low; }));
  EXPECT_LE(alice.channel->buffered_amount(), 128u * 1024);
  EXPECT_TRUE(alice.channel->send(Bytes(1)).ok());
}

TEST_F(PeerConnectionTest, FlushesWhatWasSentBeforeCloseAndTellsTheOtherSide) {
  open_pair();
  constexpr std::size_t kPiece = 64ul * 1024;
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(alice.channel->send(Bytes(kPiece)).ok());
  alice.connection->close();
  const int events_at_close = alice.events;
  ASSERT_TRUE(strand.run_until([&] { return bob.channel_error.has_value(); }));
  EXPECT_TRUE(bob.is(ConnectionState::closed));
  EXPECT_EQ(bob.received(), 8 * kPiece);
  EXPECT_THAT(bob.channel_error->message, HasSubstr("closed"));
  EXPECT_EQ(alice.events, events_at_close);
  EXPECT_FALSE(alice.channel->send(Bytes(1)).ok());
}

TEST_F(PeerConnectionTest, TheAnswerersCloseReachesTheOfferer) {
  open_pair();
  bob.connection->close();
  ASSERT_TRUE(strand.run_until([&] { return alice.channel_error.has_value(); }));
  EXPECT_TRUE(alice.is(ConnectionState::closed));
  EXPECT_THAT(alice.error->message, HasSubstr("closed the connection"));
  EXPECT_EQ(alice.channel->state(), DataChannel::State::closed);
}

TEST_F(PeerConnectionTest, ClosesOneChannelAndKeepsTheOther) {
  open_pair();
  auto second = bob.connection->create_data_channel("second");
  ASSERT_TRUE(second.ok());
  const auto first_of_alice = alice.channel;
  ASSERT_TRUE((*second)->send(bytes_of(10, 2)).ok());
  ASSERT_TRUE(strand.run_until([&] { return alice.messages.size() == 1; }));
  EXPECT_EQ(alice.channel->label(), "second");

  first_of_alice->close();
  EXPECT_EQ(first_of_alice->state(), DataChannel::State::closing);
  EXPECT_THAT(first_of_alice->send(bytes_of(10, 1)).error().message, HasSubstr("closing"));
  ASSERT_TRUE(strand.run_until([&] { return bob.closed; }));
  EXPECT_TRUE(bob.closing);
  EXPECT_EQ(bob.channel->state(), DataChannel::State::closed);
  ASSERT_TRUE((*second)->send(bytes_of(10, 3)).ok());
  ASSERT_TRUE(strand.run_until([&] { return alice.messages.size() == 2; }));
}

TEST_F(PeerConnectionTest, RefusesMoreChannelsThanThereAre) {
  start(alice, bob);
  for (std::size_t i = 0; i < kMaxChannels; ++i) ASSERT_TRUE(alice.connection->create_data_channel("c").ok());
  EXPECT_EQ(alice.connection->create_data_channel("c").error().kind, ErrorKind::usage);
}

// The fingerprint is swapped on the way, as a signaling server could if descriptions were not signed.
TEST_F(PeerConnectionTest, RefusesAnAnswererWithAnotherCertificateBeforeAnySctp) {
  start_pair({}, [](SessionDescription& answer) {
    auto parsed = *sdp::parse(answer);
    parsed.fingerprint.bytes[5] ^= 1;
    answer.sdp = sdp::serialize(parsed, 1);
  });
  ASSERT_TRUE(alice.channel->send(bytes_of(600, 1)).ok());
  ASSERT_TRUE(strand.run_until([&] { return alice.is(ConnectionState::failed) && bob.is(ConnectionState::failed); }));
  EXPECT_EQ(alice.error->kind, ErrorKind::refused);
  EXPECT_THAT(alice.error->message, HasSubstr("certificate"));
  EXPECT_EQ(alice.connection->report().stage, ConnectionStage::dtls);
  EXPECT_FALSE(bob.is(ConnectionState::connected));
  EXPECT_FALSE(bob.open);
  EXPECT_TRUE(bob.messages.empty());
  ASSERT_TRUE(strand.run_until([&] { return alice.channel_error.has_value(); }));
  EXPECT_EQ(alice.channel->buffered_amount(), 600u);  // never left
  EXPECT_EQ(alice.channel->state(), DataChannel::State::closed);
}

TEST_F(PeerConnectionTest, RefusesAnOffererWithAnotherCertificateBeforeAnySctp) {
  start_pair([](SessionDescription& offer) {
    auto parsed = *sdp::parse(offer);
    parsed.fingerprint.bytes[0] ^= 0x80;
    offer.sdp = sdp::serialize(parsed, 1);
  });
  ASSERT_TRUE(alice.channel->send(bytes_of(600, 1)).ok());
  ASSERT_TRUE(strand.run_until([&] { return alice.is(ConnectionState::failed) && bob.is(ConnectionState::failed); }));
  EXPECT_EQ(bob.error->kind, ErrorKind::refused);
  EXPECT_THAT(bob.error->message, HasSubstr("certificate"));
  EXPECT_FALSE(alice.is(ConnectionState::connected));
  EXPECT_TRUE(bob.messages.empty());
}

TEST_F(PeerConnectionTest, RefusesTwoFingerprintsAndStaysUsable) {
  start(alice, bob);
  start(bob, alice);
  SessionDescription offer;
  PeerConnectionHandlers handlers;
  handlers.on_local_description = [&](SessionDescription description) { offer = std::move(description); };
  const auto carol = PeerConnection::create(runtime, {}, strand.post(), std::move(handlers));
  ASSERT_TRUE(carol->create_offer().ok());
  ASSERT_TRUE(strand.run_until([&] { return !offer.sdp.empty(); }));
  SessionDescription two = offer;
  two.sdp += "a=fingerprint:sha-256 " + Fingerprint{}.serialize() + "\r\n";
  EXPECT_THAT(bob.connection->set_remote_description(two).error().message, HasSubstr("2 sha-256 fingerprints"));
  EXPECT_TRUE(bob.connection->set_remote_description(offer).ok());
}

TEST_F(PeerConnectionTest, KeepsCandidatesThatComeBeforeTheDescription) {
  std::vector<SessionDescription> held;
  start(alice, bob);
  start(bob, alice);
  // Alice's candidates reach bob, her offer only later.
  PeerConnectionHandlers handlers;
  handlers.on_local_description = [&](SessionDescription description) { held.push_back(std::move(description)); };
  handlers.on_ice_candidate = [&](std::optional<IceCandidateInit> candidate) {
    EXPECT_TRUE(bob.connection->add_ice_candidate(candidate).ok());
    alice.candidates.push_back(std::move(candidate));
  };
  Configuration configuration;
  configuration.loopback = LoopbackCandidates::allowed;
  alice.connection = PeerConnection::create(runtime, configuration, strand.post(), std::move(handlers));
  auto channel = alice.connection->create_data_channel("c");
  ASSERT_TRUE(channel.ok());
  watch(alice, *channel);
  ASSERT_TRUE(alice.connection->create_offer().ok());
  ASSERT_TRUE(strand.run_until([&] { return !alice.candidates.empty() && !alice.candidates.back(); }));
  ASSERT_TRUE(bob.connection->set_remote_description(held.at(0)).ok());
  EXPECT_TRUE(strand.run_until([&] { return alice.open && bob.open; }));
}

TEST_F(PeerConnectionTest, SkipsUnusableCandidatesAndRefusesMalformedOnes) {
  start(alice, bob);
  for (const char* skipped :
       {"candidate:1 1 UDP 1 a3b1c2d4.local 5000 typ host", "candidate:1 1 UDP 1 169.254.169.254 80 typ host",
        "candidate:1 1 TCP 1 192.0.2.1 9 typ host tcptype active"}) {
    EXPECT_TRUE(alice.connection->add_ice_candidate(IceCandidateInit{skipped, "0", 0, ""}).ok()) << skipped;
  }
  EXPECT_EQ(alice.connection->add_ice_candidate(IceCandidateInit{"candidate:nonsense", "0", 0, ""}).error().kind,
            ErrorKind::refused);
}

TEST_F(PeerConnectionTest, ConnectsAmongAFloodOfUselessCandidates) {
  start(alice, bob);
  start(bob, alice);
  for (int i = 0; i < 1000; ++i) {
    const std::string text =
        "candidate:1 1 UDP " + std::to_string(i + 1) + " 127.0.0.1 " + std::to_string(i + 2000) + " typ host";
    ASSERT_TRUE(bob.connection->add_ice_candidate(IceCandidateInit{text, "0", 0, ""}).ok());
  }
  auto channel = alice.connection->create_data_channel("c");
  ASSERT_TRUE(channel.ok());
  watch(alice, *channel);
  ASSERT_TRUE(alice.connection->create_offer().ok());
  EXPECT_TRUE(strand.run_until([&] { return alice.open && bob.open; }));
}

// Sends what a stranger could, to every port of ours that a candidate names.
void inject(const std::vector<std::optional<IceCandidateInit>>& candidates) {
  Bytes stun_request = {0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42};
  stun_request.resize(20, 7);
  Bytes stun_success = stun_request;
  stun_success[0] = 0x01;
  stun_success[1] = 0x01;
  Bytes client_hello = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100};
  client_hello.resize(113, 1);
  const Bytes fatal_alert = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40};
  for (const auto& candidate : candidates) {
    if (!candidate) continue;
    const auto target = parse_remote_candidate(candidate->candidate, LoopbackCandidates::allowed);
    ASSERT_TRUE(target.ok() && *target);
    const int socket = ::socket((*target)->address.is_ipv6() ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    sockaddr_storage to{};
    const socklen_t size = (*target)->address.fill(to, (*target)->port);
    for (const Bytes& datagram : {stun_request, stun_success, client_hello, fatal_alert, Bytes(1400, 0xff), Bytes{}}) {
      ::sendto(socket, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&to), size);
    }
    ::close(socket);
  }
}

TEST_F(PeerConnectionTest, IsNotDisturbedByAStrangersDatagrams) {
  start_pair();
  ASSERT_TRUE(strand.run_until([&] { return !alice.candidates.empty(); }));
  for (int i = 0; i < 20; ++i) inject(alice.candidates);
  ASSERT_TRUE(strand.run_until([&] { return alice.open && bob.open; }));
  for (int i = 0; i < 20; ++i) {
    inject(alice.candidates);
    inject(bob.candidates);
  }
  ASSERT_TRUE(alice.channel->send(bytes_of(600, 1)).ok());
  ASSERT_TRUE(bob.channel->send(bytes_of(600, 2)).ok());
  ASSERT_TRUE(strand.run_until([&] { return !alice.messages.empty() && !bob.messages.empty(); }));
  EXPECT_THAT(alice.states, ElementsAre(ConnectionState::connecting, ConnectionState::connected));
}

TEST_F(PeerConnectionTest, RefusesCallsOutOfOrder) {
  start(alice, bob);
  EXPECT_EQ(alice.connection->set_remote_description({SessionDescription::Type::answer, ""}).error().kind,
            ErrorKind::usage);
  ASSERT_TRUE(alice.connection->create_offer().ok());
  EXPECT_EQ(alice.connection->create_offer().error().kind, ErrorKind::usage);
  alice.connection->close();
  EXPECT_EQ(alice.connection->create_offer().error().kind, ErrorKind::usage);
  EXPECT_EQ(alice.connection->create_data_channel("c").error().kind, ErrorKind::usage);
}

TEST_F(PeerConnectionTest, AHandlerMayReleaseTheConnectionThatCallsIt) {
  start_pair();
  DataChannelHandlers handlers;
  bool called = false;
  handlers.on_open = [&] {
    alice.connection.reset();
    called = true;
  };
  alice.channel->set_handlers(std::move(handlers));
  ASSERT_TRUE(strand.run_until([&] { return called; }));
  EXPECT_TRUE(strand.run_until([&] { return bob.is(ConnectionState::closed) || bob.is(ConnectionState::failed); }));
}

TEST_F(PeerConnectionTest, OpensTwentyPairsOneAfterAnother) {
  for (int i = 0; i < 20; ++i) {
    alice = {};
    bob = {};
    open_pair();
    ASSERT_TRUE(bob.channel->send(bytes_of(600, 1)).ok());
    ASSERT_TRUE(strand.run_until([&] { return !alice.messages.empty(); }));
    alice.connection->close();
    ASSERT_TRUE(strand.run_until([&] { return bob.is(ConnectionState::closed); }));
  }
}

TEST(RuntimeTest, IsSharedAndStartsAgainAfterItStopped) {
  auto first = Runtime::acquire();
  EXPECT_EQ(first, Runtime::acquire());
  first.reset();
  TestStrand strand;
  const auto again = Runtime::acquire();
  bool described = false;
  PeerConnectionHandlers handlers;
  handlers.on_local_description = [&](const SessionDescription&) { described = true; };
  const auto connection = PeerConnection::create(again, {}, strand.post(), std::move(handlers));
  ASSERT_TRUE(connection->create_offer().ok());
  EXPECT_TRUE(strand.run_until([&] { return described; }));
}

}  // namespace
}  // namespace coterie::rtc
