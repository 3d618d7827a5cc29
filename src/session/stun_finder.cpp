#include "session/stun_finder.h"

#include "base/log.h"

namespace coterie::session {

Result<std::vector<rtc::StunUrl>> StunFinder::parse(const std::vector<std::string>& urls) {
  std::vector<rtc::StunUrl> parsed;
  for (const std::string& url : urls) {
    COTERIE_TRY(rtc::StunUrl one, rtc::StunUrl::parse(url));
    parsed.push_back(std::move(one));
  }
  return parsed;
}

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
