// One WebSocket connection (RFC 6455), either side: text frames, bounded queue, time-outs. The only unit that knows
// Boost.Beast.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "signaling/address.h"

namespace boost::asio {
class io_context;
}

namespace coterie::signaling {

struct WebSocketLimits {
  std::size_t frame_bytes = 0;  // of a received message, however it is fragmented
  std::size_t queue_bytes = 0;  // waiting to be written
  std::chrono::milliseconds handshake{5'000};
  std::chrono::milliseconds idle_ping{20'000};  // silence before a ping; as long again ends the connection
  std::uint32_t frames_per_second = 0;          // received, pings included; 0: no limit
};

// RFC 6455 §7.4.1
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  unsupported_data = 1003,
  policy_violation = 1008,
  too_large = 1009,
  try_again_later = 1013,
};

// The request that a client wants to turn into a WebSocket.
struct UpgradeRequest {
  std::string target;
  std::optional<std::string> origin;  // browsers send it; others need not
};

// The HTTP answer to a request that is not turned into a WebSocket.
struct HttpAnswer {
  unsigned status = 404;
  std::string text;
};

// Called on the io_context's thread, one after the other; none after abort() or on_closed. A handler may call anything
// here and may let go of the WebSocket.
struct WebSocketHandlers {
  // Server side only: nullopt to accept. A request without an upgrade is answered 426, or with what this returns.
  std::function<std::optional<HttpAnswer>(const UpgradeRequest& request)> on_request;
  std::function<void()> on_open;
  std::function<void(std::string_view text)> on_text;
  // The end, for whatever reason; words for a log or an error.
  std::function<void(const std::string& reason)> on_closed;
};

// All calls on the io_context's thread.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  // Queued: not sent, not received. false: the queue is full or the connection is going down; nothing was queued.
  [[nodiscard]] virtual bool send(std::shared_ptr<const std::string> text) = 0;
  // Writes what is queued, then the close frame, and waits for the other side's at most one second.
  virtual void close(CloseCode code, std::string_view reason) = 0;
  // Asks for a sign of life; without any within `patience` the connection ends. One question at a time.
  virtual void probe(std::chrono::milliseconds patience) = 0;
  // At once and silently: no handler is called any more.
  virtual void abort() = 0;
  // A client's: TLS found fault with the server.
  virtual bool distrusted() const = 0;
  // The other side's clock, to the second, as its HTTP answer gave it (RFC 9110 §6.6.1); a client's, once it is open.
  virtual std::optional<UnixSeconds> server_clock() const = 0;
};

// Takes over `descriptor`, a connected TCP socket.
std::shared_ptr<WebSocket> accept_websocket(boost::asio::io_context& context, int descriptor, WebSocketLimits limits,
                                            WebSocketHandlers handlers);

// `limits.handshake` counts from the look-up to on_open. `tls_ca`: the authorities (PEM) that may vouch for the server,
// instead of the system's; not looked at without TLS.
std::shared_ptr<WebSocket> connect_websocket(boost::asio::io_context& context, const ServerUrl& server,
                                             const std::optional<std::filesystem::path>& tls_ca,
                                             const std::string& target, WebSocketLimits limits,
                                             WebSocketHandlers handlers);

}  // namespace coterie::signaling
