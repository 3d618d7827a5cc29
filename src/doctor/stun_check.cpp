#include "doctor/stun_check.h"

#include <poll.h>
#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>

#include "base/random.h"
#include "doctor/look_up.h"

namespace coterie::doctor {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using rtc::IpAddress;

constexpr auto kTimeToAnswer = 3'000ms;
constexpr auto kRetransmission = 500ms;

class UdpSocket {
 public:
  explicit UdpSocket(bool ipv6)
      : descriptor_(socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  ~UdpSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

struct Question {
  StunReading* reading;
  std::uint16_t port;
  rtc::stun::TransactionId id{};
  Clock::time_point asked{};
};

void send_request(const UdpSocket& socket, const Question& question) {
  sockaddr_storage to{};
  const socklen_t size = question.reading->server.fill(to, question.port);
  const Bytes request = rtc::stun::serialize_binding_request(question.id);
  static_cast<void>(sendto(socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&to), size));
}

void receive_answers(const UdpSocket& socket, std::vector<Question>& questions) {
  std::array<std::uint8_t, rtc::stun::kMaxMessageBytes> buffer;
  while (true) {
    const ssize_t size = recv(socket.descriptor(), buffer.data(), buffer.size(), 0);
    if (size < 0) return;
    for (Question& question : questions) {
      const auto mapped =
          rtc::stun::parse_binding_response({buffer.data(), static_cast<std::size_t>(size)}, question.id);
      if (!mapped || question.reading->mapped) continue;
      question.reading->mapped = mapped;
      question.reading->round_trip =
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - question.asked);
    }
  }
}

void exchange(std::array<UdpSocket, 2>& sockets, std::vector<Question>& questions) {
  const auto end = Clock::now() + kTimeToAnswer;
  auto next_send = Clock::now();
  while (Clock::now() < end) {
    const bool all = std::all_of(questions.begin(), questions.end(),
                                 [](const Question& question) { return question.reading->mapped.has_value(); });
    if (all) return;
    if (Clock::now() >= next_send) {
      next_send = Clock::now() + kRetransmission;
      for (Question& question : questions) {
        if (question.reading->mapped) continue;
        question.asked = Clock::now();
        send_request(sockets[question.reading->server.is_ipv6() ? 1 : 0], question);
      }
    }
    std::array<pollfd, 2> wait{{{sockets[0].descriptor(), POLLIN, 0}, {sockets[1].descriptor(), POLLIN, 0}}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(std::min(end, next_send) - Clock::now());
    static_cast<void>(poll(wait.data(), wait.size(), static_cast<int>(std::max(left, 0ms).count()) + 1));
    for (const UdpSocket& socket : sockets) receive_answers(socket, questions);
  }
}

// Which address of this machine packets to `server` carry, with the port of the socket that asked.
std::optional<rtc::stun::MappedAddress> own_address(const UdpSocket& asked, const IpAddress& server,
                                                    std::uint16_t port) {
  const UdpSocket probe(false);
  sockaddr_storage address{};
  socklen_t size = server.fill(address, port);
  if (connect(probe.descriptor(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return {};
  sockaddr_storage local{};
  sockaddr_storage bound{};
  socklen_t local_size = sizeof local;
  socklen_t bound_size = sizeof bound;
  if (getsockname(probe.descriptor(), reinterpret_cast<sockaddr*>(&local), &local_size) != 0 ||
      getsockname(asked.descriptor(), reinterpret_cast<sockaddr*>(&bound), &bound_size) != 0) {
    return {};
  }
  const auto ip = IpAddress::from_socket_address(reinterpret_cast<const sockaddr*>(&local));
  if (!ip) return {};
  return rtc::stun::MappedAddress{*ip, rtc::socket_name(bound).port};
}

bool same(const rtc::stun::MappedAddress& one, const rtc::stun::MappedAddress& other) {
  return one.address == other.address && one.port == other.port;
}

std::vector<rtc::stun::MappedAddress> ipv4_mappings(const StunReadings& readings) {
  std::vector<rtc::stun::MappedAddress> mappings;
  for (const auto& server : readings.servers) {
    for (const StunReading& reading : server.addresses) {
      if (reading.mapped && !reading.server.is_ipv6()) mappings.push_back(*reading.mapped);
    }
  }
  return mappings;
}

std::string mapped_text(const StunReading& reading) {
  const bool ipv6 = reading.mapped->address.is_ipv6();
  return fmt::format("{} in {} ms, sees {}{}{}:{}", ipv6 ? "IPv6" : "IPv4", reading.round_trip.count(), ipv6 ? "[" : "",
                     reading.mapped->address.text(), ipv6 ? "]" : "", reading.mapped->port);
}

Finding judge_server(const StunServerReadings& server) {
  Finding finding{.check = "stun", .subject = server.url.text(), .text = {}};
  if (!server.answered()) {
    const bool resolved = !server.addresses.empty();
    finding.status = Status::warning;
    finding.code = resolved ? FindingCode::stun_silent : FindingCode::stun_unresolved;
    finding.text = resolved ? "no answer within 3 s" : "its name does not resolve";
    finding.hint = resolved ? "allow UDP out, or name another server that both sides reach: --stun URL"
                            : "check the name and this machine's name server, or name another server: --stun URL";
    return finding;
  }
  for (const StunReading& reading : server.addresses) {
    if (!reading.mapped) continue;
    if (!finding.text.empty()) finding.text += "; ";
    finding.text += mapped_text(reading);
  }
  return finding;
}

}  // namespace

bool StunServerReadings::answered() const {
  return std::any_of(addresses.begin(), addresses.end(),
                     [](const StunReading& reading) { return reading.mapped.has_value(); });
}

StunReadings ask_stun_servers(const std::vector<rtc::StunUrl>& servers) {
  std::vector<std::future<std::vector<IpAddress>>> lookups;
  for (const auto& url : servers) lookups.push_back(std::async(std::launch::async, look_up, url.host));
  StunReadings readings;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    StunServerReadings& server = readings.servers.emplace_back(StunServerReadings{servers[i], {}});
    for (const IpAddress& address : lookups[i].get()) server.addresses.push_back({address, {}, {}});
  }
  std::array<UdpSocket, 2> sockets{UdpSocket(false), UdpSocket(true)};
  std::vector<Question> questions;
  for (auto& server : readings.servers) {
    for (StunReading& reading : server.addresses) {
      SystemRandom().fill(questions.emplace_back(Question{&reading, server.url.port}).id);
    }
  }
  exchange(sockets, questions);
  for (const Question& question : questions) {
    if (question.reading->server.is_ipv6() || !question.reading->mapped) continue;
    readings.own_ipv4 = own_address(sockets[0], question.reading->server, question.port);
    break;
  }
  return readings;
}

Mapping mapping_of(const StunReadings& readings) {
  const auto mappings = ipv4_mappings(readings);
  if (mappings.empty()) return Mapping::unknown;
  const bool one = std::all_of(mappings.begin(), mappings.end(), [&](const auto& m) { return same(m, mappings[0]); });
  if (one && readings.own_ipv4 && same(*readings.own_ipv4, mappings[0])) return Mapping::none;
  if (mappings.size() < 2) return Mapping::unknown;
  return one ? Mapping::endpoint_independent : Mapping::address_dependent;
}

Findings judge_stun(const StunReadings& readings) {
  if (readings.servers.empty()) {
    return {{.check = "stun", .status = Status::skipped, .text = "no STUN server is used"}};
  }
  Findings findings;
  for (const auto& server : readings.servers) findings.push_back(judge_server(server));
  return findings;
}

Finding judge_mapping(const StunReadings& readings, bool relay) {
  Finding finding{.check = "nat", .text = {}};
  switch (mapping_of(readings)) {
    case Mapping::none:
      finding.text = "no NAT: others see this machine's own address";
      break;
    case Mapping::endpoint_independent:
      finding.text = "one mapping for all destinations: direct links to all but symmetric NATs";
      break;
    case Mapping::address_dependent:
      finding.text = "symmetric: another port for each destination; direct links only to public and full cone networks";
      if (relay) break;
      finding.status = Status::warning;
      finding.code = FindingCode::nat_symmetric;
      finding.hint = "give a TURN server (--turn URL), or let the creator be somebody with a public address";
      break;
    case Mapping::unknown:
      finding.status = Status::skipped;
      finding.text = "it takes two STUN answers over IPv4 to compare";
      break;
  }
  return finding;
}

}  // namespace coterie::doctor
