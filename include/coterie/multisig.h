// A multisig as one signer's vault holds it. Nothing here is secret; the account's secrets are in Vault::account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coterie/account.h"
#include "coterie/bytes.h"
#include "coterie/export.h"

namespace coterie {

enum class MultisigStatus {
  pending,    // not everyone's proof is here. This signer has signed, unless awaits_deploy_hook or imported is set
  complete,   // everyone's signature is here. Creator: and every signer has said that it stored them
  declined,   // some signer said no
  abandoned,  // its creator, or this signer, gave it up
  failed,     // a signer's answer or this multisig was refused for what is in it
};
COTERIE_EXPORT const char* to_string(MultisigStatus status);

enum class Role { creator, recipient };
COTERIE_EXPORT const char* to_string(Role role);

// What is known about a signer, in the order in which it normally comes true. In a Multisig (what this vault can prove)
// only absent, receipt, complete and declined; in a PeerEvent (what a running creation sees) any.
enum class PeerState {
  absent,      // not in the room; in a vault: nothing is there of that signer yet
  joined,      // in the room
  connecting,  // a PeerConnection is being made
  connected,   // its data channel is open: both ends are authenticated
  delivered,   // creator's view: a receipt of that signer arrived and verified
  receipt,     // that receipt is on disk here
  complete,    // that signer is known to have stored the certificate: told to the creator, or known of oneself
  declined,    // that signer said no; final
  failed,      // the link or that signer's answer failed; see the notice
};
COTERIE_EXPORT const char* to_string(PeerState state);

struct MultisigSigner {
  std::string name;  // as in the card: others' text, escape it for a terminal
  SignKey sign_key;
  std::string fingerprint;
  PeerState state = PeerState::absent;
  // The signer's own Aztec account, as that signer's card proves it: who signs for this multisig on chain. Nothing: the
  // card has no chain key.
  std::optional<AztecPublic> chain_key;
  bool operator==(const MultisigSigner&) const = default;
};

struct Multisig {
  std::string name;           // in this vault
  std::string creators_name;  // what the creator calls it
  MultisigStatus status = MultisigStatus::pending;
  Role role = Role::creator;  // of this vault's signer
  SignKey own_key;            // this vault's signer
  int threshold = 0;
  std::vector<MultisigSigner> signers;  // creator first, then as the creator gave them
  PublicPart account;
  // Of its contract: the creator's word, an imported one's file's; not checked here.
  std::optional<std::string> multisig_address;
  // Path of the program, empty where there was none. Creator: of the deploy hook. Recipient: of the check hook that
  // accepted the address before consent.
  std::string hook;
  bool awaits_deploy_hook = false;  // creator: it has not answered: no address, code or invite, nobody was contacted
  bool account_here = true;         // false after a decline: Vault::account has nothing
  std::string verification_code;    // thirty digits that name this very multisig, to be read out
  RoomId room;                      // names it for good, whatever its name
  std::int64_t created_at = 0;      // Unix seconds; the creator's word
  std::string invite;               // as shown by the creator, or as used by the recipient; empty for one signer
  std::string reason;               // with declined, abandoned, failed: others' words, escape them
  std::optional<SignKey> ended_by;  // who declined or abandoned; at a recipient as the creator told it
  // What Vault::import_multisig keeps: a file's word, which nobody has proven. Its signers have names only, and there
  // is no room, verification code or invite yet: create_multisig with its name makes those.
  bool imported = false;
  bool operator==(const Multisig&) const = default;
};

// Whether it holds its name: pending and complete ones do; the others are named by their room.
inline bool is_live(const Multisig& multisig) {
  return multisig.status == MultisigStatus::pending || multisig.status == MultisigStatus::complete;
}

}  // namespace coterie
