// A multisig as one signer's vault holds it: the journal of a creation, and its result.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "account/account.h"
#include "base/ids.h"
#include "base/secret.h"
#include "ceremony/certificate.h"
#include "ceremony/ending.h"
#include "ceremony/manifest.h"
#include "coterie/multisig.h"
#include "signaling/address.h"

namespace coterie::session {

// Where the creator's room is; journaled before the invite is shown, reused by every later run.
struct Venue {
  bool embedded = true;            // our own server, else the one at `signaling`
  std::string listen;              // embedded: the address literal it is bound to
  std::uint16_t port = 0;          // embedded: the bound port
  signaling::ServerUrl signaling;  // where the creator's own client connects
  signaling::HostPort advertised;  // what stands in the invite, with the security of `signaling`
};

// Pending and complete ones do, the others have freed theirs.
constexpr bool holds_name(MultisigStatus status) {
  return status == MultisigStatus::pending || status == MultisigStatus::complete;
}

struct MultisigRecord {
  Role role = Role::creator;
  std::string name;  // in this vault
  SignKey signer;    // whose record: a local signer
  RoomId room;
  MultisigStatus status = MultisigStatus::pending;
  std::string reason;               // with declined, abandoned, failed: others' words, not escaped
  std::optional<SignKey> ended_by;  // who declined or abandoned; at a recipient as the creator told it
  ceremony::SignedManifest manifest;
  std::optional<account::SharedStateAccount> account;  // absent in a recipient's record of a decline
  ceremony::Receipts receipts;                         // verified signatures on the manifest; creator's own included
  std::set<SignKey> stored;                            // creator: whose `stored` came
  std::optional<ceremony::Certificate> certificate;
  std::optional<RoomSalt> room_salt;  // creator
  std::optional<Venue> venue;         // creator
  std::string invite;                 // as shown by the creator, or as used by the recipient
  bool imported = false;              // creator: the account was imported, and `create` need not name it again
  // Absolute path. Creator: the program that deployed the contract. Recipient: the one that accepted its address before
  // consent. Empty: there was none.
  std::string hook = {};

  bool live() const { return holds_name(status); }
  // Its account is others', too. Alone, nobody else has it: it may still be shared in one room.
  bool shares_account() const { return account && manifest.manifest().signers.size() > 1; }
  bool has_own_receipt() const { return receipts.contains(signer); }
  // Proposed by somebody else than `creator` in the same room, and never signed here: it binds this signer to nothing.
  bool gives_way_to(const SignKey& creator) const {
    return !has_own_receipt() && manifest.manifest().signers.front().sign_key() != creator;
  }

  // Takes over how the creation ended: status, reason and by whom.
  void end(const ceremony::Ending& ending);
  std::optional<ceremony::Ending> ending() const;  // as given to end(); none of one that is live

  // What this vault can prove of one signer of the roster: absent (nothing yet), receipt, complete or declined.
  // `complete` is for this signer itself once it has the certificate, and at the creator for whoever's `stored` came;
  // with the certificate every other signer has at least `receipt`.
  PeerState state_of(const SignKey& roster_signer) const;
  // The receipts that are here, as `multisig certificate` gives them: all of them, or those a merge can build on.
  Result<ceremony::PartialCertificate> partial_certificate() const;

  // Strict JSON, in wiped memory because of the account; at most 1 MiB.
  SecretBytes serialize() const;
  // Verifies again whatever has a signature, and that the account follows from the manifest. Kind refused.
  static Result<MultisigRecord> parse(const SecretBytes& text);
};

// Who holds which name: read without verifying signatures and account, which takes milliseconds for each record and is
// what MultisigRecord::parse does. Not a proof that it would take the record.
struct RecordHeading {
  std::string name;
  RoomId room;
  MultisigStatus status = MultisigStatus::pending;

  bool live() const { return holds_name(status); }
  static Result<RecordHeading> parse(const SecretBytes& text);
};

}  // namespace coterie::session
