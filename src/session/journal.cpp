#include "session/journal.h"

#include <spdlog/fmt/fmt.h>

#include "ceremony/name.h"

namespace coterie::session {

namespace {

Result<void> check_not_abandoned(const MultisigRecord& known, const MultisigRecord& present) {
  if (present.status == MultisigStatus::abandoned && known.status == MultisigStatus::pending) {
    return Error{ErrorKind::declined, fmt::format("{} was abandoned meanwhile", ceremony::escape(present.name)), {}};
  }
  return {};
}

}  // namespace

Result<MultisigRecord> make_creator_record(const Draft& draft, const crypto::Identity& creator,
                                           std::optional<std::string> multisig_address) {
  COTERIE_TRY(ceremony::SignedManifest manifest,
              ceremony::SignedManifest::create(draft.manifest(std::move(multisig_address)), creator));
  const Signature own_receipt = manifest.creator_receipt();
  return MultisigRecord{.role = Role::creator,
                        .name = draft.name,
                        .signer = draft.signer,
                        .room = draft.room,
                        .status = MultisigStatus::pending,
                        .reason = {},
                        .ended_by = {},
                        .manifest = std::move(manifest),
                        .account = draft.account.clone(),
                        .receipts = {{draft.signer, own_receipt}},
                        .stored = {},
                        .certificate = {},
                        .room_salt = draft.room_salt,
                        .venue = {},
                        .invite = {},
                        .imported = draft.imported,
                        .hook = draft.hook};
}

MultisigRecord make_recipient_record(const ceremony::SignedManifest& manifest, const ceremony::Invite& invite,
                                     const SignKey& signer, std::string name) {
  return {.role = Role::recipient,
          .name = std::move(name),
          .signer = signer,
          .room = invite.room,
          .status = MultisigStatus::pending,
          .reason = {},
          .ended_by = {},
          .manifest = manifest,
          .account = {},
          .receipts = {{invite.creator.sign_key, manifest.creator_receipt()}},
          .stored = {},
          .certificate = {},
          .room_salt = {},
          .venue = {},
          .invite = invite.serialize()};
}

ceremony::CreatorRecord to_creator(const MultisigRecord& record) {
  return {record.manifest, record.account->clone(), record.receipts,
          record.stored,   record.certificate,      record.ending()};
}

ceremony::RecipientRecord to_recipient(const MultisigRecord& record) {
  ceremony::RecipientRecord journaled{record.manifest, std::nullopt, record.certificate, std::nullopt};
  if (const auto receipt = record.receipts.find(record.signer); receipt != record.receipts.end()) {
    journaled.receipt = receipt->second;  // with it, what the creator says of an end is heard anew
  } else {
    journaled.ending = record.ending();
  }
  return journaled;
}

Result<void> journal(const ceremony::creator_event::StoreReceipt& event, const MultisigRecord& known,
                     MultisigRecord& present) {
  COTERIE_CHECK(check_not_abandoned(known, present));
  present.receipts[event.signer] = event.receipt;
  return {};
}

Result<void> journal(const ceremony::creator_event::StoreCertificate& event, const MultisigRecord& known,
                     MultisigRecord& present) {
  COTERIE_CHECK(check_not_abandoned(known, present));
  present.certificate = event.certificate;
  return {};
}

Result<void> journal(const ceremony::creator_event::StoreStored& event, const MultisigRecord& known,
                     MultisigRecord& present) {
  COTERIE_CHECK(check_not_abandoned(known, present));
  present.stored.insert(event.signer);
  // Everybody's but the creator's own.
  if (present.stored.size() + 1 == present.manifest.manifest().signers.size()) {
    present.status = MultisigStatus::complete;
  }
  return {};
}

Result<void> journal(const ceremony::creator_event::StoreEnding& event, const MultisigRecord& known,
                     MultisigRecord& present) {
  COTERIE_CHECK(check_not_abandoned(known, present));
  present.end(event.ending);
  return {};
}

void journal(const ceremony::recipient_event::StoreProposal& event, MultisigRecord& record) {
  record.account = event.account.clone();
  record.receipts[record.signer] = event.receipt;
}

void journal(const ceremony::recipient_event::StoreDecline& event, MultisigRecord& record) {
  record.end(event.ending);
}

void journal(const ceremony::recipient_event::StoreCertificate& event, MultisigRecord& record) {
  record.certificate = event.certificate;
  record.receipts = event.certificate.receipts();
  record.status = MultisigStatus::complete;
  record.reason.clear();
  record.ended_by.reset();
}

void journal(const ceremony::recipient_event::StoreEnding& event, MultisigRecord& record) {
  record.end(event.ending);
}

Result<void> check_pending(const std::string& name, const RoomId& room, MultisigStatus status) {
  if (status == MultisigStatus::pending) return {};
  const bool live = status == MultisigStatus::complete;
  return usage_error(
      fmt::format("{} is {}: there is nothing to abandon", ceremony::escape(name), to_string(status)),
      fmt::format("see it with `coterie multisig show {}`", ceremony::shell_argument(live ? name : room.text())));
}

Result<void> abandon(MultisigRecord& record) {
  COTERIE_CHECK(check_pending(record.name, record.room, record.status));
  if (record.role == Role::creator && record.receipts.size() == record.manifest.manifest().signers.size()) {
    return usage_error(
        fmt::format("every signer has given a receipt for {}: it can no longer be abandoned",
                    ceremony::escape(record.name)),
        fmt::format("finish it with `coterie multisig resume {}`", ceremony::shell_argument(record.name)));
  }
  record.status = MultisigStatus::abandoned;
  record.ended_by = record.signer;
  return {};
}

}  // namespace coterie::session
