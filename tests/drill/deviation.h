// Deviations of a line that both sides have among their deeds.
#pragma once

#include "drill/place.h"

namespace coterie::drill {

inline LineDeviation raw(Attack attack) {
  return {std::move(attack), {}};
}

// The DTLS certificate will be another than the one of the description that is signed.
inline LineDeviation with_another_fingerprint() {
  return {{}, [](std::string sdp) {
            constexpr std::string_view kBefore = "a=fingerprint:sha-256 ";
            const std::size_t first = sdp.find(kBefore) + kBefore.size();
            sdp.replace(first, 2, sdp.compare(first, 2, "00") == 0 ? "01" : "00");
            return sdp;
          }};
}

// Pieces that no message has: an announcement of more than there may be, and more than was announced.
inline Bytes announce_too_much() {
  return {0xff, 0xff, 0xff, 0xff};
}
inline Bytes long_piece() {
  return Bytes(rtc::kMaxMessageBytes, 0x55);
}

}  // namespace coterie::drill
