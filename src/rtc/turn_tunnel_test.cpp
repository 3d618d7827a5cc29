#include "rtc/turn_tunnel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "rtc/test_strand.h"
#include "rtc/tls_server_test.h"

namespace coterie::rtc {
namespace {

using testing::HasSubstr;

// A UDP socket on loopback, with a time-out far above what anything takes.
class Datagrams {
 public:
  Datagrams() : descriptor_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_storage any{};
    socklen_t size = IpAddress::parse("127.0.0.1")->fill(any, 0);
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<const sockaddr*>(&any), size), 0);
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&any), &size);
    name_ = socket_name(any);
    const timeval patience{10, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Datagrams() { ::close(descriptor_); }
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;

  const SocketName& name() const { return name_; }
  void send(const SocketName& to, BytesView datagram) const {
    sockaddr_storage address{};
    const socklen_t size = IpAddress::parse(to.address)->fill(address, to.port);
    EXPECT_GT(
        sendto(descriptor_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  // Empty: nothing came.
  Bytes receive(SocketName* from = nullptr) const {
    Bytes datagram(4096);
    sockaddr_storage address{};
    socklen_t address_size = sizeof address;
    const ssize_t size = recvfrom(descriptor_, datagram.data(), datagram.size(), 0,
                                  reinterpret_cast<sockaddr*>(&address), &address_size);
    datagram.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    if (from != nullptr) *from = socket_name(address);
    return datagram;
  }

 private:
  int descriptor_;
  SocketName name_;
};

class TurnTunnelTest : public testing::Test {
 protected:
  ~TurnTunnelTest() override {
    runtime_->loop().post([this] { tunnel_.reset(); });
    runtime_.reset();  // waits for the thread
  }

  void open(const std::string& url, const SocketName& client, std::optional<std::filesystem::path> ca = {}) {
    open({*TurnUrl::parse(url), "ada", nullptr, std::move(ca)}, client);
  }
  void open(const TurnServer& server, const SocketName& client) {
    on_loop([this, &server, &client] {
      auto opened = TurnTunnel::open(runtime_->loop(), server, false, {});
      ASSERT_TRUE(opened);
      tunnel_ = std::move(*opened);
      tunnel_->serve(client);
      local_ = tunnel_->local();
    });
  }
  void on_loop(const std::function<void()>& function) {
    bool done = false;
    runtime_->loop().post([&, post = strand_.post()] {
      function();
      post([&done] { done = true; });
    });
    ASSERT_TRUE(strand_.run_until([&] { return done; }));
  }
  // Until the tunnel says so.
  void wait_for_problem(const std::string& words) {
    std::string problem;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (problem.find(words) == problem.npos && std::chrono::steady_clock::now() < deadline) {
      on_loop([&] { problem = tunnel_->problem() ? tunnel_->problem()->words : ""; });
    }
    EXPECT_THAT(problem, HasSubstr(words));
  }

  void expect_problem(TurnProblem::Kind kind, const std::string& words) {
    on_loop([&] {
      ASSERT_TRUE(tunnel_->problem());
      EXPECT_EQ(tunnel_->problem()->kind, kind);
      EXPECT_THAT(tunnel_->problem()->words, HasSubstr(words));
    });
  }

  TestStrand strand_;
  std::shared_ptr<Runtime> runtime_ = Runtime::acquire();
  std::unique_ptr<TurnTunnel> tunnel_;  // rtc thread
  SocketName local_;
  Datagrams client_;
};

const Bytes kChannelData = {0x40, 0, 0, 5, 'h', 'e', 'l', 'l', 'o'};

void echo(ServerSide& side) {
  for (Bytes piece = side.read(); !piece.empty(); piece = side.read()) side.write(piece);
}

TEST_F(TurnTunnelTest, PassesDatagramsOnAsTheyAre) {
  const Datagrams server;
  open("turn:127.0.0.1:" + std::to_string(server.name().port), client_.name());
  client_.send(local_, kChannelData);
  SocketName from;
  EXPECT_EQ(server.receive(&from), kChannelData);
  EXPECT_NE(from, client_.name());
  server.send(from, kChannelData);
  EXPECT_EQ(client_.receive(), kChannelData);
}

TEST_F(TurnTunnelTest, PassesThemThroughAStreamWithAndWithoutTls) {
  const TestCertificate certificate("IP:127.0.0.1");
  for (const bool secure : {false, true}) {
    TestStreamServer server(secure ? &certificate : nullptr, echo);
    const std::string port = std::to_string(server.port());
    open(secure ? "turns:127.0.0.1:" + port : "turn:127.0.0.1:" + port + "?transport=tcp", client_.name(),
         certificate.file());
    for (int i = 0; i < 5; ++i) client_.send(local_, kChannelData);  // the first before the stream is open
    for (int i = 0; i < 5; ++i) EXPECT_EQ(client_.receive(), kChannelData);
  }
}

TEST_F(TurnTunnelTest, HearsItsClientOnly) {
  const Datagrams server;
  open("turn:127.0.0.1:" + std::to_string(server.name().port), client_.name());
  const Datagrams stranger;
  stranger.send(local_, Bytes{0x40, 0, 0, 1, 'x'});
  client_.send(local_, kChannelData);
  EXPECT_EQ(server.receive(), kChannelData);
}

TEST_F(TurnTunnelTest, HearsItsServerOnly) {
  const Datagrams server;
  open("turn:127.0.0.1:" + std::to_string(server.name().port), client_.name());
  client_.send(local_, kChannelData);
  SocketName tunnel;
  server.receive(&tunnel);
  const Datagrams stranger;
  stranger.send(tunnel, Bytes{0x40, 0, 0, 1, 'x'});
  server.send(tunnel, kChannelData);
  EXPECT_EQ(client_.receive(), kChannelData);
}

// XOR-MAPPED-ADDRESS 192.0.2.1:32853, masked with the cookie.
TEST_F(TurnTunnelTest, ReadsInPassingWhatCameOfTheAllocation) {
  const Datagrams server;
  open("turn:127.0.0.1:" + std::to_string(server.name().port), client_.name());
  client_.send(local_, kChannelData);
  SocketName tunnel;
  server.receive(&tunnel);

  Bytes refusal = {0x01, 0x13, 0, 8,  0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6,
                   7,    8,    9, 10, 11,   12,   0,    9,    0, 4, 0, 0, 4, 1};
  server.send(tunnel, refusal);
  EXPECT_EQ(client_.receive(), refusal);
  expect_problem(TurnProblem::Kind::unreachable, "it does not answer");
  server.send(tunnel, refusal);
  EXPECT_EQ(client_.receive(), refusal);
  expect_problem(TurnProblem::Kind::credentials, "it refuses the user or the password");
  refusal[27] = 86;
  server.send(tunnel, refusal);
  EXPECT_EQ(client_.receive(), refusal);
  expect_problem(TurnProblem::Kind::refused, "no further relay (486)");

  const Bytes success = {0x01, 0x03, 0,  12, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3,    4,    5,    6,    7,    8,
                         9,    10,   11, 12, 0,    0x20, 0,    8,    0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};
  server.send(tunnel, success);
  EXPECT_EQ(client_.receive(), success);
  on_loop([&] {
    EXPECT_FALSE(tunnel_->problem());
    ASSERT_TRUE(tunnel_->mapped());
    EXPECT_EQ(tunnel_->mapped()->address.text(), "192.0.2.1");
    EXPECT_EQ(tunnel_->mapped()->port, 32853);
  });

  // CreatePermission: 403 of all addresses of the other side is a problem, of one of them is none.
  Bytes forbidden = refusal;
  forbidden[1] = 0x18;
  forbidden[27] = 3;
  server.send(tunnel, forbidden);
  EXPECT_EQ(client_.receive(), forbidden);
  expect_problem(TurnProblem::Kind::forbidden, "forbids to send to the other side's address (403)");
  const Bytes permitted = {0x01, 0x08, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  server.send(tunnel, permitted);
  EXPECT_EQ(client_.receive(), permitted);
  server.send(tunnel, forbidden);
  EXPECT_EQ(client_.receive(), forbidden);
  on_loop([&] { EXPECT_FALSE(tunnel_->problem()); });
}

TEST_F(TurnTunnelTest, SaysWhatIsWrong) {
  std::uint16_t port = 0;
  { port = TestStreamServer(nullptr, echo).port(); }
  open("turn:127.0.0.1:" + std::to_string(port) + "?transport=tcp", client_.name());
  wait_for_problem("refused");
  const TestCertificate certificate("DNS:turn.example");
  {
    TestStreamServer server(&certificate, echo);
    open("turns:127.0.0.1:" + std::to_string(server.port()), client_.name(), certificate.file());
    wait_for_problem("its certificate is refused: IP address mismatch");
    expect_problem(TurnProblem::Kind::not_trusted, "certificate");
  }
  TestStreamServer server(nullptr, [](ServerSide& side) { side.write(Bytes{0x80, 0, 0, 0}); });
  open("turn:127.0.0.1:" + std::to_string(server.port()) + "?transport=tcp", client_.name());
  wait_for_problem("what it sends is not TURN");
  expect_problem(TurnProblem::Kind::not_turn, "TURN");
}

TEST_F(TurnTunnelTest, FollowsNoOfferedNameIntoItsOwnNetwork) {
  TurnServer server{*TurnUrl::parse("turn:localhost"), "mallory", nullptr};
  server.offered = true;
  open(server, client_.name());
  wait_for_problem("no address that the internet routes");
}

}  // namespace
}  // namespace coterie::rtc
