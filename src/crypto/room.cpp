// Room ids: see room.h.
#include "crypto/room.h"

#include <algorithm>

#include "crypto/digest.h"

namespace coterie::crypto {

RoomId room_id(const SignKey& creator, const RoomSalt& salt) {
  const Digest full = digest(LabelledFields("room").add(creator.view()).add(salt.view()));
  RoomId room;
  std::copy_n(full.data(), RoomId::kSize, room.data());
  return room;
}

}  // namespace coterie::crypto
