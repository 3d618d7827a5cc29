// NameLookup: getaddrinfo in a thread that nobody waits for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "rtc/ip_address.h"
#include "rtc/loop.h"

namespace coterie::rtc {

// getaddrinfo cannot be cancelled and may hang for half a minute with a dead name server. So its thread is detached
// and owns all it touches; destroying the NameLookup, or ending the process, leaves it behind.
class NameLookup {
 public:
  // Calls `done` on the rtc thread, unless this was destroyed there before. Those of one name share one
  // answer while it is on its way. At most kMaxThreads names hang at a time in the process; more fail at once.
  NameLookup(Loop& loop, std::string name, std::function<void(Result<std::vector<IpAddress>>)> done);
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

 private:
  struct Shared;
  struct Waiting;
  std::shared_ptr<Shared> shared_;
};

}  // namespace coterie::rtc
