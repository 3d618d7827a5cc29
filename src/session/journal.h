// Journal: what a running creation writes into the records of its signers, and the machines that are made of them
// again. Pure: Store does the I/O, each of these in one transaction.
#pragma once

#include <optional>
#include <string>

#include "ceremony/creator.h"
#include "ceremony/invite.h"
#include "ceremony/recipient.h"
#include "crypto/identity.h"
#include "session/draft.h"
#include "session/record.h"

namespace coterie::session {

// The creator's record, with the manifest, which is signed here: once. Kind usage when its terms break a rule.
Result<MultisigRecord> make_creator_record(const Draft& draft, const crypto::Identity& creator,
                                           std::optional<std::string> multisig_address);
// A recipient's, before it holds what StoreProposal or StoreDecline bring.
MultisigRecord make_recipient_record(const ceremony::SignedManifest& manifest, const ceremony::Invite& invite,
                                     const SignKey& signer, std::string name);

// What the machines are made of when a process goes on from its record; each role's own, with the account at a creator.
ceremony::CreatorRecord to_creator(const MultisigRecord& record);
ceremony::RecipientRecord to_recipient(const MultisigRecord& record);

// A creator's Store events, done to the record as it is now on disk. `known` is the record as this process last saw it:
// one that was abandoned since stays so. Kind declined then, with nothing changed.
Result<void> journal(const ceremony::creator_event::StoreReceipt& event, const MultisigRecord& known,
                     MultisigRecord& present);
Result<void> journal(const ceremony::creator_event::StoreCertificate& event, const MultisigRecord& known,
                     MultisigRecord& present);
Result<void> journal(const ceremony::creator_event::StoreStored& event, const MultisigRecord& known,
                     MultisigRecord& present);
Result<void> journal(const ceremony::creator_event::StoreEnding& event, const MultisigRecord& known,
                     MultisigRecord& present);

// A recipient's. The first two are of a record that is just being made; a certificate completes an abandoned one, too.
void journal(const ceremony::recipient_event::StoreProposal& event, MultisigRecord& record);
void journal(const ceremony::recipient_event::StoreDecline& event, MultisigRecord& record);
void journal(const ceremony::recipient_event::StoreCertificate& event, MultisigRecord& record);
void journal(const ceremony::recipient_event::StoreEnding& event, MultisigRecord& record);

// Gives a pending multisig up. A creator's only as long as somebody's receipt is missing; kind usage else.
Result<void> abandon(MultisigRecord& record);
// The same check for what has a status of its own; kind usage when there is nothing to abandon.
Result<void> check_pending(const std::string& name, const RoomId& room, MultisigStatus status);

}  // namespace coterie::session
