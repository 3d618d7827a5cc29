// Room ids: only the creator's key can open the room that its key and salt name.
#pragma once

#include "base/ids.h"

namespace coterie::crypto {

// The first 16 bytes of the digest labelled "room" over (creator's Ed25519 key, salt).
RoomId room_id(const SignKey& creator, const RoomSalt& salt);

}  // namespace coterie::crypto
