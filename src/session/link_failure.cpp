#include "session/link_failure.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "ceremony/name.h"

namespace coterie::session {

namespace {

using rtc::CandidateType;

constexpr const char* kGiveTurn = "give a TURN server with --turn";
constexpr const char* kBothAgain = "look at what is shown on the other side, too";

std::size_t count(const rtc::CandidateCounts& counts, CandidateType type) {
  const auto found = counts.find(type);
  return found == counts.end() ? 0 : found->second;
}

std::string reason_of(const std::optional<Error>& error, const char* otherwise) {
  return error ? error->message : std::string(otherwise);
}

LinkFailure judge_gathering(const rtc::ConnectionReport& report, const std::optional<Error>& error) {
  if (!report.local.empty()) {
    return {FindingCode::link_gathering, "the other side has no network address to offer", {}, {}, kBothAgain};
  }
  std::string what = reason_of(error, "this side has found no network address to offer");
  if (!error && !report.turn_problems.empty()) what += ": " + rtc::describe(report.turn_problems);
  std::string advice = error && !error->hint.empty() ? error->hint : "check that a network interface is up";
  return {FindingCode::link_gathering, std::move(what), {}, {}, std::move(advice)};
}

LinkFailure judge_signaling(const std::optional<Error>& error) {
  return {FindingCode::link_signaling,
          reason_of(error, "the other side did not answer through the signaling server"),
          {},
          "its program may hang, or be away without a word",
          kBothAgain};
}

bool forbids(const rtc::TurnProblem& problem) {
  return problem.kind == rtc::TurnProblem::Kind::forbidden;
}

// What kept all checks from being answered, by what this side knows.
LinkFailure judge_checks(const rtc::ConnectionReport& report) {
  const auto because = [&report](std::string why, std::string advice) {
    return LinkFailure{FindingCode::link_checks, "no path was found", report.pairs, std::move(why), std::move(advice)};
  };
  const bool relayed = count(report.local, CandidateType::relay) > 0;
  if (!report.turn_problems.empty() && !relayed) {
    return because("there is no relay: " + rtc::describe(report.turn_problems),
                   "check the TURN server's address, user and password");
  }
  if (report.pairs.empty()) {
    return because(report.local_ipv6 ? "this side has only IPv6, the other only IPv4"
                                     : "this side has only IPv4, the other only IPv6",
                   std::string("use a network that has both, or ") + kGiveTurn);
  }
  if (relayed && !report.turn_problems.empty() &&
      std::all_of(report.turn_problems.begin(), report.turn_problems.end(), forbids)) {
    return because("nothing is relayed: " + rtc::describe(report.turn_problems),
                   "whoever runs the TURN server must let it relay to such addresses");
  }
  if (relayed) {
    return because("the other side does not even reach the relay: UDP seems to be blocked there",
                   "the same TURN server over TCP or TLS is needed on the other side");
  }
  if (!report.knows_stun) {
    return because("no STUN server answered here: UDP seems to be blocked on this side",
                   std::string("allow UDP, check --stun, or ") + kGiveTurn);
  }
  if (report.remote_is_private) {
    return because("the other side has told private addresses only: UDP seems to be blocked there",
                   std::string("allow UDP there, check --stun there, or ") + kGiveTurn);
  }
  if (count(report.local, CandidateType::srflx) > 0) {
    return because("the NAT of one side gives each destination another port (symmetric), or a firewall drops UDP",
                   std::string("use another network on one side, or ") + kGiveTurn);
  }
  return because("a firewall on one of both sides drops UDP", std::string("allow UDP, or ") + kGiveTurn);
}

// A path is there, and then nothing, or nothing good, came over it.
LinkFailure judge_handshake(FindingCode code, const char* silence, const std::optional<Error>& error) {
  if (error && error->kind == ErrorKind::refused) return {code, error->message, {}, {}, error->hint};
  return {code,
          reason_of(error, silence),
          {},
          "a firewall that inspects UDP or loses long packets may be between both",
          std::string("use another network on one side, or ") + kGiveTurn};
}

bool doctor_can_tell(const LinkFailure& failure) {
  return failure.code == FindingCode::link_checks || failure.code == FindingCode::link_gathering;
}

std::string describe(const LinkFailure& failure, const rtc::PairCounts& tried) {
  std::string words = fmt::format("{} ({})", failure.what, to_string(failure.code));
  const char* separator = "; tried";
  for (const auto& [types, number] : tried) {
    words += fmt::format("{} {}–{} {}", separator, to_string(types.first), to_string(types.second), number);
    separator = ",";
  }
  if (!tried.empty()) words += ", none answered";
  if (!failure.why.empty()) words += "; " + failure.why;
  return words;
}

}  // namespace

LinkFailure judge_link(const rtc::ConnectionReport& report, const std::optional<Error>& error) {
  using rtc::ConnectionStage;
  if (error && error->kind == ErrorKind::refused && report.stage < ConnectionStage::dtls) {
    return {FindingCode::link_signaling, error->message, {}, {}, error->hint};
  }
  switch (report.stage) {
    case ConnectionStage::gathering:
      return judge_gathering(report, error);
    case ConnectionStage::signaling:
      return judge_signaling(error);
    case ConnectionStage::checks:
      return judge_checks(report);
    case ConnectionStage::dtls:
      return judge_handshake(FindingCode::link_dtls, "the other side does not answer the DTLS handshake", error);
    case ConnectionStage::sctp:
      return judge_handshake(FindingCode::link_sctp, "the other side does not answer SCTP", error);
    case ConnectionStage::open:
      break;
  }
  return {FindingCode::link_ceremony, reason_of(error, "the link opened without a channel"), {}, {}, kBothAgain};
}

LinkFailure judge_missing_offer() {
  return {FindingCode::link_signaling,
          "no offer came through the signaling server",
          {},
          "that signer's program may hang, or be away without a word",
          kBothAgain};
}

LinkFailure judge_departure() {
  return {FindingCode::link_signaling, "that signer left the room before there was a link", {}, {}, kBothAgain};
}

LinkFailure judge_silent_link() {
  return {FindingCode::link_ceremony, "the link was open, but silent", {}, {}, kBothAgain};
}

std::string describe(const LinkFailure& failure) {
  return describe(failure, failure.tried);
}

UnlinkedSigners describe(const std::vector<UnlinkedSigner>& signers) {
  struct Group {
    const LinkFailure* failure;
    std::vector<std::string> names;
    rtc::PairCounts tried;
  };
  std::vector<Group> groups;
  for (const UnlinkedSigner& signer : signers) {
    auto group = std::find_if(groups.begin(), groups.end(), [&signer](const Group& known) {
      return known.failure->code == signer.failure.code && known.failure->what == signer.failure.what &&
             known.failure->why == signer.failure.why;
    });
    if (group == groups.end()) group = groups.insert(groups.end(), {&signer.failure, {}, {}});
    group->names.push_back(signer.name);
    for (const auto& [types, number] : signer.failure.tried) group->tried[types] += number;
  }
  UnlinkedSigners all;
  std::vector<std::string> advices;
  for (const Group& group : groups) {
    all.words += fmt::format("{}no link to {}: {}", all.words.empty() ? "" : "; ", ceremony::join_names(group.names),
                             describe(*group.failure, group.tried));
    if (std::find(advices.begin(), advices.end(), group.failure->advice) != advices.end()) continue;
    advices.push_back(group.failure->advice);
    all.advice += (all.advice.empty() ? "" : "; ") + group.failure->advice;
  }
  if (groups.empty()) return all;
  all.code = to_string(groups.front().failure->code);
  if (std::any_of(groups.begin(), groups.end(), [](const Group& group) { return doctor_can_tell(*group.failure); })) {
    all.advice += "; `coterie doctor` looks at this side's network";
  }
  return all;
}

}  // namespace coterie::session
