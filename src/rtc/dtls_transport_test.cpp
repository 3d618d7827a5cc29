// DtlsTransport, in either role, against a plain OpenSSL peer that breaks one rule at a time.
#include "rtc/dtls_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>

namespace coterie::rtc {
namespace {

using testing::HasSubstr;

class ForeignPeer {
 public:
  enum class ShowsCertificate { no, yes };

  ForeignPeer(ShowsCertificate shows, std::uint64_t options, const char* cipher_suites, int version,
              DtlsRole its_role = DtlsRole::client)
      : role(its_role) {
    context_ = SSL_CTX_new(DTLS_method());
    SSL_CTX_set_security_level(context_, 0);
    EXPECT_EQ(SSL_CTX_set_min_proto_version(context_, version), 1);
    EXPECT_EQ(SSL_CTX_set_max_proto_version(context_, version), 1);
    EXPECT_EQ(SSL_CTX_set_cipher_list(context_, cipher_suites), 1);
    SSL_CTX_set_dh_auto(context_, 1);  // else it could not be anonymous
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
    if (role == DtlsRole::client) {
      SSL_set_connect_state(ssl_);
    } else {
      SSL_set_verify(ssl_, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
      SSL_set_accept_state(ssl_);
    }
  }
  ~ForeignPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  ForeignPeer(const ForeignPeer&) = delete;
  ForeignPeer& operator=(const ForeignPeer&) = delete;

  // In place of its own; what has no forward secrecy takes such a key. To be called before the handshake.
  Fingerprint use_rsa_certificate() {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
    X509_set_pubkey(x509.get(), key.get());
    EXPECT_GT(X509_sign(x509.get(), key.get(), EVP_sha256()), 0);
    EXPECT_EQ(SSL_use_certificate(ssl_, x509.get()), 1);
    EXPECT_EQ(SSL_use_PrivateKey(ssl_, key.get()), 1);
    return Fingerprint::of(*x509);
  }

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

  const DtlsRole role;
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
constexpr auto kYes = ForeignPeer::ShowsCertificate::yes;

class DtlsTransportTest : public testing::Test {
 protected:
  using AfterConnect = std::function<void(ForeignPeer&, DtlsTransport&)>;

  // The whole handshake, on the rtc thread, with no network and no time-out between.
  Outcome run(ForeignPeer& foreign, const Fingerprint& expected, const AfterConnect& after = {}) {
    std::promise<Outcome> promise;
    runtime_->loop().post([&] {
      Outcome outcome;
      std::deque<Bytes> to_foreign;
      const Certificate certificate;
      const DtlsRole role = foreign.role == DtlsRole::client ? DtlsRole::server : DtlsRole::client;
      DtlsTransport ours(runtime_->loop(), certificate, expected, role,
                         {
                             .send_datagram =
                                 [&](BytesView data) {
                                   to_foreign.push_back(to_vector(data));
                                   if (outcome.connected && data[0] == kHandshakeRecord)
                                     ++outcome.handshake_records_after_connect;
                                 },
                             .on_connected = [&] { outcome.connected = true; },
                             .on_data = [&](BytesView data) { outcome.received = to_vector(data); },
                             .on_closed = [] {},
                             .on_failed = [&](Error error) { outcome.error = std::move(error); },
                         });
      ours.start();
      for (int flight = 0; flight < 10 && !outcome.error; ++flight) {
        const Bytes datagram = foreign.continue_handshake(std::exchange(to_foreign, {}));
        if (datagram.empty()) break;
        ours.receive(datagram);
      }
      if (after && outcome.connected) after(foreign, ours);
      ours.close();
      promise.set_value(std::move(outcome));
    });
    return promise.get_future().get();
  }

  std::shared_ptr<Runtime> runtime_ = Runtime::acquire();
};

TEST_F(DtlsTransportTest, ConnectsWithTheExpectedCertificateAndCarriesData) {
  ForeignPeer client(kYes, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome =
      run(client, client.certificate.fingerprint(), [](ForeignPeer& foreign, DtlsTransport& server) {
        server.receive(foreign.write(Bytes{1, 2, 3}));
      });
  EXPECT_TRUE(outcome.connected);
  EXPECT_TRUE(client.connected());
  EXPECT_EQ(outcome.received, (Bytes{1, 2, 3}));
}

TEST_F(DtlsTransportTest, RefusesAnotherCertificate) {
  ForeignPeer client(kYes, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome = run(client, Certificate().fingerprint());
  EXPECT_FALSE(outcome.connected);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->kind, ErrorKind::refused);
  EXPECT_THAT(outcome.error->message, HasSubstr("certificate is not the one"));
}

TEST_F(DtlsTransportTest, RefusesAClientWithoutCertificate) {
  ForeignPeer client(ForeignPeer::ShowsCertificate::no, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome = run(client, client.certificate.fingerprint());
  EXPECT_FALSE(outcome.connected);
  EXPECT_TRUE(outcome.error.has_value());
}

TEST_F(DtlsTransportTest, RefusesAClientWithoutExtendedMasterSecret) {
  ForeignPeer client(kYes, SSL_OP_NO_EXTENDED_MASTER_SECRET, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome = run(client, client.certificate.fingerprint());
  EXPECT_FALSE(outcome.connected);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_THAT(outcome.error->message, HasSubstr("extended master secret"));
}

// DTLS 1.1 was never published: 1.0 is followed by 1.2.
TEST_F(DtlsTransportTest, RefusesOldVersionsInEitherRole) {
  for (const DtlsRole role : {DtlsRole::client, DtlsRole::server}) {
    ForeignPeer old(kYes, 0, "ALL:@SECLEVEL=0", DTLS1_VERSION, role);
    const Outcome outcome = run(old, old.certificate.fingerprint());
    EXPECT_FALSE(outcome.connected);
    ASSERT_TRUE(outcome.error.has_value());
    EXPECT_EQ(outcome.error->kind, ErrorKind::refused);
    // An old server finds no suite of its own in our ClientHello, and says no more than that.
    EXPECT_THAT(outcome.error->message,
                HasSubstr(role == DtlsRole::client ? "unsupported protocol" : "alert handshake failure"));
  }
}

TEST_F(DtlsTransportTest, RefusesSuitesWithoutEncryptionAuthenticationAeadOrForwardSecrecyInEitherRole) {
  for (const DtlsRole role : {DtlsRole::client, DtlsRole::server}) {
    for (const char* suite : {
             "ECDHE-ECDSA-NULL-SHA",       // no encryption
             "AECDH-AES128-SHA",           // anonymous
             "ADH-AES128-GCM-SHA256",      // anonymous, with an AEAD
             "ECDHE-ECDSA-AES128-SHA",     // CBC
             "ECDHE-ECDSA-AES128-SHA256",  // CBC
             "ECDHE-ECDSA-AES256-SHA384",  // CBC
             "AES128-SHA",                 // CBC, no forward secrecy
         }) {
      ForeignPeer weak(kYes, 0, (std::string(suite) + ":@SECLEVEL=0").c_str(), DTLS1_2_VERSION, role);
      const Outcome outcome = run(weak, weak.certificate.fingerprint());
      EXPECT_FALSE(outcome.connected) << suite;
      ASSERT_TRUE(outcome.error.has_value()) << suite;
      EXPECT_EQ(outcome.error->kind, ErrorKind::refused) << suite;
      EXPECT_TRUE(outcome.received.empty()) << suite;
    }
  }
}

TEST_F(DtlsTransportTest, TakesAServersRsaKeyToSignWithAndNotToHideTheSecretWith) {
  ForeignPeer signs(kYes, 0, "ECDHE-RSA-AES128-GCM-SHA256", DTLS1_2_VERSION, DtlsRole::server);
  EXPECT_TRUE(run(signs, signs.use_rsa_certificate()).connected);
  ForeignPeer hides(kYes, 0, "AES128-GCM-SHA256", DTLS1_2_VERSION, DtlsRole::server);
  const Outcome outcome = run(hides, hides.use_rsa_certificate());
  EXPECT_FALSE(outcome.connected);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->kind, ErrorKind::refused);
}

TEST_F(DtlsTransportTest, ConnectsAsClientWithTheExpectedCertificateOnly) {
  ForeignPeer server(kYes, 0, kGoodSuite, DTLS1_2_VERSION, DtlsRole::server);
  EXPECT_TRUE(run(server, server.certificate.fingerprint()).connected);
  ForeignPeer other(kYes, 0, kGoodSuite, DTLS1_2_VERSION, DtlsRole::server);
  const Outcome outcome = run(other, Certificate().fingerprint());
  EXPECT_FALSE(outcome.connected);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_THAT(outcome.error->message, HasSubstr("certificate is not the one"));
}

TEST_F(DtlsTransportTest, RefusesAServerWithoutExtendedMasterSecret) {
  ForeignPeer server(kYes, SSL_OP_NO_EXTENDED_MASTER_SECRET, kGoodSuite, DTLS1_2_VERSION, DtlsRole::server);
  const Outcome outcome = run(server, server.certificate.fingerprint());
  EXPECT_FALSE(outcome.connected);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_THAT(outcome.error->message, HasSubstr("extended master secret"));
}

TEST_F(DtlsTransportTest, IgnoresGarbage) {
  ForeignPeer client(kYes, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome =
      run(client, client.certificate.fingerprint(), [](ForeignPeer& foreign, DtlsTransport& server) {
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

// Whoever can send to the port can send these: OpenSSL ends an association for a record without room for its tag.
TEST_F(DtlsTransportTest, SurvivesForgedRecordsOfEveryShortLength) {
  for (const char* suite : {kGoodSuite, "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    ForeignPeer foreign(kYes, 0, suite, DTLS1_2_VERSION);
    const Outcome outcome = run(foreign, foreign.certificate.fingerprint(), [](ForeignPeer& peer, DtlsTransport& ours) {
      std::uint8_t sequence = 1;
      for (std::uint8_t kind = 20; kind <= 26; ++kind) {
        for (std::uint8_t length = 0; length < 40; ++length) {
          Bytes record = {kind, 0xfe, 0xfd, 0, 1, 0, 0, 0, 1, ++sequence, kind, 0, length};
          record.resize(record.size() + length, 7);
          ours.receive(record);
          Bytes behind_another = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0};
          behind_another.insert(behind_another.end(), record.begin(), record.end());
          ours.receive(behind_another);
        }
      }
      ours.receive(peer.write(Bytes{42}));  // the shortest that is valid
    });
    EXPECT_FALSE(outcome.error) << suite << ": " << outcome.error->message;
    EXPECT_EQ(outcome.received, Bytes{42}) << suite;
  }
}

TEST_F(DtlsTransportTest, DoesNotRenegotiate) {
  ForeignPeer client(kYes, 0, kGoodSuite, DTLS1_2_VERSION);
  const Outcome outcome =
      run(client, client.certificate.fingerprint(), [](ForeignPeer& foreign, DtlsTransport& server) {
        const Bytes client_hello = foreign.renegotiate();
        EXPECT_EQ(client_hello.at(0), kHandshakeRecord);
        server.receive(client_hello);
      });
  EXPECT_TRUE(outcome.connected);
  EXPECT_EQ(outcome.handshake_records_after_connect, 0);
}

TEST_F(DtlsTransportTest, DoesNotRenegotiateAsClient) {
  ForeignPeer server(kYes, 0, kGoodSuite, DTLS1_2_VERSION, DtlsRole::server);
  const Outcome outcome = run(server, server.certificate.fingerprint(), [](ForeignPeer& foreign, DtlsTransport& ours) {
    const Bytes hello_request = foreign.renegotiate();
    EXPECT_EQ(hello_request.at(0), kHandshakeRecord);
    ours.receive(hello_request);
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
