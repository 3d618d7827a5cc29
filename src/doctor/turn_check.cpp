#include "doctor/turn_check.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "rtc/ip_address.h"
#include "rtc/peer_connection.h"

namespace coterie::doctor {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using boost::asio::io_context;

constexpr auto kTimeToRelay = 8'000ms;

std::chrono::milliseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

// Both ends of one link through one server; all of it on the thread that runs `context`.
class Relayed {
 public:
  Relayed(std::shared_ptr<rtc::Runtime> runtime, const rtc::TurnServer& server)
      : runtime_(std::move(runtime)), context_(std::make_shared<io_context>()), reading_{server} {}

  TurnReading run() {
    offering_ = connect(answering_);
    answering_ = connect(offering_);
    if (auto channel = offering_->create_data_channel("doctor")) watch_offering(*channel);
    static_cast<void>(offering_->create_offer());
    const auto work = boost::asio::make_work_guard(*context_);
    context_->run_for(kTimeToRelay);
    if (const auto problems = offering_->report().turn_problems; !problems.empty()) reading_.problem = problems.front();
    offering_->drop();
    answering_->drop();
    return std::move(reading_);
  }

 private:
  std::shared_ptr<rtc::PeerConnection> connect(std::shared_ptr<rtc::PeerConnection>& other) {
    rtc::Configuration configuration;
    configuration.turn_servers = {reading_.server};
    configuration.ice_policy = IcePolicy::relay;
    const auto literal = rtc::IpAddress::parse(reading_.server.url.host);
    if (literal && literal->is_loopback()) configuration.loopback = rtc::LoopbackCandidates::allowed;
    rtc::PeerConnectionHandlers handlers;
    handlers.on_local_description = [&other](const rtc::SessionDescription& description) {
      static_cast<void>(other->set_remote_description(description));
    };
    handlers.on_ice_candidate = [this, &other](const std::optional<rtc::IceCandidateInit>& candidate) {
      // With relays only, nothing else is told.
      if (candidate && !reading_.allocated) reading_.allocated = since(begin_);
      static_cast<void>(other->add_ice_candidate(candidate));
    };
    handlers.on_connection_state = [this](rtc::ConnectionState state, const std::optional<Error>&) {
      if (state == rtc::ConnectionState::failed) context_->stop();
    };
    handlers.on_data_channel = [this](std::shared_ptr<rtc::DataChannel> channel) {
      watch_answering(std::move(channel));
    };
    rtc::Post post = [context = context_](std::function<void()> function) {
      boost::asio::post(*context, std::move(function));
    };
    return rtc::PeerConnection::create(runtime_, configuration, std::move(post), std::move(handlers));
  }

  void watch_offering(std::shared_ptr<rtc::DataChannel> channel) {
    rtc::DataChannelHandlers handlers;
    handlers.on_open = [this] {
      reading_.opened = since(begin_);
      static_cast<void>(sent_->send(Bytes{'d'}));
    };
    handlers.on_message = [this](const Bytes&) {
      reading_.echoed = since(begin_);
      context_->stop();
    };
    channel->set_handlers(std::move(handlers));
    sent_ = std::move(channel);
  }

  void watch_answering(std::shared_ptr<rtc::DataChannel> channel) {
    rtc::DataChannelHandlers handlers;
    handlers.on_message = [this](Bytes message) { static_cast<void>(echoed_->send(std::move(message))); };
    channel->set_handlers(std::move(handlers));
    echoed_ = std::move(channel);
  }

  const std::shared_ptr<rtc::Runtime> runtime_;
  const std::shared_ptr<io_context> context_;
  TurnReading reading_;
  const Clock::time_point begin_ = Clock::now();
  std::shared_ptr<rtc::PeerConnection> offering_;
  std::shared_ptr<rtc::PeerConnection> answering_;
  std::shared_ptr<rtc::DataChannel> sent_;
  std::shared_ptr<rtc::DataChannel> echoed_;
};

FindingCode code_of(const TurnReading& reading) {
  using Kind = rtc::TurnProblem::Kind;
  if (!reading.problem) return reading.allocated ? FindingCode::turn_silent : FindingCode::turn_unreachable;
  switch (reading.problem->kind) {
    case Kind::unresolved:
      return FindingCode::turn_unresolved;
    case Kind::unreachable:
      return FindingCode::turn_unreachable;
    case Kind::not_trusted:
      return FindingCode::turn_tls;
    case Kind::not_turn:
      return FindingCode::turn_not_turn;
    case Kind::credentials:
      return FindingCode::turn_credentials;
    case Kind::refused:
      return FindingCode::turn_refused;
    case Kind::forbidden:
      return FindingCode::turn_forbidden;
  }
  return FindingCode::turn_unreachable;
}

std::string_view hint_of(FindingCode code) {
  switch (code) {
    case FindingCode::turn_unresolved:
      return "check the name in --turn and this machine's name server";
    case FindingCode::turn_credentials:
      return "check --turn-user and the first line of the file of --turn-password-file";
    case FindingCode::turn_tls:
      return "check the server's certificate and its name, or name its authority: --tls-ca FILE; check this clock, too";
    case FindingCode::turn_not_turn:
      return "check its port: TURN is on 3478, and with TLS on 5349, unless whoever runs it says otherwise";
    case FindingCode::turn_refused:
      return "ask whoever runs the server: it answers, but gives no relay";
    case FindingCode::turn_forbidden:
      return "ask whoever runs the server to let it relay to its own addresses";
    case FindingCode::turn_silent:
      return "ask whoever runs the server to let UDP through to the ports that it relays from";
    default:
      return "check its host, port and transport; where UDP is blocked: ?transport=tcp, or turns: on port 443";
  }
}

std::string describe(const TurnReading& reading) {
  if (reading.relays()) {
    return fmt::format("relay given after {} ms, link through it open after {} ms, echo after {} ms",
                       reading.allocated->count(), reading.opened->count(), reading.echoed->count());
  }
  if (reading.problem) return reading.problem->words;
  return reading.allocated ? "gives a relay, but nothing comes through it" : "no relay within 8 s";
}

}  // namespace

TurnReading ask_turn_server(const std::shared_ptr<rtc::Runtime>& runtime, const rtc::TurnServer& server) {
  return Relayed(runtime, server).run();
}

bool any_relay(const std::vector<TurnReading>& readings) {
  return std::any_of(readings.begin(), readings.end(), [](const auto& reading) { return reading.relays(); });
}

Findings judge_turn(const std::vector<TurnReading>& readings) {
  if (readings.empty()) {
    return {{.check = "turn", .status = Status::skipped, .text = "no TURN server is given"}};
  }
  const Status broken = any_relay(readings) ? Status::warning : Status::failed;  // one that works is enough
  Findings findings;
  for (const TurnReading& reading : readings) {
    Finding& finding =
        findings.emplace_back(Finding{.check = "turn", .subject = reading.server.url.text(), .text = {}});
    finding.text = describe(reading);
    if (reading.relays()) continue;
    finding.status = broken;
    finding.code = code_of(reading);
    finding.hint = hint_of(*finding.code);
  }
  return findings;
}

}  // namespace coterie::doctor
