// What a caller sees of a running creation: events out, and one question in.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "account/account.h"
#include "base/ids.h"

namespace coterie::session {

// What this process knows about another signer, in the order in which it normally comes true.
enum class PeerState {
  absent,      // not in the room
  joined,      // in the room
  connecting,  // a PeerConnection is being made
  connected,   // its data channel is open: both ends are authenticated
  delivered,   // creator's view: a receipt of that signer arrived and verified
  receipt,     // that receipt is on disk here
  complete,    // creator's view: that signer's `stored` is on disk here
  declined,    // that signer said no; final
  failed,      // the link or that signer's answer failed; see the notice
};
const char* to_string(PeerState state);

// How the link runs: the worse of its two ends. host: no NAT between; srflx: through a NAT; relay: through a TURN
// server.
enum class LinkPath { host, srflx, relay };
const char* to_string(LinkPath path);

struct PeerEvent {
  std::string name;  // as in the card: others' text, escape it for a terminal
  SignKey sign_key;
  PeerState state = PeerState::absent;
  std::optional<LinkPath> path;  // with `connected`
};

// Printed by the creator: what the others need to join, before anything waits for them.
struct InviteEvent {
  std::string invite;             // coterie://…
  std::string verification_code;  // thirty digits, read out to signers who are no contacts
  std::string signaling;          // "ws://HOST:PORT", where this process itself joins
  std::string reach;              // a sentence: from where the invite works and what to open in the firewall
};

enum class Standing {
  self,     // this signer
  contact,  // a card that was accepted before
  unknown,  // shown as "new"
};

struct ProposedSigner {
  std::string name;
  SignKey sign_key;
  std::string fingerprint;
  Standing standing = Standing::unknown;
};

// What a recipient is asked to consent to. Everything in it has been verified (docs/protocol.md, "The recipient").
struct ConsentRequest {
  std::string name;  // the creator's name for the multisig
  std::string creator;
  int threshold = 0;
  std::vector<ProposedSigner> signers;  // creator first
  account::PublicPart account;
  std::string verification_code;
  bool code_needed = false;        // some signer is no contact: the code must be typed as another signer reads it out
  bool local_name_needed = false;  // `name` is taken in this vault: another one must be given
};

struct ConsentAnswer {
  enum class Choice {
    accept,
    decline,     // final: this signer never signs this multisig; `reason` goes to the creator
    cannot_ask,  // nobody to ask: ends with `error`, nothing signed or declined
  };
  Choice choice = Choice::cannot_ask;
  std::string reason;
  std::optional<std::string> code;        // as typed
  std::optional<std::string> local_name;  // with local_name_needed
  Error error;
};

class Observer {
 public:
  virtual ~Observer() = default;
  // On the session's thread, in order; must not block.
  virtual void on_invite(const InviteEvent&) {}
  virtual void on_peer(const PeerEvent&) {}
  virtual void on_notice(const std::string& /*line*/) {
  }  // for a person: what is being waited for, what went wrong for whom
  // On a thread of its own; may wait for a person; must return soon (any answer) once stop is requested.
  virtual ConsentAnswer ask_consent(const ConsentRequest& request, std::stop_token stop) = 0;
};

}  // namespace coterie::session
