// WebRtcClient: one signer's links to the others. Joins the room, makes and renews one PeerConnection with each, and
// hands over whole messages of authenticated signers; knows nothing of what they mean.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "coterie/observer.h"
#include "crypto/identity.h"
#include "crypto/sealing.h"
#include "rtc/peer_connection.h"
#include "session/event_loop.h"
#include "session/link.h"
#include "session/link_failure.h"
#include "session/peer.h"
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
  // Without one, and with IcePolicy::all, those of the signaling server's that may be used.
  std::vector<rtc::TurnServer> turn_servers = {};
  IcePolicy ice_policy = IcePolicy::all;
};

// Called on the strand; none after close(). A handler may call any method of the client.
struct WebRtcClientHandlers {
  std::function<void()> on_in_room;  // this signer is in the room (again)
  // absent, joined, connecting, connected (with the path) of one peer; repeated only when it, or the path, changed.
  std::function<void(const SignKey& peer, PeerState state, std::optional<LinkPath> path)> on_peer_state;
  // A link is open: the peer is who it says. Before it, on_link_closed for an earlier link of that peer.
  std::function<void(const SignKey& peer)> on_link_opened;
  std::function<void(const SignKey& peer, LinkEnd how)> on_link_closed;
  std::function<void(const SignKey& peer, const std::string& message)> on_message;
  std::function<void(const std::string& line)> on_notice;
  // Somebody on the way alters what signers say to each other, or this identity was replaced: the session must end.
  std::function<void(const Error& error)> on_fatal;
};

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

  // For links made from now on; a link under way that was begun without it is begun anew when it does not open soon.
  void set_stun_server(const rtc::StunServer& server);

  const RoomTrouble& room_trouble() const;

  bool present(const SignKey& peer) const;    // in the room, or on an open link
  bool connected(const SignKey& peer) const;  // a link is open

  // Why there is no link to a peer that is in the room, or was when a link was tried: that it broke the rules on one
  // that was open; else of the last attempt, or of the one under way when it is the first. Nothing with an open link,
  // or when none was ever tried.
  std::optional<LinkFailure> link_failure(const SignKey& peer) const;

  // One message on the open link. Queued only. Without an open link it is dropped: on_link_closed said so.
  void send(const SignKey& peer, std::string_view message);

  // Ends the link to one peer after what was sent; a new one is made only when the peer joins anew. on_link_closed is
  // not called for it.
  void close_link(const SignKey& peer);

  // Ends the open link to one peer so that the peer takes it for lost.
  void drop_link(const SignKey& peer);

  // Closes all links after what was sent. No handler is called any more. Idempotent.
  void close(Farewell farewell);

 private:
  class Impl;
  explicit WebRtcClient(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace coterie::session
