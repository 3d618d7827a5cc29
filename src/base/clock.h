// Wall-clock time for `created_at` fields: information only, never a decision.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie {

using UnixSeconds = std::int64_t;
UnixSeconds unix_now();

// "2025-10-27T08:09:28.000Z", as ECMAScript's Date.prototype.toISOString writes it (ECMA-262 §21.4.1.32): UTC, years
// outside 0 to 9999 with a sign and six digits. `time` is within the years that it has, ±271821; else it is the
// nearest.
std::string iso_text(UnixSeconds time);
// The same form with a year of four digits, and a time that there is; the milliseconds are left out. Kind refused.
Result<UnixSeconds> parse_iso_text(std::string_view text);

}  // namespace coterie
