// For tests: a TCP server on loopback with TLS inside or without, one connection, in a thread of its own.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "rtc/ip_address.h"

namespace coterie::rtc {

// A self-signed certificate, which is its own authority.
class TestCertificate {
 public:
  // `names`: as OpenSSL's subjectAltName takes them, e.g. "DNS:turn.example,IP:127.0.0.1".
  explicit TestCertificate(const std::string& names) : key_(EVP_EC_gen("P-256")), x509_(X509_new()) {
    X509_set_version(x509_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509_), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509_), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509_), 3600);
    X509_NAME* const name = X509_get_subject_name(x509_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(x509_, name);
    X509_set_pubkey(x509_, key_);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(x509_, extension, -1);
    X509_EXTENSION_free(extension);
    EXPECT_GT(X509_sign(x509_, key_, EVP_sha256()), 0);
    std::string path = testing::TempDir() + "coterie-ca-XXXXXX";
    const int descriptor = mkstemp(path.data());
    std::FILE* const file = fdopen(descriptor, "w");
    PEM_write_X509(file, x509_);
    std::fclose(file);
    file_ = path;
  }
  ~TestCertificate() {
    std::filesystem::remove(file_);
    X509_free(x509_);
    EVP_PKEY_free(key_);
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  const std::filesystem::path& file() const { return file_; }  // PEM
  X509* x509() const { return x509_; }
  EVP_PKEY* key() const { return key_; }

 private:
  EVP_PKEY* key_;
  X509* x509_;
  std::filesystem::path file_;
};

// What the server's function speaks through. Blocking.
class ServerSide {
 public:
  virtual ~ServerSide() = default;
  virtual Bytes read() = 0;  // a piece; empty: the end
  virtual void write(BytesView bytes) = 0;
};

class TestStreamServer {
 public:
  using Serve = std::function<void(ServerSide&)>;

  // Without a certificate: plain TCP. `serve` runs when somebody connected; the connection ends when it returns.
  TestStreamServer(const TestCertificate* certificate, Serve serve)
      : certificate_(certificate), serve_(std::move(serve)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_storage any{};
    const socklen_t size = IpAddress::parse("127.0.0.1")->fill(any, 0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&any), size), 0);
    EXPECT_EQ(listen(listener_, 4), 0);
    sockaddr_in bound{};
    socklen_t bound_size = sizeof bound;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &bound_size);
    port_ = ntohs(bound.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~TestStreamServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    if (const int connection = connection_.load(); connection >= 0) shutdown(connection, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  TestStreamServer(const TestStreamServer&) = delete;
  TestStreamServer& operator=(const TestStreamServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  class Plain final : public ServerSide {
   public:
    explicit Plain(int descriptor) : descriptor_(descriptor) {}
    Bytes read() override {
      Bytes piece(4096);
      const ssize_t size = recv(descriptor_, piece.data(), piece.size(), 0);
      piece.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
      return piece;
    }
    void write(BytesView bytes) override { send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

   private:
    int descriptor_;
  };

  class Secure final : public ServerSide {
   public:
    explicit Secure(SSL* ssl) : ssl_(ssl) {}
    Bytes read() override {
      Bytes piece(4096);
      const int size = SSL_read(ssl_, piece.data(), static_cast<int>(piece.size()));
      piece.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
      return piece;
    }
    void write(BytesView bytes) override { SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())); }

   private:
    SSL* ssl_;
  };

  void run() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // OpenSSL writes with write()
    connection_ = accept(listener_, nullptr, nullptr);
    const int descriptor = connection_.load();
    if (descriptor < 0) return;
    if (stopping_) shutdown(descriptor, SHUT_RDWR);  // it came while the destructor looked for it
    if (certificate_ == nullptr) {
      Plain plain(descriptor);
      serve_(plain);
    } else {
      SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
      SSL_CTX_use_certificate(context, certificate_->x509());
      SSL_CTX_use_PrivateKey(context, certificate_->key());
      SSL* const ssl = SSL_new(context);
      SSL_set_fd(ssl, descriptor);
      if (SSL_accept(ssl) == 1) {
        Secure secure(ssl);
        serve_(secure);
        SSL_shutdown(ssl);
      }
      SSL_free(ssl);
      SSL_CTX_free(context);
    }
    connection_ = -1;
    ::close(descriptor);
  }

  const TestCertificate* certificate_;
  Serve serve_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connection_ = -1;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace coterie::rtc
