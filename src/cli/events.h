// The JSON Lines of create, join, resume and demo: one event a line, the last one the result.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "coterie/observer.h"

namespace coterie::cli {

// {"event":EVENT,"t":SECONDS,…fields}, without line feed. `t`: since the program's start, to the millisecond.
std::string event_line(std::string_view event, std::chrono::milliseconds elapsed, const json::Object& fields);

json::Object invite_fields(const InviteEvent& event);  // invite, verification_code
json::Object peer_fields(const PeerEvent& event);      // signer, state, path with `connected`
// status, multisig where there is one, error {kind, message, hint} where there is one. The error's kind gives the
// status: pending, declined, else failed; complete without an error.
json::Object result_fields(const std::optional<json::Value>& multisig, const std::optional<Error>& error);

}  // namespace coterie::cli
