// WebRtcClient: one signer's links to the others, over WebRTC: a LinkKeeper with the real room, PeerConnections and
// clock around it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "crypto/identity.h"
#include "rtc/ice_server.h"
#include "rtc/peer_connection.h"
#include "session/event_loop.h"
#include "session/link_failure.h"
#include "session/link_keeper.h"
#include "session/room_news.h"
#include "signaling/address.h"
#include "signaling/client.h"

namespace coterie::session {

enum class Farewell {
  leave,  // this signer is done here; the creator's leaving ends the room
  drop,   // without a word: this signer will come back
};

struct WebRtcClientOptions {
  signaling::ServerUrl server;
  std::optional<std::filesystem::path> tls_ca = {};  // of the server's certificate, instead of the system's
  RoomId room;
  // The creator's: the room is opened with it at every join, and this side makes the offers. A recipient answers.
  std::optional<signaling::RoomTerms> create;
  std::vector<RemoteSigner> peers;  // a recipient has one: the creator
  rtc::LoopbackCandidates loopback = rtc::LoopbackCandidates::refused;
  std::chrono::milliseconds connect_timeout{30'000};
  std::vector<rtc::StunUrl> stun_servers = {};  // whichever answers first is used
  // Without one, and with IcePolicy::all, those of the signaling server's that may be used.
  std::vector<rtc::TurnServer> turn_servers = {};
  IcePolicy ice_policy = IcePolicy::all;
};

using WebRtcClientHandlers = LinkKeeperHandlers;

class WebRtcClient {
 public:
  // `loop`, `identity` and `random` outlive the client, which lives on the strand. Kind refused for a peer's low-order
  // box key.
  static Result<std::unique_ptr<WebRtcClient>> create(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime,
                                                      const crypto::Identity& identity, Random& random,
                                                      WebRtcClientOptions options, WebRtcClientHandlers handlers);
  ~WebRtcClient();  // as close(Farewell::drop)
  WebRtcClient(const WebRtcClient&) = delete;
  WebRtcClient& operator=(const WebRtcClient&) = delete;

  void start();

  const RoomTrouble& room_trouble() const;

  // As LinkKeeper's.
  bool present(const SignKey& peer) const;
  bool connected(const SignKey& peer) const;
  std::optional<LinkFailure> link_failure(const SignKey& peer) const;
  void send(const SignKey& peer, std::string_view message);
  void close_link(const SignKey& peer);
  void drop_link(const SignKey& peer);

  // Closes all links after what was sent. No handler is called any more. Idempotent.
  void close(Farewell farewell);

 private:
  class Impl;
  explicit WebRtcClient(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace coterie::session
