// The channels of one association: what goes to SCTP, and a hostile peer's messages as SctpTransport would hand them
// over.
#include "rtc/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <optional>
#include <string>
#include <vector>

#include "rtc/data_channel.h"
#include "rtc/dcep.h"

namespace coterie::rtc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kDcep = static_cast<std::uint32_t>(PayloadProtocol::dcep);
constexpr auto kBinary = static_cast<std::uint32_t>(PayloadProtocol::binary);

// Stands in for SctpTransport: notes what it is given, "stream:size" or "stream:reset".
class NotingSender final : public StreamSender {
 public:
  bool send(std::uint16_t stream, PayloadProtocol protocol, BytesView message) override {
    if (room == 0) return false;
    --room;
    const bool dcep = protocol == PayloadProtocol::dcep;
    sent.push_back(
        fmt::format("{}:{}", stream, dcep ? (message[0] == 3 ? "open" : "ack") : std::to_string(message.size())));
    return true;
  }
  void reset_stream(std::uint16_t stream) override { sent.push_back(fmt::format("{}:reset", stream)); }

  int room = 1000;  // messages
  std::vector<std::string> sent;
};

// This side is DTLS client: its streams are the even ones, the peer's the odd ones.
class ChannelsTest : public testing::Test {
 protected:
  static Bytes open_message(const std::string& label = "c") {
    dcep::Open open;
    open.label = label;
    return open.serialize();
  }
  std::string violation() const { return violation_ ? violation_->message : ""; }
  void connect(std::uint16_t streams = kSctpStreams) {
    channels_.attach(sender_, DtlsRole::client);
    channels_.handle_connected(streams);
  }

  NotingSender sender_;
  std::vector<ChannelId> incoming_;
  std::vector<std::string> labels_;
  std::vector<ChannelId> open_;
  std::vector<Bytes> messages_;
  std::vector<ChannelId> closing_;
  std::vector<ChannelId> closed_;
  std::vector<std::string> close_errors_;
  std::optional<Error> violation_;
  Channels channels_{{
      .on_incoming =
          [this](ChannelId id, std::string label) {
            incoming_.push_back(id);
            labels_.push_back(std::move(label));
          },
      .on_open = [this](ChannelId id) { open_.push_back(id); },
      .on_message = [this](ChannelId, Bytes message) { messages_.push_back(std::move(message)); },
      .on_sent = [](ChannelId, std::size_t) {},
      .on_closing = [this](ChannelId id) { closing_.push_back(id); },
      .on_closed =
          [this](ChannelId id, std::optional<Error> error) {
            closed_.push_back(id);
            if (error) close_errors_.push_back(error->message);
          },
      .on_drained = [] {},
      .on_violation = [this](Error error) { violation_ = std::move(error); },
  }};
};

TEST_F(ChannelsTest, TakesAChannelAndItsMessages) {
  connect();
  channels_.handle_message(1, kDcep, open_message("shared-state"));
  channels_.handle_message(1, kBinary, {1, 2, 3});
  channels_.handle_message(1, static_cast<std::uint32_t>(PayloadProtocol::binary_empty), {0});
  channels_.handle_message(1, static_cast<std::uint32_t>(PayloadProtocol::text), {'a'});
  EXPECT_THAT(labels_, ElementsAre("shared-state"));
  EXPECT_THAT(messages_, ElementsAre(Bytes{1, 2, 3}, Bytes{}, Bytes{'a'}));
  EXPECT_THAT(sender_.sent, ElementsAre("1:ack"));
  EXPECT_EQ(violation(), "");
}

TEST_F(ChannelsTest, SendsOpenAndDataBeforeTheAssociationIsUp) {
  channels_.open(0, "a");
  channels_.send(0, Bytes(5));
  channels_.attach(sender_, DtlsRole::client);
  EXPECT_THAT(sender_.sent, ElementsAre("0:open", "0:5"));
  EXPECT_THAT(open_, IsEmpty());
  channels_.handle_connected(kSctpStreams);
  EXPECT_THAT(open_, ElementsAre(0u));
}

TEST_F(ChannelsTest, ServesItsChannelsInTurn) {
  connect();
  channels_.open(0, "much");
  channels_.open(1, "little");
  sender_.sent.clear();
  sender_.room = 0;
  for (int i = 0; i < 3; ++i) channels_.send(0, Bytes(100));
  channels_.send(1, Bytes(1));
  sender_.room = 1000;
  channels_.handle_writable();
  EXPECT_THAT(sender_.sent, ElementsAre("0:100", "2:1", "0:100", "0:100"));
  EXPECT_TRUE(channels_.drained());
}

TEST_F(ChannelsTest, ClosesAChannelOnceBothSidesHaveResetItsStream) {
  connect();
  channels_.open(0, "a");
  sender_.room = 0;
  channels_.send(0, Bytes(7));
  channels_.close(0);
  sender_.room = 1000;
  channels_.handle_writable();
  EXPECT_THAT(sender_.sent, ElementsAre("0:open", "0:7", "0:reset"));
  channels_.handle_reset_done(0);
  EXPECT_THAT(closed_, IsEmpty());
  channels_.handle_stream_reset(0);
  EXPECT_THAT(closed_, ElementsAre(0u));
  EXPECT_THAT(closing_, IsEmpty());  // this side began
  EXPECT_THAT(close_errors_, IsEmpty());
}

TEST_F(ChannelsTest, AnswersThePeersResetAfterWhatWasSent) {
  connect();
  channels_.handle_message(1, kDcep, open_message());
  sender_.room = 0;
  channels_.send(incoming_.at(0), Bytes(9));
  channels_.handle_stream_reset(1);
  EXPECT_THAT(closing_, ElementsAre(incoming_.at(0)));
  sender_.room = 1000;
  channels_.handle_writable();
  EXPECT_THAT(sender_.sent, ElementsAre("1:ack", "1:9", "1:reset"));
  EXPECT_THAT(closed_, IsEmpty());
  channels_.handle_reset_done(1);
  EXPECT_THAT(closed_, ElementsAre(incoming_.at(0)));
  EXPECT_THAT(close_errors_, IsEmpty());
}

TEST_F(ChannelsTest, TellsOnceThatThePeerClosesAChannel) {
  connect();
  channels_.handle_message(1, kDcep, open_message());
  channels_.handle_stream_reset(1);
  channels_.handle_stream_reset(1);
  channels_.handle_stream_reset(5);
  EXPECT_THAT(closing_, ElementsAre(incoming_.at(0)));
}

TEST_F(ChannelsTest, UsesAStreamAgainAfterItsChannelIsClosedTheOneFreeLongestFirst) {
  connect(4);
  channels_.open(0, "a");
  channels_.close(0);
  channels_.handle_reset_done(0);
  channels_.handle_stream_reset(0);
  channels_.open(1, "b");
  channels_.open(2, "c");
  EXPECT_THAT(sender_.sent, ElementsAre("0:open", "0:reset", "2:open", "0:open"));
  channels_.open(3, "d");
  EXPECT_THAT(closed_, ElementsAre(0u, 3u));
  EXPECT_THAT(close_errors_, ElementsAre(HasSubstr("no stream left")));
}

// The answer to our reset may be lost, and the peer's next channel on the stream outrun its repetition.
TEST_F(ChannelsTest, TakesAChannelOnAStreamWhoseLastResetIsNotAnsweredYetAndWaitsWithSending) {
  connect();
  channels_.handle_message(1, kDcep, open_message("first"));
  channels_.handle_stream_reset(1);
  channels_.handle_message(1, kDcep, open_message("second"));
  EXPECT_EQ(violation(), "");
  EXPECT_THAT(closed_, ElementsAre(incoming_.at(0)));
  channels_.send(incoming_.at(0), Bytes(5));  // its owner has not heard of the end
  channels_.send(incoming_.at(1), Bytes(6));
  EXPECT_THAT(sender_.sent, ElementsAre("1:ack", "1:reset"));
  channels_.handle_reset_done(1);
  EXPECT_THAT(sender_.sent, ElementsAre("1:ack", "1:reset", "1:ack", "1:6"));
  EXPECT_THAT(closed_, ElementsAre(incoming_.at(0)));
}

TEST_F(ChannelsTest, ClosesOneThatThePeerHasNoStreamFor) {
  channels_.open(0, "a");
  channels_.open(1, "b");
  connect(2);
  EXPECT_THAT(open_, ElementsAre(0u));
  EXPECT_THAT(closed_, ElementsAre(1u));
  EXPECT_THAT(close_errors_, ElementsAre(HasSubstr("allows 2 streams")));
}

TEST_F(ChannelsTest, ClosesAChannelWhoseEndThePeerDoesNotTakeAndLeavesItsStreamAlone) {
  connect(4);
  channels_.open(0, "a");
  channels_.close(0);
  channels_.handle_reset_refused(0);
  EXPECT_THAT(close_errors_, ElementsAre(HasSubstr("does not take the end")));
  channels_.open(1, "b");
  channels_.open(2, "c");
  EXPECT_THAT(sender_.sent, ElementsAre("0:open", "0:reset", "2:open"));
}

TEST_F(ChannelsTest, EndsTheConnectionForAnUnknownPayloadProtocol) {
  connect();
  channels_.handle_message(1, kDcep, open_message());
  channels_.handle_message(1, 52, {1});
  EXPECT_THAT(violation(), HasSubstr("unknown kind 52"));
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(ChannelsTest, EndsTheConnectionForDataWithoutAChannel) {
  connect();
  channels_.handle_message(3, kBinary, {1});
  EXPECT_THAT(violation(), HasSubstr("without a channel"));
}

TEST_F(ChannelsTest, EndsTheConnectionForDataOnAChannelThatThePeerClosed) {
  connect();
  channels_.handle_message(1, kDcep, open_message());
  channels_.handle_stream_reset(1);
  channels_.handle_message(1, kBinary, {1});
  EXPECT_THAT(violation(), HasSubstr("that it had closed"));
}

TEST_F(ChannelsTest, EndsTheConnectionForAPartiallyReliableChannel) {
  connect();
  Bytes message = open_message();
  message[1] = 0x01;
  channels_.handle_message(1, kDcep, message);
  EXPECT_THAT(violation(), HasSubstr("only reliable"));
  EXPECT_THAT(incoming_, IsEmpty());
}

TEST_F(ChannelsTest, EndsTheConnectionForAChannelOnOurStreamOrOnATakenOne) {
  connect();
  channels_.handle_message(2, kDcep, open_message());
  EXPECT_THAT(violation(), HasSubstr("not free"));
  violation_.reset();
  channels_.handle_message(1, kDcep, open_message());
  channels_.handle_message(1, kDcep, open_message());
  EXPECT_THAT(violation(), HasSubstr("not free"));
}

TEST_F(ChannelsTest, EndsTheConnectionForAStreamOpenedAgainBeforeItIsClosed) {
  connect();
  channels_.handle_message(1, kDcep, open_message());
  sender_.room = 0;
  channels_.send(incoming_.at(0), Bytes(9));  // so our own reset cannot have been seen
  channels_.handle_stream_reset(1);
  channels_.handle_message(1, kDcep, open_message());
  EXPECT_THAT(violation(), HasSubstr("not free"));
}

TEST_F(ChannelsTest, EndsTheConnectionForTooManyChannelsAtATime) {
  connect();
  for (std::uint16_t i = 0; i < kMaxChannels; ++i) {
    channels_.handle_message(static_cast<std::uint16_t>(2 * i + 1), kDcep, open_message());
  }
  EXPECT_EQ(violation(), "");
  channels_.handle_message(2 * kMaxChannels + 1, kDcep, open_message());
  EXPECT_THAT(violation(), HasSubstr("more than 32 channels"));
  EXPECT_EQ(incoming_.size(), kMaxChannels);
}

TEST_F(ChannelsTest, EndsTheConnectionForAnAckOfNothing) {
  connect();
  channels_.handle_message(1, kDcep, dcep::serialize_acknowledge());
  EXPECT_THAT(violation(), HasSubstr("acknowledged"));
}

TEST_F(ChannelsTest, DropsWhatStillComesForAChannelWeClosed) {
  connect();
  channels_.handle_message(1, kDcep, open_message());
  channels_.close(incoming_.at(0));
  channels_.handle_message(1, kBinary, {1});
  EXPECT_EQ(violation(), "");
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(ChannelsTest, TellsEveryChannelOfTheConnectionsEndOnce) {
  connect();
  channels_.open(0, "a");
  channels_.handle_message(1, kDcep, open_message());
  channels_.close(0);
  channels_.close_all(environment_error("gone"));
  channels_.close_all(environment_error("gone"));
  EXPECT_THAT(closed_, ElementsAre(0u, incoming_.at(0)));
  EXPECT_THAT(close_errors_, ElementsAre("gone", "gone"));
}

}  // namespace
}  // namespace coterie::rtc
