#include "signaling/http_date.h"

#include <array>
#include <ctime>

namespace coterie::signaling {

namespace {

constexpr const char* kForm = "%a, %d %b %Y %H:%M:%S GMT";  // names of days and months as in the C locale
constexpr std::size_t kBytes = 29;

}  // namespace

std::string http_date(UnixSeconds time) {
  const std::time_t seconds = time;
  std::tm fields{};
  std::array<char, 64> text{};
  if (gmtime_r(&seconds, &fields) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), kForm, &fields)};
}

std::optional<UnixSeconds> parse_http_date(std::string_view text) {
  if (text.size() != kBytes) return std::nullopt;
  std::tm fields{};
  const std::string terminated(text);
  const char* end = strptime(terminated.c_str(), kForm, &fields);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const UnixSeconds time = timegm(&fields);
  if (http_date(time) != text) return std::nullopt;  // the 31st of February, a wrong day of the week
  return time;
}

}  // namespace coterie::signaling
