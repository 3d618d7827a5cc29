#include "drill/transport.h"

#include <future>
#include <vector>

#include "rtc/candidate.h"
#include "rtc/dcep.h"

namespace coterie::drill {

namespace {

constexpr const char* kLabel = "shared-state";

class PeerTransport final : public Transport {
 public:
  PeerTransport(session::EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime, TransportHandlers handlers)
      : handlers_(std::move(handlers)) {
    rtc::Configuration configuration;
    configuration.loopback = rtc::LoopbackCandidates::allowed;
    rtc::PeerConnectionHandlers events;
    events.on_local_description = [this](const rtc::SessionDescription& description) {
      handlers_.on_description(description.sdp);
    };
    events.on_ice_candidate = [this](const std::optional<rtc::IceCandidateInit>& candidate) {
      handlers_.on_candidate(rtc::serialize_ice_candidate(candidate));
    };
    events.on_data_channel = [this](std::shared_ptr<rtc::DataChannel> channel) {
      adopt(std::move(channel));
      handlers_.on_open();
    };
    events.on_connection_state = [this](rtc::ConnectionState, const std::optional<Error>& error) {
      if (error) handlers_.on_ended(error->message);
    };
    connection_ = rtc::PeerConnection::create(
        std::move(runtime), configuration, [&loop](std::function<void()> task) { loop.post(std::move(task)); },
        std::move(events));
  }
  ~PeerTransport() override { connection_->close(); }

  void begin_offer() override {
    adopt(connection_->create_data_channel(kLabel).value());
    (void)connection_->create_offer();
  }
  void begin_answer(const std::string& offer) override {
    (void)connection_->set_remote_description({rtc::SessionDescription::Type::offer, offer});
  }
  void take_answer(const std::string& answer) override {
    (void)connection_->set_remote_description({rtc::SessionDescription::Type::answer, answer});
  }
  void add_candidate(const json::Value& candidate) override {
    if (const auto parsed = rtc::parse_ice_candidate(candidate)) (void)connection_->add_ice_candidate(*parsed);
  }
  bool send(BytesView piece) override { return channel_->send(piece).ok(); }

 private:
  void adopt(std::shared_ptr<rtc::DataChannel> channel) {
    channel_ = std::move(channel);
    rtc::DataChannelHandlers events;
    events.on_open = [this] { handlers_.on_open(); };
    events.on_message = [this](const Bytes& piece) { handlers_.on_piece(piece); };
    channel_->set_handlers(std::move(events));
  }

  TransportHandlers handlers_;
  std::shared_ptr<rtc::PeerConnection> connection_;
  std::shared_ptr<rtc::DataChannel> channel_;
};

class RawTransport final : public Transport {
 public:
  RawTransport(session::EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime, TransportHandlers handlers,
               Attack attack)
      : loop_(loop), runtime_(std::move(runtime)), handlers_(std::move(handlers)), attack_(std::move(attack)) {}
  ~RawTransport() override {
    *alive_ = false;
    on_rtc([this] { peer_.reset(); });
  }

  void begin_offer() override { begin(std::nullopt); }
  void begin_answer(const std::string& offer) override {
    begin(rtc::SessionDescription{rtc::SessionDescription::Type::offer, offer});
    described_ = true;
    add_early_candidates();
  }
  void take_answer(const std::string& answer) override {
    on_rtc([&] { peer_->take_answer({rtc::SessionDescription::Type::answer, answer}); });
    described_ = true;
    add_early_candidates();
  }
  void add_candidate(const json::Value& candidate) override {
    const auto init = rtc::parse_ice_candidate(candidate);
    if (!init || !*init) return;
    const auto parsed = rtc::parse_remote_candidate((*init)->candidate, rtc::LoopbackCandidates::allowed);
    if (!parsed || !*parsed) return;
    early_.push_back(**parsed);
    if (described_) add_early_candidates();
  }
  bool send(BytesView) override { return false; }

 private:
  void begin(const std::optional<rtc::SessionDescription>& offer) {
    rtc::RawPeer::Events events;
    events.on_description = [this](const rtc::SessionDescription& description) {
      post([this, description] { handlers_.on_description(description.sdp); });
    };
    events.on_candidate = [this](const rtc::IceCandidateInit& candidate) {
      post([this, candidate] { handlers_.on_candidate(rtc::serialize_ice_candidate(candidate)); });
    };
    events.on_established = [this] {
      attack_(*peer_);
      post([this] { handlers_.on_open(); });
    };
    events.on_acknowledged = [this] { attack_(*peer_); };
    events.on_data = [] {};
    events.on_dtls_closed = [this] { post([this] { handlers_.on_ended("closed"); }); };
    events.on_failed = [this](const std::string& why) { post([this, why] { handlers_.on_ended(why); }); };
    on_rtc([&] { peer_ = std::make_unique<rtc::RawPeer>(runtime_->loop(), std::move(events), offer); });
  }

  void add_early_candidates() {
    on_rtc([this] {
      for (const rtc::Candidate& candidate : early_) peer_->add_candidate(candidate);
    });
    early_.clear();
  }

  // From the rtc thread to the strand.
  void post(std::function<void()> task) {
    loop_.post([alive = alive_, task = std::move(task)] {
      if (*alive) task();
    });
  }
  // From the strand to the rtc thread, and back when it is done.
  void on_rtc(const std::function<void()>& task) {
    std::promise<void> done;
    runtime_->loop().post([&] {
      task();
      done.set_value();
    });
    done.get_future().get();
  }

  session::EventLoop& loop_;
  std::shared_ptr<rtc::Runtime> runtime_;
  TransportHandlers handlers_;
  Attack attack_;
  std::unique_ptr<rtc::RawPeer> peer_;  // rtc thread
  std::vector<rtc::Candidate> early_;   // before the other side's description
  bool described_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // strand
};

// How far ahead of the peer's acknowledgements an attack sends.
constexpr std::uint32_t kAhead = 64;

bool may_send(const rtc::RawPeer& peer) {
  return peer.next_tsn < peer.acknowledged_tsn + kAhead;
}

Bytes open_message() {
  rtc::dcep::Open open;
  open.label = kLabel;
  return open.serialize();
}

}  // namespace

std::unique_ptr<Transport> make_transport(session::EventLoop& loop, const std::shared_ptr<rtc::Runtime>& runtime,
                                          TransportHandlers handlers) {
  return std::make_unique<PeerTransport>(loop, runtime, std::move(handlers));
}

std::unique_ptr<Transport> make_raw_transport(session::EventLoop& loop, const std::shared_ptr<rtc::Runtime>& runtime,
                                              TransportHandlers handlers, Attack attack) {
  return std::make_unique<RawTransport>(loop, runtime, std::move(handlers), std::move(attack));
}

void open_channels(rtc::RawPeer& peer) {
  constexpr std::uint32_t kChannels = 65'000;
  // Every TSN is a channel: the DTLS server's have the odd streams first, then those that are not its own.
  for (; peer.next_tsn <= kChannels && may_send(peer);) {
    const std::uint32_t number = peer.next_tsn - 1;
    const std::uint32_t stream = number < kChannels / 2 ? 2 * number + 1 : 2 * (number - kChannels / 2);
    peer.send_data(static_cast<std::uint16_t>(stream), 0, rtc::PayloadProtocol::dcep, open_message());
  }
}

void send_endlessly(rtc::RawPeer& peer) {
  constexpr std::size_t kFragment = 1000;
  if (peer.next_tsn == 1) peer.send_data(1, 0, rtc::PayloadProtocol::dcep, open_message());
  while (may_send(peer)) {
    const std::uint8_t flags = peer.next_tsn == 2 ? rtc::RawPeer::kBegin : 0;
    peer.send_data(1, 1, rtc::PayloadProtocol::binary, Bytes(kFragment, 0x55), flags);
  }
}

}  // namespace coterie::drill
