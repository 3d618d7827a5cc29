#include "rtc/ice_agent.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <utility>

#include "base/secret.h"

namespace coterie::rtc {

namespace {

constexpr guint kComponent = 1;
// Before TURN servers are asked. A relay is often there before two NATs let a direct path through, and the first path
// that works opens the link. And libnice drops the answer of a STUN server to a socket from which it asks a TURN server
// by then: the STUN messages that it sends to find itself are of RFC 3489, those to TURN servers are not.
constexpr std::chrono::milliseconds kHeadStart{500};
constexpr std::chrono::milliseconds kDeparture{1'000};  // for TURN servers that do not answer any more
constexpr std::size_t kMaxLocalAddresses = 16;          // of one machine: more means bridges of containers

// libnice's callbacks get an id, not a pointer: one that comes late finds nothing. Used on the rtc thread only.
std::map<std::uintptr_t, IceAgent*>& agents() {
  static std::map<std::uintptr_t, IceAgent*> map;
  return map;
}

std::uintptr_t next_id() {
  static std::uintptr_t last = 0;
  return ++last;
}

NiceAddress to_nice(const IpAddress& ip, std::uint16_t port) {
  NiceAddress address;
  nice_address_init(&address);
  nice_address_set_from_string(&address, ip.text().c_str());
  nice_address_set_port(&address, port);
  return address;
}

std::optional<IpAddress> from_nice(const NiceAddress& address) {
  char text[NICE_ADDRESS_STRING_LEN];
  nice_address_to_string(&address, text);
  return IpAddress::parse(text);
}

Candidate::Type from_nice(NiceCandidateType type) {
  switch (type) {
    case NICE_CANDIDATE_TYPE_HOST:
      return Candidate::Type::host;
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
      return Candidate::Type::srflx;
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
      return Candidate::Type::prflx;
    case NICE_CANDIDATE_TYPE_RELAYED:
      return Candidate::Type::relay;
  }
  return Candidate::Type::prflx;
}

NiceCandidateType to_nice(Candidate::Type type) {
  switch (type) {
    case Candidate::Type::host:
      return NICE_CANDIDATE_TYPE_HOST;
    case Candidate::Type::srflx:
      return NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE;
    case Candidate::Type::prflx:
      return NICE_CANDIDATE_TYPE_PEER_REFLEXIVE;
    case Candidate::Type::relay:
      return NICE_CANDIDATE_TYPE_RELAYED;
  }
  return NICE_CANDIDATE_TYPE_PEER_REFLEXIVE;
}

std::optional<Candidate> from_nice(const NiceCandidate& nice) {
  const auto address = from_nice(nice.addr);
  if (!address) return std::nullopt;
  Candidate candidate;
  candidate.foundation = std::string(nice.foundation, strnlen(nice.foundation, sizeof nice.foundation));
  candidate.priority = nice.priority;
  candidate.address = *address;
  candidate.port = static_cast<std::uint16_t>(nice_address_get_port(&nice.addr));
  candidate.type = from_nice(nice.type);
  if (candidate.type != Candidate::Type::host) {
    candidate.related_address = from_nice(nice.base_addr);
    candidate.related_port = static_cast<std::uint16_t>(nice_address_get_port(&nice.base_addr));
  }
  return candidate;
}

// libnice binds a socket to the interface of its address, too, by which loopback, where the tunnels are, is not
// reached.
void send_by_any_interface(GSocket* socket, bool ipv4) {
  const std::uint32_t any = 0;
  const int level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
  const int option = ipv4 ? IP_UNICAST_IF : IPV6_UNICAST_IF;
  static_cast<void>(setsockopt(g_socket_get_fd(socket), level, option, &any, sizeof any));
}

// How far away an end of the selected pair is.
CandidateType distance(const Candidate& end, bool seen_behind_private_address) {
  switch (end.type) {
    case Candidate::Type::host:
      return CandidateType::host;
    case Candidate::Type::relay:
      return CandidateType::relay;
    case Candidate::Type::prflx:
      return seen_behind_private_address ? CandidateType::host : CandidateType::srflx;
    case Candidate::Type::srflx:
      return CandidateType::srflx;
  }
  return CandidateType::srflx;
}

// An agent that gives its relays back (RFC 8656 §8: a refresh with lifetime 0), and the tunnels to them.
class DepartingAgent final : public Resident {
 public:
  DepartingAgent(Loop& loop, NiceAgent* agent, std::vector<std::unique_ptr<TurnTunnel>> tunnels)
      : loop_(loop), agent_(agent), tunnels_(std::move(tunnels)), id_(next_id()), timer_(loop) {
    departing().emplace(id_, this);
    timer_.start(kDeparture, [this] { loop_.dismiss(*this); });
    nice_agent_close_async(
        agent_,
        [](GObject*, GAsyncResult*, gpointer id) {
          const auto found = departing().find(reinterpret_cast<std::uintptr_t>(id));
          if (found != departing().end()) found->second->loop_.dismiss(*found->second);
        },
        reinterpret_cast<gpointer>(id_));
  }
  ~DepartingAgent() override {
    departing().erase(id_);
    g_object_unref(agent_);
  }
  void close() override {}  // it ends by itself

 private:
  static std::map<std::uintptr_t, DepartingAgent*>& departing() {
    static std::map<std::uintptr_t, DepartingAgent*> map;
    return map;
  }

  Loop& loop_;
  NiceAgent* agent_;
  std::vector<std::unique_ptr<TurnTunnel>> tunnels_;
  std::uintptr_t id_;
  Timer timer_;
};

}  // namespace

IceAgent* IceAgent::find(gpointer id) {
  const auto found = agents().find(reinterpret_cast<std::uintptr_t>(id));
  return found == agents().end() ? nullptr : found->second;
}

IceAgent::IceAgent(Loop& loop, IceRole role, const Configuration& configuration, IceHandlers handlers)
    : loop_(loop),
      handlers_(std::move(handlers)),
      policy_(configuration.ice_policy),
      loopback_(configuration.loopback),
      id_(next_id()),
      head_start_timer_(loop) {
  agents().emplace(id_, this);
  // Aggressive nomination (no flag): regular one costs a round of checks more. Consent freshness (RFC 7675) finds a
  // peer that is gone: libnice asks every 4 to 6 s and fails the component 10 s after the last answer.
  const auto options = NiceAgentOption(NICE_AGENT_OPTION_ICE_TRICKLE | NICE_AGENT_OPTION_CONSENT_FRESHNESS);
  agent_ = nice_agent_new_full(loop.context(), NICE_COMPATIBILITY_RFC5245, options);
  // Measured: UPnP costs 2 × 200 ms of gathering, TCP candidates 40 ms and descriptors; 5 ms is the least that RFC 8445
  // §14.2 allows between checks; the STUN timers survive 5 % loss without a stall.
  g_object_set(agent_, "upnp", FALSE, "ice-tcp", FALSE, "stun-pacing-timer", 5u, "stun-initial-timeout", 200u,
               "stun-max-retransmissions", 6u, "controlling-mode", role == IceRole::controlling ? TRUE : FALSE,
               nullptr);
  if (policy_ == IcePolicy::relay) g_object_set(agent_, "force-relay", TRUE, nullptr);
  if (configuration.stun_server && policy_ == IcePolicy::all) {
    // A literal: with a name that it cannot resolve, libnice would never end gathering.
    g_object_set(agent_, "stun-server", configuration.stun_server->address.c_str(), "stun-server-port",
                 static_cast<guint>(configuration.stun_server->port), nullptr);
  }
  add_local_addresses();
  stream_ = nice_agent_add_stream(agent_, 1);
  if (stream_ == 0) throw std::bad_alloc();
  open_turn_tunnels(configuration.turn_servers);
  if (policy_ == IcePolicy::relay) ask_turn_servers();
  connect_signals();
}

// libnice may keep parts alive until its own sources ran; none of them finds us any more. An agent with relays stays
// for a moment: what was sent last is still on its way through the tunnels, and the relays are given back.
IceAgent::~IceAgent() {
  agents().erase(id_);
  g_signal_handlers_disconnect_by_data(agent_, reinterpret_cast<gpointer>(id_));
  nice_agent_attach_recv(agent_, stream_, kComponent, nullptr, nullptr, nullptr);
  if (turn_tunnels_.empty()) {
    nice_agent_remove_stream(agent_, stream_);
    g_object_unref(agent_);
  } else {
    for (const auto& tunnel : turn_tunnels_) tunnel->forget_owner();
    loop_.admit(std::make_shared<DepartingAgent>(loop_, agent_, std::move(turn_tunnels_)));
  }
}

void IceAgent::connect_signals() {
  const auto id = reinterpret_cast<gpointer>(id_);
  const auto connect = [&](const char* name, GCallback callback) { g_signal_connect(agent_, name, callback, id); };
  connect("new-candidate-full", G_CALLBACK(+[](NiceAgent*, NiceCandidate* candidate, gpointer self) {
            IceAgent* const agent = find(self);
            const auto local = from_nice(*candidate);
            if (agent == nullptr || !local) return;
            const auto told = agent->to_tell(*local);
            if (!told) return;
            agent->local_candidates_.push_back(*told);
            agent->handlers_.on_candidate(told);
          }));
  connect("candidate-gathering-done", G_CALLBACK(+[](NiceAgent*, guint, gpointer self) {
            if (IceAgent* const agent = find(self)) agent->handle_gathering_done();
          }));
  connect("component-state-changed", G_CALLBACK(+[](NiceAgent*, guint, guint, guint state, gpointer self) {
            if (IceAgent* const agent = find(self)) agent->handle_state(state);
          }));
  connect("new-selected-pair-full",
          G_CALLBACK(+[](NiceAgent*, guint, guint, NiceCandidate* local, NiceCandidate* remote, gpointer self) {
            if (IceAgent* const agent = find(self)) agent->handle_selected_pair(*local, *remote);
          }));
  GMainContext* context = nullptr;
  g_object_get(agent_, "main-context", &context, nullptr);
  nice_agent_attach_recv(
      agent_, stream_, kComponent, context,
      [](NiceAgent*, guint, guint, guint size, gchar* data, gpointer self) {
        IceAgent* const agent = find(self);
        if (agent != nullptr) agent->handlers_.on_datagram({reinterpret_cast<const std::uint8_t*>(data), size});
      },
      id);
}

// Given addresses replace libnice's own search, which skips interfaces by name (veth, docker) and never has loopback.
void IceAgent::add_local_addresses() {
  if (policy_ == IcePolicy::relay) {
    // From a socket that is bound to loopback the kernel lets nothing out to any other machine, whatever a peer asks
    // for.
    if (!add_local_address(*IpAddress::parse("127.0.0.1"))) add_local_address(*IpAddress::parse("::1"));
    return;
  }
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  std::size_t added = 0;
  for (const ifaddrs* item = list; item != nullptr && added < kMaxLocalAddresses; item = item->ifa_next) {
    const auto address = IpAddress::from_socket_address(item->ifa_addr);
    if (!address || (item->ifa_flags & IFF_UP) == 0 || !usable_address(*address, loopback_)) continue;
    if (add_local_address(*address)) ++added;
  }
}

bool IceAgent::add_local_address(const IpAddress& address) {
  NiceAddress nice = to_nice(address, 0);
  if (nice_agent_add_local_address(agent_, &nice) == FALSE) return false;
  if (!address.is_ipv6()) has_ipv4_ = true;
  return true;
}

void IceAgent::open_turn_tunnels(const std::vector<TurnServer>& servers) {
  for (const TurnServer& server : servers) {
    if (turn_tunnels_.size() == kMaxTurnServers) return;
    // libnice asks a TURN server from sockets of its family only.
    auto tunnel = TurnTunnel::open(loop_, server, !has_ipv4_, [this] { handlers_.on_turn_problem(); });
    if (!tunnel) {
      unopened_.push_back({server.url.text(), TurnProblem::Kind::unreachable, tunnel.error().message});
      continue;
    }
    turn_tunnels_.push_back(std::move(*tunnel));
  }
}

void IceAgent::ask_turn_servers() {
  relays_asked_ = true;
  for (const auto& tunnel : turn_tunnels_) {
    const TurnServer& server = tunnel->server();
    const SocketName& local = tunnel->local();
    // libnice wants a terminated string, and keeps a copy for as long as it refreshes the allocation.
    std::string password(server.password ? server.password->text() : std::string_view());
    nice_agent_set_relay_info(agent_, stream_, kComponent, local.address.c_str(), local.port, server.user.c_str(),
                              password.c_str(), NICE_RELAY_TYPE_TURN_UDP);
    wipe(password.data(), password.size());
  }
}

void IceAgent::end_head_start() {
  if (!was_connected_) return ask_turn_servers();  // gathering ends once more, after the relays
  relays_asked_ = true;                            // they are not needed
  if (gathering_done_) handlers_.on_candidate(std::nullopt);
}

void IceAgent::handle_gathering_done() {
  gathering_done_ = true;
  if (relays_asked_ || turn_tunnels_.empty()) handlers_.on_candidate(std::nullopt);
}

// One socket of libnice has each relay: from every address of this machine there would be as many allocations.
void IceAgent::serve_turn_tunnels() {
  GPtrArray* const sockets = nice_agent_get_sockets(agent_, stream_, kComponent);
  if (sockets == nullptr) return;
  for (guint i = 0; i < sockets->len; ++i) {
    GSocketAddress* const address = g_socket_get_local_address(static_cast<GSocket*>(sockets->pdata[i]), nullptr);
    if (address == nullptr) continue;
    sockaddr_storage native{};
    const bool read = g_socket_address_to_native(address, &native, sizeof native, nullptr) != FALSE;
    g_object_unref(address);
    if (!read || (native.ss_family == AF_INET) != has_ipv4_) continue;
    send_by_any_interface(static_cast<GSocket*>(sockets->pdata[i]), has_ipv4_);
    for (const auto& tunnel : turn_tunnels_) tunnel->serve(socket_name(native));
    break;
  }
  g_ptr_array_unref(sockets);
}

// What the other side is told of a local candidate.
std::optional<Candidate> IceAgent::to_tell(Candidate candidate) const {
  if (candidate.type == Candidate::Type::relay) {
    // Its base is a relay's, too: an address of ours has no place there (RFC 8839 §5.1 allows to hide it).
    candidate.related_address = IpAddress::parse(candidate.address.is_ipv6() ? "::" : "0.0.0.0");
    candidate.related_port = 0;
    return candidate;
  }
  if (policy_ == IcePolicy::relay) return std::nullopt;
  // A TURN server tells libnice how it sees the tunnel: nothing that comes there would reach libnice.
  for (const auto& tunnel : turn_tunnels_) {
    if (candidate.type == Candidate::Type::srflx && tunnel->mapped() &&
        tunnel->mapped()->address == candidate.address && tunnel->mapped()->port == candidate.port) {
      return std::nullopt;
    }
  }
  return candidate;
}

std::vector<TurnProblem> IceAgent::turn_problems() const {
  std::vector<TurnProblem> problems = unopened_;
  for (const auto& tunnel : turn_tunnels_) {
    if (tunnel->problem()) problems.push_back(*tunnel->problem());
  }
  return problems;
}

void IceAgent::describe(ConnectionReport& report) const {
  count_candidates(report, local_candidates_, remote_candidates_);
  report.turn_problems = turn_problems();
}

std::string IceAgent::candidates() const {
  const auto list = [](const std::vector<Candidate>& candidates) {
    std::string words;
    for (const Candidate& candidate : candidates) {
      words += fmt::format("{}{} [{}]:{}", words.empty() ? "" : ", ", to_string(distance(candidate, false)),
                           candidate.address.text(), candidate.port);
    }
    return words.empty() ? std::string("nothing") : words;
  };
  return fmt::format("{} here, {} there", list(local_candidates_), list(remote_candidates_));
}

IceAgent::Credentials IceAgent::local_credentials() const {
  gchar* ufrag = nullptr;
  gchar* pwd = nullptr;
  nice_agent_get_local_credentials(agent_, stream_, &ufrag, &pwd);
  Credentials credentials{ufrag, pwd};
  g_free(ufrag);
  g_free(pwd);
  return credentials;
}

void IceAgent::gather() {
  // With no address at all there is nothing to gather, and no signal says so.
  if (nice_agent_gather_candidates(agent_, stream_) == FALSE) return handlers_.on_candidate(std::nullopt);
  serve_turn_tunnels();
  if (!relays_asked_ && !turn_tunnels_.empty()) head_start_timer_.start(kHeadStart, [this] { end_head_start(); });
}

void IceAgent::set_remote_credentials(const Credentials& credentials) {
  nice_agent_set_remote_credentials(agent_, stream_, credentials.ufrag.c_str(), credentials.pwd.c_str());
}

void IceAgent::add_remote_candidate(const Candidate& candidate) {
  remote_candidates_.push_back(candidate);
  NiceCandidate* nice = nice_candidate_new(to_nice(candidate.type));
  nice->transport = NICE_CANDIDATE_TRANSPORT_UDP;
  nice->stream_id = stream_;
  nice->component_id = kComponent;
  nice->priority = candidate.priority;
  nice->addr = to_nice(candidate.address, candidate.port);
  nice->base_addr = nice->addr;
  const std::size_t size = std::min(candidate.foundation.size(), sizeof nice->foundation - 1);
  std::memcpy(nice->foundation, candidate.foundation.data(), size);
  GSList* list = g_slist_append(nullptr, nice);
  nice_agent_set_remote_candidates(agent_, stream_, kComponent, list);
  g_slist_free_full(list, [](gpointer item) { nice_candidate_free(static_cast<NiceCandidate*>(item)); });
  tell_path();
}

void IceAgent::end_remote_candidates() {
  nice_agent_peer_candidate_gathering_done(agent_, stream_);
}

void IceAgent::send(BytesView datagram) {
  nice_agent_send(agent_, stream_, kComponent, static_cast<guint>(datagram.size()),
                  reinterpret_cast<const gchar*>(datagram.data()));
}

void IceAgent::handle_state(guint nice_state) {
  std::optional<IceState> state;
  switch (nice_state) {
    case NICE_COMPONENT_STATE_CONNECTED:
    case NICE_COMPONENT_STATE_READY:  // READY only adds that the checks of all other pairs are over
      was_connected_ = true;
      state = IceState::connected;
      break;
    case NICE_COMPONENT_STATE_FAILED:
      state = IceState::failed;
      break;
    case NICE_COMPONENT_STATE_CONNECTING:
      state = was_connected_ ? IceState::disconnected : IceState::checking;
      break;
    case NICE_COMPONENT_STATE_DISCONNECTED:
      if (was_connected_) state = IceState::disconnected;
      break;
    default:
      break;
  }
  if (!state || state == state_) return;
  state_ = state;
  handlers_.on_state(*state);
}

void IceAgent::handle_selected_pair(const NiceCandidate& local, const NiceCandidate& remote) {
  selected_local_ = from_nice(local);
  selected_remote_ = from_nice(remote);
  tell_path();
}

// A check that outran its candidate makes the remote end peer-reflexive; the candidate, when it comes, says more.
void IceAgent::tell_path() {
  if (!selected_local_ || !selected_remote_) return;
  Candidate remote = *selected_remote_;
  if (remote.type == Candidate::Type::prflx) {
    for (const Candidate& told : remote_candidates_) {
      if (told.address == remote.address && told.port == remote.port) remote.type = told.type;
    }
  }
  const bool near = remote.address.is_private() || remote.address.is_loopback();
  const CandidateType path = std::max(distance(*selected_local_, false), distance(remote, near));
  if (path_ == path) return;
  path_ = path;
  handlers_.on_path(path);
}

}  // namespace coterie::rtc
