#include "rtc/session_description.h"

namespace coterie::rtc {

json::Value serialize_ice_candidate(const std::optional<IceCandidateInit>& candidate) {
  if (!candidate) return nullptr;
  json::Object object;
  object["candidate"] = candidate->candidate;
  object["sdpMid"] = candidate->sdp_mid;
  object["sdpMLineIndex"] = candidate->sdp_mline_index;
  if (candidate->username_fragment.empty()) {
    object["usernameFragment"] = nullptr;
  } else {
    object["usernameFragment"] = candidate->username_fragment;
  }
  return object;
}

Result<std::optional<IceCandidateInit>> parse_ice_candidate(const json::Value& value) {
  if (value.is_null()) return std::optional<IceCandidateInit>();
  json::ObjectReader reader(value, "ICE candidate");
  // Absent or null: W3C's dictionary makes both mean "not told".
  const auto read_string = [&](std::string_view key, std::size_t max_bytes) -> std::string {
    if (!reader.has(key)) return {};
    const json::Value& field = reader.value(key);
    if (field.is_null()) return {};
    if (!field.is_string() || field.get_string().size() > max_bytes) {
      reader.fail(key, "is not a string of at most " + std::to_string(max_bytes) + " bytes");
      return {};
    }
    return std::string(field.get_string());
  };
  IceCandidateInit candidate;
  candidate.candidate = reader.string("candidate", kMaxCandidateBytes);
  candidate.sdp_mid = read_string("sdpMid", 32);
  candidate.username_fragment = read_string("usernameFragment", 256);
  if (reader.has("sdpMLineIndex")) {
    const json::Value& index = reader.value("sdpMLineIndex");
    if (index.is_int64() && index.get_int64() >= 0 && index.get_int64() <= 65535) {
      candidate.sdp_mline_index = static_cast<int>(index.get_int64());
    } else if (!index.is_null()) {
      reader.fail("sdpMLineIndex", "is not a small whole number");
    }
  }
  COTERIE_CHECK(reader.finish());
  if (candidate.candidate.empty()) return std::optional<IceCandidateInit>();
  return std::optional(candidate);
}

}  // namespace coterie::rtc
