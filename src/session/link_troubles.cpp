#include "session/link_troubles.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace coterie::session {

std::optional<std::string> LinkTroubles::take_news() {
  if (!failure_) return std::nullopt;
  const std::string reason = failure_->what + failure_->why;
  if (std::exchange(told_, reason) == reason) return std::nullopt;
  return fmt::format("no link to {} yet: {}. Trying again; {}", name_, describe(*failure_), failure_->advice);
}

void LinkTroubles::link_opened() {
  failure_.reset();
  told_.clear();
}

std::optional<std::string> LinkTroubles::broken_off(LinkFailure breach, std::string_view words) {
  const bool known = breach_ && breach_->what == breach.what;
  breach_ = std::move(breach);
  if (known) return std::nullopt;
  return fmt::format("the link to {} is broken off: {}", name_, words);
}

}  // namespace coterie::session
