#include "session/webrtc_client.h"

#include <spdlog/fmt/fmt.h>

#include "session/address_watch.h"
#include "session/ice_servers.h"
#include "session/link_environment.h"
#include "session/stun_finder.h"
#include "session/webrtc_link.h"

namespace coterie::session {

namespace {

// How long a link that was begun before a STUN server answered may still open by itself.
constexpr std::chrono::milliseconds kLateStunPatience{1'000};

class LoopTimeout final : public Timeout {
 public:
  explicit LoopTimeout(EventLoop& loop) : timer_(loop) {}

  void start(std::chrono::milliseconds after, std::function<void()> on_due) override {
    timer_.start(after, std::move(on_due));
  }
  void cancel() override { timer_.cancel(); }
  bool waiting() const override { return timer_.waiting(); }

 private:
  Timer timer_;
};

}  // namespace

class WebRtcClient::Impl final : public LinkEnvironment, public std::enable_shared_from_this<WebRtcClient::Impl> {
 public:
  Impl(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime, const crypto::Identity& identity, Random& random,
       WebRtcClientOptions options)
      : loop_(loop),
        runtime_(std::move(runtime)),
        identity_(identity),
        random_(random),
        options_(std::move(options)),
        late_stun_timer_(loop) {}

  Result<void> create_parts(WebRtcClientHandlers handlers);
  void start();
  const RoomTrouble& room_trouble() const { return room_news_->trouble(); }
  LinkKeeper& keeper() { return *keeper_; }
  void close(Farewell farewell);

 private:
  LinkSide side() const { return options_.create ? LinkSide::offering : LinkSide::answering; }
  std::string fingerprints() const;

  void connect_signaling();
  void on_addresses_changed();
  void on_stun_server(const rtc::StunServer& server);
  void on_joined(const Epoch& own, const std::vector<signaling::Member>& members,
                 const std::vector<signaling::IceServer>& ice_servers);
  void on_disconnected(const Error& error);

  std::shared_ptr<Link> create_link(LinkHandlers handlers) override;
  std::unique_ptr<Timeout> create_timeout() override { return std::make_unique<LoopTimeout>(loop_); }
  void post(std::function<void()> function) override { loop_.post(std::move(function)); }
  Result<void> send_signal(signaling::RelayType type, const SignKey& to, const json::Value& data) override {
    return signaling_->send(type, to, data);
  }
  void check_signaling() override { signaling_->check(); }
  void join_anew() override { connect_signaling(); }

  // Wraps a function for a handler that may outlive this object or come after close().
  template <class Function>
  auto guarded(Function function) {
    return [weak = weak_from_this(), function = std::move(function)](auto&&... arguments) {
      if (const auto self = weak.lock(); self && !self->closed_) function(*self, arguments...);
    };
  }

  EventLoop& loop_;
  std::shared_ptr<rtc::Runtime> runtime_;
  const crypto::Identity& identity_;
  Random& random_;
  WebRtcClientOptions options_;
  std::shared_ptr<LinkKeeper> keeper_;
  std::unique_ptr<signaling::Client> signaling_;
  std::unique_ptr<AddressWatch> address_watch_;
  std::optional<StunFinder> stun_finder_;
  std::optional<rtc::StunServer> stun_server_;
  std::vector<rtc::TurnServer> offered_turn_servers_;  // by the signaling server, and fit to be used
  Timer late_stun_timer_;
  std::optional<RoomNews> room_news_;
  bool closed_ = false;
};

Result<void> WebRtcClient::Impl::create_parts(WebRtcClientHandlers handlers) {
  room_news_.emplace(loop_, options_.server.address.text(), fingerprints(),
                     guarded([on_notice = handlers.on_notice](Impl&, const std::string& line) { on_notice(line); }));
  LinkKeeperOptions options{side(), options_.room, options_.peers, options_.connect_timeout};
  COTERIE_TRY(keeper_, LinkKeeper::create(*this, identity_, random_, std::move(options), std::move(handlers)));
  return {};
}

std::string WebRtcClient::Impl::fingerprints() const {
  std::string text = "you: " + crypto::fingerprint(identity_.sign_key(), identity_.box_key());
  for (const RemoteSigner& signer : options_.peers) {
    text += fmt::format("; {}: {}", signer.name, crypto::fingerprint(signer.keys.sign_key, signer.keys.box_key));
  }
  return text;
}

void WebRtcClient::Impl::start() {
  connect_signaling();
  address_watch_ = std::make_unique<AddressWatch>(loop_, guarded([](Impl& self) { self.on_addresses_changed(); }));
  stun_finder_.emplace(loop_, runtime_, random_, options_.stun_servers,
                       guarded([](Impl& self, const rtc::StunServer& server) { self.on_stun_server(server); }));
}

// A TCP connection from an address that is gone says nothing of it. The links find out by their own silence; but those
// made from now on need a STUN server that can be reached from here now.
void WebRtcClient::Impl::on_addresses_changed() {
  signaling_->check();
  stun_finder_->look_again();
}

// For links made from now on; a link under way that was begun without one is begun anew when it does not open soon.
void WebRtcClient::Impl::on_stun_server(const rtc::StunServer& server) {
  stun_server_ = server;
  late_stun_timer_.start(kLateStunPatience, guarded([](Impl& self) { self.keeper_->renew_links_without_stun(); }));
}

void WebRtcClient::Impl::connect_signaling() {
  signaling::ClientOptions options;
  options.server = options_.server;
  options.tls_ca = options_.tls_ca;
  options.room = options_.room;
  options.create = options_.create;
  signaling::ClientHandlers handlers;
  handlers.on_joined =
      guarded([](Impl& self, const Epoch& own, const std::vector<signaling::Member>& members,
                 const std::vector<signaling::IceServer>& ice_servers) { self.on_joined(own, members, ice_servers); });
  handlers.on_ready = guarded([](Impl& self, const signaling::Member& member) { self.keeper_->handle_ready(member); });
  handlers.on_message = guarded([](Impl& self, signaling::RelayType type, const SignKey& from,
                                   const json::Value& data) { self.keeper_->handle_signal(type, from, data); });
  handlers.on_left = guarded([](Impl& self, const SignKey& from) { self.keeper_->handle_left(from); });
  handlers.on_refused = guarded([](Impl& self, const Error& error) { self.room_news_->refused(error); });
  handlers.on_disconnected = guarded([](Impl& self, const Error& error) { self.on_disconnected(error); });
  handlers.on_replaced = guarded([](Impl& self) { self.keeper_->handle_replaced(); });
  signaling_ =
      std::make_unique<signaling::Client>(loop_.context(), identity_, random_, std::move(options), std::move(handlers));
  signaling_->start();
}

void WebRtcClient::Impl::on_joined(const Epoch& own, const std::vector<signaling::Member>& members,
                                   const std::vector<signaling::IceServer>& ice_servers) {
  if (options_.turn_servers.empty() && options_.ice_policy == IcePolicy::all) {
    offered_turn_servers_ = usable_turn_servers(ice_servers, options_.server.address.host);
  }
  room_news_->joined();
  keeper_->handle_joined(own, members);
}

void WebRtcClient::Impl::on_disconnected(const Error& error) {
  keeper_->handle_disconnected();
  room_news_->disconnected(error);
}

std::shared_ptr<Link> WebRtcClient::Impl::create_link(LinkHandlers handlers) {
  rtc::Configuration configuration;
  configuration.stun_server = stun_server_;
  configuration.turn_servers = options_.turn_servers.empty() ? offered_turn_servers_ : options_.turn_servers;
  configuration.ice_policy = options_.ice_policy;
  configuration.loopback = options_.loopback;
  return WebRtcLink::create(side(), loop_, runtime_, configuration, std::move(handlers));
}

void WebRtcClient::Impl::close(Farewell farewell) {
  if (std::exchange(closed_, true)) return;
  room_news_->end();
  late_stun_timer_.cancel();
  address_watch_.reset();
  stun_finder_.reset();
  keeper_->close();
  if (!signaling_) return;
  if (farewell == Farewell::leave) {
    signaling_->leave();
  } else {
    signaling_->close();
  }
}

Result<std::unique_ptr<WebRtcClient>> WebRtcClient::create(EventLoop& loop, std::shared_ptr<rtc::Runtime> runtime,
                                                           const crypto::Identity& identity, Random& random,
                                                           WebRtcClientOptions options, WebRtcClientHandlers handlers) {
  auto impl = std::make_shared<Impl>(loop, std::move(runtime), identity, random, std::move(options));
  COTERIE_CHECK(impl->create_parts(std::move(handlers)));
  return std::unique_ptr<WebRtcClient>(new WebRtcClient(std::move(impl)));
}

WebRtcClient::WebRtcClient(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebRtcClient::~WebRtcClient() {
  impl_->close(Farewell::drop);
}
void WebRtcClient::start() {
  impl_->start();
}
const RoomTrouble& WebRtcClient::room_trouble() const {
  return impl_->room_trouble();
}
bool WebRtcClient::present(const SignKey& peer) const {
  return impl_->keeper().present(peer);
}
bool WebRtcClient::connected(const SignKey& peer) const {
  return impl_->keeper().connected(peer);
}
std::optional<LinkFailure> WebRtcClient::link_failure(const SignKey& peer) const {
  return impl_->keeper().link_failure(peer);
}
void WebRtcClient::send(const SignKey& peer, std::string_view message) {
  impl_->keeper().send(peer, message);
}
void WebRtcClient::close_link(const SignKey& peer) {
  impl_->keeper().close_link(peer);
}
void WebRtcClient::drop_link(const SignKey& peer) {
  impl_->keeper().drop_link(peer);
}
void WebRtcClient::close(Farewell farewell) {
  impl_->close(farewell);
}

}  // namespace coterie::session
