// The data channels of one association: what a hostile peer sends on which stream, in any order, between our own calls.
#include <map>
#include <vector>

#include "fuzz/fuzz.h"
#include "rtc/channels.h"
#include "rtc/data_channel.h"

using namespace coterie;
using fuzz::check;
using rtc::ChannelId;

namespace {

constexpr std::size_t kMaxSteps = 256;

// SCTP delivers on the streams that were agreed on, and on no other.
std::uint16_t take_stream(fuzz::Input& input) {
  return static_cast<std::uint16_t>(input.choose(rtc::kSctpStreams));
}

// Stands in for SctpTransport, and now and then takes nothing.
class Sender final : public rtc::StreamSender {
 public:
  bool send(std::uint16_t stream, rtc::PayloadProtocol, BytesView) override {
    check(stream < rtc::kSctpStreams, "streams are those that there are");
    return willing;
  }
  void reset_stream(std::uint16_t stream) override {
    check(stream < rtc::kSctpStreams, "streams are those that there are");
  }

  bool willing = true;
};

// What the owner of the channels is told, held against what it was told before.
class Owner {
 public:
  rtc::ChannelsHandlers handlers() {
    return {
        .on_incoming =
            [this](ChannelId id, std::string label) {
              check(id >= rtc::kRemoteChannel && label.size() <= rtc::kMaxLabelBytes, "a label is bounded");
              check(open_.emplace(id, true).second, "an id is used once");
            },
        .on_open = [this](ChannelId id) { check(open_.contains(id), "what opens is known"); },
        .on_message = [this](ChannelId id, Bytes) { check(open_.contains(id), "messages come on channels"); },
        .on_sent = [](ChannelId, std::size_t) {},
        .on_closing = [this](ChannelId id) { check(open_.contains(id), "what closes is known"); },
        .on_closed =
            [this](ChannelId id, std::optional<Error> error) {
              if (error) fuzz::check_error(*error);
              check(open_.erase(id) == 1, "a channel closes once");
            },
        .on_drained = [] {},
        .on_violation =
            [this](Error error) {
              fuzz::check_error(error);
              violated_ = true;
            },
    };
  }
  void add(ChannelId id) { open_.emplace(id, true); }
  bool violated() const { return violated_; }
  std::size_t open() const { return open_.size(); }

 private:
  std::map<ChannelId, bool> open_;
  bool violated_ = false;
};

void take_step(fuzz::Input& input, rtc::Channels& channels, Sender& sender, Owner& owner, ChannelId& next) {
  switch (input.choose(8)) {
    case 0: {
      const std::uint16_t stream = take_stream(input);
      const std::uint32_t protocol = input.take_byte();
      channels.handle_message(stream, protocol, to_vector(input.take(input.take_byte())));
      break;
    }
    case 1:
      channels.handle_stream_reset(take_stream(input));
      break;
    case 2:
      channels.handle_reset_done(take_stream(input));
      break;
    case 3:
      channels.handle_reset_refused(take_stream(input));
      break;
    case 4:
      sender.willing = input.choose(2) == 0;
      channels.handle_writable();
      break;
    case 5:
      owner.add(next);
      channels.open(next++, "shared-state");
      break;
    case 6:
      channels.send(input.choose(8), Bytes(input.take_byte()));
      break;
    case 7:
      channels.close(input.choose(2) == 0 ? input.choose(8) : rtc::kRemoteChannel + input.choose(8));
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Sender sender;
  Owner owner;
  rtc::Channels channels(owner.handlers());
  ChannelId next = 0;
  channels.attach(sender, input.choose(2) == 0 ? rtc::DtlsRole::client : rtc::DtlsRole::server);
  const std::size_t connected_at = input.choose(4);
  for (std::size_t step = 0; step < kMaxSteps && !input.at_end() && !owner.violated(); ++step) {
    if (step == connected_at) channels.handle_connected(take_stream(input));
    take_step(input, channels, sender, owner, next);
  }
  channels.close_all(environment_error("the connection has ended"));
  check(owner.open() == 0, "in the end every channel is closed");
  return 0;
}
