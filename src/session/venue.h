// Where a creator's room is: chosen once, journaled, opened again in the same place by every later run.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "coterie/options.h"
#include "session/record.h"
#include "signaling/server.h"

namespace coterie::session {

// A chosen venue, with its port already held if the server is ours, so that the invite can name it.
struct PreparedVenue {
  Venue venue;
  std::optional<signaling::Listener> listener;  // embedded only
  std::string notice;                           // for a person; empty when there is nothing to say
};

// For a new multisig. A port that is taken by a Coterie server of kind `serve` makes that one the venue, and the notice
// names it; taken by anything else: port_taken_error. Kind usage for malformed addresses.
Result<PreparedVenue> choose_venue(const VenueOptions& options);

// For a later run: the same addresses, never another port. A taken port is an error, whoever holds it.
Result<PreparedVenue> reopen_venue(const Venue& venue);

// Whether whoever reaches this venue is on this machine: then, and only then, loopback candidates are of use.
bool is_local(const Venue& venue);

// A sentence for the line under the invite: from where it works, and which port to let in.
std::string describe_reach(const Venue& venue);

}  // namespace coterie::session
