// The simulated network: connections to signaling servers, which run the real Rooms, and channels between two signers.
// Both deliver whole messages in order, late, or fail; what else may happen to them is the plan's.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "session/link.h"
#include "signaling/room.h"
#include "sim/plan.h"
#include "sim/schedule.h"
#include "sim/trace.h"

namespace coterie::sim {

// What all of one run share.
struct Context {
  Context(std::uint64_t seed, bool loud) : dice(seed), random(seed), plan(Plan::draw(dice)), trace(schedule, loud) {}

  bool faults() const { return schedule.now() < plan.faults_end; }
  bool fault(std::uint64_t per_mille) { return per_mille > 0 && faults() && dice.chance(per_mille); }
  Duration latency() {
    using namespace std::chrono_literals;
    return dice.chance(faults() ? 100 : 10) ? dice.between(50ms, 2s) : dice.between(1ms, 50ms);
  }

  Dice dice;
  SeededRandom random;  // the product's
  Plan plan;
  Schedule schedule;
  Trace trace;
};

// A client's end of its connection to a server.
struct Connection {
  signaling::ConnectionId id{};
  std::function<void(const std::string& frame)> on_frame;
  std::function<void()> on_closed;
  bool open = true;  // as the client sees it
  Duration last_up{0};
  Duration last_down{0};
};

class SignalingServer {
 public:
  // `only`: an embedded one.
  SignalingServer(Context& context, std::optional<RoomId> only) : context_(context), only_(only) {}

  void start();
  void stop();  // knows nothing of its rooms when it starts again
  bool runs() const { return rooms_.has_value(); }
  bool answers(const std::shared_ptr<Connection>& connection) const { return connections_.contains(connection->id); }

  // Null when nobody listens there.
  std::shared_ptr<Connection> connect(const RoomId& room, std::function<void(const std::string&)> on_frame,
                                      std::function<void()> on_closed);
  void send(const std::shared_ptr<Connection>& connection, std::string frame);
  // By the client: `frame`, if any, was the last it sent.
  void close(const std::shared_ptr<Connection>& connection);
  // By the network: both ends learn it, one after the other.
  void drop_one();

 private:
  void take(signaling::ConnectionId id, const std::string& frame);
  void deliver(signaling::Deliveries deliveries);
  void relay(const std::shared_ptr<Connection>& to, const std::string& frame);
  void pass_down(const std::shared_ptr<Connection>& to, std::string frame, bool then_close);
  void forget_later(signaling::ConnectionId id);
  void expire();
  signaling::Time time() const { return signaling::Time(context_.schedule.now()); }

  Context& context_;
  std::optional<RoomId> only_;
  std::optional<signaling::Rooms> rooms_;
  std::map<signaling::ConnectionId, std::shared_ptr<Connection>> connections_;
  std::map<signaling::ConnectionId, std::vector<std::string>> heard_;  // signals that went there
  std::uint64_t last_id_ = 0;
  std::uint64_t starts_ = 0;
};

// One side's end of a channel between two signers.
struct ChannelEnd {
  std::function<void()> on_open;
  std::function<void(const std::string& message)> on_message;
  std::function<void()> on_silence;
  std::function<void(session::LinkEnd how)> on_ended;

  std::weak_ptr<ChannelEnd> other;
  bool open = false;
  bool closed = false;
  std::deque<std::string> early;  // came before it was open here
  Duration last{0};               // when the last message from here arrives
  std::string held;               // to be overtaken by the next
};

class Channels {
 public:
  explicit Channels(Context& context) : context_(context) {}

  // An end, and the description that leads to it.
  std::pair<std::shared_ptr<ChannelEnd>, std::string> describe(ChannelEnd end);
  // Both descriptions are known on this side: the channel opens, if it does.
  void connect(const std::shared_ptr<ChannelEnd>& own, const std::string& others_description);
  void send(const std::shared_ptr<ChannelEnd>& from, std::string message);
  // After what was sent.
  void close(const std::shared_ptr<ChannelEnd>& from);
  // The process is gone: what it sent last may be lost, and the other side learns it when it does.
  void die(const std::shared_ptr<ChannelEnd>& from);
  void cut_one();

 private:
  void silence(const std::shared_ptr<ChannelEnd>& end);
  void open(const std::shared_ptr<ChannelEnd>& end);
  void transmit(const std::shared_ptr<ChannelEnd>& from, std::string message);
  void end(const std::shared_ptr<ChannelEnd>& end, session::LinkEnd how, Duration delay);

  Context& context_;
  std::map<std::string, std::weak_ptr<ChannelEnd>> described_;
  std::vector<std::weak_ptr<ChannelEnd>> opened_;
  std::uint64_t last_name_ = 0;
};

}  // namespace coterie::sim
