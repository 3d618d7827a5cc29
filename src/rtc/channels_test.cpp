// A hostile peer's messages, as SctpTransport would hand them over.
#include "rtc/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "rtc/data_channel.h"
#include "rtc/dcep.h"

namespace coterie::rtc {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kDcep = static_cast<std::uint32_t>(PayloadProtocol::dcep);
constexpr auto kBinary = static_cast<std::uint32_t>(PayloadProtocol::binary);

class ChannelsTest : public testing::Test {
 protected:
  static Bytes open_message(const std::string& label = "c") {
    dcep::Open open;
    open.label = label;
    return open.serialize();
  }
  std::string violation() const { return violation_ ? violation_->message : ""; }

  std::vector<std::string> incoming_;
  std::vector<Bytes> messages_;
  std::vector<ChannelId> closed_;
  std::optional<Error> violation_;
  // Not attached: this side counts as DTLS client, so the peer's streams are the odd ones.
  Channels channels_{{
      .on_incoming = [this](ChannelId, std::string label) { incoming_.push_back(std::move(label)); },
      .on_open = [](ChannelId) {},
      .on_message = [this](ChannelId, Bytes message) { messages_.push_back(std::move(message)); },
      .on_sent = [](ChannelId, std::size_t) {},
      .on_closed = [this](ChannelId id, Error) { closed_.push_back(id); },
      .on_drained = [] {},
      .on_violation = [this](Error error) { violation_ = std::move(error); },
  }};
};

TEST_F(ChannelsTest, TakesAChannelAndItsMessages) {
  channels_.handle_message(1, kDcep, open_message("shared-state"));
  channels_.handle_message(1, kBinary, {1, 2, 3});
  channels_.handle_message(1, static_cast<std::uint32_t>(PayloadProtocol::binary_empty), {0});
  channels_.handle_message(1, static_cast<std::uint32_t>(PayloadProtocol::text), {'a'});
  EXPECT_THAT(incoming_, testing::ElementsAre("shared-state"));
  EXPECT_THAT(messages_, testing::ElementsAre(Bytes{1, 2, 3}, Bytes{}, Bytes{'a'}));
  EXPECT_EQ(violation(), "");
}

TEST_F(ChannelsTest, EndsTheConnectionForAnUnknownPayloadProtocol) {
  channels_.handle_message(1, kDcep, open_message());
  channels_.handle_message(1, 52, {1});
  EXPECT_THAT(violation(), HasSubstr("unknown kind 52"));
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(ChannelsTest, EndsTheConnectionForDataWithoutAChannel) {
  channels_.handle_message(3, kBinary, {1});
  EXPECT_THAT(violation(), HasSubstr("without a channel"));
}

TEST_F(ChannelsTest, EndsTheConnectionForAPartiallyReliableChannel) {
  Bytes message = open_message();
  message[1] = 0x01;
  channels_.handle_message(1, kDcep, message);
  EXPECT_THAT(violation(), HasSubstr("only reliable"));
  EXPECT_THAT(incoming_, IsEmpty());
}

TEST_F(ChannelsTest, EndsTheConnectionForAChannelOnOurStreamOrOnATakenOne) {
  channels_.handle_message(2, kDcep, open_message());
  EXPECT_THAT(violation(), HasSubstr("not free"));
  violation_.reset();
  channels_.handle_message(1, kDcep, open_message());
  channels_.handle_message(1, kDcep, open_message());
  EXPECT_THAT(violation(), HasSubstr("not free"));
}

TEST_F(ChannelsTest, EndsTheConnectionForTooManyChannels) {
  for (std::uint16_t i = 0; i < kMaxChannels; ++i) {
    channels_.handle_message(static_cast<std::uint16_t>(2 * i + 1), kDcep, open_message());
  }
  EXPECT_EQ(violation(), "");
  channels_.handle_message(2 * kMaxChannels + 1, kDcep, open_message());
  EXPECT_THAT(violation(), HasSubstr("more than 8 channels"));
}

TEST_F(ChannelsTest, EndsTheConnectionForAnAckOfNothing) {
  channels_.handle_message(1, kDcep, dcep::serialize_acknowledge());
  EXPECT_THAT(violation(), HasSubstr("acknowledged"));
}

TEST_F(ChannelsTest, TellsOnceThatThePeerClosedAChannel) {
  channels_.handle_message(1, kDcep, open_message());
  channels_.handle_stream_reset(1);
  channels_.handle_stream_reset(1);
  channels_.handle_stream_reset(5);
  EXPECT_THAT(closed_, testing::ElementsAre(kRemoteChannel + 1));
}

TEST_F(ChannelsTest, DropsWhatStillComesForAChannelWeClosed) {
  channels_.handle_message(1, kDcep, open_message());
  channels_.close(kRemoteChannel + 1);
  channels_.handle_message(1, kBinary, {1});
  EXPECT_EQ(violation(), "");
  EXPECT_THAT(messages_, IsEmpty());
}

}  // namespace
}  // namespace coterie::rtc
