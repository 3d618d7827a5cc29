// SignalingServer: a meeting place for the creations of others. It sees which keys meet and when, never what they say.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coterie/export.h"
#include "coterie/result.h"

namespace coterie {

constexpr std::uint16_t kDefaultSignalingPort = 8081;

struct SignalingLimits {
  std::size_t frame_bytes = std::size_t{64} * 1024;   // of one message; at most 64 KiB
  std::size_t members = 64;                           // of one room; at most 64
  std::size_t rooms = 10'000;                         // open at once
  std::size_t queue_bytes = std::size_t{256} * 1024;  // waiting for one connection's reader; then it is dropped
  std::size_t connections = 500;                // open at once: half of the usual 1024 descriptors. When full, the
                                                // oldest that has not joined gives way
  std::uint32_t connections_per_second = 100;   // of one IPv4 address or IPv6 /64; twice as many in a burst
  std::uint32_t refused_per_second = 20;        // refused joins, likewise; more are told `too_many`
  std::uint32_t messages_per_second = 1'000;    // frames of one connection, pings included
  std::chrono::milliseconds handshake{5'000};   // from connect to joined
  std::chrono::milliseconds idle_ping{20'000};  // silence before a ping; as long again and the connection is dropped
};

struct SignalingServerOptions {
  std::string listen;                          // an IP literal; empty: [::] dual-stack, 0.0.0.0 where there is no IPv6
  std::uint16_t port = kDefaultSignalingPort;  // TCP; 0: the system chooses
  std::vector<std::string> allowed_origins;    // browser pages that may connect (RFC 6454), "https://signer.example"
  SignalingLimits limits;
};

namespace signaling {
class Server;
}

// WebSocket (RFC 6455) without TLS, on a thread of its own.
class COTERIE_EXPORT SignalingServer {
 public:
  // Binds and serves. Kinds: environment for a taken port; usage for an address that is none of this machine's.
  static Result<SignalingServer> start(const SignalingServerOptions& options = {});

  std::uint16_t port() const;
  const std::string& address() const;  // the literal listened on
  // "ws://HOST:PORT" for VenueOptions::signaling on this machine; 127.0.0.1 when it listens on all addresses. For an
  // invite that works elsewhere set VenueOptions::advertise, too.
  std::string url() const;

  // Tells every connection that it goes away (at most 20 ms), closes all. When it returns the port is free. Idempotent;
  // the destructor does the same.
  void stop();

  SignalingServer(SignalingServer&&) noexcept;
  SignalingServer& operator=(SignalingServer&&) noexcept;
  ~SignalingServer();

 private:
  explicit SignalingServer(std::unique_ptr<signaling::Server> server);
  std::unique_ptr<signaling::Server> server_;
};

}  // namespace coterie
