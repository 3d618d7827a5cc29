#include "session/webrtc_link.h"

#include "base/failpoint.h"

namespace coterie::session {

namespace {

constexpr const char* kChannelLabel = "shared-state";

LinkPath to_link_path(rtc::CandidateType type) {
  switch (type) {
    case rtc::CandidateType::host:
      return LinkPath::host;
    case rtc::CandidateType::srflx:
      return LinkPath::srflx;
    case rtc::CandidateType::relay:
      return LinkPath::relay;
  }
  return LinkPath::host;
}

}  // namespace

std::shared_ptr<WebRtcLink> WebRtcLink::create(LinkSide side, EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime,
                                               const rtc::Configuration& configuration, LinkHandlers handlers) {
  std::shared_ptr<WebRtcLink> link(new WebRtcLink(side, std::move(handlers)));
  link->knows_stun_ = configuration.stun_server.has_value();

  rtc::PeerConnectionHandlers events;
  events.on_local_description = link->guarded([](WebRtcLink& self, const rtc::SessionDescription& description) {
    self.handlers_.on_description(description.sdp);
  });
  events.on_ice_candidate = link->guarded([](WebRtcLink& self, const std::optional<rtc::IceCandidateInit>& candidate) {
    self.handlers_.on_candidate(rtc::serialize_ice_candidate(candidate));
  });
  events.on_path = link->guarded([](WebRtcLink& self, rtc::CandidateType type) {
    const auto alive = self.shared_from_this();
    self.path_ = to_link_path(type);
    if (self.opened_) self.handlers_.on_path();
  });
  events.on_data_channel = link->guarded([](WebRtcLink& self, const std::shared_ptr<rtc::DataChannel>& channel) {
    if (self.side_ == LinkSide::offering || self.channel_ || channel->label() != kChannelLabel) {
      return channel->close();
    }
    self.adopt(channel);
    self.open();
  });
  events.on_connection_state =
      link->guarded([](WebRtcLink& self, rtc::ConnectionState state, const std::optional<Error>& error) {
        if (state == rtc::ConnectionState::disconnected && self.opened_) self.handlers_.on_silence();
        if (state == rtc::ConnectionState::closed) self.end(LinkEnd::closed_by_peer, *error);
        if (state == rtc::ConnectionState::failed) self.end(LinkEnd::lost, *error);
      });
  link->connection_ = rtc::PeerConnection::create(
      std::move(runtime), configuration, [&loop](std::function<void()> function) { loop.post(std::move(function)); },
      std::move(events));
  return link;
}

Result<void> WebRtcLink::begin_offer() {
  COTERIE_TRY(auto channel, connection_->create_data_channel(kChannelLabel));
  adopt(std::move(channel));
  return connection_->create_offer();
}

Result<void> WebRtcLink::begin_answer(const std::string& offer) {
  return connection_->set_remote_description({rtc::SessionDescription::Type::offer, offer});
}

Result<void> WebRtcLink::take_answer(const std::string& answer) {
  return connection_->set_remote_description({rtc::SessionDescription::Type::answer, answer});
}

Result<void> WebRtcLink::add_candidate(const json::Value& candidate) {
  COTERIE_TRY(const auto parsed, rtc::parse_ice_candidate(candidate));
  return connection_->add_ice_candidate(parsed);
}

void WebRtcLink::adopt(std::shared_ptr<rtc::DataChannel> channel) {
  channel_ = std::move(channel);
  rtc::DataChannelHandlers events;
  events.on_open = guarded([](WebRtcLink& self) { self.open(); });
  events.on_message = guarded([](WebRtcLink& self, const Bytes& piece) { self.take_piece(piece); });
  events.on_close = guarded([](WebRtcLink& self, const std::optional<Error>& error) {
    self.end(LinkEnd::lost, error.value_or(environment_error("the other side closed the data channel")));
  });
  channel_->set_handlers(std::move(events));
}

void WebRtcLink::open() {
  const auto alive = shared_from_this();
  opened_ = true;
  handlers_.on_open();
}

void WebRtcLink::take_piece(BytesView piece) {
  const auto alive = shared_from_this();
  if (const auto added = reader_.add(piece); !added) return end(LinkEnd::lost, added.error());
  while (!closed_) {
    const auto message = reader_.poll_message();
    if (!message) return end(LinkEnd::lost, message.error());
    if (!*message) return;
    pass_failpoint("before message received");
    handlers_.on_message(**message);
    pass_failpoint("after message received");
  }
}

void WebRtcLink::end(LinkEnd how, const Error& error) {
  const auto alive = shared_from_this();
  close();
  handlers_.on_ended(how, error);
}

Result<void> WebRtcLink::send(std::string_view message) {
  pass_failpoint("before message sent");
  for (const Bytes& piece : ceremony::split_message(message)) COTERIE_CHECK(channel_->send(piece));
  pass_failpoint("after message sent");
  return {};
}

void WebRtcLink::close() {
  if (std::exchange(closed_, true)) return;
  if (connection_) connection_->close();
}

void WebRtcLink::drop() {
  if (std::exchange(closed_, true)) return;
  if (connection_) connection_->drop();
}

}  // namespace coterie::session
