// Finishing a multisig from certificates that came by hand: who missed the creator's last message needs no network.
#pragma once

#include <string_view>
#include <vector>

#include "ceremony/certificate.h"
#include "session/store.h"

namespace coterie::session {

// Adds the receipts of `certificates`, each of them full or partial, to those of a multisig that this signer has
// signed, and completes it once it has all: also one that was abandoned, for no receipt can be taken back. Its name, if
// taken meanwhile, is then followed by the beginning of its room. Receipts are kept though some are still missing.
// Kinds: pending, naming who is missing; refused for a certificate of another multisig, nothing taken over; usage when
// nothing was signed here; environment while another process works on it.
Result<MultisigRecord> complete_multisig(Store& store, const LocalSigner& signer, std::string_view name_or_room,
                                         const std::vector<ceremony::PartialCertificate>& certificates);

}  // namespace coterie::session
