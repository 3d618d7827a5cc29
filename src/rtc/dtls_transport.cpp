#include "rtc/dtls_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "tls/openssl.h"

namespace coterie::rtc {

namespace {

// Forward secrecy and AEAD only; ECDSA first, RSA for peers with such a certificate.
constexpr const char* kCipherSuites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256";
constexpr long kMaxCertificateBytes = 16L * 1024;
constexpr long kLinkMtu = 1200;                    // a handshake datagram fits any path of RFC 8200's 1280
constexpr unsigned kFirstTimeoutMicros = 200'000;  // OpenSSL's 1 s costs a second for each lost flight
constexpr unsigned kLongestTimeoutMicros = 2'000'000;
constexpr std::size_t kRecordHeaderBytes = 13;  // RFC 6347 §4.1
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kNonceBytes = 8;

}  // namespace

// One datagram a write, one datagram a read: a memory BIO would join them.
BIO_METHOD* DtlsTransport::bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "coterie datagrams");
    must(made != nullptr);
    BIO_meth_set_write(made, [](BIO* bio, const char* data, int size) {
      BIO_clear_retry_flags(bio);
      const auto& self = *static_cast<DtlsTransport*>(BIO_get_data(bio));
      self.handlers_.send_datagram({reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)});
      return size;
    });
    BIO_meth_set_read(made, [](BIO* bio, char* out, int capacity) {
      BIO_clear_retry_flags(bio);
      auto& inbound = static_cast<DtlsTransport*>(BIO_get_data(bio))->inbound_;
      if (inbound.empty()) {
        BIO_set_retry_read(bio);
        return -1;
      }
      // What does not fit is lost, as with a socket.
      const std::size_t size = std::min(inbound.size(), static_cast<std::size_t>(capacity));
      std::memcpy(out, inbound.data(), size);
      inbound = {};
      return static_cast<int>(size);
    });
    BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long {
      if (command == BIO_CTRL_FLUSH) return 1;
      if (command == BIO_CTRL_DGRAM_QUERY_MTU || command == BIO_CTRL_DGRAM_GET_FALLBACK_MTU) return kLinkMtu;
      return 0;
    });
    BIO_meth_set_create(made, [](BIO* bio) {
      BIO_set_init(bio, 1);
      return 1;
    });
    return made;
  }();
  return method;
}

DtlsTransport::DtlsTransport(Loop& loop, const Certificate& certificate, const Fingerprint& expected, DtlsRole role,
                             DtlsHandlers handlers)
    : certificate_(certificate), expected_(expected), handlers_(std::move(handlers)), timer_(loop) {
  context_ = SSL_CTX_new(DTLS_method());
  must(context_ != nullptr);
  must(SSL_CTX_set_min_proto_version(context_, DTLS1_2_VERSION) == 1);
  must(SSL_CTX_set_max_proto_version(context_, DTLS1_2_VERSION) == 1);
  must(SSL_CTX_set_cipher_list(context_, kCipherSuites) == 1);
  must(SSL_CTX_set1_groups_list(context_, kGroups) == 1);
  must(SSL_CTX_use_certificate(context_, certificate_.x509()) == 1);
  must(SSL_CTX_use_PrivateKey(context_, certificate_.key()) == 1);
  SSL_CTX_set_options(context_, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context_, kMaxCertificateBytes);
  SSL_CTX_set_read_ahead(context_, 1);
  // RFC 8827 §6.5: both ends show a certificate. The fingerprint takes the place of a chain: no chain is built.
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context_, &DtlsTransport::verify_certificate, this);

  ssl_ = SSL_new(context_);
  must(ssl_ != nullptr);
  DTLS_set_link_mtu(ssl_, kLinkMtu);
  DTLS_set_timer_cb(ssl_, [](SSL*, unsigned previous) {
    return previous == 0 ? kFirstTimeoutMicros : std::min(previous * 2, kLongestTimeoutMicros);
  });
  BIO* bio = BIO_new(bio_method());
  must(bio != nullptr);
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_, bio, bio);  // owned by ssl_ now
  if (role == DtlsRole::client) {
    SSL_set_connect_state(ssl_);
  } else {
    SSL_set_accept_state(ssl_);
  }
}

DtlsTransport::~DtlsTransport() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

// Returning 0 ends the handshake with an alert, so that the other side learns of it, too.
int DtlsTransport::verify_certificate(X509_STORE_CTX* context, void* self_pointer) {
  auto& self = *static_cast<DtlsTransport*>(self_pointer);
  const X509* shown = X509_STORE_CTX_get0_cert(context);
  self.certificate_verified_ = shown != nullptr && Fingerprint::of(*shown) == self.expected_;
  self.other_certificate_ = !self.certificate_verified_;
  if (!self.certificate_verified_) X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_REJECTED);
  return self.certificate_verified_ ? 1 : 0;
}

void DtlsTransport::start() {
  state_ = State::handshaking;
  continue_handshake();
}

// The least that an encrypted record has: what it holds, its tag, and GCM's explicit nonce (RFC 5288 §3, RFC 7905 §2).
// Before the suite is known nothing shorter than GCM's is on its way.
std::size_t DtlsTransport::shortest_encrypted_record() const {
  const SSL_CIPHER* suite = SSL_get_current_cipher(ssl_);
  const bool has_nonce = suite == nullptr || SSL_CIPHER_get_cipher_nid(suite) != NID_chacha20_poly1305;
  return 1 + kTagBytes + (has_nonce ? kNonceBytes : 0);
}

// RFC 6347 §4.1.2.7: an invalid record is dropped and ends nothing. OpenSSL keeps to that for a wrong tag, but ends the
// association for a record that is too short to have one (its issue 25290): anybody could send that.
bool DtlsTransport::has_impossible_record(BytesView datagram) const {
  const std::size_t shortest = shortest_encrypted_record();
  while (datagram.size() >= kRecordHeaderBytes) {
    const std::size_t epoch = (std::size_t{datagram[3]} << 8) | datagram[4];
    const std::size_t length = (std::size_t{datagram[11]} << 8) | datagram[12];
    if (epoch != 0 && length < shortest) return true;
    if (length > datagram.size() - kRecordHeaderBytes) return false;  // OpenSSL drops it
    datagram = datagram.subspan(kRecordHeaderBytes + length);
  }
  return false;
}

void DtlsTransport::receive(BytesView datagram) {
  // RFC 7983: DTLS records begin with 20 to 63; anything else is not ours.
  if (datagram.empty() || datagram[0] < 20 || datagram[0] > 63) return;
  if (has_impossible_record(datagram)) return;
  inbound_ = datagram;
  if (state_ == State::handshaking) {
    continue_handshake();
  } else if (state_ == State::connected) {
    read_records();
  }
  inbound_ = {};
}

void DtlsTransport::continue_handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) return check_handshake();
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ) return arm_timer();
  if (other_certificate_) {
    return fail(refused_error("the other side's certificate is not the one of its description",
                              "somebody may be between both; do not retry over the same signaling server"));
  }
  fail(refused_error("the DTLS handshake with the other side failed: " + openssl_reason()));
}

void DtlsTransport::check_handshake() {
  timer_.stop();
  // RFC 7627: without it a handshake can be spliced into another one's.
  if (SSL_get_extms_support(ssl_) != 1) {
    return fail(refused_error("the other side's DTLS has no extended master secret"));
  }
  if (!certificate_verified_) return fail(refused_error("the other side showed no certificate"));
  state_ = State::connected;
  handlers_.on_connected();
  // The peer's first packets may have come in the datagram that ended the handshake.
  if (state_ == State::connected) read_records();
}

void DtlsTransport::read_records() {
  std::array<std::uint8_t, 16ul * 1024> record;  // the longest there is (RFC 6347 §4.1)
  while (state_ == State::connected) {
    ERR_clear_error();
    const int size = SSL_read(ssl_, record.data(), static_cast<int>(record.size()));
    if (size > 0) {
      handlers_.on_data({record.data(), static_cast<std::size_t>(size)});
      continue;
    }
    const int error = SSL_get_error(ssl_, size);
    if (error == SSL_ERROR_ZERO_RETURN) {
      state_ = State::ended;
      handlers_.on_closed();
    } else if (error != SSL_ERROR_WANT_READ) {
      fail(refused_error("the DTLS connection failed: " + openssl_reason()));
    }
    return;
  }
}

void DtlsTransport::send(BytesView record) {
  if (state_ != State::connected) return;
  ERR_clear_error();
  SSL_write(ssl_, record.data(), static_cast<int>(record.size()));
}

void DtlsTransport::close() {
  const State before = std::exchange(state_, State::ended);
  timer_.stop();
  if (before != State::connected) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
}

void DtlsTransport::arm_timer() {
  timeval left{};
  if (DTLSv1_get_timeout(ssl_, &left) != 1) return timer_.stop();
  const auto delay = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
  timer_.start(std::chrono::ceil<std::chrono::milliseconds>(delay), [this] {
    if (state_ != State::handshaking) return;
    ERR_clear_error();
    // OpenSSL gives up after twelve retransmissions, some twenty seconds.
    if (DTLSv1_handle_timeout(ssl_) < 0) {
      return fail(environment_error("the other side does not answer the DTLS handshake"));
    }
    arm_timer();
  });
}

void DtlsTransport::fail(Error error) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  timer_.stop();
  handlers_.on_failed(std::move(error));
}

}  // namespace coterie::rtc
