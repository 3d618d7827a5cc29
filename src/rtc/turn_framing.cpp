#include "rtc/turn_framing.h"

namespace coterie::rtc {

namespace {

constexpr std::size_t kStunHeaderBytes = 20;
constexpr std::size_t kChannelHeaderBytes = 4;

// Length of the message that these bytes begin, and with its filling.
struct Extent {
  std::size_t message;
  std::size_t filled;
};

// nullopt: the first two bits are of neither STUN nor ChannelData (RFC 7983 §7). At least four bytes.
std::optional<Extent> extent_of(BytesView bytes) {
  const std::size_t length = static_cast<std::size_t>((bytes[2] << 8) | bytes[3]);
  if ((bytes[0] & 0xc0) == 0) {
    if (length % 4 != 0) return std::nullopt;
    return Extent{kStunHeaderBytes + length, kStunHeaderBytes + length};
  }
  if (bytes[0] < 0x40 || bytes[0] > 0x4f) return std::nullopt;  // RFC 8656 §12: the channel numbers that there are
  return Extent{kChannelHeaderBytes + length, kChannelHeaderBytes + (length + 3) / 4 * 4};
}

}  // namespace

Bytes to_turn_stream(BytesView datagram) {
  if (datagram.size() < kChannelHeaderBytes) return {};
  const auto extent = extent_of(datagram);
  if (!extent || datagram.size() < extent->message) return {};
  Bytes framed(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(extent->message));
  framed.resize(extent->filled);
  return framed;
}

Result<std::optional<Bytes>> TurnStreamReader::poll_message() {
  if (buffer_.size() < kChannelHeaderBytes) return std::optional<Bytes>();
  const auto extent = extent_of(buffer_);
  if (!extent) return refused_error("what it sends is not TURN");
  if (buffer_.size() < extent->filled) return std::optional<Bytes>();
  std::optional<Bytes> message(std::in_place, buffer_.begin(),
                               buffer_.begin() + static_cast<std::ptrdiff_t>(extent->message));
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(extent->filled));
  return message;
}

}  // namespace coterie::rtc
