// Links: session::WebRtcClient in the simulated network. The same room messages, the same negotiators, the same rules
// of when a link is begun, replaced and given up; what is not there are sockets, ICE, DTLS and SCTP.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/back_off.h"
#include "ceremony/link_negotiator.h"
#include "session/webrtc_client.h"
#include "sim/network.h"

namespace coterie::sim {

struct LinksOptions {
  std::string who;  // in the trace
  RoomId room;
  std::optional<signaling::RoomTerms> create;  // the creator's
  std::vector<session::RemoteSigner> peers;
};

class Links : public std::enable_shared_from_this<Links> {
 public:
  static constexpr Duration kConnectTimeout{30'000};

  // `context`, `server`, `channels` and `identity` outlive it. Of the handlers, on_in_room and on_notice are not
  // called.
  Links(Context& context, SignalingServer& server, Channels& channels, const crypto::Identity& identity,
        LinksOptions options, session::WebRtcClientHandlers handlers);

  void start();
  bool present(const SignKey& peer) const;
  bool connected(const SignKey& peer) const;
  void send(const SignKey& peer, std::string_view message);
  void close_link(const SignKey& peer);
  void close(session::Farewell farewell);
  // The process is killed: nobody is told.
  void die();

 private:
  using End = std::shared_ptr<ChannelEnd>;
  // A timer is armed again by a higher number; what was armed before has no effect then.
  using Timer = std::uint64_t;

  struct Peer {
    session::RemoteSigner signer;
    std::optional<ceremony::OfferingNegotiator> offering;
    std::optional<ceremony::AnsweringNegotiator> answering;
    bool in_room = false;
    End open;
    End under_way;
    std::string own_description;  // of the end under way
    Timer connect_timer = 0;
    Timer retry_timer = 0;
    Timer pause_timer = 0;
    bool closed_here = false;
    bool pausing = false;
    bool link_wanted = false;
    BackOff retry{std::chrono::milliseconds(100), std::chrono::milliseconds(2'000)};
    PeerState told = PeerState::absent;

    ceremony::Negotiator& negotiator() {
      return offering ? static_cast<ceremony::Negotiator&>(*offering) : static_cast<ceremony::Negotiator&>(*answering);
    }
  };

  Peer* find(const SignKey& key);
  const Peer* find(const SignKey& key) const;
  bool offers() const { return options_.create.has_value(); }
  void arm(Timer& timer, Duration delay, std::function<void()> act);

  void attempt();
  void retry_signaling(bool was_in_room);
  void take_frame(const std::string& frame);
  void take(const signaling::Hello& hello);
  void take(const signaling::Joined& joined);
  void take(const signaling::Ready& ready);
  void take(const signaling::Relay& relay);
  void take(const signaling::Leave& leave);
  void take(const signaling::Refusal& refusal);

  void peer_joined(Peer& peer, const Epoch& epoch);
  void consume_offer(Peer& peer, const json::Value& data);
  void consume_answer(Peer& peer, const json::Value& data);
  void consume_candidate(Peer& peer, const json::Value& data);
  void on_not_signed(Peer& peer, const Error& error);
  void begin_link(Peer& peer);
  End make_end(Peer& peer);
  void on_open(Peer& peer, const End& end);
  void on_ended(Peer& peer, const End& end, session::LinkEnd how);
  void on_silence(Peer& peer, const End& end);
  void check_signaling();
  void on_connect_timeout(Peer& peer);
  void end_under_way(Peer& peer);
  void retry_later(Peer& peer);
  void signal(Peer& peer, signaling::RelayType type, Result<json::Value> data);
  void tell_state(Peer& peer);
  bool needs_room() const;
  void give_way();
  void close_end(End& end);

  Context& context_;
  SignalingServer& server_;
  Channels& channels_;
  const crypto::Identity& identity_;
  const LinksOptions options_;
  session::WebRtcClientHandlers handlers_;
  std::map<SignKey, Peer> peers_;

  enum class State { awaiting_hello, awaiting_joined, joined, waiting_to_retry, replaced };
  State state_ = State::waiting_to_retry;
  std::shared_ptr<Connection> connection_;
  Epoch epoch_;
  Timer signaling_timer_ = 0;
  bool replaced_ = false;
  BackOff signaling_retry_{std::chrono::milliseconds(100), std::chrono::milliseconds(2'000)};
  bool closed_ = false;
};

}  // namespace coterie::sim
