// A WebSocket client made by hand: see raw_websocket.h.
#include "net/raw_websocket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

namespace coterie::test {

namespace {

sockaddr_in ipv4_endpoint(const std::string& address, std::uint16_t port) {
  sockaddr_in endpoint{};
  endpoint.sin_family = AF_INET;
  endpoint.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &endpoint.sin_addr);
  return endpoint;
}

}  // namespace

int Frame::close_code() const {
  if (opcode != Opcode::close || payload.size() < 2) return 0;
  return static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
}

RawWebSocket::RawWebSocket(std::uint16_t port, const std::string& source, Receiving receiving) {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{20, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (receiving == Receiving::tiny) {
    const int smallest = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest));
  }
  const sockaddr_in from = ipv4_endpoint(source, 0);
  const sockaddr_in to = ipv4_endpoint("127.0.0.1", port);
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) != 0 ||
      ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
}

RawWebSocket::~RawWebSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RawWebSocket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool RawWebSocket::fill(std::size_t size) {
  std::array<char, 4096> piece{};
  while (buffer_.size() < size) {
    const ssize_t got = ::recv(descriptor_, piece.data(), piece.size(), 0);
    if (got <= 0) return false;
    buffer_.append(piece.data(), static_cast<std::size_t>(got));
  }
  return true;
}

std::string RawWebSocket::read_head() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::size_t end = std::string::npos;
  while ((end = buffer_.find(kEnd)) == std::string::npos) {
    if (!fill(buffer_.size() + 1)) return {};
  }
  std::string head = buffer_.substr(0, end + kEnd.size());
  buffer_.erase(0, head.size());
  return head;
}

std::string RawWebSocket::get(const std::string& target, const std::string& more_headers) {
  write("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more_headers + "\r\n");
  return read_head();
}

std::string RawWebSocket::upgrade(const std::string& target, const std::string& more_headers) {
  return get(target,
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                 more_headers);
}

bool RawWebSocket::write_frame(Opcode opcode, std::string_view payload, FrameOptions options) {
  std::string frame;
  const unsigned first =
      static_cast<unsigned>(opcode) | (options.final ? 0x80u : 0u) | (options.compressed_bit ? 0x40u : 0u);
  frame.push_back(static_cast<char>(first));
  const unsigned mask_bit = options.masked ? 0x80u : 0u;
  // RFC 6455 §5.2: the shortest of the three forms, or it is a protocol error.
  const int length_bytes = payload.size() < 126 ? 0 : payload.size() <= 0xffff ? 2 : 8;
  frame.push_back(static_cast<char>(mask_bit | (length_bytes == 0 ? payload.size() : length_bytes == 2 ? 126u : 127u)));
  for (int i = length_bytes - 1; i >= 0; --i) frame.push_back(static_cast<char>(payload.size() >> (8 * i) & 0xff));
  if (options.masked) frame.append(4, '\0');  // a mask of zeros leaves the payload as it is
  frame.append(payload);
  return write(frame);
}

std::optional<Frame> RawWebSocket::read_frame() {
  if (!fill(2)) return std::nullopt;
  const auto byte = [this](std::size_t at) { return static_cast<std::uint8_t>(buffer_[at]); };
  std::size_t head = 2;
  std::size_t length = byte(1) & 0x7f;
  const std::size_t length_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (!fill(head + length_bytes)) return std::nullopt;
  if (length_bytes > 0) length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | byte(head + i);
  head += length_bytes;
  if (!fill(head + length)) return std::nullopt;
  Frame frame{static_cast<Opcode>(byte(0) & 0x0f), buffer_.substr(head, length)};
  buffer_.erase(0, head + length);
  return frame;
}

int RawWebSocket::read_close_code() {
  while (const auto frame = read_frame()) {
    if (frame->opcode == Opcode::close) return frame->close_code();
  }
  return -1;
}

bool RawWebSocket::read_end() {
  std::array<char, 4096> piece{};
  ssize_t got = 0;
  while ((got = ::recv(descriptor_, piece.data(), piece.size(), 0)) > 0) {
  }
  return got == 0 || errno == ECONNRESET;
}

}  // namespace coterie::test
