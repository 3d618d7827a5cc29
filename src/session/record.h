// A multisig as one signer's vault holds it: the journal of a creation, and its result.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "account/account.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"
#include "ceremony/certificate.h"
#include "ceremony/manifest.h"

namespace coterie::session {

enum class Role { creator, recipient };

enum class MultisigStatus {
  pending,    // this signer signed; not everyone's proof is here
  complete,   // creator: every `stored` is journaled; recipient: the certificate is stored
  declined,   // some signer said no
  abandoned,  // the creator gave it up
  failed,     // a signer's answer or this multisig was refused for what is in it
};
const char* to_string(MultisigStatus status);

// Where the creator's room is; journaled before the invite is shown, reused by every later run.
struct Venue {
  bool embedded = true;        // our own server, else the one at signaling_host:signaling_port
  std::string listen;          // embedded: the address literal it is bound to
  std::uint16_t port = 0;      // embedded: the bound port
  std::string signaling_host;  // where the creator's own client connects
  std::uint16_t signaling_port = 0;
  std::string advertised_host;  // what stands in the invite
  std::uint16_t advertised_port = 0;
};

struct MultisigRecord {
  Role role = Role::creator;
  std::string name;  // in this vault
  SignKey signer;    // whose record: a local signer
  RoomId room;
  MultisigStatus status = MultisigStatus::pending;
  std::string reason;               // with declined, abandoned, failed
  std::optional<SignKey> ended_by;  // who declined or abandoned
  ceremony::SignedManifest manifest;
  std::optional<account::SharedStateAccount> account;  // absent in a recipient's record of a decline
  std::map<SignKey, Signature> receipts;               // verified signatures on the manifest; creator's own included
  std::set<SignKey> stored;                            // creator: whose `stored` came
  std::optional<ceremony::Certificate> certificate;
  std::optional<RoomSalt> room_salt;  // creator
  std::optional<Venue> venue;         // creator
  std::string invite;                 // as shown by the creator, or as used by the recipient

  SecretBytes serialize() const;
  static Result<MultisigRecord> parse(const SecretBytes& text);

  // What this vault can prove of one signer: receipt, complete, declined, or absent ("pending" in a listing).
  // (the creator's `complete` for a signer after `stored`; a recipient's `receipt` for others with the certificate)
};

}  // namespace coterie::session
