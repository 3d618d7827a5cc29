// How often one address may do something: token buckets in a bounded table. Pure; time is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

struct sockaddr;

namespace coterie::signaling {

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Addresses remembered at once; those beyond pass unmetered, so that a flood from many addresses costs no memory.
  static constexpr std::size_t kMaxKeys = 65'536;

  // `per_second` in the long run, twice as many in a burst.
  explicit RateLimit(std::uint32_t per_second) : per_second_(per_second), burst_(2.0 * per_second) {}

  bool take(const std::string& key, Time now);
  // Forgets the addresses whose bucket is full again. To be called every few seconds.
  void forget_rested(Time now);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens = 0;
    Time filled_at;
  };
  double tokens_at(const Bucket& bucket, Time now) const;

  double per_second_;
  double burst_;
  std::unordered_map<std::string, Bucket> buckets_;
};

// Who is metered together: one IPv4 address (also when mapped into IPv6), or one IPv6 /64, which a single host may own.
std::string rate_limit_key(const sockaddr& address);

}  // namespace coterie::signaling
