// Whether a TURN server relays: two connections of our own, allowed nothing but that server, exchange a message.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "doctor/finding.h"
#include "rtc/ice_server.h"
#include "rtc/runtime.h"

namespace coterie::doctor {

struct TurnReading {
  rtc::TurnServer server;
  std::optional<std::chrono::milliseconds> relayed;  // until a link was open; set once its echo came
  std::chrono::milliseconds echo{};                  // there and back over that link
  std::string problem;                               // rtc's words; may be empty when nothing came in time
};

// Blocks for at most 8 s.
TurnReading ask_turn_server(const std::shared_ptr<rtc::Runtime>& runtime, const rtc::TurnServer& server);

FindingCode turn_code(std::string_view problem);
Findings judge_turn(const std::vector<TurnReading>& readings);
bool any_relay(const std::vector<TurnReading>& readings);

}  // namespace coterie::doctor
