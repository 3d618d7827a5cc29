// TransportStream: a TCP connection, with TLS inside or without, as one type, so that Beast is compiled once.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <optional>
#include <string>
#include <utility>

#include "tls/client.h"

namespace coterie::signaling {

// An AsyncStream as Beast wants it. Stays where it is: TLS refers to the socket.
class TransportStream {
 public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;

  explicit TransportStream(boost::asio::io_context& context) : socket_(context) {}
  TransportStream(const TransportStream&) = delete;
  TransportStream& operator=(const TransportStream&) = delete;

  executor_type get_executor() { return socket_.get_executor(); }
  boost::asio::ip::tcp::socket& next_layer() { return socket_; }

  // Everything after this goes through TLS; begins with handshake().
  void secure(tls::Context context, const std::string& host) {
    context_.emplace(context.release());
    tls_.emplace(socket_, *context_);
    tls::expect_host(tls_->native_handle(), host);
  }
  template <class Handler>
  void handshake(Handler&& handler) {
    tls_->async_handshake(boost::asio::ssl::stream_base::client, std::forward<Handler>(handler));
  }
  std::string tls_problem() { return tls::problem_of(tls_->native_handle()); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& into) {
          if (tls_) return tls_->async_read_some(into, std::move(handler));
          socket_.async_read_some(into, std::move(handler));
        },
        token, buffers);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& from) {
          if (tls_) return tls_->async_write_some(from, std::move(handler));
          socket_.async_write_some(from, std::move(handler));
        },
        token, buffers);
  }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

// Beast finds these by their argument. Its close frames have told the end already: TLS need not tell it again.
template <class Handler>
void async_teardown(boost::beast::role_type role, TransportStream& stream, Handler&& handler) {
  boost::beast::websocket::async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}
inline void teardown(boost::beast::role_type role, TransportStream& stream, boost::system::error_code& error) {
  boost::beast::websocket::teardown(role, stream.next_layer(), error);
}

}  // namespace coterie::signaling
