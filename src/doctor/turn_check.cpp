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
      : runtime_(std::move(runtime)), context_(std::make_shared<io_context>()), reading_{server, {}, {}, {}} {}

  TurnReading run() {
    offering_ = connect(answering_);
    answering_ = connect(offering_);
    if (auto channel = offering_->create_data_channel("doctor")) watch_offering(*channel);
    static_cast<void>(offering_->create_offer());
    const auto work = boost::asio::make_work_guard(*context_);
    context_->run_for(kTimeToRelay);
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
    handlers.on_ice_candidate = [&other](const std::optional<rtc::IceCandidateInit>& candidate) {
      static_cast<void>(other->add_ice_candidate(candidate));
    };
    handlers.on_connection_state = [this](rtc::ConnectionState state, const std::optional<Error>& error) {
      if (state == rtc::ConnectionState::failed && error) end(error->message);
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
      opened_ = since(begin_);
      begin_ = Clock::now();
      static_cast<void>(sent_->send(Bytes{'d'}));
    };
    handlers.on_message = [this](const Bytes&) {
      reading_.relayed = opened_;
      reading_.echo = since(begin_);
      end({});
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

  void end(std::string problem) {
    if (reading_.problem.empty()) reading_.problem = std::move(problem);
    context_->stop();
  }

  const std::shared_ptr<rtc::Runtime> runtime_;
  const std::shared_ptr<io_context> context_;
  TurnReading reading_;
  Clock::time_point begin_ = Clock::now();
  std::chrono::milliseconds opened_{};
  std::shared_ptr<rtc::PeerConnection> offering_;
  std::shared_ptr<rtc::PeerConnection> answering_;
  std::shared_ptr<rtc::DataChannel> sent_;
  std::shared_ptr<rtc::DataChannel> echoed_;
};

std::string_view hint_of(FindingCode code) {
  switch (code) {
    case FindingCode::turn_unresolved:
      return "check the name in --turn and this machine's name server";
    case FindingCode::turn_credentials:
      return "check --turn-user and the first line of the file of --turn-password-file";
    case FindingCode::turn_tls:
      return "check the server's certificate and its name, or name its authority: --tls-ca FILE; check this clock, too";
    case FindingCode::turn_refused:
      return "ask whoever runs the server: it answers, but gives no relay";
    default:
      return "check its host, port and transport; where UDP is blocked: ?transport=tcp, or turns: on port 443";
  }
}

// What rtc says after the server's URL, which is the subject already.
std::string reason_of(const TurnReading& reading) {
  const std::string url = reading.server.url.text() + ": ";
  const std::size_t at = reading.problem.find(url);
  return at == std::string::npos ? reading.problem : reading.problem.substr(at + url.size());
}

}  // namespace

TurnReading ask_turn_server(const std::shared_ptr<rtc::Runtime>& runtime, const rtc::TurnServer& server) {
  return Relayed(runtime, server).run();
}

// By the words of rtc (turn_tunnel.cpp, byte_stream.cpp), which are for a person; tests/cli/doctor_test.py holds them.
FindingCode turn_code(std::string_view problem) {
  const auto has = [&](std::string_view words) { return problem.find(words) != problem.npos; };
  if (has("user or the password")) return FindingCode::turn_credentials;
  if (has("cannot resolve") || has("not resolved")) return FindingCode::turn_unresolved;
  if (has("certificate") || has("TLS")) return FindingCode::turn_tls;
  if (has("it refuses") || has("it gives this user") || has("no relay left")) return FindingCode::turn_refused;
  return FindingCode::turn_unreachable;
}

bool any_relay(const std::vector<TurnReading>& readings) {
  return std::any_of(readings.begin(), readings.end(), [](const auto& reading) { return reading.relayed.has_value(); });
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
    if (reading.relayed) {
      finding.text =
          fmt::format("relays: link open after {} ms, echo in {} ms", reading.relayed->count(), reading.echo.count());
      continue;
    }
    finding.status = broken;
    finding.code = turn_code(reading.problem);
    finding.text = reading.problem.empty() ? "no relay within 8 s" : reason_of(reading);
    finding.hint = hint_of(*finding.code);
  }
  return findings;
}

}  // namespace coterie::doctor
