#include "base/finding_code.h"

namespace coterie {

const char* to_string(FindingCode code) {
  switch (code) {
    case FindingCode::link_signaling:
      return "link-signaling";
    case FindingCode::link_gathering:
      return "link-gathering";
    case FindingCode::link_checks:
      return "link-checks";
    case FindingCode::link_dtls:
      return "link-dtls";
    case FindingCode::link_sctp:
      return "link-sctp";
    case FindingCode::link_ceremony:
      return "link-ceremony";
  }
  return "unknown";
}

}  // namespace coterie
