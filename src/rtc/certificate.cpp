#include "rtc/certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <spdlog/fmt/fmt.h>

#include "tls/openssl.h"

namespace coterie::rtc {

namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Fingerprint> Fingerprint::parse(std::string_view text) {
  Fingerprint fingerprint;
  if (text.size() != fingerprint.bytes.size() * 3 - 1) return std::nullopt;
  for (std::size_t i = 0; i < fingerprint.bytes.size(); ++i) {
    const int high = digit(text[i * 3]);
    const int low = digit(text[i * 3 + 1]);
    if (high < 0 || low < 0 || (i > 0 && text[i * 3 - 1] != ':')) return std::nullopt;
    fingerprint.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return fingerprint;
}

std::string Fingerprint::serialize() const {
  return fmt::format("{:02X}", fmt::join(bytes, ":"));
}

Fingerprint Fingerprint::of(const X509& certificate) {
  Fingerprint fingerprint;
  unsigned int size = 0;
  must(X509_digest(&certificate, EVP_sha256(), fingerprint.bytes.data(), &size) == 1 &&
       size == fingerprint.bytes.size());
  return fingerprint;
}

Certificate::Certificate() : key_(must(EVP_EC_gen("P-256"))), x509_(must(X509_new())) {
  std::uint64_t serial = 0;
  must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509_), serial >> 1) == 1);
  must(X509_set_version(x509_, X509_VERSION_3) == 1);
  // Nobody checks the dates but some TLS stacks, on clocks that may be wrong: a day back, a month ahead.
  constexpr long kDay = 24L * 60 * 60;
  must(X509_gmtime_adj(X509_getm_notBefore(x509_), -kDay));
  must(X509_gmtime_adj(X509_getm_notAfter(x509_), 30 * kDay));
  X509_NAME* name = X509_get_subject_name(x509_);
  const unsigned char common_name[] = "coterie";
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1);
  must(X509_set_issuer_name(x509_, name) == 1);
  must(X509_set_pubkey(x509_, key_) == 1);
  must(X509_sign(x509_, key_, EVP_sha256()) > 0);
}

Certificate::~Certificate() {
  X509_free(x509_);
  EVP_PKEY_free(key_);
}

}  // namespace coterie::rtc
