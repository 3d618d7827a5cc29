#include "doctor/signaling_check.h"

#include <poll.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/random.h"
#include "crypto/identity.h"
#include "crypto/room.h"
#include "doctor/look_up.h"
#include "doctor/machine_check.h"
#include "doctor/tcp_socket.h"
#include "signaling/websocket.h"

namespace coterie::doctor {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kTimeToConnect = 3'000ms;
constexpr auto kTimeToJoin = 3'000ms;

// The address that takes a TCP connection first; all are tried at once.
std::optional<rtc::IpAddress> first_open(const std::vector<rtc::IpAddress>& addresses, std::uint16_t port) {
  std::vector<std::unique_ptr<TcpSocket>> sockets;
  std::vector<pollfd> wait;
  for (const auto& address : addresses) {
    sockets.push_back(std::make_unique<TcpSocket>(address, port));
    wait.push_back({sockets.back()->descriptor(), POLLOUT, 0});
  }
  const auto end = Clock::now() + kTimeToConnect;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left <= 0ms || poll(wait.data(), wait.size(), static_cast<int>(left.count())) <= 0) return {};
    bool any_left = false;
    for (std::size_t i = 0; i < wait.size(); ++i) {
      if (wait[i].revents != 0 && sockets[i]->connected()) return addresses[i];
      if (wait[i].revents != 0) wait[i].fd = -1;  // refused; poll leaves it out
      any_left = any_left || wait[i].fd >= 0;
    }
    if (!any_left) return {};
  }
}

// Hello and join on one WebSocket; all of it on the thread that runs `context`.
class ProbeRoom {
 public:
  explicit ProbeRoom(SignalingReading& reading) : reading_(reading), identity_(crypto::Identity::generate(random_)) {
    terms_.salt = random_.draw<RoomSalt>();
    terms_.roster = {identity_.sign_key()};
    terms_.ttl = 1s;
    room_ = crypto::room_id(identity_.sign_key(), terms_.salt);
  }

  void run(const std::optional<std::filesystem::path>& tls_ca) {
    const signaling::WebSocketLimits limits{signaling::kMaxServerFrame, signaling::kMaxFrame, kTimeToJoin, kTimeToJoin,
                                            0};
    signaling::WebSocketHandlers handlers;
    handlers.on_text = [this](std::string_view text) { handle(text); };
    handlers.on_closed = [this](const std::string&) { context_.stop(); };
    socket_ = signaling::connect_websocket(context_, reading_.server, tls_ca, "/rooms/" + room_.text(), limits,
                                           std::move(handlers));
    context_.run_for(kTimeToJoin);
    socket_->abort();
  }

 private:
  void handle(std::string_view text) {
    const auto message = signaling::parse_server_message(text);
    if (!message) return context_.stop();
    if (const auto* hello = std::get_if<signaling::Hello>(&*message)) return handle_hello(*hello);
    if (!reading_.kind) return context_.stop();
    reading_.round_trip = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - joined_at_);
    if (std::get_if<signaling::Joined>(&*message) != nullptr) {
      reading_.step = SignalingStep::joined;
      // Written before the close frame: the room ends.
      send(signaling::Leave{identity_.sign_key(), room_});
      socket_->close(signaling::CloseCode::normal, "");
      return;
    }
    if (std::get_if<signaling::Refusal>(&*message) != nullptr) reading_.step = SignalingStep::refused;
    context_.stop();
  }

  void handle_hello(const signaling::Hello& hello) {
    if (hello.version != signaling::kVersion) {
      reading_.step = SignalingStep::version;
      return context_.stop();
    }
    reading_.kind = hello.kind;
    if (const auto clock = socket_->server_clock()) reading_.clock_lead = std::chrono::seconds(*clock - unix_now());
    reading_.step = SignalingStep::refused;  // until it answers
    joined_at_ = Clock::now();
    const Epoch epoch = random_.draw<Epoch>();
    send(signaling::create_join(identity_, room_, epoch, hello.nonce, terms_));
  }

  void send(const signaling::ClientMessage& message) {
    static_cast<void>(socket_->send(std::make_shared<const std::string>(signaling::serialize(message))));
  }

  SignalingReading& reading_;
  SystemRandom random_;
  crypto::Identity identity_;
  signaling::RoomTerms terms_;
  RoomId room_;
  Clock::time_point joined_at_;
  boost::asio::io_context context_{1};
  std::shared_ptr<signaling::WebSocket> socket_;
};

Finding broken(const SignalingReading& reading, FindingCode code, std::string_view what, std::string_view hint) {
  return {.check = "signaling",
          .subject = reading.server.address.text(),
          .status = Status::failed,
          .code = code,
          .text = std::string(what),
          .hint = hint};
}

}  // namespace

SignalingReading ask_signaling_server(const signaling::ServerUrl& server,
                                      const std::optional<std::filesystem::path>& tls_ca) {
  SignalingReading reading{.server = server};
  const auto addresses = look_up(server.address.host);
  if (addresses.empty()) return reading;
  reading.step = SignalingStep::unreachable;
  const auto begin = Clock::now();
  const auto address = first_open(addresses, server.address.port);
  if (!address) return reading;
  reading.connect = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  if (server.security == TransportSecurity::tls) {
    reading.step = SignalingStep::not_trusted;
    reading.certificate = read_certificate(*address, server.address, tls_ca);
    if (!reading.certificate->problem.empty()) return reading;
  }
  reading.step = SignalingStep::not_coterie;
  ProbeRoom(reading).run(tls_ca);
  return reading;
}

namespace {

Finding judge_room(const SignalingReading& reading) {
  switch (reading.step) {
    case SignalingStep::unresolved:
      return broken(reading, FindingCode::signaling_unresolved, "its name does not resolve",
                    "check the host's name and this machine's name server");
    case SignalingStep::unreachable:
      return broken(
          reading, FindingCode::signaling_unreachable, "it refuses the connection, or does not answer within 3 s",
          "check that it runs, its address and port, and that the firewalls on both sides let that port through");
    case SignalingStep::not_trusted:
      return broken(reading, FindingCode::signaling_tls, reading.certificate->problem,
                    "check the name in the URL, the server's certificate and this clock, or name its authority: "
                    "--tls-ca FILE");
    case SignalingStep::not_coterie:
      return broken(reading, FindingCode::signaling_not_coterie, "something answers, but it is no Coterie server",
                    "check the port: a Coterie server stands on 8081 unless told otherwise");
    case SignalingStep::version:
      return broken(reading, FindingCode::signaling_version, "it speaks another version of the protocol",
                    "use the same version of Coterie on both sides");
    case SignalingStep::refused:
    case SignalingStep::joined:
      break;
  }
  Finding finding{.check = "signaling", .subject = reading.server.address.text(), .text = {}};
  const auto times = fmt::format("TCP in {} ms, answer in {} ms", reading.connect.count(), reading.round_trip.count());
  if (reading.step == SignalingStep::joined) {
    finding.text = "a probe room was opened and left; " + times;
  } else if (reading.kind == signaling::ServerKind::embedded) {
    finding.text = "a creator's own server, which serves its room only; " + times;
  } else {
    return broken(reading, FindingCode::signaling_refused, "it does not let a room be opened",
                  "it may be full or limit joins: try again in a minute, or ask who runs it");
  }
  return finding;
}

}  // namespace

Findings judge_signaling(const SignalingReading& reading) {
  Findings findings;
  if (reading.certificate && reading.step > SignalingStep::not_trusted) {
    findings.push_back(judge_certificate(*reading.certificate, reading.server.address.text()));
  }
  findings.push_back(judge_room(reading));
  return findings;
}

Findings judge_invite(const SignalingReading& reading, bool host_is_here) {
  Findings findings;
  Finding reach{.check = "invite", .subject = reading.server.address.host, .text = {}};
  const signaling::Reach how_far = signaling::reach_of(reading.server.address.host);
  reach.text = signaling::to_string(how_far);
  if (how_far == signaling::Reach::loopback || how_far == signaling::Reach::private_network) {
    reach.status = Status::warning;
    reach.code = FindingCode::invite_local;
    reach.hint =
        how_far == signaling::Reach::loopback
            ? "signers on other machines cannot use it: create with --advertise HOST, or with --signaling URL"
            : "signers elsewhere cannot use it: create with --advertise a public host, or with --signaling URL";
  }
  findings.push_back(std::move(reach));
  Finding port{.check = "listening", .subject = reading.server.address.text(), .text = {}};
  if (!host_is_here) {
    port.status = Status::skipped;
    port.text = "the invite's host is not an address of this machine";
  } else if (reading.step <= SignalingStep::unreachable) {
    port.status = Status::failed;
    port.code = FindingCode::port_closed;
    port.text = "nothing listens there on this machine";
    port.hint = "keep `coterie multisig create` (or `resume`) running; check this machine's own firewall";
  } else {
    port.text = "open on this machine; says nothing of a firewall in front of it";
  }
  findings.push_back(std::move(port));
  return findings;
}

bool is_this_machine(const std::string& host) {
  const auto own = own_addresses();
  const auto addresses = look_up(host);
  return std::any_of(addresses.begin(), addresses.end(), [&](const rtc::IpAddress& address) {
    return address.is_loopback() || std::find(own.begin(), own.end(), address) != own.end();
  });
}

}  // namespace coterie::doctor
