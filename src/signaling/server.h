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
#include "signaling/message.h"

namespace coterie::signaling {

constexpr std::uint16_t kDefaultPort = 8081;

struct ServerLimits {
  std::size_t frame_bytes = kMaxFrame;          // at most kMaxFrame
  std::size_t members = kMaxMembers;            // of one room
  std::size_t rooms = 10'000;                   // open at once
  std::size_t queue_bytes = 256 * 1024;         // waiting for one connection's reader; then it is dropped
  std::size_t connections = 500;                // open at once: half of the usual 1024 descriptors. When full, the
                                                // oldest that has not joined gives way
  std::uint32_t connections_per_second = 100;   // of one IPv4 address or IPv6 /64; twice as many in a burst
  std::uint32_t refused_per_second = 20;        // refused joins, likewise; more are told `too_many`
  std::uint32_t messages_per_second = 1'000;    // frames of one connection, pings included
  std::chrono::milliseconds handshake{5'000};   // from connect to joined
  std::chrono::milliseconds idle_ping{20'000};  // silence before a ping; as long again and the connection is dropped
};

struct ServerOptions {
  ServerKind kind = ServerKind::embedded;
  std::optional<RoomId> room;                // the one room of an embedded server; none for `serve`
  std::string listen;                        // an IP literal; empty: [::] dual-stack, or 0.0.0.0 where there is no IPv6
  std::uint16_t port = kDefaultPort;         // 0: the system chooses
  std::vector<std::string> allowed_origins;  // browser pages that may connect, e.g. "https://signer.example"
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
  // Binds and starts; a taken port is port_taken_error(port).
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
