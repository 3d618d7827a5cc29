#include "session/stun_finder.h"

#include <chrono>
#include <utility>

#include "base/log.h"

namespace coterie::session {

namespace {

constexpr std::chrono::milliseconds kFirstStunRetry{2'000};
constexpr std::chrono::milliseconds kLastStunRetry{60'000};

}  // namespace

StunFinder::StunFinder(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime, Random& random,
                       std::vector<rtc::StunUrl> urls, std::function<void(const rtc::StunServer&)> on_found,
                       rtc::StunProbeLimits limits)
    : loop_(loop),
      runtime_(std::move(runtime)),
      random_(random),
      urls_(std::move(urls)),
      on_found_(std::move(on_found)),
      limits_(limits),
      retry_(kFirstStunRetry, kLastStunRetry),
      retry_timer_(loop) {
  probe();
}

void StunFinder::look_again() {
  retry_.reset();
  probe();
}

void StunFinder::probe() {
  if (urls_.empty()) return;
  retry_timer_.cancel();
  probe_ = rtc::StunProbe::start(
      runtime_, urls_, [&loop = loop_](std::function<void()> function) { loop.post(std::move(function)); },
      [this](const Result<rtc::StunAnswer>& answer) {
        if (!answer) {
          log::info("no stun server answered: {}", answer.error().message);
          return retry_timer_.start(retry_.draw(random_), [this] { probe(); });
        }
        log::info("stun server {} answered first", answer->url.text());
        on_found_(answer->server);
      },
      limits_);
}

}  // namespace coterie::session
