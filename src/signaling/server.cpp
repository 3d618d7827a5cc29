// The signaling server: accepts, meters and drops connections, and carries out what Rooms decides. All state is touched
// on its one thread only.
#include "signaling/server.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <deque>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/failpoint.h"
#include "base/log.h"
#include "base/random.h"
#include "signaling/address.h"
#include "signaling/rate_limit.h"
#include "signaling/room.h"
#include "signaling/websocket.h"

namespace coterie::signaling {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view kRoomsPath = "/rooms/";
constexpr auto kGoodbye = std::chrono::milliseconds(20);         // to write close frames when stopping
constexpr auto kSweepInterval = std::chrono::milliseconds(500);  // at most: late joins, rooms whose time is over
constexpr auto kDescriptorPause = std::chrono::milliseconds(100);
constexpr int kAcceptsAtOnce = 32;  // before other work gets its turn

std::optional<RoomId> parse_target(std::string_view target) {
  if (!target.starts_with(kRoomsPath)) return std::nullopt;
  const auto room = RoomId::parse(target.substr(kRoomsPath.size()));
  if (!room) return std::nullopt;
  return *room;
}

CloseCode close_code(const ServerMessage& last) {
  const Refusal* refusal = std::get_if<Refusal>(&last);
  if (refusal == nullptr) return CloseCode::normal;
  switch (refusal->code) {
    case ErrorCode::too_many:
      return CloseCode::try_again_later;
    case ErrorCode::draining:
      return CloseCode::going_away;
    case ErrorCode::too_large:
      return CloseCode::too_large;
    default:
      return CloseCode::policy_violation;
  }
}

const char* close_reason(const ServerMessage& last) {
  const Refusal* refusal = std::get_if<Refusal>(&last);
  return refusal == nullptr ? "" : to_string(refusal->code);
}

// Linux's accept4 wants a descriptor before it looks whether there is a connection for it: that it had none does not
// say that anybody is there who needs one.
bool somebody_waits(int listening) {
  pollfd waiting{listening, POLLIN, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

// To a connection that is not even read from: best effort, never blocking.
void turn_away(int descriptor) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  ::send(descriptor, kAnswer.data(), kAnswer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::close(descriptor);
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, Listener listener);
  // NOLINTNEXTLINE(bugprone-exception-escape): post() throws when memory is out, which ends the program anywhere
  ~Impl() { stop(); }

  void stop();
  std::uint16_t port() const { return port_; }
  const std::string& address() const { return address_; }

 private:
  struct Connection {
    std::shared_ptr<WebSocket> socket;
    std::string address;  // as metered
    std::optional<RoomId> room;
    Time since;
  };
  using Connections = std::map<ConnectionId, Connection>;

  void run();
  void wait_for_connections();
  void accept_waiting();
  void pause_accepting();
  void add_connection(int descriptor, std::string address);
  void make_place();
  std::optional<HttpAnswer> judge_request(ConnectionId id, const UpgradeRequest& request);
  void greet(ConnectionId id);
  void handle_text(ConnectionId id, std::string_view text);
  void handle_closed(ConnectionId id, const std::string& reason);
  void deliver(Deliveries deliveries);
  void deliver_one(const Delivery& delivery, std::deque<Delivery>& more);
  void sweep();
  void start_sweep_timer();
  void begin_stop();
  void end_when_empty();

  const ServerOptions options_;
  const std::string address_;
  const std::uint16_t port_;
  asio::io_context context_{1};
  asio::ip::tcp::acceptor acceptor_{context_};
  asio::steady_timer sweep_timer_{context_};
  asio::steady_timer pause_timer_{context_};
  asio::steady_timer goodbye_timer_{context_};
  SystemRandom random_;
  Rooms rooms_;
  RateLimit connection_rate_;
  RateLimit refusal_rate_;
  Connections connections_;
  std::map<ConnectionId, Time> not_joined_;  // ids grow: the oldest first
  std::uint64_t last_id_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

Server::Impl::Impl(ServerOptions options, Listener listener)
    : options_(std::move(options)),
      address_(listener.address()),
      port_(listener.port()),
      rooms_({options_.limits.rooms, options_.limits.members}, options_.kind, options_.room),
      connection_rate_(options_.limits.connections_per_second),
      refusal_rate_(options_.limits.refused_per_second) {
  const auto protocol = address_.find(':') == std::string::npos ? asio::ip::tcp::v4() : asio::ip::tcp::v6();
  acceptor_.assign(protocol, listener.release());
  thread_ = std::thread([this] { run(); });
}

void Server::Impl::run() {
  log::info("signaling server listens on {}", HostPort{address_, port_}.text());
  wait_for_connections();
  start_sweep_timer();
  context_.run();
  log::info("signaling server on port {} has stopped", port_);
}

void Server::Impl::stop() {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] { begin_stop(); });
  thread_.join();
}

void Server::Impl::begin_stop() {
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  sweep_timer_.cancel();
  pause_timer_.cancel();
  goodbye_timer_.expires_after(kGoodbye);
  goodbye_timer_.async_wait([this](error_code error) {
    if (error) return;
    for (auto& [id, connection] : connections_) connection.socket->abort();
    connections_.clear();
  });
  std::vector<std::shared_ptr<WebSocket>> sockets;
  for (const auto& [id, connection] : connections_) sockets.push_back(connection.socket);
  for (const auto& socket : sockets) socket->close(CloseCode::going_away, "the server stops");
  end_when_empty();
}

void Server::Impl::end_when_empty() {
  if (stopping_ && connections_.empty()) goodbye_timer_.cancel();
}

void Server::Impl::wait_for_connections() {
  acceptor_.async_wait(asio::ip::tcp::acceptor::wait_read, [this](error_code error) {
    if (!error && !stopping_) accept_waiting();
  });
}

void Server::Impl::accept_waiting() {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    auto* const peer_address = reinterpret_cast<sockaddr*>(&peer);
    const int descriptor = ::accept4(acceptor_.native_handle(), peer_address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) {
      const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      // Out of descriptors: the connection stays in the backlog and asking again at once would spin.
      if (exhausted && somebody_waits(acceptor_.native_handle())) return pause_accepting();
      break;
    }
    std::string address = rate_limit_key(*peer_address);
    if (connection_rate_.take(address, std::chrono::steady_clock::now())) {
      add_connection(descriptor, std::move(address));
    } else {
      turn_away(descriptor);
    }
  }
  wait_for_connections();
}

void Server::Impl::pause_accepting() {
  log::debug("signaling server is out of file descriptors with {} connections", connections_.size());
  make_place();
  pause_timer_.expires_after(kDescriptorPause);
  pause_timer_.async_wait([this](error_code error) {
    if (!error && !stopping_) accept_waiting();
  });
}

void Server::Impl::make_place() {
  if (not_joined_.empty()) return;
  const ConnectionId oldest = not_joined_.begin()->first;
  connections_.at(oldest).socket->abort();
  handle_closed(oldest, "gave way to a newer connection");
}

void Server::Impl::add_connection(int descriptor, std::string address) {
  if (connections_.size() >= options_.limits.connections) make_place();
  if (connections_.size() >= options_.limits.connections) return turn_away(descriptor);

  const ConnectionId id{++last_id_};
  const ServerLimits& limits = options_.limits;
  const WebSocketLimits socket_limits{limits.frame_bytes, limits.queue_bytes, limits.handshake, limits.idle_ping,
                                      limits.messages_per_second};
  const auto now = std::chrono::steady_clock::now();
  connections_.emplace(id, Connection{nullptr, std::move(address), std::nullopt, now});
  not_joined_.emplace(id, now);
  connections_.at(id).socket =
      accept_websocket(context_, descriptor, socket_limits,
                       {[this, id](const UpgradeRequest& request) { return judge_request(id, request); },
                        [this, id] { greet(id); }, [this, id](std::string_view text) { handle_text(id, text); },
                        [this, id](const std::string& reason) { handle_closed(id, reason); }});
}

std::optional<HttpAnswer> Server::Impl::judge_request(ConnectionId id, const UpgradeRequest& request) {
  const auto room = parse_target(request.target);
  if (!room) return HttpAnswer{404, "no such page: signers meet at /rooms/ROOM\n"};
  if (request.origin) {
    // A page in somebody's browser reaches addresses that its author cannot: only pages that the operator named may.
    const auto& allowed = options_.allowed_origins;
    if (std::find(allowed.begin(), allowed.end(), *request.origin) == allowed.end()) {
      return HttpAnswer{403, "pages of this origin may not connect here\n"};
    }
  }
  connections_.at(id).room = *room;
  return std::nullopt;
}

void Server::Impl::greet(ConnectionId id) {
  const RoomId& room = *connections_.at(id).room;
  log::debug("connection {} at room {}", static_cast<std::uint64_t>(id), log::brief(room.text()));
  deliver({{id, rooms_.connect(id, room, random_)}});
}

void Server::Impl::handle_text(ConnectionId id, std::string_view text) {
  pass_failpoint("server receives");
  const auto message = parse_client_message(text);
  if (!message) {
    Deliveries last = rooms_.disconnect(id);
    last.push_back({id, Refusal{ErrorCode::bad_message, message.error().message}, AfterDelivery::close});
    return deliver(std::move(last));
  }
  const auto now = std::chrono::steady_clock::now();
  Handled handled = rooms_.handle_message(id, *message, now);
  if (handled.join == JoinOutcome::admitted) not_joined_.erase(id);
  if (handled.join == JoinOutcome::refused && !refusal_rate_.take(connections_.at(id).address, now)) {
    handled.deliveries.back().message =
        Refusal{ErrorCode::too_many, "too many refused joins from your address: wait a little"};
  }
  deliver(std::move(handled.deliveries));
}

void Server::Impl::handle_closed(ConnectionId id, const std::string& reason) {
  log::debug("connection {} ended: {}", static_cast<std::uint64_t>(id), reason);
  connections_.erase(id);
  not_joined_.erase(id);
  deliver(rooms_.disconnect(id));
  end_when_empty();
}

void Server::Impl::deliver(Deliveries deliveries) {
  std::deque<Delivery> waiting(std::make_move_iterator(deliveries.begin()), std::make_move_iterator(deliveries.end()));
  while (!waiting.empty()) {
    const Delivery next = std::move(waiting.front());
    waiting.pop_front();
    deliver_one(next, waiting);
  }
}

void Server::Impl::deliver_one(const Delivery& delivery, std::deque<Delivery>& more) {
  const auto connection = connections_.find(delivery.to);
  if (connection == connections_.end()) return;
  const auto socket = connection->second.socket;
  pass_failpoint("server sends");
  const bool queued = socket->send(std::make_shared<const std::string>(serialize(delivery.message)));
  if (delivery.after == AfterDelivery::close) {
    socket->close(close_code(delivery.message), close_reason(delivery.message));
  } else if (!queued) {
    // A reader that does not read: the room does not wait for it.
    log::debug("connection {} does not read: dropped", static_cast<std::uint64_t>(delivery.to));
    socket->abort();
    connections_.erase(connection);
    not_joined_.erase(delivery.to);
    for (Delivery& each : rooms_.disconnect(delivery.to)) more.push_back(std::move(each));
  }
}

void Server::Impl::start_sweep_timer() {
  sweep_timer_.expires_after(std::min<std::chrono::milliseconds>(kSweepInterval, options_.limits.handshake / 2));
  sweep_timer_.async_wait([this](error_code error) {
    if (error || stopping_) return;
    sweep();
    start_sweep_timer();
  });
}

void Server::Impl::sweep() {
  const auto now = std::chrono::steady_clock::now();
  deliver(rooms_.expire(now));
  while (!not_joined_.empty() && not_joined_.begin()->second + options_.limits.handshake <= now) {
    const ConnectionId late = not_joined_.begin()->first;
    not_joined_.erase(not_joined_.begin());
    rooms_.disconnect(late);
    deliver({{late, Refusal{ErrorCode::timed_out, "no join in time"}, AfterDelivery::close}});
  }
  connection_rate_.forget_rested(now);
  refusal_rate_.forget_rested(now);
}

namespace {

// What the protocol does not have cannot be served.
Result<void> check_limits(const ServerLimits& limits) {
  if (limits.frame_bytes > kMaxFrame) {
    return usage_error(fmt::format("a message of {} bytes is more than the protocol has", limits.frame_bytes),
                       fmt::format("at most {}", kMaxFrame));
  }
  if (limits.members > kMaxMembers) {
    return usage_error(fmt::format("a room of {} is more than the protocol has", limits.members),
                       fmt::format("at most {}", kMaxMembers));
  }
  return {};
}

}  // namespace

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  COTERIE_TRY(std::optional<Listener> listener, Listener::bind(options.listen, options.port));
  if (!listener) return port_taken_error(options.port);
  return start(std::move(options), std::move(*listener));
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Listener listener) {
  COTERIE_CHECK(check_limits(options.limits));
  try {
    return std::unique_ptr<Server>(new Server(std::make_unique<Impl>(std::move(options), std::move(listener))));
  } catch (const std::runtime_error& error) {  // of Asio or std::thread: no thread, or no descriptor for the event loop
    return environment_error(std::string("the signaling server cannot run: ") + error.what(),
                             "raise the limits of threads and of open files (`ulimit -u`, `ulimit -n`)");
  }
}

std::uint16_t Server::port() const {
  return impl_->port();
}

const std::string& Server::address() const {
  return impl_->address();
}

void Server::stop() {
  impl_->stop();
}

}  // namespace coterie::signaling
