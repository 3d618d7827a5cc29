// Asks what kind of signaling server answers at an address: see probe.h.
#include "signaling/probe.h"

#include <boost/asio/io_context.hpp>

#include "signaling/websocket.h"

namespace coterie::signaling {

std::optional<ServerKind> probe_server(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout) {
  boost::asio::io_context context{1};
  std::optional<ServerKind> kind;
  WebSocketLimits limits{kMaxServerFrame, kMaxFrame, timeout, timeout, 0};
  WebSocketHandlers handlers;
  handlers.on_text = [&](std::string_view text) {
    const auto message = parse_server_message(text);
    const Hello* hello = message ? std::get_if<Hello>(&*message) : nullptr;
    if (hello != nullptr && hello->version == kVersion) kind = hello->kind;
    context.stop();
  };
  handlers.on_closed = [&](const std::string&) { context.stop(); };
  // Whoever connects is greeted before it says which room it wants to join: any room will do.
  const auto socket =
      connect_websocket(context, {{host, port}}, {}, "/rooms/" + RoomId().text(), limits, std::move(handlers));
  context.run_for(timeout);
  socket->abort();
  return kind;
}

}  // namespace coterie::signaling
