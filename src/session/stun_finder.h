// StunFinder: looks for a STUN server that answers, beside everything else; nothing ever waits for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rtc/runtime.h"
#include "rtc/stun_probe.h"
#include "session/event_loop.h"

namespace coterie::session {

class StunFinder {
 public:
  // `on_found` is called on the strand, once, with the server that answered first; not at all when none does.
  StunFinder(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime, std::vector<rtc::StunUrl> urls,
             std::function<void(const rtc::StunServer&)> on_found);

 private:
  std::unique_ptr<rtc::StunProbe> probe_;
};

}  // namespace coterie::session
