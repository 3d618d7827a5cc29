// A WebSocket client made by hand, byte by byte, so that tests can break every rule of RFC 6455.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::test {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct FrameOptions {
  bool final = true;
  bool masked = true;
  bool compressed_bit = false;
};

struct Frame {
  Opcode opcode{};
  std::string payload;
  // Of a close frame; 0 for others.
  int close_code() const;
};

// Blocking calls with a deadline of 20 s each, after which they report the end.
class RawWebSocket {
 public:
  enum class Receiving { normal, tiny };  // tiny: the smallest kernel buffer there is

  explicit RawWebSocket(std::uint16_t port, const std::string& source = "127.0.0.1",
                        Receiving receiving = Receiving::normal);
  ~RawWebSocket();
  RawWebSocket(const RawWebSocket&) = delete;
  RawWebSocket& operator=(const RawWebSocket&) = delete;

  bool connected() const { return descriptor_ >= 0; }
  // false: the other side has closed.
  bool write(std::string_view bytes);
  // The head of the HTTP answer; empty at the end.
  std::string get(const std::string& target, const std::string& more_headers = {});
  std::string upgrade(const std::string& target, const std::string& more_headers = {});
  bool write_frame(Opcode opcode, std::string_view payload, FrameOptions options = {});
  // nullopt: the end.
  std::optional<Frame> read_frame();
  // Reads on to the close frame: its code; -1 at an end without one.
  int read_close_code();
  bool read_end();  // until the other side has closed

 private:
  std::string read_head();
  bool fill(std::size_t size);

  int descriptor_ = -1;
  std::string buffer_;
};

}  // namespace coterie::test
