#include "rtc/channels.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "rtc/data_channel.h"
#include "rtc/dcep.h"

namespace coterie::rtc {

void Channels::open(ChannelId id, std::string label) {
  Channel& channel = channels_[id];
  channel.label = label;
  if (transport_ != nullptr) assign_stream(channel);
  dcep::Open message;
  message.label = std::move(label);
  // RFC 8832 §6: data may follow OPEN at once; nothing waits for the ACK.
  queue_.push_back({id, Message{PayloadProtocol::dcep, message.serialize(), 0}});
  if (connected_) {
    channel.state = State::open;
    handlers_.on_open(id);
  }
  flush();
}

void Channels::send(ChannelId id, Bytes message) {
  const auto found = channels_.find(id);
  if (found == channels_.end() || found->second.state == State::closing) return;
  const std::size_t counted = message.size();
  // RFC 8831 §6.6: SCTP has no empty message; one zero byte under a PPID of its own stands for it.
  if (message.empty()) {
    queue_.push_back({id, Message{PayloadProtocol::binary_empty, Bytes(1, 0), 0}});
  } else {
    queue_.push_back({id, Message{PayloadProtocol::binary, std::move(message), counted}});
  }
  flush();
}

void Channels::close(ChannelId id) {
  const auto found = channels_.find(id);
  if (found == channels_.end() || found->second.state == State::closing) return;
  found->second.state = State::closing;
  queue_.push_back({id, StreamEnd{}});
  flush();
}

void Channels::attach(SctpTransport& transport, DtlsRole role) {
  transport_ = &transport;
  role_ = role;
  next_stream_ = role == DtlsRole::client ? 0 : 1;
  for (auto& [id, channel] : channels_) assign_stream(channel);
  flush();
}

void Channels::assign_stream(Channel& channel) {
  channel.stream = next_stream_;
  next_stream_ = static_cast<std::uint16_t>(next_stream_ + 2);
}

void Channels::handle_connected() {
  connected_ = true;
  for (auto& [id, channel] : channels_) {
    if (channel.state != State::opening) continue;
    channel.state = State::open;
    handlers_.on_open(id);
  }
  flush();
}

void Channels::flush() {
  if (transport_ == nullptr || std::exchange(flushing_, true)) return;
  // A failing send ends in close_all(): nothing of the queue is held across it.
  while (transport_ != nullptr && !queue_.empty()) {
    Outgoing next = std::move(queue_.front());
    queue_.pop_front();
    const auto channel = channels_.find(next.id);
    if (channel == channels_.end()) continue;
    if (const auto* message = std::get_if<Message>(&next.what)) {
      if (!transport_->send(channel->second.stream, message->protocol, message->bytes)) {
        queue_.push_front(std::move(next));
        break;
      }
      if (message->counted > 0) handlers_.on_sent(next.id, message->counted);
    } else {
      transport_->reset_stream(channel->second.stream);
    }
  }
  flushing_ = false;
  if (queue_.empty()) handlers_.on_drained();
}

std::map<ChannelId, Channels::Channel>::iterator Channels::find_stream(std::uint16_t stream) {
  auto found = channels_.begin();
  while (found != channels_.end() && found->second.stream != stream) ++found;
  return found;
}

void Channels::handle_message(std::uint16_t stream, std::uint32_t payload_protocol, Bytes message) {
  switch (static_cast<PayloadProtocol>(payload_protocol)) {
    case PayloadProtocol::dcep:
      return handle_dcep(stream, message);
    case PayloadProtocol::text_empty:
    case PayloadProtocol::binary_empty:
      message.clear();
      break;
    case PayloadProtocol::text:
    case PayloadProtocol::binary:
      break;
    default:
      return violation(fmt::format("sent data of the unknown kind {} (SCTP PPID)", payload_protocol));
  }
  const auto channel = find_stream(stream);
  if (channel == channels_.end()) return violation("sent data on a stream without a channel");
  // What was under way when we closed the channel has no reader.
  if (channel->second.state != State::closing) handlers_.on_message(channel->first, std::move(message));
}

void Channels::handle_dcep(std::uint16_t stream, BytesView message) {
  const auto type = dcep::parse_type(message);
  if (!type) return handlers_.on_violation(type.error());
  if (*type == dcep::MessageType::open) return handle_open(stream, message);
  // The ACK tells nothing new, but only who opened a channel may get one.
  const auto channel = find_stream(stream);
  if (channel == channels_.end() || channel->first >= kRemoteChannel) {
    violation("acknowledged a channel that was not opened");
  }
}

void Channels::handle_open(std::uint16_t stream, BytesView message) {
  auto open = dcep::Open::parse(message);
  if (!open) return handlers_.on_violation(std::move(open.error()));
  const bool peers_stream = (stream % 2 == 0) != (role_ == DtlsRole::client);
  if (!peers_stream || find_stream(stream) != channels_.end()) {
    return violation("opened a channel on a stream that is not free for it");
  }
  if (++incoming_count_ > kMaxChannels) return violation(fmt::format("opened more than {} channels", kMaxChannels));
  const ChannelId id = kRemoteChannel + stream;
  Channel& channel = channels_[id];
  channel.state = State::open;
  channel.stream = stream;
  channel.label = open->label;
  queue_.push_back({id, Message{PayloadProtocol::dcep, dcep::serialize_acknowledge(), 0}});
  handlers_.on_incoming(id, std::move(open->label));
  flush();
}

void Channels::handle_stream_reset(std::uint16_t stream) {
  const auto found = find_stream(stream);
  if (found == channels_.end()) return;
  // RFC 8831 §6.7: the other side answers with a reset of its own; after both the channel is gone. Streams are not used
  // again, so the entry stays: late data is no violation.
  if (found->second.state == State::closing) return;
  found->second.state = State::closing;
  handlers_.on_closed(found->first,
                      environment_error(fmt::format("the other side closed the channel {}", found->second.label)));
  queue_.push_back({found->first, StreamEnd{}});
  flush();
}

void Channels::close_all(const Error& reason) {
  transport_ = nullptr;
  queue_.clear();
  for (auto& [id, channel] : channels_) {
    if (channel.state == State::closing) continue;
    channel.state = State::closing;
    handlers_.on_closed(id, reason);
  }
}

void Channels::violation(std::string message) {
  handlers_.on_violation(refused_error("the other side " + std::move(message)));
}

}  // namespace coterie::rtc
