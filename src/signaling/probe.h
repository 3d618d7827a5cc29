// Asks what kind of signaling server answers at an address.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "signaling/message.h"

namespace coterie::signaling {

// Blocks for at most `timeout`. nullopt: something is there, or nothing, but no Coterie server of our version said
// hello in time. `host` is a name or an IP literal without brackets.
std::optional<ServerKind> probe_server(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout);

}  // namespace coterie::signaling
