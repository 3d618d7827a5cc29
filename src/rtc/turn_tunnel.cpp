#include "rtc/turn_tunnel.h"

#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace coterie::rtc {

namespace {

using namespace std::chrono_literals;
using Kind = TurnProblem::Kind;

constexpr auto kTimeToResolve = 2'000ms;
constexpr auto kServerSilence = 1'000ms;  // of one address of a server over UDP, while it never answered
constexpr std::size_t kMaxWaiting = 8;    // libnice asks again and again until there is an answer
constexpr const char* kNoAnswer = "it does not answer";
constexpr std::size_t kMaxDatagramBytes = 2048;  // a DTLS record of ours in a Send indication is far below it

std::string system_reason(int error) {
  return std::generic_category().message(error);
}

int open_socket(bool ipv6) {
  return socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

}  // namespace

Result<std::unique_ptr<TurnTunnel>> TurnTunnel::open(Loop& loop, const TurnServer& server, bool ipv6,
                                                     std::function<void()> on_problem) {
  const int descriptor = open_socket(ipv6);
  sockaddr_storage local{};
  socklen_t size = IpAddress::parse(ipv6 ? "::1" : "127.0.0.1")->fill(local, 0);
  if (descriptor < 0 || bind(descriptor, reinterpret_cast<const sockaddr*>(&local), size) != 0 ||
      getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &size) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return environment_error("cannot open a loopback socket for a TURN server: " + system_reason(error),
                             "check that the loopback interface is up");
  }
  std::unique_ptr<TurnTunnel> tunnel(
      new TurnTunnel(loop, server, descriptor, socket_name(local), std::move(on_problem)));
  tunnel->find_server();
  return tunnel;
}

TurnTunnel::TurnTunnel(Loop& loop, const TurnServer& server, int descriptor, SocketName local,
                       std::function<void()> on_problem)
    : loop_(loop),
      server_(server),
      descriptor_(descriptor),
      local_(std::move(local)),
      silence_timer_(loop),
      resolve_timer_(loop),
      on_problem_(std::move(on_problem)) {
  client_watch_ = std::make_unique<SocketWatch>(loop, descriptor_, Readiness::readable, [this] { send_from_client(); });
}

TurnTunnel::~TurnTunnel() {
  client_watch_.reset();
  server_watch_.reset();
  if (server_descriptor_ >= 0) ::close(server_descriptor_);
  ::close(descriptor_);
}

void TurnTunnel::find_server() {
  if (const auto literal = IpAddress::parse(server_.url.host)) {
    addresses_ = {*literal};
    return connect();
  }
  resolve_timer_.start(kTimeToResolve, [this] {
    lookup_.reset();
    give_up(Kind::unresolved, "its name is not resolved in time");
  });
  lookup_ = std::make_unique<NameLookup>(loop_, server_.url.host, [this](auto addresses) {
    resolve_timer_.stop();
    if (!addresses) return give_up(Kind::unresolved, addresses.error().message);
    if (server_.offered) {
      std::erase_if(*addresses, [](const IpAddress& address) { return !address.is_globally_routable(); });
      if (addresses->empty()) return give_up(Kind::unresolved, "its name has no address that the internet routes");
    }
    if (addresses->size() > kMaxServerAddresses) addresses->resize(kMaxServerAddresses);
    addresses_ = std::move(*addresses);
    connect();
  });
}

void TurnTunnel::connect() {
  if (server_.url.transport == TurnTransport::udp) return connect_datagrams();
  connect_stream();
}

void TurnTunnel::connect_datagrams() {
  while (next_address_ < addresses_.size()) {
    const IpAddress& address = addresses_[next_address_++];
    sockaddr_storage to{};
    const socklen_t size = address.fill(to, server_.url.port);
    const int descriptor = open_socket(address.is_ipv6());
    if (descriptor < 0 || ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), size) != 0) {
      set_problem(Kind::unreachable, system_reason(errno));
      if (descriptor >= 0) ::close(descriptor);
      continue;
    }
    server_watch_.reset();
    if (server_descriptor_ >= 0) ::close(server_descriptor_);
    server_descriptor_ = descriptor;
    server_watch_ =
        std::make_unique<SocketWatch>(loop_, descriptor, Readiness::readable, [this] { receive_datagram(); });
    silence_timer_.start(kServerSilence, [this] {
      set_problem(Kind::unreachable, kNoAnswer);
      connect_datagrams();
    });
    ready_ = true;
    return send_waiting();
  }
  // Of the last address, too, an answer may still come.
  if (server_descriptor_ < 0) give_up(Kind::unreachable, problem_ ? problem_->words : "no address");
}

void TurnTunnel::connect_stream() {
  std::optional<TlsClient> tls;
  if (server_.url.transport == TurnTransport::tls) tls = TlsClient{server_.url.host, server_.tls_ca};
  set_problem(Kind::unreachable, kNoAnswer);
  stream_ = std::make_unique<ByteStream>(loop_, addresses_, server_.url.port, std::move(tls),
                                         ByteStreamHandlers{
                                             .on_open =
                                                 [this] {
                                                   set_problem(Kind::unreachable, kNoAnswer);
                                                   ready_ = true;
                                                   send_waiting();
                                                 },
                                             .on_bytes = [this](BytesView bytes) { receive_bytes(bytes); },
                                             .on_closed =
                                                 [this](const Error& error) {
                                                   const bool who = error.kind == ErrorKind::refused;
                                                   give_up(who ? Kind::not_trusted : Kind::unreachable, error.message);
                                                 },
                                         });
}

void TurnTunnel::send_from_client() {
  std::array<std::uint8_t, kMaxDatagramBytes> buffer;
  sockaddr_storage from{};
  socklen_t from_size = sizeof from;
  const ssize_t size =
      recvfrom(descriptor_, buffer.data(), buffer.size(), MSG_TRUNC, reinterpret_cast<sockaddr*>(&from), &from_size);
  if (size <= 0 || static_cast<std::size_t>(size) > buffer.size() || socket_name(from) != client_) return;
  const BytesView datagram(buffer.data(), static_cast<std::size_t>(size));
  if (ready_) return send_to_server(datagram);
  if (waiting_.size() == kMaxWaiting) waiting_.pop_front();
  waiting_.push_back(to_vector(datagram));
}

void TurnTunnel::send_waiting() {
  for (const Bytes& datagram : std::exchange(waiting_, {})) send_to_server(datagram);
}

// What is lost here is lost as on any network: libnice and the layers above send again what matters.
void TurnTunnel::send_to_server(BytesView datagram) {
  if (stream_) {
    const Bytes framed = to_turn_stream(datagram);
    if (!framed.empty()) stream_->write(framed);
    return;
  }
  static_cast<void>(::send(server_descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL));
}

void TurnTunnel::receive_datagram() {
  std::array<std::uint8_t, kMaxDatagramBytes> buffer;
  const ssize_t size = recv(server_descriptor_, buffer.data(), buffer.size(), MSG_TRUNC);
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) set_problem(Kind::unreachable, system_reason(errno));
    return;
  }
  if (static_cast<std::size_t>(size) > buffer.size()) return;
  silence_timer_.stop();
  receive({buffer.data(), static_cast<std::size_t>(size)});
}

void TurnTunnel::receive_bytes(BytesView bytes) {
  if (gave_up_) return;
  reader_.add(bytes);
  while (true) {
    auto message = reader_.poll_message();
    if (!message) return give_up(Kind::not_turn, message.error().message);
    if (!*message) return;
    if ((*message)->size() <= kMaxDatagramBytes) receive(**message);
  }
}

void TurnTunnel::receive(BytesView message) {
  read_in_passing(message);
  if (!client_) return;
  sockaddr_storage to{};
  const socklen_t size = IpAddress::parse(client_->address)->fill(to, client_->port);
  static_cast<void>(::sendto(descriptor_, message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&to), size));
}

void TurnTunnel::read_in_passing(BytesView message) {
  const auto response = stun::parse_turn_response(message);
  if (!response) return;
  if (response->method == stun::TurnResponse::Method::allocate) return read_allocation(*response);
  read_permission(*response);
}

void TurnTunnel::read_allocation(const stun::TurnResponse& response) {
  switch (response.error) {
    case 0:
      if (!mapped_) log::info("turn server {} gave a relay", server_.url.text());
      mapped_ = response.mapped;
      return replace_problem({});
    case 401:
      if (++refusals_ == 1) return set_problem(Kind::unreachable, kNoAnswer);
      return set_problem(Kind::credentials, "it refuses the user or the password");
    case 438:
      return;  // a stale nonce: asked again with the new one
    case 486:
      return set_problem(Kind::refused, "it gives this user no further relay (486)");
    case 508:
      return set_problem(Kind::refused, "it has no relay left (508)");
    default:
      return set_problem(Kind::refused, fmt::format("it refuses with code {}", response.error));
  }
}

// One address of the other side that may be sent to is enough.
void TurnTunnel::read_permission(const stun::TurnResponse& response) {
  if (response.error == 0) {
    permitted_ = true;
    replace_problem({});
  } else if (response.error == 403 && !permitted_) {
    set_problem(Kind::forbidden, "it forbids to send to the other side's address (403)");
  }
}

void TurnTunnel::give_up(Kind kind, std::string words) {
  if (std::exchange(gave_up_, true)) return;  // the first reason is the one to tell
  log::info("turn server {}: {}", server_.url.text(), words);
  ready_ = false;
  waiting_.clear();
  set_problem(kind, std::move(words));
}

void TurnTunnel::set_problem(Kind kind, std::string words) {
  replace_problem(TurnProblem{server_.url.text(), kind, std::move(words)});
}

void TurnTunnel::replace_problem(std::optional<TurnProblem> problem) {
  if (problem == problem_) return;
  problem_ = std::move(problem);
  if (on_problem_) on_problem_();
}

}  // namespace coterie::rtc
