// DtlsTransport against a plain OpenSSL client that breaks one rule at a time.
#include "rtc/dtls_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>

namespace coterie::rtc {
namespace {

using testing::HasSubstr;

class ForeignClient {
 public:
  enum class ShowsCertificate { no, yes };

  ForeignClient(ShowsCertificate shows, std::uint64_t options, const char* cipher_suites, int version) {
    context_ = SSL_CTX_new(DTLS_client_method());
    SSL_CTX_set_security_level(context_, 0);
    EXPECT_EQ(SSL_CTX_set_min_proto_version(context_, version), 1);
    EXPECT_EQ(SSL_CTX_set_max_proto_version(context_, version), 1);
    EXPECT_EQ(SSL_CTX_set_cipher_list(context_, cipher_suites), 1);
    if (shows == ShowsCertificate::yes) {
      SSL_CTX_use_certificate(context_, certificate.x509());
      SSL_CTX_use_PrivateKey(context_, certificate.key());
    }
    ssl_ = SSL_new(context_);
    SSL_set_options(ssl_, options | SSL_OP_NO_QUERY_MTU);
    DTLS_set_link_mtu(ssl_, 1200);
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    SSL_set_bio(ssl_, in_, out_);
    SSL_set_connect_state(ssl_);
  }
  ~ForeignClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  ForeignClient(const ForeignClient&) = delete;
  ForeignClient& operator=(const ForeignClient&) = delete;

  // What it wants to send, all records of a flight together.
  Bytes continue_handshake(const std::deque<Bytes>& datagrams) {
    ERR_clear_error();
    for (const Bytes& datagram : datagrams) {
      BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
      SSL_do_handshake(ssl_);
    }
    if (datagrams.empty()) SSL_do_handshake(ssl_);
    Bytes out(BIO_ctrl_pending(out_));
    if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
    return out;
  }
  Bytes write(BytesView data) {
    SSL_write(ssl_, data.data(), static_cast<int>(data.size()));
    return continue_handshake({});
  }
  Bytes renegotiate() {
    SSL_renegotiate(ssl_);
    return continue_handshake({});
  }
  bool connected() const { return SSL_is_init_finished(ssl_) == 1; }

  Certificate certificate;

 private:
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

struct Outcome {
  bool connected = false;
  Bytes received;
  std::optional<Error> error;
  int handshake_records_after_connect = 0;
};

constexpr std::uint8_t kHandshakeRecord = 22;  // RFC 6347 §4.1; not encrypted

constexpr const char* kGoodSuite = "ECDHE-ECDSA-AES128-GCM-SHA256";
constexpr auto kYes = ForeignClient::ShowsCertificate::yes;

class DtlsTransportTest : public testing::Test {
 protected:
  using AfterConnect = std::function<void(ForeignClient&, DtlsTransport&)>;

  // The whole handshake, on the rtc thread, with no network and no time-out between.
  Outcome run(ForeignClient& client, const Fingerprint& expected, const AfterConnect& after = {}) {
    std::promise<Outcome> promise;
    runtime_->loop().post([&] {
      Outcome outcome;
      std::deque<Bytes> to_client;
      const Certificate certificate;
      DtlsTransport server(runtime_->loop(), certificate, expected, DtlsRole::server,
                           {
                               .send_datagram =
                                   [&](BytesView data) {
                                     to_client.push_back(to_vector(data));
                                     if (outcome.connected && data[0] == kHandshakeRecord)
                                       ++outcome.handshake_records_after_connect;
                                   },
                               .on_connected = [&] { outcome.connected = true; },
                               .on_data = [&](BytesView data) { outcome.received = to_vector(data); },
                               .on_closed = [] {},
                               .on_failed = [&](Error error) { outcome.error = std::move(error); },
                           });
      server.start();
      for (int flight = 0; flight < 10 && !outcome.error; ++flight) {
        const Bytes datagram = client.continue_handshake(std::exchange(to_client, {}));
        if (datagram.empty()) break;
        server.receive(datagram);
      }
      if (after && outcome.connected) after(client, server);
      server.close();
      promise.set_value(std::move(outcome));
    });
    return promise.get_future().get();
  }

  std::shared_ptr<Runtime> runtime_ = Runtime::acquire();
};

TEST_F(DtlsTransportTest, ConnectsWithTheExpectedCertificateAndCarriesData) {
  ForeignClient client(kYes, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome =
      run(client, client.certificate.fingerprint(), [](ForeignClient& foreign, DtlsTransport& server) {
        server.receive(foreign.write(Bytes{1, 2, 3}));
      });
  EXPECT_TRUE(outcome.connected);
  EXPECT_TRUE(client.connected());
  EXPECT_EQ(outcome.received, (Bytes{1, 2, 3}));
}

TEST_F(DtlsTransportTest, RefusesAnotherCertificate) {
  ForeignClient client(kYes, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome = run(client, Certificate().fingerprint());
  EXPECT_FALSE(outcome.connected);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->kind, ErrorKind::refused);
  EXPECT_THAT(outcome.error->message, HasSubstr("certificate is not the one"));
}

TEST_F(DtlsTransportTest, RefusesAClientWithoutCertificate) {
  ForeignClient client(ForeignClient::ShowsCertificate::no, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome = run(client, client.certificate.fingerprint());
  EXPECT_FALSE(outcome.connected);
  EXPECT_TRUE(outcome.error.has_value());
}

TEST_F(DtlsTransportTest, RefusesAClientWithoutExtendedMasterSecret) {
  ForeignClient client(kYes, SSL_OP_NO_EXTENDED_MASTER_SECRET, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome = run(client, client.certificate.fingerprint());
  EXPECT_FALSE(outcome.connected);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_THAT(outcome.error->message, HasSubstr("extended master secret"));
}

TEST_F(DtlsTransportTest, RefusesWeakSuitesAndOldVersions) {
  for (const char* suite : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256"}) {
    ForeignClient client(kYes, 0, suite, DTLS1_2_VERSION);
    const Outcome outcome = run(client, client.certificate.fingerprint());
    EXPECT_FALSE(outcome.connected) << suite;
    EXPECT_TRUE(outcome.error.has_value()) << suite;
  }
  ForeignClient old(kYes, 0, "ECDHE-ECDSA-AES128-SHA", DTLS1_VERSION);
  const Outcome outcome = run(old, old.certificate.fingerprint());
  EXPECT_FALSE(outcome.connected);
  EXPECT_TRUE(outcome.error.has_value());
}

TEST_F(DtlsTransportTest, IgnoresGarbage) {
  ForeignClient client(kYes, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome =
      run(client, client.certificate.fingerprint(), [](ForeignClient& foreign, DtlsTransport& server) {
        server.receive({});
        server.receive(Bytes{0x17});
        server.receive(Bytes(2000, 0x16));
        server.receive(Bytes(100, 0xff));
        server.receive(foreign.write(Bytes{9}));
      });
  EXPECT_TRUE(outcome.connected);
  EXPECT_FALSE(outcome.error.has_value());
  EXPECT_EQ(outcome.received, Bytes{9});
}

TEST_F(DtlsTransportTest, DoesNotRenegotiate) {
  ForeignClient client(kYes, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome =
      run(client, client.certificate.fingerprint(), [](ForeignClient& foreign, DtlsTransport& server) {
        const Bytes client_hello = foreign.renegotiate();
        EXPECT_EQ(client_hello.at(0), kHandshakeRecord);
        server.receive(client_hello);
      });
  EXPECT_TRUE(outcome.connected);
  EXPECT_EQ(outcome.handshake_records_after_connect, 0);
}

TEST(FingerprintTest, ReadsWhatItWritesAndNothingElse) {
  const Fingerprint fingerprint = Certificate().fingerprint();
  EXPECT_EQ(Fingerprint::parse(fingerprint.serialize()), fingerprint);
  const std::string text = fingerprint.serialize();
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(Fingerprint::parse(text.substr(0, size)));
  EXPECT_FALSE(Fingerprint::parse(text + ":00"));
  std::string other = text;
  other[2] = '-';
  EXPECT_FALSE(Fingerprint::parse(other));
}

}  // namespace
}  // namespace coterie::rtc
