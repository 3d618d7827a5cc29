// WebRtcLink: the Link that is one PeerConnection with its one channel.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ceremony/framing.h"
#include "rtc/peer_connection.h"
#include "session/event_loop.h"
#include "session/link.h"

namespace coterie::session {

class WebRtcLink final : public Link, public std::enable_shared_from_this<WebRtcLink> {
 public:
  static std::shared_ptr<WebRtcLink> create(LinkSide side, EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime,
                                            const rtc::Configuration& configuration, LinkHandlers handlers);
  ~WebRtcLink() override { WebRtcLink::close(); }

  Result<void> begin_offer() override;
  Result<void> begin_answer(const std::string& offer) override;
  Result<void> take_answer(const std::string& answer) override;
  Result<void> add_candidate(const json::Value& candidate) override;
  Result<void> send(std::string_view message) override;

  std::optional<LinkPath> path() const override { return path_; }
  bool knows_stun() const override { return knows_stun_; }
  rtc::ConnectionReport report() const override { return connection_->report(); }

  void close() override;
  void drop() override;

 private:
  WebRtcLink(LinkSide side, LinkHandlers handlers) : side_(side), handlers_(std::move(handlers)) {}

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
