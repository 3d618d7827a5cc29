// How a creation ends without a certificate.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"

namespace coterie::ceremony {

enum class EndCause {
  declined,   // a signer said no (at the creator also: a signer's automatic check did)
  abandoned,  // the creator gave it up
  refused,    // only at a recipient: its own automatic check said no
};
const char* to_string(EndCause cause);

struct Ending {
  EndCause cause = EndCause::abandoned;
  std::optional<SignKey> by;  // who declined, abandoned or refused; as told by the creator when it came in an abort
  std::string reason;         // that signer's words, not escaped; may be empty

  bool operator==(const Ending&) const = default;
};

}  // namespace coterie::ceremony
