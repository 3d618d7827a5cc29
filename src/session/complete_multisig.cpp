#include "session/complete_multisig.h"

#include <spdlog/fmt/fmt.h>

#include "ceremony/name.h"

namespace coterie::session {

namespace {

using ceremony::escape;

Error another_multisig(const ceremony::Manifest& other, const MultisigRecord& record) {
  return refused_error(fmt::format("the certificate is of {} in room {}, not of {} in room {}", escape(other.name),
                                   other.room.text(), escape(record.name), record.room.text()),
                       "nothing was changed; see your multisigs with `coterie multisig list`");
}

// One room has one manifest. Whoever holds two signed ones has something to show to the others.
Error another_manifest(const MultisigRecord& record) {
  return refused_error(fmt::format("the certificate is of another manifest in the room of {}: {} has signed two",
                                   escape(record.name), record.manifest.name_of(record.manifest.creator().sign_key())),
                       "nothing was changed; keep that file, show it to the other signers, and trust neither account");
}

Result<void> add_receipts(MultisigRecord& record, const std::vector<ceremony::PartialCertificate>& certificates) {
  COTERIE_TRY(ceremony::PartialCertificate all, record.partial_certificate());
  for (const ceremony::PartialCertificate& one : certificates) {
    const ceremony::SignedManifest& manifest = one.manifest();
    if (manifest.manifest().room != record.room) return another_multisig(manifest.manifest(), record);
    if (manifest.digest() != record.manifest.digest()) return another_manifest(record);
    COTERIE_CHECK(all.merge(one));
  }
  record.receipts = all.receipts();
  if (!all.missing().empty()) return {};
  COTERIE_TRY(record.certificate, ceremony::Certificate::create(all));
  record.status = MultisigStatus::complete;
  record.reason.clear();
  record.ended_by.reset();
  return {};
}

Error still_missing(const MultisigRecord& record) {
  std::vector<std::string> missing;
  for (const ceremony::Card& card : record.manifest.manifest().signers) {
    if (!record.receipts.contains(card.sign_key())) missing.push_back(escape(card.name()));
  }
  return {ErrorKind::pending,
          fmt::format("{} is {}: no receipt from {}", escape(record.name), to_string(record.status),
                      ceremony::join_names(missing)),
          fmt::format("what the certificate had is kept. Ask {} for `coterie multisig certificate {} --out FILE`, and "
                      "complete it with that",
                      ceremony::join_names(missing), ceremony::shell_argument(record.manifest.manifest().name))};
}

}  // namespace

Result<MultisigRecord> complete_multisig(Store& store, const LocalSigner& signer, std::string_view name_or_room,
                                         const std::vector<ceremony::PartialCertificate>& certificates) {
  const SignKey& key = signer.card.sign_key();
  COTERIE_TRY(const MultisigRecord found, store.multisig(key, name_or_room));
  const std::string name = escape(found.name);
  COTERIE_TRY(const vault::SessionLock alone, store.lock_multisig(key, found.room, found.name));
  COTERIE_TRY(MultisigRecord record, store.update(key, found.room, [&](MultisigRecord& there) -> Result<void> {
    if (!there.account || !there.receipts.contains(key)) {
      return usage_error(fmt::format("you have signed nothing for {}, and hold no account of it", name),
                         "a certificate cannot complete it here");
    }
    return add_receipts(there, certificates);
  }));
  if (record.status != MultisigStatus::complete) return still_missing(record);
  return record;
}

}  // namespace coterie::session
