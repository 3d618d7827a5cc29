// Whether everything in a vault, or in a backup of one, is what it is kept for.
#pragma once

#include <vector>

#include "ceremony/card.h"
#include "session/draft.h"
#include "session/imported.h"
#include "session/record.h"
#include "session/store.h"
#include "vault/vault.h"

namespace coterie::session {

struct VaultContents {
  std::size_t records = 0;
  std::vector<LocalSigner> signers;
  std::vector<ceremony::Card> contacts;
  std::vector<MultisigRecord> multisigs;
  std::vector<Draft> drafts;
  std::vector<ImportedMultisig> imported;
};

// Reads every record as a command would: identities and chain keys follow from their cards' secrets, accounts derive
// what their manifests say, receipts and certificates verify, complete multisigs have account and certificate, nothing
// is of another's signer, and each account that was sent is remembered. Changes nothing. Kind refused, naming the
// record.
Result<VaultContents> rehearse(vault::Vault& vault);

}  // namespace coterie::session
