// From records to what callers see of them.
#pragma once

#include "ceremony/certificate.h"
#include "coterie/certificate.h"
#include "coterie/multisig.h"
#include "session/store.h"

namespace coterie {

Multisig describe(const session::MultisigRecord& record);
Multisig describe(const session::Draft& draft);
Multisig describe(const session::StoredMultisig& stored);
Multisig describe(const session::ImportedMultisig& imported);
// Every signer not_compared.
Certificate describe(const ceremony::Certificate& certificate);

}  // namespace coterie
