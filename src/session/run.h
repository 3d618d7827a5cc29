// Run: what both sides of a running creation share: the strand, the links, stop, join-timeout, and the way it ends.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/random.h"
#include "coterie/options.h"
#include "rtc/runtime.h"
#include "session/event_loop.h"
#include "session/outcome.h"
#include "session/progress_watch.h"
#include "session/webrtc_client.h"

namespace coterie::session {

struct RunOptions {
  ConnectionOptions connection;
  Observer& observer;
  std::stop_token stop;
};

class Run {
 public:
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

 protected:
  explicit Run(const RunOptions& options);
  virtual ~Run();

  // Once each, on the strand, unless the run ended before.
  virtual void on_stop() = 0;
  virtual void on_join_timeout() = 0;
  // Before everything is closed: timers that still wait must not hold up the end, and a link whose orderly close would
  // say what is not so is dropped.
  virtual void before_closing() = 0;

  // Opens the links and runs the strand on the calling thread until finish(); then everything is closed: links,
  // signaling, STUN, the rtc thread.
  Outcome drive(const crypto::Identity& identity, WebRtcClientOptions links, WebRtcClientHandlers handlers);
  // Ends drive() with this outcome. Later calls have no effect.
  void finish(Outcome outcome, Farewell farewell);
  bool finished() const { return outcome_.has_value(); }

  const ConnectionOptions options_;
  Observer& observer_;
  EventLoop loop_;
  SystemRandom random_;
  ProgressWatch watch_;
  std::unique_ptr<WebRtcClient> links_;

 private:
  std::stop_token stop_;
  std::shared_ptr<rtc::Runtime> runtime_;
  std::optional<Outcome> outcome_;
};

// Kind environment when this process may not open the sockets that links to so many others take.
Result<void> check_descriptors_for_links(std::size_t others);

// "12 s", "1.5 s": a time-out as an error names it.
std::string describe(std::chrono::milliseconds duration);

}  // namespace coterie::session
