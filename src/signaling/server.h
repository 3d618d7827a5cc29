// The signaling server: sockets, limits and a thread around Rooms. It sees who meets whom and when, never what they
// say.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "coterie/signaling_server.h"
#include "signaling/message.h"

namespace coterie::signaling {

using ServerLimits = SignalingLimits;

struct ServerOptions {
  ServerKind kind = ServerKind::embedded;
  std::optional<RoomId> room;  // the one room of an embedded server; none for `serve`
  std::string listen;          // an IP literal; empty: [::] dual-stack, or 0.0.0.0 where there is no IPv6
  std::uint16_t port = kDefaultSignalingPort;  // 0: the system chooses
  std::vector<std::string> allowed_origins;    // browser pages that may connect, e.g. "https://signer.example"
  ServerLimits limits;
};

// A bound, listening TCP socket, so that the port is known and held before anything else is made. Connections wait in
// the backlog until a Server takes it over.
class Listener {
 public:
  // nullopt: the port is taken by somebody (probe_server tells whether it is a Coterie server). Error kinds: usage for
  // an address that is none of this machine's, else environment.
  static Result<std::optional<Listener>> bind(const std::string& listen, std::uint16_t port);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  ~Listener();

  std::uint16_t port() const { return port_; }
  const std::string& address() const { return address_; }  // the literal listened on: "::", "0.0.0.0" or as asked
  int release();                                           // the descriptor is the caller's from here on

 private:
  Listener(int descriptor, std::string address, std::uint16_t port);

  int descriptor_ = -1;
  std::string address_;
  std::uint16_t port_ = 0;
};

// "port 8081 is taken", with the hint to choose another by --port.
Error port_taken_error(std::uint16_t port);

class Server {
 public:
  // Binds and starts; a taken port is port_taken_error(port). Kinds: usage for limits above the protocol's (kMaxFrame,
  // kMaxMembers); environment when the system gives no thread or descriptor.
  static Result<std::unique_ptr<Server>> start(ServerOptions options);
  // As above on a listener bound earlier; options.listen and options.port are not looked at.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Listener listener);

  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  const std::string& address() const;

  // Tells every connection that it goes away (at most 20 ms), closes all and the port, joins the thread. When it
  // returns the port is free. Idempotent; from the thread that owns the Server.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::signaling
