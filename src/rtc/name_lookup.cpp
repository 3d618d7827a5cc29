#include "rtc/name_lookup.h"

#include <netdb.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace coterie::rtc {

namespace {

constexpr std::size_t kMaxThreads = 16;

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

  static void deliver(const std::shared_ptr<Shared>& shared, Result<std::vector<IpAddress>> result) {
    const std::lock_guard lock(shared->mutex);
    if (shared->loop == nullptr) return;
    shared->loop->post([weak = std::weak_ptr(shared), result = std::move(result)]() mutable {
      const auto listener = weak.lock();
      if (listener && listener->done) std::exchange(listener->done, nullptr)(std::move(result));
    });
  }
};

// Who waits for which name: links to many signers ask for the same servers at once.
struct NameLookup::Waiting {
  std::mutex mutex;
  std::map<std::string, std::vector<std::shared_ptr<Shared>>> by_name;  // a thread each

  // Never destroyed: a thread may outlive everything else.
  static Waiting& all() {
    static auto& waiting = *new Waiting();
    return waiting;
  }

  std::vector<std::shared_ptr<Shared>> take(const std::string& name) {
    const std::lock_guard lock(mutex);
    return std::move(by_name.extract(name).mapped());
  }
};

NameLookup::NameLookup(Loop& loop, std::string name, std::function<void(Result<std::vector<IpAddress>>)> done)
    : shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
  shared_->done = std::move(done);
  Waiting& waiting = Waiting::all();
  {
    const std::lock_guard lock(waiting.mutex);
    const auto known = waiting.by_name.find(name);
    if (known != waiting.by_name.end()) {
      known->second.push_back(shared_);
      return;
    }
    if (waiting.by_name.size() == kMaxThreads) {
      Shared::deliver(shared_, environment_error("too many name lookups hang already"));
      return;
    }
    waiting.by_name[name] = {shared_};
  }
  const BlockedSignals blocked;  // inherited by the thread
  try {
    std::thread([name] {
      const auto result = resolve(name);
      for (const auto& listener : Waiting::all().take(name)) Shared::deliver(listener, result);
    }).detach();
  } catch (const std::system_error& error) {
    const auto failure = environment_error(std::string("cannot start a name lookup: ") + error.what());
    for (const auto& listener : waiting.take(name)) Shared::deliver(listener, failure);
  }
}

NameLookup::~NameLookup() {
  const std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->done = nullptr;
}

}  // namespace coterie::rtc
