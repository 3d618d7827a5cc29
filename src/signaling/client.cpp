// The signaling client: attempt, join, stay, and try again. See client.h.
#include "signaling/client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "base/back_off.h"
#include "base/failpoint.h"
#include "signaling/websocket.h"

namespace coterie::signaling {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr const char* kTrustHint =
    "check the server's name and this machine's clock; an authority of your own is named with --tls-ca FILE";

}  // namespace

class Client::Impl : public std::enable_shared_from_this<Client::Impl> {
 public:
  Impl(asio::io_context& context, const crypto::Identity& identity, Random& random, ClientOptions options,
       ClientHandlers handlers)
      : context_(context),
        identity_(identity),
        random_(random),
        options_(std::move(options)),
        server_("signaling server " + options_.server.address.text()),
        handlers_(std::make_shared<ClientHandlers>(std::move(handlers))),
        timer_(context),
        back_off_(options_.first_retry, options_.last_retry) {}

  void start();
  bool joined() const { return state_ == State::joined; }
  Result<void> send(RelayType type, const SignKey& to, const json::Value& data);
  void check();
  void leave();
  void close();

 private:
  enum class State { idle, awaiting_hello, awaiting_joined, joined, waiting_to_retry, closed };

  void attempt();
  void handle_text(std::string_view text);
  void handle(const Hello& hello);
  void handle(const Joined& joined);
  void handle(const Ready& ready);
  void handle(const Relay& relay);
  void handle(const Leave& leave);
  void handle(const Refusal& refusal);
  void handle_closed(const std::string& reason);
  // Gives this connection up, tells why, and tries again later.
  enum class Why { refused, disconnected };
  void retry_after(Why why, const Error& error);
  void schedule_retry();
  Error lost(const std::string& reason) const;

  // Calls what the owner set; it may close or destroy the Client meanwhile.
  template <class Member, class... Arguments>
  void call(Member member, const Arguments&... arguments) {
    const auto handlers = handlers_;
    if (const auto& handler = (*handlers).*member) handler(arguments...);
  }

  asio::io_context& context_;
  const crypto::Identity& identity_;
  Random& random_;
  const ClientOptions options_;
  const std::string server_;  // in errors
  std::shared_ptr<ClientHandlers> handlers_;
  asio::steady_timer timer_;  // the deadline of an attempt, or the wait before the next
  BackOff back_off_;
  State state_ = State::idle;
  std::shared_ptr<WebSocket> socket_;
  Epoch epoch_;
};

void Client::Impl::start() {
  if (state_ != State::idle) return;
  state_ = State::awaiting_hello;
  asio::post(context_, [self = shared_from_this()] {
    if (self->state_ != State::closed) self->attempt();
  });
}

void Client::Impl::attempt() {
  state_ = State::awaiting_hello;
  timer_.expires_after(options_.connect);
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self || self->state_ == State::closed) return;
    self->retry_after(Why::disconnected, self->lost("no answer in time"));
  });
  const WebSocketLimits limits{kMaxServerFrame, options_.queue_bytes, options_.connect, options_.idle_ping, 0};
  WebSocketHandlers handlers;
  handlers.on_text = [weak = weak_from_this()](std::string_view text) {
    pass_failpoint("before signal received");
    if (const auto self = weak.lock()) self->handle_text(text);
    pass_failpoint("after signal received");
  };
  handlers.on_closed = [weak = weak_from_this()](const std::string& reason) {
    if (const auto self = weak.lock()) self->handle_closed(reason);
  };
  socket_ = connect_websocket(context_, options_.server, options_.tls_ca, "/rooms/" + options_.room.text(), limits,
                              std::move(handlers));
}

Error Client::Impl::lost(const std::string& reason) const {
  return environment_error(server_ + ": " + reason, "is it running, and does a firewall let TCP " +
                                                        std::to_string(options_.server.address.port) + " in there?");
}

void Client::Impl::handle_text(std::string_view text) {
  const auto message = parse_server_message(text);
  if (!message) return retry_after(Why::disconnected, lost("not a message of this protocol"));
  std::visit([this](const auto& each) { handle(each); }, *message);
}

void Client::Impl::handle(const Hello& hello) {
  if (state_ != State::awaiting_hello) return retry_after(Why::disconnected, lost("said hello out of turn"));
  if (hello.version != kVersion) {
    return retry_after(Why::disconnected, lost("speaks version " + std::to_string(hello.version) +
                                               " of the protocol, this program version " + std::to_string(kVersion)));
  }
  state_ = State::awaiting_joined;
  epoch_ = random_.draw<Epoch>();
  const Join join = create_join(identity_, options_.room, epoch_, hello.nonce, options_.create);
  if (!socket_->send(std::make_shared<const std::string>(serialize(ClientMessage(join))))) {
    retry_after(Why::disconnected, lost("the join could not be sent"));
  }
}

void Client::Impl::handle(const Joined& joined) {
  if (state_ != State::awaiting_joined || joined.room != options_.room) {
    return retry_after(Why::disconnected, lost("answered a join that was not made"));
  }
  state_ = State::joined;
  timer_.cancel();
  back_off_.reset();
  call(&ClientHandlers::on_joined, epoch_, joined.members, joined.ice_servers);
}

void Client::Impl::handle(const Ready& ready) {
  if (state_ == State::joined && ready.room == options_.room) call(&ClientHandlers::on_ready, ready.member);
}

void Client::Impl::handle(const Relay& relay) {
  const bool for_me = relay.room == options_.room && relay.to == identity_.sign_key();
  if (state_ == State::joined && for_me) call(&ClientHandlers::on_message, relay.type, relay.from, relay.data);
}

void Client::Impl::handle(const Leave& leave) {
  if (state_ == State::joined && leave.room == options_.room) call(&ClientHandlers::on_left, leave.from);
}

void Client::Impl::handle(const Refusal& refusal) {
  if (refusal.code == ErrorCode::replaced && state_ == State::joined) {
    const auto keep = shared_from_this();
    const auto handlers = handlers_;
    close();
    if (handlers->on_replaced) handlers->on_replaced();
    return;
  }
  const bool of_the_join = refusal.code == ErrorCode::refused || refusal.code == ErrorCode::too_many;
  if (state_ == State::awaiting_joined && of_the_join) {
    return retry_after(Why::refused, refused_error(server_ + " refused the join: " + refusal.message));
  }
  retry_after(Why::disconnected, lost(std::string(to_string(refusal.code)) + ": " + refusal.message));
}

void Client::Impl::handle_closed(const std::string& reason) {
  if (state_ == State::closed) return;
  if (!socket_ || !socket_->distrusted()) return retry_after(Why::disconnected, lost(reason));
  retry_after(Why::disconnected, refused_error(server_ + ": " + reason, kTrustHint));
}

void Client::Impl::retry_after(Why why, const Error& error) {
  const auto keep = shared_from_this();
  if (socket_) socket_->abort();
  socket_.reset();
  schedule_retry();
  call(why == Why::refused ? &ClientHandlers::on_refused : &ClientHandlers::on_disconnected, error);
}

void Client::Impl::schedule_retry() {
  state_ = State::waiting_to_retry;
  timer_.expires_after(back_off_.draw(random_));
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (!error && self && self->state_ == State::waiting_to_retry) self->attempt();
  });
}

Result<void> Client::Impl::send(RelayType type, const SignKey& to, const json::Value& data) {
  if (state_ != State::joined) return environment_error("not in the room of " + server_ + " now");
  const Relay relay{type, identity_.sign_key(), to, options_.room, data};
  auto frame = std::make_shared<const std::string>(serialize(ClientMessage(relay)));
  if (frame->size() > kMaxFrame) {
    return usage_error(std::string(to_string(type)) + " of " + std::to_string(frame->size()) +
                       " bytes: a signaling message has at most " + std::to_string(kMaxFrame));
  }
  pass_failpoint("before signal sent");
  if (!socket_->send(std::move(frame))) return environment_error(server_ + " does not read: too much is waiting");
  pass_failpoint("after signal sent");
  return {};
}

void Client::Impl::check() {
  if (state_ == State::joined) socket_->probe(options_.sign_of_life);
}

void Client::Impl::leave() {
  if (state_ == State::joined) {
    const Leave leave{identity_.sign_key(), options_.room};
    if (socket_->send(std::make_shared<const std::string>(serialize(ClientMessage(leave))))) {
      socket_->close(CloseCode::normal, "");
      socket_.reset();  // lives on in its own pending work until the other side has closed
    }
  }
  close();
}

void Client::Impl::close() {
  state_ = State::closed;
  handlers_ = std::make_shared<ClientHandlers>();
  error_code ignored;  // the other overload may throw, and the destructor comes here
  timer_.cancel(ignored);
  if (socket_) socket_->abort();
  socket_.reset();
}

Client::Client(asio::io_context& context, const crypto::Identity& identity, Random& random, ClientOptions options,
               ClientHandlers handlers)
    : impl_(std::make_shared<Impl>(context, identity, random, std::move(options), std::move(handlers))) {}

Client::~Client() {
  impl_->close();
}

void Client::start() {
  impl_->start();
}

bool Client::joined() const {
  return impl_->joined();
}

Result<void> Client::send(RelayType type, const SignKey& to, const json::Value& data) {
  return impl_->send(type, to, data);
}

void Client::check() {
  impl_->check();
}

void Client::leave() {
  impl_->leave();
}

void Client::close() {
  impl_->close();
}

}  // namespace coterie::signaling
