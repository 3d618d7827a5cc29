#include "rtc/channels.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "rtc/data_channel.h"
#include "rtc/dcep.h"

namespace coterie::rtc {

void Channels::open(ChannelId id, std::string label) {
  dcep::Open message;
  message.label = std::move(label);
  // RFC 8832 §6: data may follow OPEN at once; nothing waits for the ACK.
  channels_[id].queue.push_back({PayloadProtocol::dcep, message.serialize(), 0});
  if (sender_ != nullptr) assign_stream(id);
  const auto channel = channels_.find(id);
  if (channel == channels_.end()) return;
  if (connected_) {
    channel->second.state = State::open;
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
    found->second.queue.push_back({PayloadProtocol::binary_empty, Bytes(1, 0), 0});
  } else {
    found->second.queue.push_back({PayloadProtocol::binary, std::move(message), counted});
  }
  flush();
}

void Channels::close(ChannelId id) {
  const auto found = channels_.find(id);
  if (found == channels_.end() || found->second.state == State::closing) return;
  found->second.state = State::closing;
  flush();
}

void Channels::attach(StreamSender& sender, DtlsRole role) {
  sender_ = &sender;
  role_ = role;
  last_stream_ = role == DtlsRole::client ? kSctpStreams - 2 : kSctpStreams - 1;
  std::vector<ChannelId> waiting;
  for (const auto& [id, channel] : channels_) waiting.push_back(id);
  for (const ChannelId id : waiting) assign_stream(id);
  flush();
}

// The one that was free longest: a late answer to a reset of its last channel has then come.
void Channels::assign_stream(ChannelId id) {
  for (std::uint16_t tried = 0; tried < streams_; tried = static_cast<std::uint16_t>(tried + 2)) {
    last_stream_ = static_cast<std::uint16_t>(last_stream_ + 2);
    if (last_stream_ >= streams_) last_stream_ = last_stream_ % 2;
    if (spoiled_streams_.contains(last_stream_) || find_stream(last_stream_) != channels_.end()) continue;
    channels_[id].stream = last_stream_;
    return;
  }
  finish(channels_.find(id), environment_error("the other side has no stream left for another data channel"));
}

void Channels::handle_connected(std::uint16_t streams) {
  connected_ = true;
  streams_ = std::min(streams, kSctpStreams);
  for (auto channel = channels_.begin(); channel != channels_.end();) {
    const auto current = channel++;
    if (current->second.stream >= streams_) {
      finish(current, environment_error(
                          fmt::format("the other side allows {} streams, too few for this data channel", streams_)));
    } else if (current->second.state == State::opening) {
      current->second.state = State::open;
      handlers_.on_open(current->first);
    }
  }
  flush();
}

void Channels::flush() {
  if (sender_ == nullptr || std::exchange(flushing_, true)) return;
  // A failing send ends in close_all(): nothing of the channels is held across it.
  while (sender_ != nullptr) {
    const auto next = next_to_send();
    if (next == channels_.end() || !send_next(next)) break;
  }
  flushing_ = false;
  if (drained()) handlers_.on_drained();
}

// In turn, so that a channel with much to send does not hold up the others.
Channels::Position Channels::next_to_send() {
  const auto has_work = [](const Channel& channel) {
    if (!channel.stream || channel.awaits_stream || channel.reset != Reset::none) return false;
    return !channel.queue.empty() || channel.state == State::closing;
  };
  auto position = channels_.upper_bound(last_served_);
  for (std::size_t looked_at = 0; looked_at < channels_.size(); ++looked_at, ++position) {
    if (position == channels_.end()) position = channels_.begin();
    if (has_work(position->second)) return position;
  }
  return channels_.end();
}

bool Channels::send_next(Position position) {
  auto& [id, channel] = *position;
  const std::uint16_t stream = *channel.stream;
  if (channel.queue.empty()) {
    channel.reset = Reset::requested;
    sender_->reset_stream(stream);
    return true;
  }
  const ChannelId served = id;
  Message message = std::move(channel.queue.front());
  channel.queue.pop_front();
  if (!sender_->send(stream, message.protocol, message.bytes)) {
    channel.queue.push_front(std::move(message));
    return false;
  }
  last_served_ = served;
  if (sender_ != nullptr && message.counted > 0) handlers_.on_sent(served, message.counted);
  return true;
}

bool Channels::drained() const {
  return std::all_of(channels_.begin(), channels_.end(), [](const auto& entry) { return entry.second.queue.empty(); });
}

Channels::Position Channels::find_stream(std::uint16_t stream) {
  return std::find_if(channels_.begin(), channels_.end(),
                      [stream](const auto& entry) { return entry.second.stream == stream; });
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
  if (channel->second.reset_by_peer) return violation("sent data on a channel that it had closed");
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
  bool awaits_stream = false;
  if (const auto before = find_stream(stream); before != channels_.end()) {
    // RFC 8831 §6.7: with both resets the stream is free. Whoever opens it anew has seen ours; that its answer to it
    // was lost or comes later is no fault.
    if (before->second.reset_by_peer && before->second.reset == Reset::requested) {
      finish(before, std::nullopt);
      awaits_stream = true;
    }
  }
  if (!peers_stream || find_stream(stream) != channels_.end() || spoiled_streams_.contains(stream)) {
    return violation("opened a channel on a stream that is not free for it");
  }
  const auto incoming = std::distance(channels_.lower_bound(kRemoteChannel), channels_.end());
  if (static_cast<std::size_t>(incoming) >= kMaxChannels) {
    return violation(fmt::format("opened more than {} channels at a time", kMaxChannels));
  }
  const ChannelId id = next_incoming_++;
  Channel& channel = channels_[id];
  channel.state = State::open;
  channel.stream = stream;
  channel.awaits_stream = awaits_stream;
  channel.queue.push_back({PayloadProtocol::dcep, dcep::serialize_acknowledge(), 0});
  handlers_.on_incoming(id, std::move(open->label));
  flush();
}

// RFC 8831 §6.7: whose incoming stream was reset resets its outgoing one; after both the channel is gone.
void Channels::handle_stream_reset(std::uint16_t stream) {
  const auto channel = find_stream(stream);
  if (channel == channels_.end()) return;
  channel->second.reset_by_peer = true;
  if (channel->second.state != State::closing) {
    channel->second.state = State::closing;
    handlers_.on_closing(channel->first);
  }
  finish_if_reset(channel);
  flush();
}

void Channels::handle_reset_done(std::uint16_t stream) {
  const auto channel = find_stream(stream);
  if (channel == channels_.end()) return;
  if (channel->second.awaits_stream) {
    channel->second.awaits_stream = false;
    return flush();
  }
  if (channel->second.reset != Reset::requested) return;
  channel->second.reset = Reset::done;
  finish_if_reset(channel);
}

void Channels::handle_reset_refused(std::uint16_t stream) {
  spoiled_streams_.insert(stream);
  const auto channel = find_stream(stream);
  if (channel == channels_.end()) return;
  finish(channel, environment_error("the other side does not take the end of a data channel"));
}

void Channels::finish_if_reset(Position channel) {
  if (channel->second.reset_by_peer && channel->second.reset == Reset::done) finish(channel, std::nullopt);
}

void Channels::finish(Position channel, std::optional<Error> error) {
  const ChannelId id = channel->first;
  channels_.erase(channel);
  handlers_.on_closed(id, std::move(error));
}

void Channels::close_all(const Error& reason) {
  sender_ = nullptr;
  for (const auto& [id, channel] : std::exchange(channels_, {})) handlers_.on_closed(id, reason);
}

void Channels::violation(std::string message) {
  handlers_.on_violation(refused_error("the other side " + std::move(message)));
}

}  // namespace coterie::rtc
