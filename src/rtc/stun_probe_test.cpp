#include "rtc/stun_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "rtc/stun_fakes_test.h"
#include "rtc/stun_message.h"
#include "rtc/test_strand.h"

namespace coterie::rtc {
namespace {

using test::Behaviour;
using test::FakeServer;
using test::response_to;
using testing::HasSubstr;

class StunProbeTest : public testing::Test {
 protected:
  void start(std::vector<StunUrl> servers, StunProbeLimits limits = {}) {
    probe_ = StunProbe::start(
        runtime_, std::move(servers), strand_.post(),
        [this](Result<StunAnswer> result) { result_.emplace(std::move(result)); }, limits);
  }
  bool answered() {
    return strand_.run_until([&] { return result_.has_value(); });
  }

  std::shared_ptr<Runtime> runtime_ = Runtime::acquire();
  TestStrand strand_;
  std::optional<Result<StunAnswer>> result_;
  std::unique_ptr<StunProbe> probe_;
};

TEST_F(StunProbeTest, TakesTheServerThatAnswers) {
  const FakeServer silent(Behaviour::stays_silent);
  const FakeServer good(Behaviour::answers);
  start({silent.url(), good.url()});
  ASSERT_TRUE(answered());
  ASSERT_TRUE(result_->ok());
  EXPECT_EQ((*result_)->url, good.url());
  EXPECT_EQ((*result_)->server, (StunServer{"127.0.0.1", good.url().port}));
  EXPECT_EQ((*result_)->mapped, (StunServer{"192.0.2.1", 32853}));
}

TEST_F(StunProbeTest, AsksAgainWhenARequestIsLost) {
  const FakeServer server(Behaviour::answers_the_second_request);
  start({server.url()});
  ASSERT_TRUE(answered());
  EXPECT_TRUE(result_->ok());
}

TEST_F(StunProbeTest, IgnoresAnAnswerToAnotherTransaction) {
  const FakeServer server(Behaviour::answers_with_another_id_first);
  start({server.url()});
  ASSERT_TRUE(answered());
  ASSERT_TRUE(result_->ok());
  EXPECT_EQ((*result_)->mapped.address, "192.0.2.1");
}

TEST_F(StunProbeTest, ResolvesNames) {
  const FakeServer server(Behaviour::answers);
  start({{"localhost", server.url().port}});
  ASSERT_TRUE(answered());
  ASSERT_TRUE(result_->ok());
  EXPECT_EQ((*result_)->server.address, "127.0.0.1");
}

TEST_F(StunProbeTest, SaysOfEachServerWhyThereIsNoAnswer) {
  const FakeServer silent(Behaviour::stays_silent);
  start({silent.url(), {"no..such.host", 3478}}, {std::chrono::milliseconds(50), std::chrono::milliseconds(100)});
  ASSERT_TRUE(answered());
  ASSERT_FALSE(result_->ok());
  EXPECT_EQ(result_->error().kind, ErrorKind::environment);
  EXPECT_THAT(result_->error().message, HasSubstr(silent.url().text() + ": no answer"));
  EXPECT_THAT(result_->error().message, HasSubstr("no..such.host"));
}

TEST_F(StunProbeTest, EndsAtOnceWithoutServers) {
  start({});
  ASSERT_TRUE(answered());
  EXPECT_THAT(result_->error().message, HasSubstr("no STUN server is given"));
}

TEST_F(StunProbeTest, CallsNothingAfterItIsDestroyed) {
  const FakeServer server(Behaviour::answers);
  start({server.url()});
  probe_.reset();
  // The probe's last task ran before the Runtime is gone; what it posted is in the queue.
  runtime_.reset();
  strand_.run_posted();
  EXPECT_FALSE(result_.has_value());
}

TEST(StunUrlTest, ReadsTheFormsOfTheRfc) {
  EXPECT_EQ(*StunUrl::parse("stun:stun.example.org"), (StunUrl{"stun.example.org", 3478}));
  EXPECT_EQ(*StunUrl::parse("stun:stun.example.org:19302"), (StunUrl{"stun.example.org", 19302}));
  EXPECT_EQ(*StunUrl::parse("stun:192.0.2.1:1"), (StunUrl{"192.0.2.1", 1}));
  EXPECT_EQ(*StunUrl::parse("stun:[2001:db8::1]:5000"), (StunUrl{"2001:db8::1", 5000}));
  EXPECT_EQ(StunUrl::parse("stun:[2001:db8::1]")->text(), "stun:[2001:db8::1]:3478");
}

TEST(StunUrlTest, RefusesMalformedOnesAsAWrongCall) {
  for (const char* text : {"", "stun:", "stuns:x", "turn:x", "http://x", "stun:x:", "stun:x:0", "stun:x:65536",
                           "stun:x:1:2", "stun:2001:db8::1", "stun:[192.0.2.1]", "stun:[::1", "stun:a b", "stun:-x",
                           "stun:x/y", "stun:x?transport=udp", "stun:x\n"}) {
    const auto parsed = StunUrl::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(StunUrl::parse(text).error().kind, ErrorKind::usage) << text;
  }
}

TEST(StunMessageTest, ReadsBothAddressFamilies) {
  // RFC 5769 §2.3: the response with an IPv6 address, without its last two attributes.
  const stun::TransactionId id = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};
  Bytes message = {0x01, 0x01, 0x00, 0x18, 0x21, 0x12, 0xa4, 0x42};
  message.insert(message.end(), id.begin(), id.end());
  const Bytes attribute = {0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
                           0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9};
  message.insert(message.end(), attribute.begin(), attribute.end());
  const auto mapped = stun::parse_binding_response(message, id);
  ASSERT_TRUE(mapped.has_value());
  EXPECT_EQ(mapped->address.text(), "2001:db8:1234:5678:11:2233:4455:6677");
  EXPECT_EQ(mapped->port, 32853);
}

TEST(StunMessageTest, RefusesEveryTruncationAndOtherMessages) {
  const stun::TransactionId id = {1, 2, 3};
  const Bytes request = stun::serialize_binding_request(id);
  const Bytes whole = response_to(request);
  ASSERT_TRUE(stun::parse_binding_response(whole, id).has_value());
  EXPECT_FALSE(stun::parse_binding_response(request, id).has_value());
  EXPECT_FALSE(stun::parse_binding_response(whole, {}).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(stun::parse_binding_response(cut, id).has_value()) << size;
    // The same with a length that fits.
    if (size < stun::kHeaderBytes + 1) continue;
    cut[3] = static_cast<std::uint8_t>(size - stun::kHeaderBytes);
    EXPECT_FALSE(stun::parse_binding_response(cut, id).has_value()) << size;
  }
}

TEST(StunMessageTest, ReadsTheCodesOfRfc8489AndNoOthers) {
  const auto error_of = [](std::uint8_t hundreds, std::uint8_t number) -> std::optional<int> {
    Bytes message = {0x01, 0x13, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42};
    message.resize(stun::kHeaderBytes);
    const Bytes attribute = {0x00, 0x09, 0x00, 0x04, 0x00, 0x00, hundreds, number};
    message.insert(message.end(), attribute.begin(), attribute.end());
    const auto response = stun::parse_turn_response(message);
    return response ? std::optional(response->error) : std::nullopt;
  };
  EXPECT_EQ(error_of(3, 0), 300);
  EXPECT_EQ(error_of(4, 1), 401);
  EXPECT_EQ(error_of(6, 99), 699);
  for (const auto& [hundreds, number] : {std::pair{0, 0}, {2, 99}, {4, 100}, {6, 255}, {7, 0}}) {
    EXPECT_EQ(error_of(static_cast<std::uint8_t>(hundreds), static_cast<std::uint8_t>(number)), std::nullopt)
        << hundreds << " " << number;
  }
}

}  // namespace
}  // namespace coterie::rtc
