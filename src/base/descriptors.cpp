#include "base/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <string>

namespace coterie {

Result<void> check_descriptors(std::size_t count, std::string_view what) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  std::size_t open = 0;
  // No further than where enough are found: the limit may be a billion.
  for (rlim_t number = 0; number < limit.rlim_cur && number < count + open; ++number) {
    if (fcntl(static_cast<int>(number), F_GETFD) >= 0) ++open;
  }
  if (limit.rlim_cur >= count + open) return {};
  return environment_error("this process may have only " + std::to_string(limit.rlim_cur) +
                               " files open at a time: " + std::string(what) + " needs " + std::to_string(count) +
                               " besides the " + std::to_string(open) + " that are open now",
                           "raise the limit, for instance by `ulimit -n 1024`, then run the same command again");
}

}  // namespace coterie
