// A false offer: in another's name, with a fingerprint of one's own, sealed and signed with one's own keys.
#pragma once

#include <string>

#include "ceremony/sealed_signal.h"
#include "rtc/certificate.h"
#include "rtc/sdp.h"

namespace coterie::drill {

// `context` names whose offer it is to be. The sealed text as base64url.
inline std::string seal_false_offer(const crypto::Identity& own, const crypto::Peer& to,
                                    const ceremony::LinkContext& context) {
  SystemRandom random;
  rtc::sdp::Description sdp;
  sdp.ice_ufrag = "evil";
  sdp.ice_pwd = "abcdefghijklmnopqrstuvwx";
  sdp.fingerprint = rtc::Certificate().fingerprint();
  const ceremony::Description offer{ceremony::SignalType::offer, context, rtc::sdp::serialize(sdp, 1), std::nullopt};
  const auto key = crypto::PairKey::derive(own, to, context.room);
  const ceremony::SealedSignal signal =
      ceremony::seal_signal(ceremony::SignalType::offer, context, offer.sign(own).serialize(), *key, random);
  return std::string(signal.to_json().at("sealed").as_string());
}

}  // namespace coterie::drill
