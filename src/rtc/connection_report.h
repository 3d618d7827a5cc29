// ConnectionReport: how far a connection came and what it tried, in numbers: for words about why there is no link.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rtc/turn_problem.h"

namespace coterie::rtc {

struct Candidate;

// How far apart the ends are: the worse of the selected pair's two ends.
enum class CandidateType {
  host,   // both ends see each other's own addresses
  srflx,  // through at least one NAT. A peer-reflexive end counts as host if its address is private or is one of the
          // told host candidates, else as srflx.
  relay,  // through a TURN server
};
const char* to_string(CandidateType type);

enum class ConnectionStage {
  gathering,  // one of both sides has told no candidate
  signaling,  // no description of the other side, or none of its candidates, came
  checks,     // ICE looks for a path
  dtls,       // a path is there
  sctp,       // the other side is who its description says
  open,
};

using CandidateCounts = std::map<CandidateType, std::size_t>;
using PairCounts = std::map<std::pair<CandidateType, CandidateType>, std::size_t>;  // local, remote

// Holds no address.
struct ConnectionReport {
  ConnectionStage stage = ConnectionStage::gathering;
  CandidateCounts local;                   // as told to the other side
  PairCounts pairs;                        // of one address family: what checks can be made between
  bool local_ipv6 = false;                 // among the addresses told to the other side
  bool remote_is_private = false;          // all that the other side told are addresses that nobody else reaches
  bool knows_stun = false;                 // a STUN server was there to ask
  std::vector<TurnProblem> turn_problems;  // of each TURN server that does not relay

  bool operator==(const ConnectionReport&) const = default;
};

// Fills in candidates, families and pairs.
void count_candidates(ConnectionReport& report, const std::vector<Candidate>& local,
                      const std::vector<Candidate>& remote);

}  // namespace coterie::rtc
