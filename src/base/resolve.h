// Names to addresses, off the caller's thread: getaddrinfo can take half a minute where a name server never answers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace coterie {

// A look-up under way. Dropping it at once is always right: the callback then never comes.
class Resolution {
 public:
  virtual ~Resolution() = default;
};

// IP literals, in the order to try them; or an Error of kind environment.
using ResolutionHandler = std::function<void(Result<std::vector<std::string>>)>;

// `done` is called once, on a thread of the look-up's own, and must only hand the result over: whoever drops the
// Resolution meanwhile waits for it. The thread itself may outlive the Resolution, holding nothing of the caller's.
std::unique_ptr<Resolution> resolve_host(std::string host, ResolutionHandler done);

}  // namespace coterie
