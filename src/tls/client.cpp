#include "tls/client.h"

#include <openssl/x509_vfy.h>
#include <spdlog/fmt/fmt.h>

#include "tls/openssl.h"

namespace coterie::tls {

Result<Context> create_client_context(const std::optional<std::filesystem::path>& ca) {
  Context context(must(SSL_CTX_new(TLS_client_method())));
  must(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (!ca) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), ca->c_str()) != 1) {
    return environment_error(fmt::format("cannot read certificates from {}: {}", ca->string(), openssl_reason()),
                             "--tls-ca takes a file with certificates in PEM form");
  }
  return context;
}

void expect_host(SSL* connection, const std::string& host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str()) == 1) return;
  must(SSL_set1_host(connection, host.c_str()) == 1);
  must(SSL_set_tlsext_host_name(connection, host.c_str()) == 1);
}

std::string problem_of(const SSL* connection) {
  const long verified = SSL_get_verify_result(connection);
  if (verified != X509_V_OK) {
    return fmt::format("its certificate is refused: {}", X509_verify_cert_error_string(verified));
  }
  return "TLS: " + openssl_reason();
}

}  // namespace coterie::tls
