#include "rtc/byte_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "rtc/test_strand.h"
#include "rtc/tls_server_test.h"

namespace coterie::rtc {
namespace {

using testing::HasSubstr;

// The stream lives on the rtc thread; what it tells is taken over by the test's own.
class ByteStreamTest : public testing::Test {
 protected:
  ~ByteStreamTest() override {
    runtime_->loop().post([this] { stream_.reset(); });
    runtime_.reset();  // waits for the thread
  }

  void open(std::vector<IpAddress> addresses, std::uint16_t port, std::optional<TlsClient> tls) {
    runtime_->loop().post([this, addresses = std::move(addresses), port, tls = std::move(tls)] {
      const auto post = strand_.post();
      stream_ = std::make_unique<ByteStream>(
          runtime_->loop(), addresses, port, tls,
          ByteStreamHandlers{
              .on_open = [this, post] { post([this] { is_open_ = true; }); },
              .on_bytes =
                  [this, post](BytesView bytes) {
                    post([this, copy = to_vector(bytes)] {
                      received_.insert(received_.end(), copy.begin(), copy.end());
                    });
                  },
              .on_closed = [this, post](Error error) { post([this, error] { closed_ = error; }); },
          });
    });
  }
  void open_local(std::uint16_t port, std::optional<TlsClient> tls = {}) {
    open({*IpAddress::parse("127.0.0.1")}, port, std::move(tls));
  }
  void write(Bytes bytes) {
    runtime_->loop().post([this, bytes = std::move(bytes)] { stream_->write(bytes); });
  }

  TestStrand strand_;
  std::shared_ptr<Runtime> runtime_ = Runtime::acquire();
  std::unique_ptr<ByteStream> stream_;  // rtc thread
  bool is_open_ = false;
  Bytes received_;
  std::optional<Error> closed_;
};

void echo(ServerSide& side) {
  for (Bytes piece = side.read(); !piece.empty(); piece = side.read()) side.write(piece);
}

TEST_F(ByteStreamTest, CarriesBytesBothWays) {
  TestStreamServer server(nullptr, echo);
  open_local(server.port());
  ASSERT_TRUE(strand_.run_until([&] { return is_open_; }));
  const Bytes sent(200'000, 0x2a);
  write(sent);
  EXPECT_TRUE(strand_.run_until([&] { return received_ == sent; }));
  EXPECT_FALSE(closed_);
}

TEST_F(ByteStreamTest, CarriesBytesBothWaysInsideTls) {
  const TestCertificate certificate("DNS:turn.example");
  TestStreamServer server(&certificate, echo);
  open_local(server.port(), TlsClient{"turn.example", certificate.file()});
  ASSERT_TRUE(strand_.run_until([&] { return is_open_ || closed_; }));
  ASSERT_FALSE(closed_) << closed_->message;
  const Bytes sent(200'000, 0x2a);
  write(sent);
  EXPECT_TRUE(strand_.run_until([&] { return received_ == sent; }));
}

TEST_F(ByteStreamTest, ChecksAnAddressThatIsTheName) {
  const TestCertificate certificate("IP:127.0.0.1");
  TestStreamServer server(&certificate, echo);
  open_local(server.port(), TlsClient{"127.0.0.1", certificate.file()});
  ASSERT_TRUE(strand_.run_until([&] { return is_open_ || closed_; }));
  EXPECT_TRUE(is_open_) << closed_->message;
}

TEST_F(ByteStreamTest, RefusesACertificateOfAnotherName) {
  const TestCertificate certificate("DNS:turn.example,IP:192.0.2.1");
  for (const char* host : {"other.example", "127.0.0.1"}) {
    TestStreamServer server(&certificate, echo);
    closed_.reset();
    open_local(server.port(), TlsClient{host, certificate.file()});
    ASSERT_TRUE(strand_.run_until([&] { return closed_.has_value(); }));
    EXPECT_FALSE(is_open_);
    EXPECT_THAT(closed_->message, HasSubstr("certificate is refused"));
    EXPECT_THAT(closed_->message, HasSubstr("mismatch"));
  }
}

TEST_F(ByteStreamTest, RefusesACertificateThatNobodyVouchesFor) {
  const TestCertificate certificate("DNS:turn.example");
  const TestCertificate other("DNS:turn.example");
  for (const std::optional<std::filesystem::path>& ca :
       {std::optional(other.file()), std::optional<std::filesystem::path>()}) {
    TestStreamServer server(&certificate, echo);
    closed_.reset();
    open_local(server.port(), TlsClient{"turn.example", ca});
    ASSERT_TRUE(strand_.run_until([&] { return closed_.has_value(); }));
    EXPECT_FALSE(is_open_);
    EXPECT_THAT(closed_->message, HasSubstr("certificate is refused"));
  }
}

TEST_F(ByteStreamTest, SaysThatAServerSpeaksNoTls) {
  const TestCertificate certificate("DNS:turn.example");
  TestStreamServer server(nullptr, [](ServerSide& side) {
    side.read();
    side.write(as_bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  open_local(server.port(), TlsClient{"turn.example", certificate.file()});
  ASSERT_TRUE(strand_.run_until([&] { return closed_.has_value(); }));
  EXPECT_THAT(closed_->message, HasSubstr("TLS: "));
}

// OpenSSL's errors lie in one queue of the thread.
TEST_F(ByteStreamTest, IsNotMisledByAnErrorOfAnotherConnection) {
  const TestCertificate certificate("DNS:turn.example");
  TestStreamServer server(&certificate, echo);
  const auto leave_error = [this] { runtime_->loop().post([] { ERR_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR); }); };
  leave_error();
  open_local(server.port(), TlsClient{"turn.example", certificate.file()});
  ASSERT_TRUE(strand_.run_until([&] { return is_open_ || closed_; }));
  ASSERT_TRUE(is_open_) << closed_->message;
  for (std::size_t size = 10; size <= 50; size += 10) {
    leave_error();
    write(Bytes(10, 0x2a));
    ASSERT_TRUE(strand_.run_until([&] { return closed_ || received_.size() == size; }));
    ASSERT_FALSE(closed_) << closed_->message;
  }
}

TEST_F(ByteStreamTest, GoesOnToTheNextAddress) {
  TestStreamServer server(nullptr, echo);
  // Nobody is at the first, and the second refuses.
  open({*IpAddress::parse("192.0.2.1"), *IpAddress::parse("::1"), *IpAddress::parse("127.0.0.1")}, server.port(), {});
  EXPECT_TRUE(strand_.run_until([&] { return is_open_; }));
}

TEST_F(ByteStreamTest, SaysWhyNoAddressAnswers) {
  std::uint16_t port = 0;
  { port = TestStreamServer(nullptr, echo).port(); }
  open_local(port);
  ASSERT_TRUE(strand_.run_until([&] { return closed_.has_value(); }));
  EXPECT_EQ(closed_->kind, ErrorKind::environment);
  EXPECT_THAT(closed_->message, HasSubstr("refused"));
}

TEST_F(ByteStreamTest, TellsTheEndOnce) {
  const TestCertificate certificate("DNS:turn.example");
  for (const TestCertificate* one : {&certificate, static_cast<const TestCertificate*>(nullptr)}) {
    TestStreamServer server(one, [](ServerSide& side) { side.write(as_bytes("bye")); });
    closed_.reset();
    received_.clear();
    open_local(server.port(), one == nullptr ? std::nullopt : std::optional(TlsClient{"turn.example", one->file()}));
    ASSERT_TRUE(strand_.run_until([&] { return closed_.has_value(); }));
    EXPECT_EQ(received_, to_vector(as_bytes("bye")));
    EXPECT_THAT(closed_->message, HasSubstr("ended the connection"));
    write(Bytes(10));  // has no effect
  }
}

TEST_F(ByteStreamTest, DropsWhatAServerThatDoesNotReadWouldMakeItKeep) {
  std::atomic<bool> over = false;
  TestStreamServer server(nullptr, [&](ServerSide&) { over.wait(false); });
  open_local(server.port());
  ASSERT_TRUE(strand_.run_until([&] { return is_open_; }));
  bool dropped = false;
  bool done = false;
  runtime_->loop().post([this, &dropped, &done, post = strand_.post()] {
    for (int i = 0; i < 1000 && !dropped; ++i) dropped = !stream_->write(Bytes(4096));
    post([&done] { done = true; });
  });
  ASSERT_TRUE(strand_.run_until([&] { return done; }));
  EXPECT_TRUE(dropped);
  over = true;
  over.notify_all();
}

}  // namespace
}  // namespace coterie::rtc
