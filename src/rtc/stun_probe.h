// StunProbe: which of several STUN servers answers first, and what it sees us as.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rtc/ice_server.h"
#include "rtc/runtime.h"

namespace coterie::rtc {

constexpr std::size_t kMaxStunServers = 8;  // probed at once; more are ignored

struct StunAnswer {
  StunUrl url;        // the one that answered first
  StunServer server;  // and its address: for Configuration::stun_server
  StunServer mapped;  // our address as that server sees it
};

struct StunProbeLimits {
  std::chrono::milliseconds resolve{2000};  // for all names
  std::chrono::milliseconds total{5000};
};

// Resolves names in threads of their own, asks all servers in parallel, and calls `on_result` once, through `post`:
// with the first answer, or with an Error (kind environment) that says for each server why there is none. Destroying
// the probe cancels it at once, whatever a name server does, and `on_result` is not called after that; destroy it on
// the owner's strand.
class StunProbe {
 public:
  static std::unique_ptr<StunProbe> start(std::shared_ptr<Runtime> runtime, std::vector<StunUrl> servers, Post post,
                                          std::function<void(Result<StunAnswer>)> on_result,
                                          StunProbeLimits limits = {});
  virtual ~StunProbe() = default;
};

}  // namespace coterie::rtc
