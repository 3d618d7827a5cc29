#include "doctor/certificate_check.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <poll.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <memory>

#include "doctor/tcp_socket.h"
#include "tls/client.h"
#include "tls/openssl.h"

namespace coterie::doctor {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kTimeToShakeHands = 3'000ms;
constexpr std::chrono::days kRenewal{14};  // by then whoever renews on time has done it

struct ConnectionDeleter {
  void operator()(SSL* connection) const { SSL_free(connection); }
};
using Connection = std::unique_ptr<SSL, ConnectionDeleter>;

bool wait_for(int descriptor, short events, Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  pollfd wait{descriptor, events, 0};
  return left > 0ms && poll(&wait, 1, static_cast<int>(left.count())) > 0;
}

// Empty: done.
std::string shake_hands(SSL* connection, int descriptor) {
  const auto end = Clock::now() + kTimeToShakeHands;
  if (!wait_for(descriptor, POLLOUT, end)) return "no TCP connection";
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(connection);
    if (result == 1) return {};
    const int error = SSL_get_error(connection, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return tls::problem_of(connection);
    if (!wait_for(descriptor, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, end)) return "TLS: no answer";
  }
}

std::chrono::days days_until(const ASN1_TIME* time) {
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, time) != 1) return {};
  return std::chrono::days(days);
}

}  // namespace

CertificateReading read_certificate(const rtc::IpAddress& address, const signaling::HostPort& server,
                                    const std::optional<std::filesystem::path>& tls_ca) {
  CertificateReading reading;
  const auto context = tls::create_client_context(tls_ca);
  if (!context) {
    reading.problem = context.error().message;
    return reading;
  }
  const TcpSocket socket(address, server.port);
  const Connection connection(must(SSL_new(context->get())));
  tls::expect_host(connection.get(), server.host);
  must(SSL_set_fd(connection.get(), socket.descriptor()) == 1);
  reading.problem = shake_hands(connection.get(), socket.descriptor());
  if (!reading.problem.empty()) return reading;
  reading.version = SSL_get_version(connection.get());
  const auto* chain = SSL_get_peer_cert_chain(connection.get());
  reading.chain = sk_X509_num(chain);
  reading.valid_for = std::chrono::days::max();
  for (int i = 0; i < reading.chain; ++i) {
    reading.valid_for = std::min(reading.valid_for, days_until(X509_get0_notAfter(sk_X509_value(chain, i))));
  }
  return reading;
}

Finding judge_certificate(const CertificateReading& reading, std::string server) {
  Finding finding{
      .check = "certificate",
      .subject = std::move(server),
      .text = fmt::format("{}, {} in its chain, valid for {} more {}", reading.version,
                          reading.chain == 1 ? "one certificate" : fmt::format("{} certificates", reading.chain),
                          reading.valid_for.count(), reading.valid_for == std::chrono::days(1) ? "day" : "days")};
  if (reading.valid_for < kRenewal) {
    finding.status = Status::warning;
    finding.code = FindingCode::signaling_expiry;
    finding.hint = "whoever runs the server should renew it: after that day nobody gets into a room there";
  }
  return finding;
}

}  // namespace coterie::doctor
