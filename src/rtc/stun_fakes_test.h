// STUN servers that do what a test says.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

#include "base/bytes.h"
#include "rtc/ice_server.h"
#include "rtc/ip_address.h"

namespace coterie::rtc::test {

// A Binding success response with XOR-MAPPED-ADDRESS 192.0.2.1:32853.
inline Bytes response_to(BytesView request) {
  Bytes message = {0x01, 0x01, 0, 12};
  message.insert(message.end(), request.begin() + 4, request.begin() + 20);
  const Bytes attribute = {0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};
  message.insert(message.end(), attribute.begin(), attribute.end());
  return message;
}

enum class Behaviour {
  answers,
  answers_the_second_request,
  answers_with_another_id_first,
  answers_the_second_probe,
  stays_silent,
};

// A STUN server on loopback, in a thread of its own.
class FakeServer {
 public:
  explicit FakeServer(Behaviour behaviour) : behaviour_(behaviour), socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_storage any{};
    const socklen_t size = IpAddress::parse("127.0.0.1")->fill(any, 0);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&any), size), 0);
    sockaddr_in bound{};
    socklen_t bound_size = sizeof bound;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &bound_size);
    port_ = ntohs(bound.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeServer() {
    stopping_ = true;
    ::shutdown(socket_, SHUT_RDWR);  // wakes recvfrom up
    thread_.join();
    ::close(socket_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  StunUrl url() const { return {"127.0.0.1", port_}; }

 private:
  void serve() {
    std::array<std::uint8_t, 1500> buffer;
    Bytes first_id;
    for (int count = 1; !stopping_; ++count) {
      sockaddr_storage from{};
      socklen_t from_size = sizeof from;
      const ssize_t size =
          recvfrom(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
      if (size < 20) continue;
      if (behaviour_ == Behaviour::stays_silent) continue;
      if (behaviour_ == Behaviour::answers_the_second_request && count == 1) continue;
      const Bytes id(buffer.begin() + 8, buffer.begin() + 20);
      if (first_id.empty()) first_id = id;
      if (behaviour_ == Behaviour::answers_the_second_probe && id == first_id) continue;
      Bytes response = response_to({buffer.data(), static_cast<std::size_t>(size)});
      if (behaviour_ == Behaviour::answers_with_another_id_first) {
        Bytes other = response;
        other[10] ^= 1;
        other.back() ^= 1;
        sendto(socket_, other.data(), other.size(), 0, reinterpret_cast<const sockaddr*>(&from), from_size);
      }
      sendto(socket_, response.data(), response.size(), 0, reinterpret_cast<const sockaddr*>(&from), from_size);
    }
  }

  const Behaviour behaviour_;
  const int socket_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace coterie::rtc::test
