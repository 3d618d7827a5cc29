// Names to addresses: see resolve.h.
#include "base/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace coterie {

namespace {

struct Shared {
  std::mutex mutex;
  ResolutionHandler done;  // empty once called or dropped
};

void hand_over(Shared& shared, Result<std::vector<std::string>> result) {
  const std::lock_guard lock(shared.mutex);
  if (auto done = std::exchange(shared.done, nullptr)) done(std::move(result));
}

class BackgroundResolution final : public Resolution {
 public:
  explicit BackgroundResolution(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  ~BackgroundResolution() override {
    const std::lock_guard lock(shared_->mutex);
    shared_->done = nullptr;
  }

 private:
  std::shared_ptr<Shared> shared_;
};

Result<std::vector<std::string>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;  // each address once, not once per transport
  addrinfo* found = nullptr;
  if (const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found); failure != 0) {
    return environment_error("cannot find the address of " + host + ": " + gai_strerror(failure));
  }
  std::vector<std::string> literals;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0) {
      literals.emplace_back(text.data());
    }
  }
  freeaddrinfo(found);
  if (literals.empty()) return environment_error("the name " + host + " has no IP address");
  return literals;
}

}  // namespace

std::unique_ptr<Resolution> resolve_host(std::string host, ResolutionHandler done) {
  auto shared = std::make_shared<Shared>();
  shared->done = std::move(done);
  try {
    std::thread([shared, host = std::move(host)] { hand_over(*shared, look_up(host)); }).detach();
  } catch (const std::system_error&) {
    hand_over(*shared, environment_error("cannot start a thread for a name look-up"));
  }
  return std::make_unique<BackgroundResolution>(std::move(shared));
}

}  // namespace coterie
