// LinkEnvironment: what a LinkKeeper has around it: whoever makes its links and its timers, and carries its signals.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "session/link.h"
#include "signaling/message.h"

namespace coterie::session {

// One waiting function. Nothing is called after cancel() or destruction.
class Timeout {
 public:
  Timeout() = default;
  virtual ~Timeout() = default;
  Timeout(const Timeout&) = delete;
  Timeout& operator=(const Timeout&) = delete;

  virtual void start(std::chrono::milliseconds after, std::function<void()> on_due) = 0;  // in place of what waited
  virtual void cancel() = 0;
  virtual bool waiting() const = 0;
};

// None of these calls the keeper, or a handler of a link, before it returns.
class LinkEnvironment {
 public:
  LinkEnvironment() = default;
  virtual ~LinkEnvironment() = default;
  LinkEnvironment(const LinkEnvironment&) = delete;
  LinkEnvironment& operator=(const LinkEnvironment&) = delete;

  virtual std::shared_ptr<Link> create_link(LinkHandlers handlers) = 0;
  virtual std::unique_ptr<Timeout> create_timeout() = 0;
  virtual void post(std::function<void()> function) = 0;  // on the strand, later

  // Queued only. Kind environment when this signer is not in the room: nothing is kept, handle_joined() comes again.
  virtual Result<void> send_signal(signaling::RelayType type, const SignKey& to, const json::Value& data) = 0;
  // The network may be gone, and the connection to the signaling server with it.
  virtual void check_signaling() = 0;
  // Under a new epoch of our own.
  virtual void join_anew() = 0;
};

}  // namespace coterie::session
