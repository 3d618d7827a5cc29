// The Date field of HTTP (RFC 9110 §5.6.7, IMF-fixdate): "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace coterie::signaling {

std::string http_date(UnixSeconds time);
// nullopt: another form, or no such time.
std::optional<UnixSeconds> parse_http_date(std::string_view text);

}  // namespace coterie::signaling
