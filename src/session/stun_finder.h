// StunFinder: looks for a STUN server that answers, beside everything else; nothing ever waits for it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/back_off.h"
#include "base/random.h"
#include "rtc/runtime.h"
#include "rtc/stun_probe.h"
#include "session/event_loop.h"

namespace coterie::session {

class StunFinder {
 public:
  // `on_found` is called on the strand with the server that answered first, each time that was looked for one. While
  // none answers (the network may come later than this program) it is tried again, ever more seldom.
  StunFinder(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime, Random& random, std::vector<rtc::StunUrl> urls,
             std::function<void(const rtc::StunServer&)> on_found, rtc::StunProbeLimits limits = {});

  // The network has changed: another server may be the one that answers.
  void look_again();

 private:
  void probe();

  EventLoop& loop_;
  std::shared_ptr<rtc::Runtime> runtime_;
  Random& random_;
  const std::vector<rtc::StunUrl> urls_;
  const std::function<void(const rtc::StunServer&)> on_found_;
  const rtc::StunProbeLimits limits_;
  std::unique_ptr<rtc::StunProbe> probe_;
  BackOff retry_;
  Timer retry_timer_;
};

}  // namespace coterie::session
