#include "rtc/connection_report.h"

#include <algorithm>

#include "rtc/candidate.h"

namespace coterie::rtc {

namespace {

CandidateType type_of(const Candidate& candidate) {
  switch (candidate.type) {
    case Candidate::Type::host:
      return CandidateType::host;
    case Candidate::Type::relay:
      return CandidateType::relay;
    case Candidate::Type::srflx:
    case Candidate::Type::prflx:
      return CandidateType::srflx;
  }
  return CandidateType::srflx;
}

}  // namespace

const char* to_string(CandidateType type) {
  switch (type) {
    case CandidateType::host:
      return "host";
    case CandidateType::srflx:
      return "srflx";
    case CandidateType::relay:
      return "relay";
  }
  return "";
}

void count_candidates(ConnectionReport& report, const std::vector<Candidate>& local,
                      const std::vector<Candidate>& remote) {
  for (const Candidate& own : local) {
    ++report.local[type_of(own)];
    if (own.address.is_ipv6()) report.local_ipv6 = true;
  }
  report.remote_is_private = !remote.empty() && std::all_of(remote.begin(), remote.end(), [](const Candidate& other) {
    return other.address.is_private();
  });
  for (const Candidate& own : local) {
    for (const Candidate& other : remote) {
      if (own.address.is_ipv6() == other.address.is_ipv6()) ++report.pairs[{type_of(own), type_of(other)}];
    }
  }
}

}  // namespace coterie::rtc
