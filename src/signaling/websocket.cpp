// WebSockets on Boost.Beast: see websocket.h.
#include "signaling/websocket.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket.hpp>
#include <concepts>
#include <deque>
#include <utility>
#include <vector>

#include "base/resolve.h"
#include "signaling/http_date.h"
#include "signaling/transport_stream.h"
#include "tls/client.h"

namespace coterie::signaling {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using beast::error_code;

constexpr std::uint32_t kMaxHeaderBytes = 8 * 1024;  // of an HTTP request or answer
constexpr auto kClosePatience =
    std::chrono::milliseconds(1'000);         // for what is queued and the other side's close frame
constexpr std::size_t kMaxCloseReason = 123;  // RFC 6455 §5.5: 125 bytes of payload, 2 for the code

class BeastWebSocket final : public WebSocket, public std::enable_shared_from_this<BeastWebSocket> {
 public:
  BeastWebSocket(asio::io_context& context, WebSocketLimits limits, WebSocketHandlers handlers)
      : context_(context),
        limits_(limits),
        handlers_(std::make_shared<WebSocketHandlers>(std::move(handlers))),
        stream_(context),
        deadline_(context),
        probe_timer_(context) {}

  void accept(int descriptor);
  void connect(const ServerUrl& server, const std::optional<std::filesystem::path>& tls_ca, const std::string& target);

  bool send(std::shared_ptr<const std::string> text) override;
  void close(CloseCode code, std::string_view reason) override;
  void probe(std::chrono::milliseconds patience) override;
  void abort() override;
  bool distrusted() const override { return distrusted_; }
  std::optional<UnixSeconds> server_clock() const override;

 private:
  enum class State { opening, open, closing, ended };

  tcp::socket& socket() { return stream_.next_layer().next_layer(); }
  // The completion handlers of Asio keep this object alive until they ran.
  template <class Function>
  auto bind(Function function) {
    return [ self = shared_from_this(), function ](
        auto&&... arguments) requires std::invocable<const Function&, BeastWebSocket&, decltype(arguments)...> {
      if (self->state_ != State::ended) function(*self, std::forward<decltype(arguments)>(arguments)...);
    };
  }

  // For operations of the stream, which Beast may set aside until another one is done: end() calls them off.
  template <class Function>
  auto bind(asio::cancellation_signal& calling_off, Function function) {
    return asio::bind_cancellation_slot(calling_off.slot(), bind(std::move(function)));
  }

  void start_deadline(std::chrono::milliseconds after, std::string reason);
  void connect_to(const std::vector<tcp::endpoint>& endpoints);
  void secure();
  void shake_hands();
  void handle_request();
  void answer(HttpAnswer answer);
  void become_open();
  void configure();
  void read();
  void handle_frame();
  bool within_frame_rate();
  void write();
  void send_close_frame();
  void end(const std::string& reason);
  std::string close_words(error_code error);

  asio::io_context& context_;
  WebSocketLimits limits_;
  std::shared_ptr<WebSocketHandlers> handlers_;  // shared: one may be running while end() lets go of them
  // Before the stream: operations that die with it let go of their slots.
  asio::cancellation_signal read_off_;
  asio::cancellation_signal write_off_;
  asio::cancellation_signal close_off_;
  asio::cancellation_signal ping_off_;
  beast::websocket::stream<TransportStream> stream_;
  asio::steady_timer deadline_;
  asio::steady_timer probe_timer_;
  State state_ = State::opening;

  std::unique_ptr<Resolution> resolution_;
  ServerUrl server_;
  std::string target_;
  beast::websocket::response_type upgrade_;  // what a server answered to a client
  http::request_parser<http::empty_body> request_;
  http::response<http::string_body> refusal_;

  beast::flat_buffer buffer_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;
  beast::websocket::close_reason close_reason_;

  bool distrusted_ = false;
  bool probing_ = false;  // until there is a sign of life
  bool pinging_ = false;
  std::chrono::steady_clock::time_point rate_window_{};
  std::uint32_t frames_in_window_ = 0;
};

void BeastWebSocket::start_deadline(std::chrono::milliseconds after, std::string reason) {
  deadline_.expires_after(after);
  deadline_.async_wait(bind([reason = std::move(reason)](BeastWebSocket& self, error_code error) {
    if (!error) self.end(reason);
  }));
}

void BeastWebSocket::accept(int descriptor) {
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &length);
  error_code error;
  socket().assign(name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), descriptor, error);
  configure();
  start_deadline(limits_.handshake, "no WebSocket handshake in time");
  request_.header_limit(kMaxHeaderBytes);
  http::async_read_header(socket(), buffer_, request_, bind([](BeastWebSocket& self, error_code failure, std::size_t) {
                            if (failure) return self.end("no HTTP request: " + failure.message());
                            self.handle_request();
                          }));
}

void BeastWebSocket::handle_request() {
  const auto& request = request_.get();
  UpgradeRequest wanted{{request.target().data(), request.target().size()}, std::nullopt};
  if (const auto origin = request.find(http::field::origin); origin != request.end()) {
    wanted.origin.emplace(origin->value().data(), origin->value().size());
  }
  const auto handlers = handlers_;
  auto refused = handlers->on_request ? handlers->on_request(wanted) : std::nullopt;
  if (state_ == State::ended) return;
  if (!refused && !beast::websocket::is_upgrade(request)) {
    refused = HttpAnswer{426, "this is a signaling server: connect with a WebSocket\n"};
  }
  if (refused) return answer(std::move(*refused));
  stream_.set_option(beast::websocket::stream_base::decorator(
      [](beast::websocket::response_type& response) { response.set(http::field::date, http_date(unix_now())); }));
  stream_.async_accept(request, bind([](BeastWebSocket& self, error_code error) {
                         if (error) return self.end("WebSocket handshake failed: " + error.message());
                         self.become_open();
                       }));
}

void BeastWebSocket::answer(HttpAnswer answer) {
  refusal_.result(answer.status);
  refusal_.version(11);
  refusal_.set(http::field::content_type, "text/plain; charset=utf-8");
  if (answer.status == 426) refusal_.set(http::field::upgrade, "websocket");
  refusal_.keep_alive(false);
  refusal_.body() = std::move(answer.text);
  refusal_.prepare_payload();
  const std::string reason = "answered with HTTP " + std::to_string(answer.status);
  http::async_write(socket(), refusal_, bind([reason](BeastWebSocket& self, error_code, std::size_t) {
                      error_code ignored;
                      self.socket().shutdown(tcp::socket::shutdown_send, ignored);
                      self.end(reason);
                    }));
}

void BeastWebSocket::connect(const ServerUrl& server, const std::optional<std::filesystem::path>& tls_ca,
                             const std::string& target) {
  server_ = server;
  target_ = target;
  start_deadline(limits_.handshake, "no answer in time");
  if (server_.security == TransportSecurity::tls) {
    auto trusted = tls::create_client_context(tls_ca);
    if (!trusted) {
      return asio::post(context_,
                        bind([problem = trusted.error().message](BeastWebSocket& self) { self.end(problem); }));
    }
    stream_.next_layer().secure(std::move(*trusted), server_.address.host);
  }
  error_code not_literal;
  const auto address = asio::ip::make_address(server_.address.host, not_literal);
  if (!not_literal) return connect_to({{address, server_.address.port}});

  // Weak: a look-up that never ends must not keep the connection, and through it the io_context's owner, alive.
  resolution_ = resolve_host(server_.address.host,
                             [weak = weak_from_this(), &context = context_](Result<std::vector<std::string>> found) {
                               asio::post(context, [weak, found = std::move(found)] {
                                 const auto self = weak.lock();
                                 if (!self || self->state_ == State::ended) return;
                                 if (!found) return self->end(found.error().message);
                                 std::vector<tcp::endpoint> endpoints;
                                 for (const std::string& literal : *found) {
                                   error_code error;
                                   const auto each = asio::ip::make_address(literal, error);
                                   if (!error) endpoints.emplace_back(each, self->server_.address.port);
                                 }
                                 self->connect_to(endpoints);
                               });
                             });
}

void BeastWebSocket::connect_to(const std::vector<tcp::endpoint>& endpoints) {
  asio::async_connect(socket(), endpoints, bind([](BeastWebSocket& self, error_code error, const tcp::endpoint&) {
                        if (error) return self.end("cannot connect: " + error.message());
                        self.configure();
                        self.secure();
                      }));
}

void BeastWebSocket::secure() {
  if (server_.security == TransportSecurity::none) return shake_hands();
  stream_.next_layer().handshake(bind([](BeastWebSocket& self, error_code error) {
    if (error) {
      self.distrusted_ = true;
      return self.end(self.stream_.next_layer().tls_problem());
    }
    self.shake_hands();
  }));
}

void BeastWebSocket::shake_hands() {
  stream_.async_handshake(upgrade_, server_.address.text(), target_, bind([](BeastWebSocket& self, error_code error) {
                            if (error) return self.end("no WebSocket server there: " + error.message());
                            self.become_open();
                          }));
}

void BeastWebSocket::configure() {
  error_code ignored;
  socket().set_option(tcp::no_delay(true), ignored);
  beast::websocket::stream_base::timeout timeouts{};
  timeouts.handshake_timeout = limits_.handshake;
  timeouts.idle_timeout = 2 * limits_.idle_ping;  // Beast pings after half of it
  timeouts.keep_alive_pings = true;
  stream_.set_option(timeouts);
  stream_.read_message_max(limits_.frame_bytes);
  stream_.auto_fragment(false);
  stream_.control_callback([this](beast::websocket::frame_type, beast::string_view) {
    probing_ = false;
    // Runs inside a read, which must not be closed under its feet: the next completion does it.
    if (!within_frame_rate())
      asio::post(context_, bind([](BeastWebSocket& self) { self.close(CloseCode::policy_violation, "too_many"); }));
  });
}

void BeastWebSocket::become_open() {
  deadline_.cancel();
  state_ = State::open;
  buffer_.clear();  // what a client sent before our 101: no frame of this protocol
  const auto handlers = handlers_;
  if (handlers->on_open) handlers->on_open();
  if (state_ != State::ended) read();
}

void BeastWebSocket::read() {
  stream_.async_read(buffer_, bind(read_off_, [](BeastWebSocket& self, error_code error, std::size_t) {
                       if (error) return self.end(self.close_words(error));
                       self.handle_frame();
                     }));
}

bool BeastWebSocket::within_frame_rate() {
  if (limits_.frames_per_second == 0) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now - rate_window_ >= std::chrono::seconds(1)) {
    rate_window_ = now;
    frames_in_window_ = 0;
  }
  return ++frames_in_window_ <= limits_.frames_per_second;
}

void BeastWebSocket::handle_frame() {
  probing_ = false;
  if (state_ == State::open) {
    if (!stream_.got_text()) {
      close(CloseCode::unsupported_data, "text frames only");
    } else if (!within_frame_rate()) {
      close(CloseCode::policy_violation, "too_many");
    } else {
      const auto handlers = handlers_;
      const auto text = buffer_.cdata();
      if (handlers->on_text) handlers->on_text({static_cast<const char*>(text.data()), text.size()});
    }
  }
  if (state_ == State::ended) return;
  buffer_.consume(buffer_.size());
  read();
}

std::string BeastWebSocket::close_words(error_code error) {
  // Also when the connection then broke before both sides had said goodbye.
  if (const auto& reason = stream_.reason(); reason.code != beast::websocket::close_code::none) {
    std::string words = "closed by the other side with code " + std::to_string(reason.code);
    if (!reason.reason.empty()) words += ": " + std::string(reason.reason.data(), reason.reason.size());
    return words;
  }
  if (error == beast::error::timeout) return "no sign of life from the other side";
  if (error == beast::websocket::error::message_too_big) return "a frame over the limit";
  return "connection lost: " + error.message();
}

bool BeastWebSocket::send(std::shared_ptr<const std::string> text) {
  if (state_ != State::open || text->size() > limits_.queue_bytes - queued_bytes_) return false;
  queued_bytes_ += text->size();
  queue_.push_back(std::move(text));
  if (!writing_) write();
  return true;
}

void BeastWebSocket::write() {
  writing_ = true;
  stream_.async_write(asio::buffer(*queue_.front()),
                      bind(write_off_, [](BeastWebSocket& self, error_code error, std::size_t) {
                        if (error) return self.end(self.close_words(error));
                        self.queued_bytes_ -= self.queue_.front()->size();
                        self.queue_.pop_front();
                        self.writing_ = false;
                        if (!self.queue_.empty()) return self.write();
                        if (self.state_ == State::closing) self.send_close_frame();
                      }));
}

void BeastWebSocket::close(CloseCode code, std::string_view reason) {
  if (state_ == State::opening) return end("closed while opening");
  if (state_ != State::open) return;
  state_ = State::closing;
  const std::string_view fitting = reason.substr(0, kMaxCloseReason);
  close_reason_ = beast::websocket::close_reason(static_cast<beast::websocket::close_code>(code),
                                                 beast::string_view(fitting.data(), fitting.size()));
  start_deadline(kClosePatience, "the other side did not close");
  if (!writing_) send_close_frame();
}

void BeastWebSocket::send_close_frame() {
  stream_.async_close(close_reason_, bind(close_off_, [](BeastWebSocket& self, error_code) {
                        self.end("closed with code " + std::to_string(self.close_reason_.code));
                      }));
}

void BeastWebSocket::probe(std::chrono::milliseconds patience) {
  if (state_ != State::open || probing_) return;
  probing_ = true;
  probe_timer_.expires_after(patience);
  probe_timer_.async_wait(bind([](BeastWebSocket& self, error_code error) {
    if (!error && self.probing_) self.end("no sign of life from the other side");
  }));
  if (std::exchange(pinging_, true)) return;  // the last one waits to be written yet
  stream_.async_ping({}, bind(ping_off_, [](BeastWebSocket& self, error_code error) {
                       self.pinging_ = false;
                       if (error) self.end(self.close_words(error));
                     }));
}

void BeastWebSocket::abort() {
  handlers_ = std::make_shared<WebSocketHandlers>();
  end("");
}

std::optional<UnixSeconds> BeastWebSocket::server_clock() const {
  const auto date = upgrade_.find(http::field::date);
  if (date == upgrade_.end()) return std::nullopt;
  return parse_http_date({date->value().data(), date->value().size()});
}

void BeastWebSocket::end(const std::string& reason) {
  if (state_ == State::ended) return;
  const auto self = shared_from_this();  // whoever called may hold us no longer when the operations let go
  state_ = State::ended;
  resolution_.reset();
  error_code ignored;
  deadline_.cancel(ignored);
  probe_timer_.cancel(ignored);
  socket().close(ignored);
  // Closing the socket ends what waits for the network only. Beast's read and close may wait for each other: a close
  // that has written its frame waits for the read to let it in, while the read, in a frame that ends the connection,
  // waits for the close. Neither would ever return, nor would the io_context's run().
  for (asio::cancellation_signal* off : {&read_off_, &write_off_, &close_off_, &ping_off_}) {
    off->emit(asio::cancellation_type::terminal);
  }
  const auto handlers = std::exchange(handlers_, std::make_shared<WebSocketHandlers>());
  if (handlers->on_closed) handlers->on_closed(reason);
}

}  // namespace

std::shared_ptr<WebSocket> accept_websocket(asio::io_context& context, int descriptor, WebSocketLimits limits,
                                            WebSocketHandlers handlers) {
  auto socket = std::make_shared<BeastWebSocket>(context, limits, std::move(handlers));
  socket->accept(descriptor);
  return socket;
}

std::shared_ptr<WebSocket> connect_websocket(asio::io_context& context, const ServerUrl& server,
                                             const std::optional<std::filesystem::path>& tls_ca,
                                             const std::string& target, WebSocketLimits limits,
                                             WebSocketHandlers handlers) {
  auto socket = std::make_shared<BeastWebSocket>(context, limits, std::move(handlers));
  socket->connect(server, tls_ca, target);
  return socket;
}

}  // namespace coterie::signaling
