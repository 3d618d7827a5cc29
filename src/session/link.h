// Link: one PeerConnection to another signer, with its one channel, as whole messages. Lives on the strand.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "ceremony/framing.h"
#include "coterie/observer.h"
#include "rtc/peer_connection.h"
#include "session/event_loop.h"

namespace coterie::session {

enum class LinkSide { offering, answering };

// How a link ended: only an orderly close is the other side's deed.
enum class LinkEnd { closed_by_peer, lost };

// Called on the strand, none after close(); a handler may close its link.
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

class Link : public std::enable_shared_from_this<Link> {
 public:
  static std::shared_ptr<Link> create(LinkSide side, EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime,
                                      const rtc::Configuration& configuration, LinkHandlers handlers);
  ~Link() { close(); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Offering side: makes channel and offer. Answering side: what the verified offer says.
  Result<void> begin_offer();
  Result<void> begin_answer(const std::string& offer);
  Result<void> take_answer(const std::string& answer);
  // Malformed ones are an error that changes nothing; those that are no use to us are skipped.
  Result<void> add_candidate(const json::Value& candidate);

  // One message, in pieces. Queued only.
  Result<void> send(std::string_view message);

  std::optional<LinkPath> path() const { return path_; }
  bool knows_stun() const { return knows_stun_; }
  // How far it came; also after close().
  rtc::ConnectionReport report() const { return connection_->report(); }

  // After what was sent. Idempotent.
  void close();
  // At once, and to the other side as if lost. Idempotent.
  void drop();

 private:
  Link(LinkSide side, LinkHandlers handlers) : side_(side), handlers_(std::move(handlers)) {}

  void adopt(std::shared_ptr<rtc::DataChannel> channel);
  void open();
  void take_piece(BytesView piece);
  void end(LinkEnd how, const Error& error);

  // Wraps a function for a handler that may come after this link is closed or gone.
  template <class Function>
  auto guarded(Function function) {
    return [weak = weak_from_this(), function](auto&&... arguments) {
      if (const auto self = weak.lock(); self && !self->closed_) function(*self, arguments...);
    };
  }

  LinkSide side_;
  LinkHandlers handlers_;
  std::shared_ptr<rtc::PeerConnection> connection_;
  std::shared_ptr<rtc::DataChannel> channel_;
  ceremony::FrameReader reader_;
  std::optional<LinkPath> path_;
  bool knows_stun_ = false;
  bool opened_ = false;
  bool closed_ = false;
};

}  // namespace coterie::session
