// Links: the product's session::LinkKeeper in the simulated network. Here are what it is given: links that are
// channels, timers in fake time, and a place in the room, the stand-in of signaling::Client.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/back_off.h"
#include "session/link_environment.h"
#include "session/link_keeper.h"
#include "session/webrtc_client.h"
#include "sim/network.h"

namespace coterie::sim {

struct LinksOptions {
  std::string who;  // in the trace
  RoomId room;
  std::optional<signaling::RoomTerms> create;  // the creator's
  std::vector<session::RemoteSigner> peers;
};

class ScheduledTimeout final : public session::Timeout {
 public:
  explicit ScheduledTimeout(Schedule& schedule) : schedule_(schedule) {}
  ~ScheduledTimeout() override { ScheduledTimeout::cancel(); }

  void start(Duration after, std::function<void()> on_due) override;
  void cancel() override { state_->waiting_for = 0; }
  bool waiting() const override { return state_->waiting_for != 0; }

 private:
  struct State {
    std::uint64_t starts = 0;
    std::uint64_t waiting_for = 0;  // one of the starts; what was started before it has no effect any more
  };

  Schedule& schedule_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class Links : public session::LinkEnvironment, public std::enable_shared_from_this<Links> {
 public:
  static constexpr Duration kConnectTimeout{30'000};

  // `context`, `server`, `channels` and `identity` outlive it. Of the handlers, on_in_room and on_notice are not
  // called.
  Links(Context& context, SignalingServer& server, Channels& channels, const crypto::Identity& identity,
        LinksOptions options, session::LinkKeeperHandlers handlers);

  void start();
  bool present(const SignKey& peer) const { return keeper_->present(peer); }
  bool connected(const SignKey& peer) const { return keeper_->connected(peer); }
  void send(const SignKey& peer, std::string_view message) { keeper_->send(peer, message); }
  void close_link(const SignKey& peer) { keeper_->close_link(peer); }
  void drop_link(const SignKey& peer) { keeper_->drop_link(peer); }
  void close(session::Farewell farewell);
  // The process is killed: nobody is told.
  void die();

 private:
  // --- what the keeper asks for ---
  std::shared_ptr<session::Link> create_link(session::LinkHandlers handlers) override;
  std::unique_ptr<session::Timeout> create_timeout() override;
  void post(std::function<void()> function) override;
  Result<void> send_signal(signaling::RelayType type, const SignKey& to, const json::Value& data) override;
  void check_signaling() override;
  void join_anew() override;

  // --- the room: as signaling::Client ---
  void attempt();
  void retry_signaling();
  void take_frame(const std::string& frame);
  void take(const signaling::Hello& hello);
  void take(const signaling::Joined& joined);
  void take(const signaling::Ready& ready);
  void take(const signaling::Relay& relay);
  void take(const signaling::Leave& leave);
  void take(const signaling::Refusal& refusal);

  Context& context_;
  SignalingServer& server_;
  Channels& channels_;
  const crypto::Identity& identity_;
  const LinksOptions options_;
  std::shared_ptr<session::LinkKeeper> keeper_;

  enum class State { awaiting_hello, awaiting_joined, joined, waiting_to_retry, replaced };
  State state_ = State::waiting_to_retry;
  std::shared_ptr<Connection> connection_;
  Epoch epoch_;
  ScheduledTimeout signaling_timer_;
  BackOff signaling_retry_{std::chrono::milliseconds(100), std::chrono::milliseconds(2'000)};
  bool killed_ = false;
  bool closed_ = false;
};

}  // namespace coterie::sim
