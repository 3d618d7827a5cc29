#include "session/stun_finder.h"

#include "base/log.h"

namespace coterie::session {

StunFinder::StunFinder(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime, std::vector<rtc::StunUrl> urls,
                       std::function<void(const rtc::StunServer&)> on_found) {
  if (urls.empty()) return;
  probe_ = rtc::StunProbe::start(
      std::move(runtime), std::move(urls), [&loop](std::function<void()> function) { loop.post(std::move(function)); },
      [on_found = std::move(on_found)](const Result<rtc::StunAnswer>& answer) {
        if (!answer) return log::info("no stun server answered: {}", answer.error().message);
        log::info("stun server {} answered first", answer->url.text());
        on_found(answer->server);
      });
}

}  // namespace coterie::session
