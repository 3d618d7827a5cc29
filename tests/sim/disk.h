// Disk: one signer's records as session::Store writes them: bytes, each change whole or not at all.
#pragma once

#include <map>
#include <optional>

#include "base/secret.h"
#include "session/record.h"
#include "sim/trace.h"

namespace coterie::sim {

session::MultisigRecord clone(const session::MultisigRecord& record);

class Disk {
 public:
  bool has(const RoomId& room) const { return entries_.contains(room); }
  // As it stands there, without the cost of reading it.
  const session::MultisigRecord* look(const RoomId& room) const;
  // From its bytes, as a process that starts does.
  session::MultisigRecord read(const RoomId& room) const;

  void insert(const session::MultisigRecord& record);
  // An error of `change` leaves everything as it was.
  template <class Change>
  Result<void> update(const RoomId& room, const Change& change) {
    Entry& entry = entries_.at(room);
    session::MultisigRecord next = clone(entry.present);
    COTERIE_CHECK(change(next));
    entry.bytes = next.serialize();
    entry.present = std::move(next);
    ++changes_;
    return {};
  }
  // Of all records; another process sees by it that something was written.
  std::uint64_t changes() const { return changes_; }

 private:
  struct Entry {
    SecretBytes bytes;
    session::MultisigRecord present;
  };

  std::map<RoomId, Entry> entries_;
  std::uint64_t changes_ = 0;
};

}  // namespace coterie::sim
