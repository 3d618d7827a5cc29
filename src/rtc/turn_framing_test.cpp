#include "rtc/turn_framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::rtc {
namespace {

// A STUN message with `size` bytes behind its header, a multiple of four.
Bytes stun_message(std::size_t size) {
  Bytes message(20 + size, 0x5a);
  message[0] = 0x00;
  message[1] = 0x01;
  message[2] = static_cast<std::uint8_t>(size >> 8);
  message[3] = static_cast<std::uint8_t>(size);
  return message;
}

Bytes channel_data(std::size_t size) {
  Bytes message(4 + size, 0xc7);
  message[0] = 0x40;
  message[1] = 0x01;
  message[2] = static_cast<std::uint8_t>(size >> 8);
  message[3] = static_cast<std::uint8_t>(size);
  return message;
}

std::vector<Bytes> read_all(TurnStreamReader& reader) {
  std::vector<Bytes> messages;
  while (true) {
    auto message = reader.poll_message();
    EXPECT_TRUE(message);
    if (!message || !*message) return messages;
    messages.push_back(std::move(**message));
  }
}

TEST(TurnFramingTest, FillsChannelDataUpToFourBytes) {
  for (std::size_t size = 0; size < 9; ++size) {
    const Bytes framed = to_turn_stream(channel_data(size));
    EXPECT_EQ(framed.size(), (4 + size + 3) / 4 * 4);
    EXPECT_THAT(Bytes(framed.begin() + static_cast<std::ptrdiff_t>(4 + size), framed.end()), testing::Each(0));
  }
  EXPECT_EQ(to_turn_stream(stun_message(8)), stun_message(8));
}

TEST(TurnFramingTest, SendsNothingThatIsNoWholeMessage) {
  Bytes cut = stun_message(8);
  cut.pop_back();
  EXPECT_TRUE(to_turn_stream(cut).empty());
  Bytes data = channel_data(5);
  data.pop_back();
  EXPECT_TRUE(to_turn_stream(data).empty());
  EXPECT_TRUE(to_turn_stream({}).empty());
  EXPECT_TRUE(to_turn_stream(Bytes{0x16, 0xfe, 0xfd, 0}).empty());  // DTLS
  EXPECT_TRUE(to_turn_stream(Bytes(40, 0x80)).empty());             // RTP
}

TEST(TurnFramingTest, TakesAStreamApartWhereverItIsCut) {
  const std::vector<Bytes> sent = {stun_message(0), channel_data(1), channel_data(4), stun_message(64),
                                   channel_data(0)};
  Bytes stream;
  for (const Bytes& message : sent) {
    const Bytes framed = to_turn_stream(message);
    stream.insert(stream.end(), framed.begin(), framed.end());
  }
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    TurnStreamReader reader;
    std::vector<Bytes> received;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.add(BytesView(stream).subspan(at, std::min(piece, stream.size() - at)));
      for (Bytes& message : read_all(reader)) received.push_back(std::move(message));
    }
    EXPECT_EQ(received, sent) << piece;
  }
}

TEST(TurnFramingTest, TakesTheLongestThatThereIs) {
  TurnStreamReader reader;
  const Bytes longest = channel_data(65'535);
  reader.add(to_turn_stream(longest));
  const auto messages = read_all(reader);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0], longest);
}

TEST(TurnFramingTest, RefusesWhatIsNoTurn) {
  for (const Bytes& bytes : {Bytes{0x50, 1, 0, 0}, Bytes{0x80, 0, 0, 0}, Bytes{0, 1, 0, 3}}) {
    TurnStreamReader reader;
    reader.add(bytes);
    const auto message = reader.poll_message();
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().kind, ErrorKind::refused);
  }
}

}  // namespace
}  // namespace coterie::rtc
