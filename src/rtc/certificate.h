// Certificate: the self-signed certificate of one end of one connection, and the fingerprint that names it.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::rtc {

// SHA-256 of a certificate (RFC 8122 §5); no other hash is ever accepted.
struct Fingerprint {
  std::array<std::uint8_t, 32> bytes{};

  static std::optional<Fingerprint> parse(std::string_view colon_separated_hex);  // either case
  std::string serialize() const;                                                  // "AB:CD:…"
  static Fingerprint of(const X509& certificate);

  bool operator==(const Fingerprint&) const = default;
};

class Certificate {
 public:
  // A new P-256 key for each connection: nothing links connections, and a handshake spliced from another one fails.
  Certificate();
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  X509* x509() const { return x509_; }
  EVP_PKEY* key() const { return key_; }
  Fingerprint fingerprint() const { return Fingerprint::of(*x509_); }

 private:
  EVP_PKEY* key_;  // OpenSSL clears its memory when it is freed
  X509* x509_;
};

}  // namespace coterie::rtc
