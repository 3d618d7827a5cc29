// What a server shows of itself in TLS: who vouches for it, how long its certificates are valid.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "doctor/finding.h"
#include "rtc/ip_address.h"
#include "signaling/address.h"

namespace coterie::doctor {

struct CertificateReading {
  std::string problem;            // why a client of ours refuses it, or why there was no TLS; empty: it is in order
  std::string version;            // "TLSv1.3"
  int chain = 0;                  // certificates that it sent
  std::chrono::days valid_for{};  // until the first of those expires, in whole days
};

// Blocks for at most 3 s. `server` names it, `address` is where it was found. `tls_ca`: authorities (PEM) instead of
// the system's.
CertificateReading read_certificate(const rtc::IpAddress& address, const signaling::HostPort& server,
                                    const std::optional<std::filesystem::path>& tls_ca);

// Of one that is in order.
Finding judge_certificate(const CertificateReading& reading, std::string server);

}  // namespace coterie::doctor
