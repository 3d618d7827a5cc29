#include "library/describe.h"

#include <variant>

#include "library/access.h"

namespace coterie {

Multisig describe(const session::MultisigRecord& record) {
  const ceremony::Manifest& manifest = record.manifest.manifest();
  Multisig multisig;
  multisig.name = record.name;
  multisig.creators_name = manifest.name;
  multisig.status = record.status;
  multisig.role = record.role;
  multisig.own_key = record.signer;
  multisig.threshold = static_cast<int>(manifest.threshold);
  for (const ceremony::Card& card : manifest.signers) {
    multisig.signers.push_back(
        {card.name(), card.sign_key(), card.fingerprint(), record.state_of(card.sign_key()), card.chain_key()});
  }
  multisig.account = manifest.account;
  multisig.multisig_address = manifest.multisig_address;
  multisig.hook = record.hook;
  multisig.account_here = record.account.has_value();
  multisig.verification_code = record.manifest.verification_code();
  multisig.room = record.room;
  multisig.created_at = manifest.created_at;
  multisig.invite = record.invite;
  multisig.reason = record.reason;
  multisig.ended_by = record.ended_by;
  return multisig;
}

Multisig describe(const session::Draft& draft) {
  Multisig multisig;
  multisig.name = draft.name;
  multisig.creators_name = draft.name;
  multisig.status = draft.abandoned ? MultisigStatus::abandoned : MultisigStatus::pending;
  multisig.role = Role::creator;
  multisig.own_key = draft.signer;
  multisig.threshold = static_cast<int>(draft.threshold);
  for (const ceremony::Card& card : draft.signers) {
    multisig.signers.push_back({card.name(), card.sign_key(), card.fingerprint(), PeerState::absent, card.chain_key()});
  }
  multisig.account = draft.account.public_part();
  multisig.hook = draft.hook;
  multisig.awaits_deploy_hook = true;
  multisig.room = draft.room;
  multisig.created_at = draft.created_at;
  if (draft.abandoned) multisig.ended_by = draft.signer;
  return multisig;
}

Multisig describe(const session::StoredMultisig& stored) {
  return std::visit([](const auto& one) { return describe(one); }, stored);
}

Multisig describe(const session::ImportedMultisig& imported) {
  Multisig multisig;
  multisig.imported = true;
  multisig.name = imported.name;
  multisig.creators_name = imported.said.name;
  multisig.own_key = imported.signer;
  multisig.threshold = static_cast<int>(imported.said.threshold);
  for (const std::string& name : imported.said.signers)
    multisig.signers.push_back({name, {}, {}, PeerState::absent, {}});
  multisig.account = imported.account.public_part();
  multisig.multisig_address = imported.said.address;
  multisig.created_at = imported.said.created_at.value_or(0);
  return multisig;
}

Certificate describe(const ceremony::Certificate& certificate) {
  const ceremony::Manifest& manifest = certificate.manifest().manifest();
  Certificate described;
  described.name = manifest.name;
  described.threshold = static_cast<int>(manifest.threshold);
  for (const ceremony::Card& card : manifest.signers) {
    described.signers.push_back({LibraryAccess::wrap(card), Familiarity::not_compared});
  }
  described.account = manifest.account;
  described.multisig_address = manifest.multisig_address;
  described.verification_code = certificate.manifest().verification_code();
  described.room = manifest.room;
  described.created_at = manifest.created_at;
  return described;
}

}  // namespace coterie
