// A signaling server on a free port, three signers, and clients that run on the test's own thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/room.h"
#include "signaling/client.h"
#include "signaling/server.h"

namespace coterie::test {

using namespace coterie::signaling;

constexpr auto kDeadline = std::chrono::seconds(30);

class SignalingFixture : public ::testing::Test {
 protected:
  // One client and all that its handlers were told.
  struct Peer {
    std::unique_ptr<Client> client;
    std::vector<std::pair<Epoch, std::vector<Member>>> joined;
    std::vector<Member> ready;
    std::vector<std::pair<SignKey, std::string>> messages;
    std::vector<SignKey> left;
    std::vector<Error> refused;
    std::vector<Error> disconnected;
    int replaced = 0;
  };

  void start_server(ServerOptions options) {
    options.listen = "127.0.0.1";
    auto server = Server::start(std::move(options));
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void start_server(ServerLimits limits = {}) {
    ServerOptions options;
    options.kind = ServerKind::serve;
    options.port = 0;
    options.limits = limits;
    start_server(std::move(options));
  }

  std::unique_ptr<Peer> make_peer(const crypto::Identity& identity, std::optional<RoomTerms> create = std::nullopt,
                                  const std::string& host = "127.0.0.1") {
    auto peer = std::make_unique<Peer>();
    ClientOptions options;
    options.server = {{host, server_->port()}};
    options.room = room_;
    options.create = std::move(create);
    options.first_retry = std::chrono::milliseconds(10);
    options.last_retry = std::chrono::milliseconds(50);
    Peer& told = *peer;
    ClientHandlers handlers;
    handlers.on_joined = [&told](const Epoch& own, const std::vector<Member>& members, const std::vector<IceServer>&) {
      told.joined.emplace_back(own, members);
    };
    handlers.on_ready = [&told](const Member& member) { told.ready.push_back(member); };
    handlers.on_message = [&told](RelayType type, const SignKey& from, const json::Value& data) {
      told.messages.emplace_back(from, std::string(to_string(type)) + " " + json::serialize(data));
    };
    handlers.on_left = [&told](const SignKey& from) { told.left.push_back(from); };
    handlers.on_refused = [&told](const Error& error) { told.refused.push_back(error); };
    handlers.on_disconnected = [&told](const Error& error) { told.disconnected.push_back(error); };
    handlers.on_replaced = [&told] { ++told.replaced; };
    peer->client = std::make_unique<Client>(context_, identity, random_, std::move(options), std::move(handlers));
    peer->client->start();
    return peer;
  }
  std::unique_ptr<Peer> make_creator() { return make_peer(alice_, terms_); }

  // Runs the clients until it is so; false at the deadline.
  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(20));
    }
    return true;
  }
  [[nodiscard]] bool run_until_joined(const Peer& peer) {
    return run_until([&] { return peer.client->joined(); });
  }

  std::string path() const { return "/rooms/" + room_.text(); }

  boost::asio::io_context context_;
  SystemRandom random_;
  crypto::Identity alice_ = crypto::Identity::generate(random_);
  crypto::Identity bob_ = crypto::Identity::generate(random_);
  crypto::Identity mallory_ = crypto::Identity::generate(random_);
  RoomSalt salt_ = random_.draw<RoomSalt>();
  RoomId room_ = crypto::room_id(alice_.sign_key(), salt_);
  RoomTerms terms_{salt_, {alice_.sign_key(), bob_.sign_key()}, std::chrono::seconds(600)};
  std::unique_ptr<Server> server_;
};

}  // namespace coterie::test
