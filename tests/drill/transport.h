// Transport: one connection to another signer, below what signers say to each other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/json.h"
#include "net/raw_peer.h"
#include "rtc/peer_connection.h"
#include "session/event_loop.h"

namespace coterie::drill {

// Called on the strand.
struct TransportHandlers {
  std::function<void(const std::string& sdp)> on_description;
  std::function<void(const json::Value& candidate)> on_candidate;
  std::function<void()> on_open;
  std::function<void(BytesView piece)> on_piece;
  std::function<void(const std::string& why)> on_ended;
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual void begin_offer() = 0;
  virtual void begin_answer(const std::string& offer) = 0;
  virtual void take_answer(const std::string& answer) = 0;
  virtual void add_candidate(const json::Value& candidate) = 0;
  virtual bool send(BytesView piece) = 0;  // false: not now, or never
};

using MakeTransport = std::function<std::unique_ptr<Transport>(TransportHandlers handlers)>;

// As an honest signer's.
std::unique_ptr<Transport> make_transport(session::EventLoop& loop, const std::shared_ptr<rtc::Runtime>& runtime,
                                          TransportHandlers handlers);

// SCTP by hand: `attack` on the rtc thread once the association is up, and again whenever the peer acknowledges.
using Attack = std::function<void(rtc::RawPeer& peer)>;
std::unique_ptr<Transport> make_raw_transport(session::EventLoop& loop, const std::shared_ptr<rtc::Runtime>& runtime,
                                              TransportHandlers handlers, Attack attack);

// Opens 65,000 channels.
void open_channels(rtc::RawPeer& peer);
// One message without an end.
void send_endlessly(rtc::RawPeer& peer);

}  // namespace coterie::drill
