// What the two ends of a connection tell each other through signaling, shaped as in W3C's WebRTC.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace coterie::rtc {

constexpr std::size_t kMaxSdpBytes = 16ul * 1024;
constexpr std::size_t kMaxCandidateBytes = 512;

// RTCSessionDescriptionInit. The SDP is opaque to whoever carries it, but its a=fingerprint is what authenticates the
// connection: it must arrive from the right peer, unaltered.
struct SessionDescription {
  enum class Type { offer, answer };
  Type type = Type::offer;
  std::string sdp;  // at most kMaxSdpBytes
};

// RTCIceCandidateInit (W3C WebRTC §4.8.1.1).
struct IceCandidateInit {
  std::string candidate;  // "candidate:1 1 UDP 2130706431 192.0.2.1 49152 typ host"; at most kMaxCandidateBytes
  std::string sdp_mid;
  int sdp_mline_index = 0;
  std::string username_fragment;  // empty: not told

  bool operator==(const IceCandidateInit&) const = default;
};

// JSON of a candidate: {"candidate","sdpMid","sdpMLineIndex","usernameFragment"}, null for the end of candidates.
// parse also takes what browsers write: null for the last three, and an empty "candidate" for the end. It checks shape
// and bounds only; what a candidate says is checked by PeerConnection::add_ice_candidate.
json::Value serialize_ice_candidate(const std::optional<IceCandidateInit>& candidate);
Result<std::optional<IceCandidateInit>> parse_ice_candidate(const json::Value& value);

}  // namespace coterie::rtc
