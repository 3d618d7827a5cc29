// Link: one connection to another signer, as whole messages. Lives on the strand. WebRtcLink is the real one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "coterie/observer.h"
#include "rtc/connection_report.h"

namespace coterie::session {

enum class LinkSide { offering, answering };

// How a link ended: only an orderly close is the other side's deed.
enum class LinkEnd { closed_by_peer, lost };

// Called on the strand, from begin_offer() or begin_answer() on, none after close() or drop(); a handler may close its
// link.
struct LinkHandlers {
  std::function<void(const std::string& sdp)> on_description;      // ours, to be signed and sent
  std::function<void(const json::Value& candidate)> on_candidate;  // RTCIceCandidateInit or null
  std::function<void()> on_open;                                   // the peer is who signed the description
  std::function<void()> on_silence;  // nothing heard on an open link for rtc::kSilence: it may come back, or end
  std::function<void()> on_path;     // path() is another one, on an open link
  std::function<void(const std::string& message)> on_message;
  std::function<void(LinkEnd how, const Error& error)>
      on_ended;  // last call: never opened, broken, or closed by the other side
};

class Link {
 public:
  Link() = default;
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Offering side: makes channel and offer. Answering side: what the verified offer says.
  virtual Result<void> begin_offer() = 0;
  virtual Result<void> begin_answer(const std::string& offer) = 0;
  virtual Result<void> take_answer(const std::string& answer) = 0;
  // Malformed ones are an error that changes nothing; those that are no use to us are skipped.
  virtual Result<void> add_candidate(const json::Value& candidate) = 0;

  // One message. Queued only.
  virtual Result<void> send(std::string_view message) = 0;

  virtual std::optional<LinkPath> path() const = 0;
  virtual bool knows_stun() const = 0;  // was made when a STUN server was there to ask
  // How far it came; also after close().
  virtual rtc::ConnectionReport report() const = 0;

  // After what was sent. Idempotent.
  virtual void close() = 0;
  // At once, and to the other side as if lost. Idempotent.
  virtual void drop() = 0;
};

}  // namespace coterie::session
