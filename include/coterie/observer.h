// Observer: what a caller sees of a running creation: events out, and one question in.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "coterie/account.h"
#include "coterie/bytes.h"
#include "coterie/export.h"
#include "coterie/multisig.h"
#include "coterie/result.h"

namespace coterie {

// How the link runs: the worse of its two ends (RFC 8445 §4). host: no NAT between; srflx: through a NAT; relay:
// through a TURN server.
enum class LinkPath { host, srflx, relay };
COTERIE_EXPORT const char* to_string(LinkPath path);

struct PeerEvent {
  // Others' text: as in the card; at a recipient, of its creator, the contact's name or "the creator". Escape it for a
  // terminal, and tell signers apart by their keys.
  std::string name;
  SignKey sign_key;
  PeerState state = PeerState::absent;
  std::optional<LinkPath> path;  // with `connected`, which comes again when the path has changed
};

// Told to the creator: what the others need to join, before anything waits for them.
struct InviteEvent {
  std::string invite;             // coterie://…
  std::string verification_code;  // thirty digits, read out to signers who are no contacts
  std::string signaling;          // "ws://HOST:PORT", where this process itself joins
  std::string reach;              // a sentence: from where the invite works and what to open in the firewall
};

enum class Standing {
  self,     // this signer
  contact,  // a card that was accepted before
  unknown,  // neither: only the verification code, compared by voice, tells whose it is
};

struct ProposedSigner {
  std::string name;  // others' text: escape it for a terminal
  SignKey sign_key;
  std::string fingerprint;
  Standing standing = Standing::unknown;
  std::optional<AztecPublic> chain_key;  // as in MultisigSigner
};

// What a recipient is asked to consent to. Everything in it but multisig_address has been verified, the account
// included: it matches its public part.
struct ConsentRequest {
  std::string name;  // the creator's name for the multisig
  std::string creator;
  int threshold = 0;
  std::vector<ProposedSigner> signers;  // creator first
  PublicPart account;
  std::optional<std::string> multisig_address;  // of its contract: the creator's word, not checked here
  std::string checked_by;                       // path of the check hook that accepted that address; empty: nobody did
  std::string verification_code;
  bool code_needed = false;        // some signer is no contact: the code must be typed as another signer reads it out
  bool local_name_needed = false;  // `taken_name` is taken in this vault: another one must be given
  std::string taken_name;          // JoinOptions::local_name, else `name`
};

struct ConsentAnswer {
  enum class Choice {
    accept,      // signs: cannot be taken back
    decline,     // final: this signer never signs this multisig; `reason` goes to the creator
    cannot_ask,  // nobody to ask: ends with `error`, nothing signed or declined
  };
  Choice choice = Choice::cannot_ask;
  std::string reason;
  std::optional<std::string> code;        // as typed; with code_needed, or nothing is signed
  std::optional<std::string> local_name;  // with local_name_needed
  Error error;
};

// Every function may be left as it is; none may throw: from ask_consent, on a thread of its own, that ends the process.
// Must outlive the call it was given to; is not called after that returned.
class COTERIE_EXPORT Observer {
 public:
  virtual ~Observer();
  // These are called on the thread of the call, in order, and must not block.
  virtual void on_invite(const InviteEvent& event);
  virtual void on_peer(const PeerEvent& event);
  // For a person: what is being waited for, what went wrong for whom. Escaped.
  virtual void on_notice(const std::string& line);
  // A line that a hook (options.h) wrote to its standard error, while it runs. Escaped.
  virtual void on_hook_output(const std::string& line);
  // How the multisig stands in the vault when the call ends, whatever it returns: also with an error of kind pending or
  // declined. Not called when the vault has nothing of it.
  virtual void on_multisig(const Multisig& multisig);

  // Asked of a recipient, once, on a thread of its own: may wait for a person, and must return soon (any answer) once
  // stop is requested. Left as it is nobody consents: the call ends with kind usage, and nothing is signed.
  virtual ConsentAnswer ask_consent(const ConsentRequest& request, std::stop_token stop);
};

}  // namespace coterie
