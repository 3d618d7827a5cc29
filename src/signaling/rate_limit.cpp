// Token buckets per address: see rate_limit.h.
#include "signaling/rate_limit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace coterie::signaling {

double RateLimit::tokens_at(const Bucket& bucket, Time now) const {
  const std::chrono::duration<double> since = now - bucket.filled_at;
  return std::min(burst_, bucket.tokens + since.count() * per_second_);
}

bool RateLimit::take(const std::string& key, Time now) {
  const auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() < kMaxKeys) buckets_.emplace(key, Bucket{burst_ - 1, now});
    return true;
  }
  Bucket& bucket = found->second;
  const double tokens = tokens_at(bucket, now);
  if (tokens < 1) return false;
  bucket = {tokens - 1, now};
  return true;
}

void RateLimit::forget_rested(Time now) {
  std::erase_if(buckets_, [&](const auto& entry) { return tokens_at(entry.second, now) >= burst_; });
}

std::string rate_limit_key(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &address, sizeof(ipv4));
    ::inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
    return text.data();
  }
  if (address.sa_family != AF_INET6) return {};
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &address, sizeof(ipv6));
  if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) {
    ::inet_ntop(AF_INET, &ipv6.sin6_addr.s6_addr[12], text.data(), text.size());
    return text.data();
  }
  std::fill(&ipv6.sin6_addr.s6_addr[8], &ipv6.sin6_addr.s6_addr[16], std::uint8_t{0});
  ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace coterie::signaling
