#include "rtc/name_lookup.h"

#include <netdb.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace coterie::rtc {

namespace {

constexpr int kMaxThreads = 16;
std::atomic<int> running_threads = 0;

Result<std::vector<IpAddress>> resolve(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(name.c_str(), nullptr, &hints, &list);
  if (error != 0) return environment_error("cannot resolve " + name + ": " + gai_strerror(error));
  std::vector<IpAddress> addresses;
  for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
    const auto address = IpAddress::from_socket_address(item->ai_addr);
    if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
      addresses.push_back(*address);
    }
  }
  freeaddrinfo(list);
  return addresses;
}

}  // namespace

// Both sides hold it: whoever lets go last frees it.
struct NameLookup::Shared {
  std::mutex mutex;
  Loop* loop = nullptr;                                      // guarded by mutex; null once nobody listens
  std::function<void(Result<std::vector<IpAddress>>)> done;  // rtc thread only
};

NameLookup::NameLookup(Loop& loop, std::string name, std::function<void(Result<std::vector<IpAddress>>)> done)
    : shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
  shared_->done = std::move(done);
  const auto deliver = [](const std::shared_ptr<Shared>& shared, Result<std::vector<IpAddress>> result) {
    const std::lock_guard lock(shared->mutex);
    if (shared->loop == nullptr) return;
    shared->loop->post([weak = std::weak_ptr(shared), result = std::move(result)]() mutable {
      const auto listener = weak.lock();
      if (listener && listener->done) std::exchange(listener->done, nullptr)(std::move(result));
    });
  };
  if (++running_threads > kMaxThreads) {
    --running_threads;
    deliver(shared_, environment_error("too many name lookups hang already"));
    return;
  }
  const BlockedSignals blocked;  // inherited by the thread
  try {
    std::thread([shared = shared_, deliver, name = std::move(name)] {
      auto result = resolve(name);
      deliver(shared, std::move(result));
      --running_threads;
    }).detach();
  } catch (const std::system_error& error) {
    --running_threads;
    deliver(shared_, environment_error(std::string("cannot start a name lookup: ") + error.what()));
  }
}

NameLookup::~NameLookup() {
  const std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->done = nullptr;
}

}  // namespace coterie::rtc
