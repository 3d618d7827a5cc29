#include "rtc/dcep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rtc/data_channel.h"

namespace coterie::rtc {
namespace {

using testing::HasSubstr;

TEST(DcepTest, WritesTheBytesOfTheRfc) {
  dcep::Open open;
  open.label = "ab";
  open.protocol = "c";
  EXPECT_EQ(open.serialize(), (Bytes{3, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 1, 'a', 'b', 'c'}));
  EXPECT_EQ(dcep::serialize_acknowledge(), Bytes{2});
}

// RFC 8832 §5.1: type, channel type, priority (2), reliability (4), label length (2), protocol length (2), both texts.
TEST(DcepTest, ReadsTheLayoutOfRfc8832Section5_1) {
  const Bytes message = {
      0x03,                    // DATA_CHANNEL_OPEN
      0x00,                    // DATA_CHANNEL_RELIABLE
      0x02, 0x00,              // priority 512: high
      0x00, 0x00, 0x00, 0x00,  // of no meaning for a reliable channel
      0x00, 0x04, 0x00, 0x03,  // lengths
      'c',  'h',  'a',  't',   // label
      'x',  'y',  'z',         // protocol
  };
  const auto open = dcep::Open::parse(message);
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open->priority, 512);
  EXPECT_EQ(open->label, "chat");
  EXPECT_EQ(open->protocol, "xyz");
  EXPECT_EQ(open->serialize(), message);
  // "The reliability parameter MUST be ignored" for reliable channels.
  Bytes with_parameter = message;
  with_parameter[7] = 9;
  EXPECT_EQ(*dcep::Open::parse(with_parameter), *open);
}

TEST(DcepTest, ReadsAnOpenWithoutLabelAndProtocol) {
  const auto open = dcep::Open::parse(Bytes{3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open->label, "");
  EXPECT_EQ(open->priority, 0);
}

// RFC 8832 §5.1's other channel types, each named by what it is.
TEST(DcepTest, RefusesEachChannelTypeOfRfc8832ThatIsNotReliable) {
  struct Kind {
    std::uint8_t type;
    const char* name;
  };
  for (const Kind kind : {Kind{0x80, "RELIABLE_UNORDERED"}, Kind{0x01, "PARTIAL_RELIABLE_REXMIT"},
                          Kind{0x81, "PARTIAL_RELIABLE_REXMIT_UNORDERED"}, Kind{0x02, "PARTIAL_RELIABLE_TIMED"},
                          Kind{0x82, "PARTIAL_RELIABLE_TIMED_UNORDERED"}}) {
    const auto open = dcep::Open::parse(Bytes{3, kind.type, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0});
    ASSERT_FALSE(open.ok()) << kind.name;
    EXPECT_EQ(open.error().kind, ErrorKind::refused) << kind.name;
    EXPECT_THAT(open.error().message, HasSubstr("only reliable")) << kind.name;
  }
}

TEST(DcepTest, ReadsWhatItWrites) {
  dcep::Open open;
  open.priority = 512;
  open.label = "shared-state";
  open.protocol = "p";
  EXPECT_EQ(*dcep::Open::parse(open.serialize()), open);
}

TEST(DcepTest, RefusesUnorderedAndPartiallyReliableChannels) {
  for (const std::uint8_t type : {0x01, 0x02, 0x80, 0x81, 0x82, 0x7f}) {
    Bytes message = dcep::Open{}.serialize();
    message[1] = type;
    EXPECT_THAT(dcep::Open::parse(message).error().message, HasSubstr("only reliable")) << int(type);
  }
}

TEST(DcepTest, RefusesEveryTruncationAndTooLongLabels) {
  dcep::Open open;
  open.label = "label";
  open.protocol = "protocol";
  const Bytes whole = open.serialize();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(dcep::Open::parse(BytesView(whole).first(size)).ok()) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(dcep::Open::parse(longer).ok());
  open.label = std::string(kMaxLabelBytes + 1, 'x');
  EXPECT_FALSE(dcep::Open::parse(open.serialize()).ok());
}

TEST(DcepTest, KnowsTwoTypesOnly) {
  EXPECT_EQ(*dcep::parse_type(Bytes{2}), dcep::MessageType::acknowledge);
  EXPECT_EQ(*dcep::parse_type(Bytes{3, 0}), dcep::MessageType::open);
  for (const Bytes& message : {Bytes{}, Bytes{0}, Bytes{1}, Bytes{2, 0}, Bytes{4}}) {
    EXPECT_FALSE(dcep::parse_type(message).ok());
  }
}

}  // namespace
}  // namespace coterie::rtc
