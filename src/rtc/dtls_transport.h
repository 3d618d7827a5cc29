// DtlsTransport: DTLS 1.2 over ICE's datagrams (RFC 6347, 8261, 8827 §6.5, 8842); owns an OpenSSL connection.
#pragma once

#include <openssl/bio.h>
#include <openssl/types.h>

#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/certificate.h"
#include "rtc/loop.h"

namespace coterie::rtc {

enum class DtlsRole { client, server };

// Called from within start(), receive() and timers; a handler must not destroy the transport.
struct DtlsHandlers {
  std::function<void(BytesView datagram)> send_datagram;
  std::function<void()> on_connected;  // the peer has shown the certificate expected, and proved to have its key
  std::function<void(BytesView record)> on_data;
  std::function<void()> on_closed;  // the peer's close_notify: authentic
  std::function<void(Error)> on_failed;
};

class DtlsTransport {
 public:
  // There is no DtlsTransport without the fingerprint that the peer has to have: "not known yet" cannot pass for
  // "equal".
  DtlsTransport(Loop& loop, const Certificate& certificate, const Fingerprint& expected, DtlsRole role,
                DtlsHandlers handlers);
  ~DtlsTransport();
  DtlsTransport(const DtlsTransport&) = delete;
  DtlsTransport& operator=(const DtlsTransport&) = delete;

  void start();
  void receive(BytesView datagram);
  void send(BytesView record);  // dropped unless connected
  void close();                 // close_notify, once, if connected; nothing is called any more

 private:
  enum class State { idle, handshaking, connected, ended };

  static int verify_certificate(X509_STORE_CTX* context, void* self);
  static BIO_METHOD* bio_method();
  std::size_t shortest_encrypted_record() const;
  bool has_impossible_record(BytesView datagram) const;
  void continue_handshake();
  void check_handshake();
  void read_records();
  void arm_timer();
  void fail(Error error);

  Certificate const& certificate_;
  Fingerprint expected_;
  DtlsHandlers handlers_;
  Timer timer_;
  State state_ = State::idle;
  bool certificate_verified_ = false;
  bool other_certificate_ = false;  // the peer showed one, not the one expected
  BytesView inbound_;               // the datagram that OpenSSL may read now
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

}  // namespace coterie::rtc
