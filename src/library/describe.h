// From records to what callers see of them.
#pragma once

#include "ceremony/certificate.h"
#include "coterie/certificate.h"
#include "coterie/multisig.h"
#include "session/imported.h"
#include "session/record.h"

namespace coterie {

Multisig describe(const session::MultisigRecord& record);
Multisig describe(const session::ImportedMultisig& imported);
// Every signer not_compared.
Certificate describe(const ceremony::Certificate& certificate);

}  // namespace coterie
