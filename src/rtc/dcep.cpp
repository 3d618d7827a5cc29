#include "rtc/dcep.h"

#include "rtc/data_channel.h"

namespace coterie::rtc::dcep {

namespace {

constexpr std::size_t kOpenHeaderBytes = 12;
constexpr std::uint8_t kReliable = 0x00;  // DATA_CHANNEL_RELIABLE: bit 7 would mean unordered, bits 0 and 1 partial

void append_u16(Bytes& bytes, std::size_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

std::uint16_t read_u16(BytesView bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8) | bytes[at + 1]);
}

}  // namespace

Bytes Open::serialize() const {
  Bytes message = {static_cast<std::uint8_t>(MessageType::open), kReliable};
  append_u16(message, priority);
  message.insert(message.end(), 4, 0);  // reliability parameter: none
  append_u16(message, label.size());
  append_u16(message, protocol.size());
  message.insert(message.end(), label.begin(), label.end());
  message.insert(message.end(), protocol.begin(), protocol.end());
  return message;
}

Result<Open> Open::parse(BytesView message) {
  if (message.size() < kOpenHeaderBytes || message[0] != static_cast<std::uint8_t>(MessageType::open)) {
    return refused_error("the other side opened a channel with a malformed message");
  }
  if (message[1] != kReliable) {
    return refused_error(
        "the other side opened an unordered or partially reliable channel; only reliable ones are used");
  }
  const std::size_t label_bytes = read_u16(message, 8);
  const std::size_t protocol_bytes = read_u16(message, 10);
  if (label_bytes > kMaxLabelBytes || protocol_bytes > kMaxLabelBytes ||
      message.size() != kOpenHeaderBytes + label_bytes + protocol_bytes) {
    return refused_error("the other side opened a channel whose label or protocol is malformed or too long");
  }
  Open open;
  open.priority = read_u16(message, 2);
  open.label = as_text(message.subspan(kOpenHeaderBytes, label_bytes));
  open.protocol = as_text(message.subspan(kOpenHeaderBytes + label_bytes));
  return open;
}

Bytes serialize_acknowledge() {
  return {static_cast<std::uint8_t>(MessageType::acknowledge)};
}

Result<MessageType> parse_type(BytesView message) {
  if (!message.empty() && message[0] == static_cast<std::uint8_t>(MessageType::open)) return MessageType::open;
  if (message.size() == 1 && message[0] == static_cast<std::uint8_t>(MessageType::acknowledge)) {
    return MessageType::acknowledge;
  }
  return refused_error("the other side sent an unknown data channel message");
}

}  // namespace coterie::rtc::dcep
