// The subset of SDP that a data-only connection needs (RFC 8866, 8829, 8839, 8841, 8842, 8843): one BUNDLEd
// m=application section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "rtc/certificate.h"
#include "rtc/session_description.h"

namespace coterie::rtc::sdp {

enum class Setup { actpass, active, passive };  // RFC 8842 §5: who is DTLS client; `active` is

struct Description {
  std::string mid = "0";
  std::string ice_ufrag;
  std::string ice_pwd;
  Fingerprint fingerprint;
  Setup setup = Setup::actpass;
  std::uint16_t sctp_port = 5000;
  std::size_t max_message_bytes = 65536;  // RFC 8841 §6: what a peer that does not say takes; 0 means any
  std::vector<std::string> candidates;    // "candidate:…", not yet checked
  bool end_of_candidates = false;

  bool operator==(const Description&) const = default;
};

// `session_id`: any positive number, new for each connection (RFC 8829 §5.2.1).
std::string serialize(const Description& description, std::uint64_t session_id);

// Bounded, and strict where it matters: one m= section of data channels, exactly one sha-256 fingerprint (those of
// other hashes beside it are ignored), one ufrag and pwd, a setup that the type allows. What it does not know it skips.
// Errors are of kind refused.
Result<Description> parse(const SessionDescription& description);

}  // namespace coterie::rtc::sdp
