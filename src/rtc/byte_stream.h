// ByteStream: a TCP connection of ours on the rtc thread, with TLS inside or without: what libnice does not have.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/ip_address.h"
#include "rtc/loop.h"

namespace coterie::rtc {

// Which certificate the server must show: one of this name or IP address, from the system's authorities or from those
// in a file (PEM).
struct TlsClient {
  std::string host;
  std::optional<std::filesystem::path> ca = {};
};

// Called on the rtc thread; a handler must not destroy the stream. on_closed is the last call, and not of the
// constructor or of write().
struct ByteStreamHandlers {
  std::function<void()> on_open;  // TCP is up, and with TLS the server is who it should be
  std::function<void(BytesView bytes)> on_bytes;
  std::function<void(Error error)> on_closed;  // could not open, broke, or was ended by the other side; kind
                                               // refused: TLS found fault with the server
};

class ByteStream {
 public:
  // Unsent bytes beyond which write() drops: a path that is this slow is no path.
  static constexpr std::size_t kMaxUnsentBytes = 256ul * 1024;

  // Tries the addresses one after the other, each a little later, and takes the first that answers. At least one.
  ByteStream(Loop& loop, std::vector<IpAddress> addresses, std::uint16_t port, std::optional<TlsClient> tls,
             ByteStreamHandlers handlers);
  ~ByteStream();
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // All of it or nothing: false when it is not open, or too much waits already.
  bool write(BytesView bytes);

 private:
  struct Attempt {
    explicit Attempt(int socket) : descriptor(socket) {}
    ~Attempt();
    int descriptor;
    std::unique_ptr<SocketWatch> watch;
  };
  class Tls;

  void try_next();
  void handle_attempt(std::list<Attempt>::iterator attempt);
  void handle_connected();
  void handle_readable();
  void handle_records();
  void flush();
  void flush_when_writable();
  void close(Error error);

  Loop& loop_;
  std::vector<IpAddress> addresses_;
  const std::uint16_t port_;
  const std::optional<TlsClient> tls_options_;
  ByteStreamHandlers handlers_;
  std::size_t next_address_ = 0;
  std::list<Attempt> attempts_;
  std::string problem_ = "no address";  // of the attempt that failed last
  Timer stagger_timer_;
  Timer open_timer_;
  std::unique_ptr<Attempt> connection_;
  std::unique_ptr<SocketWatch> writable_;  // while something is unsent
  std::unique_ptr<Tls> tls_;
  bool open_ = false;
  Bytes unsent_;
};

}  // namespace coterie::rtc
