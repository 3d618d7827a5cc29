#include "sim/network.h"

#include <algorithm>

namespace coterie::sim {

using namespace std::chrono_literals;

// --- signaling ---

void SignalingServer::start() {
  rooms_.emplace(signaling::RoomLimits{}, only_ ? signaling::ServerKind::embedded : signaling::ServerKind::serve,
                 only_);
  ++starts_;
  expire();
}

void SignalingServer::stop() {
  rooms_.reset();
  heard_.clear();
  for (auto& [id, connection] : std::exchange(connections_, {})) {
    context_.schedule.after(context_.latency(), [closed = connection] {
      if (std::exchange(closed->open, false)) closed->on_closed();
    });
  }
}

void SignalingServer::expire() {
  context_.schedule.after(1s, [this, start = starts_] {
    if (!rooms_ || starts_ != start) return;
    deliver(rooms_->expire(time()));
    // A server that nobody is connected to has nothing to tell.
    if (rooms_->rooms() > 0 || rooms_->connections() > 0 || context_.faults()) expire();
  });
}

std::shared_ptr<Connection> SignalingServer::connect(const RoomId& room,
                                                     std::function<void(const std::string&)> on_frame,
                                                     std::function<void()> on_closed) {
  if (!rooms_) return nullptr;
  auto connection = std::make_shared<Connection>();
  connection->id = signaling::ConnectionId(++last_id_);
  connection->on_frame = std::move(on_frame);
  connection->on_closed = std::move(on_closed);
  connections_.emplace(connection->id, connection);
  pass_down(connection,
            signaling::serialize(signaling::ServerMessage(rooms_->connect(connection->id, room, context_.random))),
            false);
  return connection;
}

void SignalingServer::send(const std::shared_ptr<Connection>& connection, std::string frame) {
  connection->last_up = std::max(connection->last_up, context_.schedule.now() + context_.latency());
  context_.schedule.after(connection->last_up - context_.schedule.now(),
                          [this, id = connection->id, text = std::move(frame)] { take(id, text); });
}

void SignalingServer::take(signaling::ConnectionId id, const std::string& frame) {
  if (!rooms_ || !connections_.contains(id)) return;
  const auto message = signaling::parse_client_message(frame);
  if (!message) throw Violation("every frame is well formed", message.error().message);
  deliver(rooms_->handle_message(id, *message, time()).deliveries);
}

void SignalingServer::deliver(signaling::Deliveries deliveries) {
  for (const signaling::Delivery& delivery : deliveries) {
    const auto found = connections_.find(delivery.to);
    if (found == connections_.end()) continue;
    const std::shared_ptr<Connection> to = found->second;
    std::string frame = signaling::serialize(delivery.message);
    if (std::holds_alternative<signaling::Relay>(delivery.message)) {
      relay(to, frame);
    } else {
      const bool last = delivery.after == signaling::AfterDelivery::close;
      pass_down(to, std::move(frame), last);
      if (last) connections_.erase(delivery.to);
    }
  }
}

// Signals are what a server may lose, double, keep and say again; it cannot read or make any.
void SignalingServer::relay(const std::shared_ptr<Connection>& to, const std::string& frame) {
  const Plan& plan = context_.plan;
  std::vector<std::string>& heard = heard_[to->id];
  heard.push_back(frame);
  if (context_.fault(plan.relay_lost)) return;
  if (context_.fault(plan.relay_late)) {
    context_.schedule.after(context_.dice.between(100ms, 20s), [this, to, text = frame] {
      if (connections_.contains(to->id)) pass_down(to, text, false);
    });
    return;
  }
  pass_down(to, frame, false);
  if (context_.fault(plan.relay_doubled)) pass_down(to, frame, false);
  if (context_.fault(plan.relay_replayed)) pass_down(to, context_.dice.pick(heard), false);
}

void SignalingServer::pass_down(const std::shared_ptr<Connection>& to, std::string frame, bool then_close) {
  to->last_down = std::max(to->last_down, context_.schedule.now() + context_.latency());
  context_.schedule.after(to->last_down - context_.schedule.now(), [to, then_close, text = std::move(frame)] {
    if (to->open) to->on_frame(text);
    if (then_close && std::exchange(to->open, false)) to->on_closed();
  });
}

void SignalingServer::close(const std::shared_ptr<Connection>& connection) {
  connection->open = false;
  forget_later(connection->id);
}

// The server notices a connection that is gone when it does; what was sent before arrives before that.
void SignalingServer::forget_later(signaling::ConnectionId id) {
  const auto connection = connections_.find(id);
  if (connection == connections_.end()) return;
  const Duration sent = std::max(connection->second->last_up, context_.schedule.now());
  const Duration notice =
      context_.dice.chance(800) ? context_.dice.between(1ms, 100ms) : context_.dice.between(1s, 20s);
  context_.schedule.after(sent - context_.schedule.now() + notice, [this, id] {
    if (connections_.erase(id) > 0 && rooms_) deliver(rooms_->disconnect(id));
    heard_.erase(id);
  });
}

void SignalingServer::drop_one() {
  if (connections_.empty()) return;
  const auto chosen = std::next(connections_.begin(), static_cast<long>(context_.dice.below(connections_.size())));
  const std::shared_ptr<Connection> connection = chosen->second;
  context_.trace.note("connection {} to the signaling server is dropped", static_cast<std::uint64_t>(connection->id));
  forget_later(connection->id);
  context_.schedule.after(context_.dice.between(1ms, 5s), [connection] {
    if (std::exchange(connection->open, false)) connection->on_closed();
  });
}

// --- channels ---

std::pair<std::shared_ptr<ChannelEnd>, std::string> Channels::describe(ChannelEnd end) {
  auto made = std::make_shared<ChannelEnd>(std::move(end));
  std::string name = fmt::format("end {}", ++last_name_);
  described_.emplace(name, made);
  return {std::move(made), std::move(name)};
}

void Channels::connect(const std::shared_ptr<ChannelEnd>& own, const std::string& others_description) {
  const auto found = described_.find(others_description);
  const std::shared_ptr<ChannelEnd> other = found == described_.end() ? nullptr : found->second.lock();
  if (!other || other->closed || own->closed) return;  // as if there were no way: connect-timeout tells
  own->other = other;
  if (other->other.lock() != own) return;  // it does not know this end yet
  if (context_.fault(context_.plan.link_fails)) return;
  for (const auto& end : {own, other}) {
    context_.schedule.after(context_.latency(), [this, end] { open(end); });
  }
  opened_.push_back(own);
}

void Channels::open(const std::shared_ptr<ChannelEnd>& end) {
  if (end->closed) return;
  end->open = true;
  end->on_open();
  while (!end->closed && !end->early.empty()) {
    const std::string message = std::move(end->early.front());
    end->early.pop_front();
    end->on_message(message);
  }
}

void Channels::send(const std::shared_ptr<ChannelEnd>& from, std::string message) {
  const Plan& plan = context_.plan;
  if (context_.fault(plan.channel_lost)) return;
  const bool doubled = context_.fault(plan.channel_doubled);
  if (from->held.empty() && context_.fault(plan.channel_reordered)) {
    from->held = std::move(message);
    return;
  }
  transmit(from, message);
  if (doubled) transmit(from, std::move(message));
  if (!from->held.empty()) transmit(from, std::exchange(from->held, {}));
}

void Channels::transmit(const std::shared_ptr<ChannelEnd>& from, std::string message) {
  from->last = std::max(from->last, context_.schedule.now() + context_.latency());
  context_.schedule.after(from->last - context_.schedule.now(), [to = from->other, text = std::move(message)] {
    const auto end = to.lock();
    if (!end || end->closed) return;
    if (end->open) {
      end->on_message(text);
    } else {
      end->early.push_back(text);
    }
  });
}

void Channels::end(const std::shared_ptr<ChannelEnd>& end, session::LinkEnd how, Duration delay) {
  context_.schedule.after(delay, [end, how] {
    if (!std::exchange(end->closed, true)) end->on_ended(how);
  });
}

void Channels::close(const std::shared_ptr<ChannelEnd>& from) {
  if (std::exchange(from->closed, true)) return;
  const auto other = from->other.lock();
  if (!other) return;
  const Duration sent = std::max(from->last - context_.schedule.now(), 0ms);
  // Of one that never opened here there is nothing to close in order.
  end(other, from->open ? session::LinkEnd::closed_by_peer : session::LinkEnd::lost, sent + context_.latency());
}

void Channels::die(const std::shared_ptr<ChannelEnd>& from) {
  if (std::exchange(from->closed, true)) return;
  const auto other = from->other.lock();
  if (!other) return;
  // Sometimes at once, before what is still on its way.
  end(other, session::LinkEnd::lost, context_.dice.chance(500) ? context_.latency() : context_.dice.between(2s, 40s));
}

void Channels::silence(const std::shared_ptr<ChannelEnd>& end) {
  context_.schedule.after(context_.dice.between(0ms, 5s), [end] {
    if (end->open && !end->closed) end->on_silence();
  });
}

void Channels::cut_one() {
  std::erase_if(opened_, [](const std::weak_ptr<ChannelEnd>& end) { return end.expired() || end.lock()->closed; });
  if (opened_.empty()) return;
  const auto own = context_.dice.pick(opened_).lock();
  const auto other = own->other.lock();
  if (context_.dice.chance(500)) {
    silence(own);
    if (other) silence(other);
  }
  if (context_.dice.chance(200)) return context_.trace.note("a link is silent for a while");
  context_.trace.note("a link is cut");
  if (other) {
    end(other, session::LinkEnd::lost, context_.dice.between(0ms, 10s));
  }
  end(own, session::LinkEnd::lost, context_.dice.between(0ms, 10s));
}

}  // namespace coterie::sim
