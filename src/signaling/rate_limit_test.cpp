#include "signaling/rate_limit.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace coterie::signaling {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimitTest, AllowsABurstAndThenTheRate) {
  RateLimit limit(10);
  RateLimit::Time now{};
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(limit.take("a", now));
  EXPECT_FALSE(limit.take("a", now));
  now += milliseconds(101);
  EXPECT_TRUE(limit.take("a", now));
  EXPECT_FALSE(limit.take("a", now));
}

TEST(RateLimitTest, OneAddressDoesNotUseUpAnothersShare) {
  RateLimit limit(1);
  const RateLimit::Time now{};
  while (limit.take("a", now)) {
  }
  EXPECT_TRUE(limit.take("b", now));
}

TEST(RateLimitTest, ForgetsAddressesThatRested) {
  RateLimit limit(1);
  RateLimit::Time now{};
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limit.take(std::to_string(i), now));
  limit.forget_rested(now);
  EXPECT_EQ(limit.size(), 100u);
  limit.forget_rested(now + seconds(2));
  EXPECT_EQ(limit.size(), 0u);
}

TEST(RateLimitTest, ItsTableDoesNotGrowWithTheNumberOfAddresses) {
  RateLimit limit(1);
  for (std::size_t i = 0; i < RateLimit::kMaxKeys + 1000; ++i) limit.take(std::to_string(i), {});
  EXPECT_EQ(limit.size(), RateLimit::kMaxKeys);
}

std::string key_of(const char* text) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1) return rate_limit_key(reinterpret_cast<const sockaddr&>(ipv4));
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text, &ipv6.sin6_addr), 1) << text;
  return rate_limit_key(reinterpret_cast<const sockaddr&>(ipv6));
}

TEST(RateLimitTest, MetersAnIPv4AddressAloneAndAnIPv6NetworkTogether) {
  EXPECT_EQ(key_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(key_of("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(key_of("2001:db8:1:2:3:4:5:6"), key_of("2001:db8:1:2::1"));
  EXPECT_NE(key_of("2001:db8:1:2::1"), key_of("2001:db8:1:3::1"));
}

}  // namespace
}  // namespace coterie::signaling
