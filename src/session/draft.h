// Draft: a creation whose deploy hook has not told the address of the contract. There is no manifest yet, as that will
// hold the address and is signed once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "account/account.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"
#include "ceremony/manifest.h"
#include "coterie/options.h"

namespace coterie::session {

// Everything that is decided once, journaled before the hook starts: whoever runs it again, after whatever ended it,
// asks for the same contract of the same account.
struct Draft {
  std::string name;
  SignKey signer;      // whose: the creator
  RoomId room;         // what the hook knows it by
  RoomSalt room_salt;  // from which the room follows
  UnixSeconds created_at = 0;
  std::int64_t threshold = 0;
  std::vector<ceremony::Card> signers;  // creator first
  account::SharedStateAccount account;  // sent to nobody
  bool imported = false;                // the account was, and `create` need not name it again
  std::string hook;  // absolute path of the program; empty for a creation without one, never journaled
  bool hook_with_secrets = false;
  VenueOptions venue;      // as asked for: nothing of it is settled before an invite names it
  bool abandoned = false;  // then only its record stays: a contract may be there

  ceremony::Manifest manifest(std::optional<std::string> multisig_address) const;

  // Strict JSON, in wiped memory because of the account; at most 1 MiB.
  SecretBytes serialize() const;
  // Verifies again the cards, the rules of a manifest, and that room and account follow from what they are made of.
  // Kind refused.
  static Result<Draft> parse(const SecretBytes& text);
};

}  // namespace coterie::session
