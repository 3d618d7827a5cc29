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
