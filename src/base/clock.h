// Wall-clock time for `created_at` fields: information only, never a decision.
#pragma once

#include <cstdint>

namespace coterie {

using UnixSeconds = std::int64_t;
UnixSeconds unix_now();

}  // namespace coterie
