#include "ceremony/framing.h"

#include <gtest/gtest.h>

namespace coterie::ceremony {
namespace {

std::vector<std::string> read_all(FrameReader& reader) {
  std::vector<std::string> messages;
  for (;;) {
    auto message = reader.poll_message();
    EXPECT_TRUE(message.ok());
    if (!message.ok() || !message->has_value()) return messages;
    messages.push_back(std::move(**message));
  }
}

TEST(FramingTest, PutsMessagesOfEverySizeTogetherAgain) {
  FrameReader reader;
  for (const std::size_t size :
       {std::size_t{1}, kMaxPiece - 5, kMaxPiece - 4, kMaxPiece - 3, 5 * kMaxPiece, kMaxChannelMessage}) {
    const std::string message(size, 'x');
    for (const Bytes& piece : split_message(message)) {
      EXPECT_LE(piece.size(), kMaxPiece);
      ASSERT_TRUE(reader.add(piece).ok());
    }
    EXPECT_EQ(read_all(reader), std::vector<std::string>{message});
  }
}

TEST(FramingTest, BeginsWithTheLengthInFourBytes) {
  const Bytes expected = {0, 0, 0, 2, '{', '}'};
  EXPECT_EQ(split_message("{}"), std::vector<Bytes>{expected});
}

TEST(FramingTest, TakesPiecesCutAnywhere) {
  Bytes stream = split_message("first").front();
  const Bytes second = split_message("second").front();
  stream.insert(stream.end(), second.begin(), second.end());
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    FrameReader reader;
    ASSERT_TRUE(reader.add(BytesView(stream).first(cut)).ok());
    std::vector<std::string> messages = read_all(reader);
    ASSERT_TRUE(reader.add(BytesView(stream).subspan(cut)).ok());
    for (std::string& message : read_all(reader)) messages.push_back(std::move(message));
    EXPECT_EQ(messages, (std::vector<std::string>{"first", "second"})) << cut;
  }
}

TEST(FramingTest, RefusesLengthsOutOfBoundsBeforeAnythingOfThemCame) {
  for (const Bytes& header : {Bytes{0, 0, 0, 0}, Bytes{0, 8, 0, 1}, Bytes{255, 255, 255, 255}}) {
    FrameReader reader;
    EXPECT_FALSE(reader.add(header).ok());
    EXPECT_FALSE(reader.poll_message().ok());
  }
  FrameReader reader;
  EXPECT_FALSE(reader.add(Bytes(kMaxChannelMessage + 1)).ok());
}

TEST(FramingTest, HoldsNoMoreThanOneMessageAndOnePiece) {
  FrameReader reader;
  const std::vector<Bytes> pieces = split_message(std::string(kMaxChannelMessage, 'x'));
  for (const Bytes& piece : pieces) ASSERT_TRUE(reader.add(piece).ok());
  ASSERT_TRUE(reader.add(Bytes(kMaxPiece, 'x')).ok());
  EXPECT_FALSE(reader.add(Bytes(1, 'x')).ok());
}

}  // namespace
}  // namespace coterie::ceremony
