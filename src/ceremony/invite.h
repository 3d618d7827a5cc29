// Invite: where the room is and whose it is. It admits nobody by itself: only the roster's identities join.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/transport_security.h"
#include "crypto/sealing.h"

namespace coterie::ceremony {

// coterie://HOST:PORT/ROOM#SIGNKEY.BOXKEY, ids and keys in base64url; an IPv6 HOST in brackets; coteries:// for a
// server with TLS.
struct Invite {
  static constexpr std::size_t kMaxBytes = 1024;

  std::string host;        // a name or an address literal, without brackets
  std::uint16_t port = 0;  // never 0 in a parsed invite
  TransportSecurity security = TransportSecurity::none;
  RoomId room;
  crypto::Peer creator;  // to be compared with the contact's, if there is one

  // White space, quotes and <> around it are trimmed. Kind usage, saying which part is wrong.
  static Result<Invite> parse(std::string_view text);
  std::string serialize() const;
};

}  // namespace coterie::ceremony
