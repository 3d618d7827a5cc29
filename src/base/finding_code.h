// FindingCode: a stable word for each thing that can be wrong with a machine or its network. `coterie doctor` and
// failed links say it; docs/troubleshooting.md has a section for each (a test holds the two equal).
#pragma once

namespace coterie {

enum class FindingCode {
  // At which stage a link failed.
  link_signaling,
  link_gathering,
  link_checks,
  link_dtls,
  link_sctp,
  link_ceremony,
  // What `coterie doctor` finds.
  vault_unusable,
  vault_exposed,
  clock_wrong,
  no_network,
  udp_blocked,
  stun_unresolved,
  stun_silent,
  nat_symmetric,
  turn_unresolved,
  turn_unreachable,
  turn_credentials,
  turn_tls,
  turn_not_turn,
  turn_refused,
  turn_forbidden,
  turn_silent,
  signaling_unresolved,
  signaling_unreachable,
  signaling_tls,
  signaling_expiry,
  signaling_not_coterie,
  signaling_version,
  signaling_refused,
  invite_local,
  port_closed,
  memory_unlocked,
  core_dumps,
};

// The word, e.g. "link-checks".
const char* to_string(FindingCode code);

}  // namespace coterie
