#include "sim/disk.h"

namespace coterie::sim {

session::MultisigRecord clone(const session::MultisigRecord& record) {
  return {.role = record.role,
          .name = record.name,
          .signer = record.signer,
          .room = record.room,
          .status = record.status,
          .reason = record.reason,
          .ended_by = record.ended_by,
          .manifest = record.manifest,
          .account = record.account ? std::optional(record.account->clone()) : std::nullopt,
          .receipts = record.receipts,
          .stored = record.stored,
          .certificate = record.certificate,
          .room_salt = record.room_salt,
          .venue = record.venue,
          .invite = record.invite,
          .imported = record.imported,
          .hook = record.hook};
}

const session::MultisigRecord* Disk::look(const RoomId& room) const {
  const auto found = entries_.find(room);
  return found == entries_.end() ? nullptr : &found->second.present;
}

session::MultisigRecord Disk::read(const RoomId& room) const {
  const SecretBytes& bytes = entries_.at(room).bytes;
  auto record = session::MultisigRecord::parse(bytes);
  if (!record) throw Violation("what was written can be read", record.error().message);
  if (!record->serialize().equals(bytes.view())) throw Violation("what was written can be read", "it differs");
  return std::move(*record);
}

void Disk::insert(const session::MultisigRecord& record) {
  const auto [entry, fresh] = entries_.try_emplace(record.room, Entry{record.serialize(), clone(record)});
  if (!fresh) throw Violation("no record is overwritten", record.name);
  ++changes_;
}

}  // namespace coterie::sim
