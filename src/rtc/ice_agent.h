// IceAgent: one ICE component over UDP (RFC 8445, trickled as in RFC 8838); owns a NiceAgent.
#pragma once

#include <nice/agent.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/candidate.h"
#include "rtc/loop.h"
#include "rtc/turn_tunnel.h"

namespace coterie::rtc {

enum class IceRole { controlling, controlled };
enum class IceState { checking, connected, disconnected, failed };

// Called from libnice's callbacks on the rtc thread; a handler must not destroy the agent.
struct IceHandlers {
  std::function<void(std::optional<Candidate>)> on_candidate;  // nullopt: no more
  std::function<void(IceState)> on_state;
  std::function<void(CandidateType)> on_path;
  std::function<void()> on_turn_problem;                // turn_problems() says something else than before
  std::function<void(BytesView datagram)> on_datagram;  // anything but STUN, from a verified remote candidate
};

class IceAgent {
 public:
  IceAgent(Loop& loop, IceRole role, const Configuration& configuration, IceHandlers handlers);
  ~IceAgent();
  IceAgent(const IceAgent&) = delete;
  IceAgent& operator=(const IceAgent&) = delete;

  struct Credentials {
    std::string ufrag;
    std::string pwd;
  };
  Credentials local_credentials() const;

  void gather();                                   // candidates follow
  std::vector<TurnProblem> turn_problems() const;  // of each TURN server that does not relay
  void describe(ConnectionReport& report) const;   // candidates and TURN problems
  std::string candidates() const;                  // of both sides, with addresses: for the log
  void set_remote_credentials(const Credentials& credentials);
  void add_remote_candidate(const Candidate& candidate);  // after the credentials
  void end_remote_candidates();
  void send(BytesView datagram);  // lost unless connected

 private:
  static IceAgent* find(gpointer id);
  void connect_signals();
  void add_local_addresses();
  bool add_local_address(const IpAddress& address);
  void open_turn_tunnels(const std::vector<TurnServer>& servers);
  void ask_turn_servers();
  void end_head_start();
  void handle_gathering_done();
  void serve_turn_tunnels();
  std::optional<Candidate> to_tell(Candidate candidate) const;
  void handle_state(guint state);
  void handle_selected_pair(const NiceCandidate& local, const NiceCandidate& remote);
  void tell_path();

  Loop& loop_;
  IceHandlers handlers_;
  const IcePolicy policy_;
  const LoopbackCandidates loopback_;
  std::uintptr_t id_;
  NiceAgent* agent_;
  guint stream_ = 0;
  bool has_ipv4_ = false;  // among the local addresses
  std::vector<std::unique_ptr<TurnTunnel>> turn_tunnels_;
  Timer head_start_timer_;
  bool relays_asked_ = false;  // or not needed any more
  bool gathering_done_ = false;
  std::vector<TurnProblem> unopened_;  // a tunnel each
  bool was_connected_ = false;
  std::optional<IceState> state_;
  std::vector<Candidate> local_candidates_;  // as told
  std::vector<Candidate> remote_candidates_;
  // Of the selected pair: what libnice knows of both ends.
  std::optional<Candidate> selected_local_;
  std::optional<Candidate> selected_remote_;
  std::optional<CandidateType> path_;
};

}  // namespace coterie::rtc
