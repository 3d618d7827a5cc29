// Whether a TURN server relays: two connections of our own, allowed nothing but that server, exchange a message.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "doctor/finding.h"
#include "rtc/ice_server.h"
#include "rtc/runtime.h"
#include "rtc/turn_problem.h"

namespace coterie::doctor {

// How far it came, each with its time since the beginning: a relay was given (Allocate), a link through it is open
// (CreatePermission, and packets go both ways), and a message came back over that.
struct TurnReading {
  rtc::TurnServer server;
  std::optional<std::chrono::milliseconds> allocated = {};
  std::optional<std::chrono::milliseconds> opened = {};
  std::optional<std::chrono::milliseconds> echoed = {};
  std::optional<rtc::TurnProblem> problem = {};  // may be none when nothing came in time

  bool relays() const { return echoed.has_value(); }
};

// Blocks for at most 8 s.
TurnReading ask_turn_server(const std::shared_ptr<rtc::Runtime>& runtime, const rtc::TurnServer& server);

Findings judge_turn(const std::vector<TurnReading>& readings);
bool any_relay(const std::vector<TurnReading>& readings);

}  // namespace coterie::doctor
