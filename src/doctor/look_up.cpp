#include "doctor/look_up.h"

#include <future>
#include <memory>

#include "base/resolve.h"

namespace coterie::doctor {

std::vector<rtc::IpAddress> look_up(const std::string& host) {
  if (const auto literal = rtc::IpAddress::parse(host)) return {*literal};
  std::promise<Result<std::vector<std::string>>> promise;
  auto answer = promise.get_future();
  // Dropped before the promise: after that nothing is handed over.
  const auto running =
      resolve_host(host, [&promise](Result<std::vector<std::string>> result) { promise.set_value(std::move(result)); });
  if (answer.wait_for(kTimeToLookUp) != std::future_status::ready) return {};
  const auto literals = answer.get();
  if (!literals) return {};
  std::vector<rtc::IpAddress> addresses;
  for (const std::string& text : *literals) {
    const auto address = rtc::IpAddress::parse(text);
    if (address && addresses.size() < kMaxAddresses) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace coterie::doctor
