#include "doctor/examination.h"

#include <algorithm>
#include <future>
#include <iterator>

#include "doctor/signaling_check.h"
#include "doctor/stun_check.h"
#include "doctor/turn_check.h"
#include "doctor/vault_check.h"

namespace coterie::doctor {

namespace {

void append(Findings& all, Findings more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

UdpSeen udp_of(const StunReadings& stun, const std::vector<TurnReading>& turn) {
  const auto over_udp = [](const TurnReading& reading) {
    return reading.server.url.transport == rtc::TurnTransport::udp;
  };
  const bool asked = !stun.servers.empty() || std::any_of(turn.begin(), turn.end(), over_udp);
  if (!asked) return UdpSeen::not_asked;
  const bool answered =
      std::any_of(stun.servers.begin(), stun.servers.end(), [](const auto& server) { return server.answered(); }) ||
      std::any_of(turn.begin(), turn.end(),
                  [&](const TurnReading& reading) { return over_udp(reading) && reading.relays(); });
  return answered ? UdpSeen::answered : UdpSeen::silent;
}

StreamRelay stream_relay_of(const std::vector<TurnReading>& turn) {
  return std::any_of(turn.begin(), turn.end(),
                     [](const TurnReading& reading) {
                       return reading.relays() && reading.server.url.transport != rtc::TurnTransport::udp;
                     })
             ? StreamRelay::works
             : StreamRelay::none;
}

std::future<SignalingReading> ask(const signaling::ServerUrl& server, const Configuration& configuration) {
  return std::async(std::launch::async, ask_signaling_server, server, configuration.tls_ca);
}

}  // namespace

Finding judge_udp(UdpSeen seen, StreamRelay relay) {
  Finding finding{.check = "udp", .text = "gets out, and answers come back"};
  if (seen == UdpSeen::answered) return finding;
  if (seen == UdpSeen::not_asked) {
    finding.status = Status::skipped;
    finding.text = "no server is asked over UDP";
    return finding;
  }
  finding.status = relay == StreamRelay::works ? Status::warning : Status::failed;
  finding.code = FindingCode::udp_blocked;
  finding.text = relay == StreamRelay::works ? "nobody answers over UDP: all links go through the TURN server"
                                             : "nobody answers over UDP: no link to signers outside this network";
  finding.hint = relay == StreamRelay::works ? "allow UDP out to have direct links"
                                             : "allow UDP out of the firewall, or give a TURN server over TCP or TLS: "
                                               "--turn turns:HOST:443";
  return finding;
}

Findings examine(const Configuration& configuration) {
  const auto runtime = rtc::Runtime::acquire();
  auto stun_answers = std::async(std::launch::async, ask_stun_servers, configuration.stun);
  std::vector<std::future<TurnReading>> turn_answers;
  for (const rtc::TurnServer& server : configuration.turn) {
    turn_answers.push_back(std::async(std::launch::async, ask_turn_server, std::cref(runtime), std::cref(server)));
  }
  std::optional<std::future<SignalingReading>> signaling_answer;
  std::optional<std::future<SignalingReading>> invite_answer;
  if (configuration.signaling) signaling_answer = ask(*configuration.signaling, configuration);
  if (configuration.invite) invite_answer = ask(*configuration.invite, configuration);

  Findings findings = check_vault(configuration.home, configuration.passphrase);
  std::vector<SignalingReading> servers;
  std::vector<std::chrono::seconds> leads;
  for (auto* answer : {&signaling_answer, &invite_answer}) {
    if (!*answer) continue;
    servers.push_back((*answer)->get());
    if (servers.back().clock_lead) leads.push_back(*servers.back().clock_lead);
  }
  findings.push_back(judge_clock(unix_now(), leads));
  findings.push_back(check_memory_locking());
  findings.push_back(check_core_dumps());
  findings.push_back(judge_addresses(own_addresses(), configuration.addresses));

  const StunReadings stun = stun_answers.get();
  std::vector<TurnReading> turn;
  for (auto& answer : turn_answers) turn.push_back(answer.get());
  findings.push_back(judge_udp(udp_of(stun, turn), stream_relay_of(turn)));
  append(findings, judge_stun(stun));
  findings.push_back(judge_mapping(stun, any_relay(turn)));
  append(findings, judge_turn(turn));
  for (const SignalingReading& reading : servers) append(findings, judge_signaling(reading));
  if (invite_answer) {
    append(findings, judge_invite(servers.back(), is_this_machine(servers.back().server.address.host)));
  }
  return findings;
}

}  // namespace coterie::doctor
