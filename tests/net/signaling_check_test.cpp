// The signaling client's question whether its server is still there, through a network that can be cut silently.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "net/signaling_fixture.h"

namespace coterie::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using ::testing::HasSubstr;

// TCP connections passed on to a server on loopback, until it is frozen: then they stay, and nothing comes through.
class Network {
 public:
  Network(asio::io_context& context, std::uint16_t server)
      : context_(context), server_(asio::ip::address_v4::loopback(), server), acceptor_(context, {tcp::v4(), 0}) {
    accept();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void freeze() { frozen_ = true; }
  void thaw() { frozen_ = false; }  // for connections made from now on
  std::size_t pieces_to_client() const { return pieces_to_client_; }

 private:
  struct Connection {
    explicit Connection(asio::io_context& context) : client(context), server(context) {}
    tcp::socket client;
    tcp::socket server;
    std::array<char, 4096> upwards{};
    std::array<char, 4096> downwards{};
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void accept() {
    const auto connection = std::make_shared<Connection>(context_);
    acceptor_.async_accept(connection->client, [this, connection](error_code error) {
      if (error) return;
      connection->server.connect(server_, error);  // refused: the client is told by the end of its own connection
      if (!error) {
        pump(connection, connection->client, connection->server, connection->upwards, nullptr);
        pump(connection, connection->server, connection->client, connection->downwards, &pieces_to_client_);
      }
      accept();
    });
  }

  void pump(const ConnectionPtr& connection, tcp::socket& from, tcp::socket& to, std::array<char, 4096>& buffer,
            std::size_t* pieces) {
    from.async_read_some(asio::buffer(buffer), [=, this, &from, &to, &buffer](error_code error, std::size_t size) {
      if (frozen_) return;  // what came is lost, and nothing is read any more
      if (error) {
        error_code ignored;
        to.close(ignored);
        return;
      }
      if (pieces != nullptr) ++*pieces;
      asio::write(to, asio::buffer(buffer, size), error);
      pump(connection, from, to, buffer, pieces);
    });
  }

  asio::io_context& context_;
  tcp::endpoint server_;
  tcp::acceptor acceptor_;
  bool frozen_ = false;
  std::size_t pieces_to_client_ = 0;
};

class SignalingCheckTest : public SignalingFixture {
 protected:
  void SetUp() override {
    start_server();
    network_ = std::make_unique<Network>(context_, server_->port());
    ClientOptions options;
    options.server = {{"127.0.0.1", network_->port()}};
    options.room = room_;
    options.create = terms_;
    options.first_retry = std::chrono::milliseconds(10);
    options.sign_of_life = std::chrono::milliseconds(2'000);  // idle_ping is 10 s: not what finds anything here
    ClientHandlers handlers;
    handlers.on_disconnected = [this](const Error& error) { disconnected_.push_back(error); };
    client_ = std::make_unique<Client>(context_, alice_, random_, std::move(options), std::move(handlers));
    client_->start();
    ASSERT_TRUE(run_until([this] { return client_->joined(); }));
  }

  std::unique_ptr<Network> network_;
  std::unique_ptr<Client> client_;
  std::vector<Error> disconnected_;
};

TEST_F(SignalingCheckTest, AServerThatAnswersKeepsItsClient) {
  for (int question = 0; question < 3; ++question) {
    const std::size_t before = network_->pieces_to_client();
    ASSERT_TRUE(run_until([&] {
      client_->check();  // one question at a time: the next when the answer to the last is there
      return network_->pieces_to_client() > before;
    }));
  }
  // Were a pong not heard, its question would end the connection by then.
  const auto later = std::chrono::steady_clock::now() + std::chrono::milliseconds(2'200);
  ASSERT_TRUE(run_until([&] { return std::chrono::steady_clock::now() > later; }));
  EXPECT_TRUE(client_->joined());
  EXPECT_TRUE(disconnected_.empty());
}

TEST_F(SignalingCheckTest, ASilentNetworkIsFoundAndTheRoomEnteredAnew) {
  network_->freeze();
  client_->check();
  ASSERT_TRUE(run_until([this] { return !disconnected_.empty(); }));
  EXPECT_THAT(disconnected_[0].message, HasSubstr("no sign of life from the other side"));
  network_->thaw();
  EXPECT_TRUE(run_until([this] { return client_->joined(); }));
}

TEST_F(SignalingCheckTest, OutsideTheRoomThereIsNothingToAsk) {
  network_->freeze();
  server_.reset();
  client_->check();
  ASSERT_TRUE(run_until([this] { return !disconnected_.empty(); }));
  const std::size_t known = disconnected_.size();
  client_->check();
  ASSERT_TRUE(run_until([&] { return disconnected_.size() > known; }));
  EXPECT_FALSE(client_->joined());
}

}  // namespace
}  // namespace coterie::test
