// What a TLS client of ours demands of a server, and why one was refused. The connection itself is the caller's.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace coterie::tls {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, ContextDeleter>;

// TLS 1.2 or newer, no resumption. The server must show a certificate that the system's authorities vouch for, or those
// in the file `ca` (PEM). Kind environment: that file cannot be used.
Result<Context> create_client_context(const std::optional<std::filesystem::path>& ca);

// The certificate must be of `host`, a name or an IP literal (RFC 6125 §6.4, RFC 5280 §4.2.1.6); a name is told to the
// server (RFC 6066 §3).
void expect_host(SSL* connection, const std::string& host);

// After a handshake that failed in this thread just now: "its certificate is refused: …" or "TLS: …".
std::string problem_of(const SSL* connection);

}  // namespace coterie::tls
