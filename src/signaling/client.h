// The signaling client: one signer's place in one room, kept through drops, restarts and refusals.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/identity.h"
#include "signaling/address.h"
#include "signaling/message.h"

namespace boost::asio {
class io_context;
}

namespace coterie::signaling {

struct ClientOptions {
  ServerUrl server;
  std::optional<std::filesystem::path> tls_ca;  // authorities (PEM) instead of the system's
  RoomId room;
  std::optional<RoomTerms> create;  // the creator's: the room is opened again at every join

  std::chrono::milliseconds connect{5'000};       // from the first packet to `joined`; then the next attempt
  std::chrono::milliseconds idle_ping{10'000};    // silence before a ping; as long again and the connection is dropped
  std::chrono::milliseconds sign_of_life{3'000};  // after check()
  std::chrono::milliseconds first_retry{100};     // doubling, with jitter, up to
  std::chrono::milliseconds last_retry{2'000};
  std::size_t queue_bytes = 256ul * 1024;  // waiting to be sent
};

// All are called on the io_context's thread, none from inside a call to the Client, none after close(). Any may be
// empty. A handler may call close(), or destroy the Client.
struct ClientHandlers {
  // In the room now, under a new epoch of our own; `members` are the others. After every reconnect, again.
  std::function<void(const Epoch& own, const std::vector<Member>& members, const std::vector<IceServer>& ice_servers)>
      on_joined;
  // Another signer joined or joined again, under a new epoch.
  std::function<void(const Member& member)> on_ready;
  // `from` is the server's word: only what is sealed inside `data` proves it.
  std::function<void(RelayType type, const SignKey& from, const json::Value& data)> on_message;
  // This signer is not in the room now: left, dropped, or was not there when written to. Says nothing of open links.
  std::function<void(const SignKey& from)> on_left;
  // The server answered a join with an error (kind refused; hint empty): no such room yet, or not in its roster. The
  // client goes on trying.
  std::function<void(const Error& error)> on_refused;
  // Was in the room, and no more; or could not be reached; with kind refused, TLS found fault with the server. The
  // client goes on trying; called at each failed attempt.
  std::function<void(const Error& error)> on_disconnected;
  // The same identity joined from elsewhere. Final: this client is closed and does not come back.
  std::function<void()> on_replaced;
};

class Client {
 public:
  // `context` must be run by one thread. `context`, `identity` and `random` must outlive the client.
  Client(boost::asio::io_context& context, const crypto::Identity& identity, Random& random, ClientOptions options,
         ClientHandlers handlers);
  ~Client();  // as close()
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void start();

  bool joined() const;
  // Queued only: not sent, not received. Kind environment when not in the room or the queue is full: nothing is kept,
  // on_joined comes again. Kind usage for more than kMaxFrame.
  Result<void> send(RelayType type, const SignKey& to, const json::Value& data);

  // Something speaks for a network that is gone: asks the server for a sign of life, and without one connects anew,
  // much sooner than after a silence that is only that. No effect when not in the room.
  void check();

  // Says `leave` (from the creator that ends the room) behind what is queued, and then closes. The connection is given
  // up to one second for it if the io_context goes on running; no handler is called any more.
  void leave();
  // At once, without a word. No handler is called any more. Idempotent.
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace coterie::signaling
