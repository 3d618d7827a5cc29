#include "sim/links.h"

#include <tuple>

namespace coterie::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration kJoinTimeout = 5s;  // signaling::ClientOptions::connect
constexpr Duration kSignOfLife = 3s;   // signaling::ClientOptions::sign_of_life

// A link whose description is the name of its end, and which needs no candidates.
class ChannelLink final : public session::Link {
 public:
  // `killed`, of the process that has the link, is read until the link is closed.
  ChannelLink(Channels& channels, const bool& killed, session::LinkHandlers handlers)
      : channels_(channels), killed_(killed), handlers_(std::move(handlers)) {
    ChannelEnd end;
    end.on_open = handlers_.on_open;
    end.on_message = handlers_.on_message;
    end.on_silence = handlers_.on_silence;
    end.on_ended = [on_ended = handlers_.on_ended](session::LinkEnd how) {
      on_ended(how, environment_error("the channel is gone"));
    };
    std::tie(end_, description_) = channels_.describe(std::move(end));
  }

  Result<void> begin_offer() override {
    tell_description();
    return {};
  }
  Result<void> begin_answer(const std::string& offer) override {
    channels_.connect(end_, offer);
    tell_description();
    return {};
  }
  Result<void> take_answer(const std::string& answer) override {
    channels_.connect(end_, answer);
    return {};
  }
  Result<void> add_candidate(const json::Value&) override { return {}; }
  Result<void> send(std::string_view message) override {
    channels_.send(end_, std::string(message));
    return {};
  }

  std::optional<LinkPath> path() const override { return std::nullopt; }
  bool knows_stun() const override { return false; }
  rtc::ConnectionReport report() const override { return {}; }

  void close() override { killed_ ? channels_.die(end_) : channels_.close(end_); }
  void drop() override { channels_.die(end_); }

 private:
  void tell_description() {
    handlers_.on_description(description_);
    handlers_.on_candidate(json::Value(nullptr));
  }

  Channels& channels_;
  const bool& killed_;
  session::LinkHandlers handlers_;
  std::shared_ptr<ChannelEnd> end_;
  std::string description_;
};

}  // namespace

void ScheduledTimeout::start(Duration after, std::function<void()> on_due) {
  state_->waiting_for = ++state_->starts;
  schedule_.after(after, [state = state_, started = state_->starts, act = std::move(on_due)] {
    if (state->waiting_for != started) return;
    state->waiting_for = 0;
    act();
  });
}

Links::Links(Context& context, SignalingServer& server, Channels& channels, const crypto::Identity& identity,
             LinksOptions options, session::LinkKeeperHandlers handlers)
    : context_(context),
      server_(server),
      channels_(channels),
      identity_(identity),
      options_(std::move(options)),
      signaling_timer_(context.schedule) {
  handlers.on_in_room = [] {};
  handlers.on_notice = [](const std::string&) {};
  const auto side = options_.create ? session::LinkSide::offering : session::LinkSide::answering;
  session::LinkKeeperOptions terms{side, options_.room, options_.peers, kConnectTimeout};
  keeper_ =
      session::LinkKeeper::create(*this, identity_, context_.random, std::move(terms), std::move(handlers)).value();
}

void Links::start() {
  context_.schedule.after(1ms, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self && !self->closed_) self->attempt();
  });
}

void Links::close(session::Farewell farewell) {
  if (std::exchange(closed_, true)) return;
  signaling_timer_.cancel();
  keeper_->close();
  if (!connection_) return;
  if (farewell == session::Farewell::leave && state_ == State::joined) {
    server_.send(connection_,
                 signaling::serialize(signaling::ClientMessage(signaling::Leave{identity_.sign_key(), options_.room})));
  }
  server_.close(connection_);
}

void Links::die() {
  killed_ = true;
  close(session::Farewell::drop);
}

// --- what the keeper asks for ---

std::shared_ptr<session::Link> Links::create_link(session::LinkHandlers handlers) {
  return std::make_shared<ChannelLink>(channels_, killed_, std::move(handlers));
}

std::unique_ptr<session::Timeout> Links::create_timeout() {
  return std::make_unique<ScheduledTimeout>(context_.schedule);
}

void Links::post(std::function<void()> function) {
  context_.schedule.after(0ms, std::move(function));
}

Result<void> Links::send_signal(signaling::RelayType type, const SignKey& to, const json::Value& data) {
  if (state_ != State::joined) return environment_error("not in the room");
  const signaling::Relay relay{type, identity_.sign_key(), to, options_.room, data};
  server_.send(connection_, signaling::serialize(signaling::ClientMessage(relay)));
  return {};
}

void Links::check_signaling() {
  if (state_ != State::joined || server_.answers(connection_)) return;
  context_.schedule.after(kSignOfLife, [weak = weak_from_this(), asked = connection_] {
    const auto self = weak.lock();
    if (self && !self->closed_ && self->connection_ == asked) self->retry_signaling();
  });
}

void Links::join_anew() {
  signaling_timer_.start(0ms, [this] { retry_signaling(); });
}

// --- the room: as signaling::Client ---

void Links::attempt() {
  state_ = State::awaiting_hello;
  connection_ = server_.connect(
      options_.room,
      [weak = weak_from_this()](const std::string& frame) {
        if (const auto self = weak.lock(); self && !self->closed_) self->take_frame(frame);
      },
      [weak = weak_from_this()] {
        if (const auto self = weak.lock(); self && !self->closed_) self->retry_signaling();
      });
  if (!connection_) return retry_signaling();
  signaling_timer_.start(kJoinTimeout, [this] { retry_signaling(); });
}

void Links::retry_signaling() {
  if (connection_) server_.close(connection_);
  connection_.reset();
  state_ = State::waiting_to_retry;
  signaling_timer_.start(signaling_retry_.draw(context_.random), [this] { attempt(); });
  keeper_->handle_disconnected();
}

void Links::take_frame(const std::string& frame) {
  const auto message = signaling::parse_server_message(frame);
  if (!message) throw Violation("every frame is well formed", message.error().message);
  std::visit([this](const auto& each) { take(each); }, *message);
}

void Links::take(const signaling::Hello& hello) {
  state_ = State::awaiting_joined;
  epoch_ = context_.random.draw<Epoch>();
  const signaling::Join join = signaling::create_join(identity_, options_.room, epoch_, hello.nonce, options_.create);
  server_.send(connection_, signaling::serialize(signaling::ClientMessage(join)));
}

void Links::take(const signaling::Joined& joined) {
  if (state_ != State::awaiting_joined) return;
  state_ = State::joined;
  signaling_timer_.cancel();
  signaling_retry_.reset();
  keeper_->handle_joined(epoch_, joined.members);
}

void Links::take(const signaling::Ready& ready) {
  if (state_ == State::joined) keeper_->handle_ready(ready.member);
}

void Links::take(const signaling::Relay& relay) {
  if (state_ != State::joined || relay.to != identity_.sign_key() || relay.room != options_.room) {
    throw Violation("the server passes on to whom it is for", options_.who);
  }
  keeper_->handle_signal(relay.type, relay.from, relay.data);
}

void Links::take(const signaling::Leave& leave) {
  if (state_ == State::joined) keeper_->handle_left(leave.from);
}

void Links::take(const signaling::Refusal& refusal) {
  context_.trace.note("{} is told by the server: {}", options_.who, to_string(refusal.code));
  if (refusal.code != signaling::ErrorCode::replaced || state_ != State::joined) return retry_signaling();
  state_ = State::replaced;  // final: it does not come back
  server_.close(connection_);
  connection_.reset();
  keeper_->handle_replaced();
}

}  // namespace coterie::sim
