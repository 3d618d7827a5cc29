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
    case FindingCode::vault_unusable:
      return "vault-unusable";
    case FindingCode::vault_exposed:
      return "vault-exposed";
    case FindingCode::clock_wrong:
      return "clock-wrong";
    case FindingCode::no_network:
      return "no-network";
    case FindingCode::udp_blocked:
      return "udp-blocked";
    case FindingCode::stun_unresolved:
      return "stun-unresolved";
    case FindingCode::stun_silent:
      return "stun-silent";
    case FindingCode::nat_symmetric:
      return "nat-symmetric";
    case FindingCode::turn_unresolved:
      return "turn-unresolved";
    case FindingCode::turn_unreachable:
      return "turn-unreachable";
    case FindingCode::turn_credentials:
      return "turn-credentials";
    case FindingCode::turn_tls:
      return "turn-tls";
    case FindingCode::turn_not_turn:
      return "turn-not-turn";
    case FindingCode::turn_refused:
      return "turn-refused";
    case FindingCode::turn_forbidden:
      return "turn-forbidden";
    case FindingCode::turn_silent:
      return "turn-silent";
    case FindingCode::signaling_unresolved:
      return "signaling-unresolved";
    case FindingCode::signaling_unreachable:
      return "signaling-unreachable";
    case FindingCode::signaling_tls:
      return "signaling-tls";
    case FindingCode::signaling_expiry:
      return "signaling-expiry";
    case FindingCode::signaling_not_coterie:
      return "signaling-not-coterie";
    case FindingCode::signaling_version:
      return "signaling-version";
    case FindingCode::signaling_refused:
      return "signaling-refused";
    case FindingCode::invite_local:
      return "invite-local";
    case FindingCode::port_closed:
      return "port-closed";
    case FindingCode::memory_unlocked:
      return "memory-unlocked";
    case FindingCode::core_dumps:
      return "core-dumps";
  }
  return "unknown";
}

}  // namespace coterie
