// TurnTunnel: stands in for one TURN server at a loopback address, so that libnice, which has no TLS and waits for
// names and connections, only ever sends plain UDP to this machine.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/byte_stream.h"
#include "rtc/ice_server.h"
#include "rtc/ip_address.h"
#include "rtc/loop.h"
#include "rtc/name_lookup.h"
#include "rtc/stun_message.h"
#include "rtc/turn_framing.h"
#include "rtc/turn_problem.h"

namespace coterie::rtc {

//   libnice ── UDP, loopback ── TurnTunnel ── UDP, TCP or TLS ── TURN server
//
// It passes TURN's messages on as they are: libnice makes them, with the credential. What it reads in passing is told
// to a person at most. Used on the rtc thread only.
class TurnTunnel {
 public:
  // Begins to look for the server at once; `on_problem` is called when problem() changed, which must not destroy the
  // tunnel. Kind environment: no socket.
  static Result<std::unique_ptr<TurnTunnel>> open(Loop& loop, const TurnServer& server, bool ipv6,
                                                  std::function<void()> on_problem);
  ~TurnTunnel();
  TurnTunnel(const TurnTunnel&) = delete;
  TurnTunnel& operator=(const TurnTunnel&) = delete;

  const SocketName& local() const { return local_; }  // where libnice finds the server
  // The one socket that is served: a loopback address lets any program of this machine send.
  void serve(const SocketName& client) { client_ = client; }

  const TurnServer& server() const { return server_; }
  // What the server sees the tunnel as; set once it gave a relay.
  const std::optional<stun::MappedAddress>& mapped() const { return mapped_; }
  // It stays, until the relay is given back, when whom it tells is gone.
  void forget_owner() { on_problem_ = nullptr; }
  // Why nothing is relayed; none as long as nothing speaks against it.
  const std::optional<TurnProblem>& problem() const { return problem_; }

 private:
  TurnTunnel(Loop& loop, const TurnServer& server, int descriptor, SocketName local, std::function<void()> on_problem);

  void find_server();
  void connect();
  void connect_datagrams();
  void connect_stream();
  void send_from_client();
  void send_waiting();
  void send_to_server(BytesView datagram);
  void receive_datagram();
  void receive_bytes(BytesView bytes);
  void receive(BytesView message);
  void read_in_passing(BytesView message);
  void read_allocation(const stun::TurnResponse& response);
  void read_permission(const stun::TurnResponse& response);
  void give_up(TurnProblem::Kind kind, std::string words);
  void set_problem(TurnProblem::Kind kind, std::string words);
  void replace_problem(std::optional<TurnProblem> problem);

  Loop& loop_;
  const TurnServer server_;
  const int descriptor_;
  const SocketName local_;
  std::optional<SocketName> client_;
  std::unique_ptr<SocketWatch> client_watch_;

  std::unique_ptr<NameLookup> lookup_;
  std::vector<IpAddress> addresses_;
  std::size_t next_address_ = 0;
  int server_descriptor_ = -1;  // over UDP
  std::unique_ptr<SocketWatch> server_watch_;
  std::unique_ptr<ByteStream> stream_;  // over TCP and TLS
  TurnStreamReader reader_;
  bool ready_ = false;
  bool gave_up_ = false;       // nothing more is sent there, and nothing from there is heard
  std::deque<Bytes> waiting_;  // for the way to the server
  Timer silence_timer_;        // over UDP: then the next address is tried
  Timer resolve_timer_;

  int refusals_ = 0;  // 401 (RFC 8489 §9.2.4): the first asks for the credential, the second is about it
  std::optional<stun::MappedAddress> mapped_;
  bool permitted_ = false;  // to send to at least one address of the other side
  std::optional<TurnProblem> problem_;
  std::function<void()> on_problem_;
};

}  // namespace coterie::rtc
