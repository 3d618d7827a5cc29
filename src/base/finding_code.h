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
};

// The word, e.g. "link-checks".
const char* to_string(FindingCode code);

}  // namespace coterie
