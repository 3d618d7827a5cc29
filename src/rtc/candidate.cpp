#include "rtc/candidate.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "rtc/sdp_grammar.h"

namespace coterie::rtc {

namespace {

constexpr std::size_t kMaxFields = 32;  // eight and a few extension pairs

Error malformed(std::string_view what) {
  return refused_error(fmt::format("the other side sent a malformed ICE candidate: {}", what));
}

const char* type_name(Candidate::Type type) {
  switch (type) {
    case Candidate::Type::host:
      return "host";
    case Candidate::Type::srflx:
      return "srflx";
    case Candidate::Type::prflx:
      return "prflx";
    case Candidate::Type::relay:
      return "relay";
  }
  return "";
}

std::optional<Candidate::Type> parse_type(std::string_view name) {
  for (const auto type :
       {Candidate::Type::host, Candidate::Type::srflx, Candidate::Type::prflx, Candidate::Type::relay}) {
    if (name == type_name(type)) return type;
  }
  return std::nullopt;
}

bool is_udp(std::string_view transport) {
  return transport == "UDP" || transport == "udp";
}

}  // namespace

std::string Candidate::serialize() const {
  std::string text =
      fmt::format("candidate:{} 1 UDP {} {} {} typ {}", foundation, priority, address.text(), port, type_name(type));
  if (related_address) text += fmt::format(" raddr {} rport {}", related_address->text(), related_port);
  return text;
}

bool usable_address(const IpAddress& address, LoopbackCandidates loopback) {
  if (address.is_loopback()) return loopback == LoopbackCandidates::allowed;
  return !address.is_unspecified() && !address.is_multicast() && !address.is_link_local() &&
         !address.is_embedded_ipv4();
}

Result<std::optional<Candidate>> parse_remote_candidate(std::string_view text, LoopbackCandidates loopback) {
  if (text.size() > kMaxCandidateBytes) return malformed("too long");
  if (!sdp::is_line(text)) return malformed("control characters");
  if (text.starts_with("a=")) text.remove_prefix(2);
  if (!text.starts_with("candidate:")) return malformed("it does not begin with candidate:");
  text.remove_prefix(std::string_view("candidate:").size());

  const std::vector<std::string_view> fields = sdp::split(text, ' ');
  if (fields.size() < 8 || fields.size() > kMaxFields) return malformed("wrong number of fields");
  Candidate candidate;
  candidate.foundation = fields[0];
  if (fields[0].size() > 32 || !sdp::is_ice_chars(fields[0])) return malformed("foundation");
  const auto component = sdp::parse_number<std::uint16_t>(fields[1]);
  if (!component) return malformed("component");
  const auto priority = sdp::parse_number<std::uint32_t>(fields[3]);
  if (!priority) return malformed("priority");
  const auto port = sdp::parse_number<std::uint16_t>(fields[5]);
  if (!port) return malformed("port");
  // RFC 8839 §5.1: a token that is no type of ours is one of later days.
  const auto type = parse_type(fields[7]);
  if (fields[6] != "typ" || !sdp::is_token(fields[7])) return malformed("type");
  candidate.priority = *priority;
  candidate.port = *port;
  for (std::size_t i = 8; i + 1 < fields.size(); i += 2) {
    if (fields[i] == "raddr") candidate.related_address = IpAddress::parse(fields[i + 1]);
    if (fields[i] == "rport") candidate.related_port = sdp::parse_number<std::uint16_t>(fields[i + 1]).value_or(0);
  }

  if (!type || !is_udp(fields[2]) || *component != 1 || candidate.port == 0) return std::optional<Candidate>();
  candidate.type = *type;
  const auto address = IpAddress::parse(fields[4]);
  if (!address || !usable_address(*address, loopback)) return std::optional<Candidate>();
  candidate.address = *address;
  return std::optional(candidate);
}

}  // namespace coterie::rtc
