#include "ceremony/framing.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cassert>

namespace coterie::ceremony {

namespace {

constexpr std::size_t kHeader = 4;

std::size_t length_of(BytesView header) {
  return std::size_t{header[0]} << 24 | std::size_t{header[1]} << 16 | std::size_t{header[2]} << 8 | header[3];
}

}  // namespace

std::vector<Bytes> split_message(std::string_view message) {
  assert(!message.empty() && message.size() <= kMaxChannelMessage);
  const std::size_t size = message.size();
  Bytes whole{static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
              static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  whole.insert(whole.end(), message.begin(), message.end());

  std::vector<Bytes> pieces;
  for (std::size_t start = 0; start < whole.size(); start += kMaxPiece) {
    const auto first = whole.begin() + static_cast<std::ptrdiff_t>(start);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(kMaxPiece, whole.size() - start));
    pieces.emplace_back(first, last);
  }
  return pieces;
}

Result<void> FrameReader::add(BytesView piece) {
  if (piece.size() > kMaxChannelMessage || buffer_.size() + piece.size() > kHeader + kMaxChannelMessage + kMaxPiece) {
    return refused_error("more was sent over the channel than one message may have");
  }
  buffer_.insert(buffer_.end(), piece.begin(), piece.end());
  return check_length();
}

Result<void> FrameReader::check_length() const {
  if (buffer_.size() < kHeader) return {};
  const std::size_t length = length_of(buffer_);
  if (length == 0) return refused_error("an empty message was sent over the channel");
  if (length > kMaxChannelMessage) {
    return refused_error(fmt::format("a message of {} bytes was announced, more than {}", length, kMaxChannelMessage));
  }
  return {};
}

Result<std::optional<std::string>> FrameReader::poll_message() {
  COTERIE_CHECK(check_length());
  if (buffer_.size() < kHeader) return std::optional<std::string>();
  const std::size_t length = length_of(buffer_);
  if (buffer_.size() < kHeader + length) return std::optional<std::string>();
  const auto first = buffer_.begin() + kHeader;
  const auto last = first + static_cast<std::ptrdiff_t>(length);
  std::optional<std::string> message(std::in_place, first, last);
  buffer_.erase(buffer_.begin(), last);
  return message;
}

}  // namespace coterie::ceremony
