// Creator: the state machine of the signer who makes the multisig. Bytes and answers in, events out; no I/O.
//
// Execute the events of poll_event in order, one after the other, after every input; stop at a Store event that fails.
// Record first, then acknowledge, is their order: whatever depends on a record comes after the event that stores it. If
// a record turns out to have been changed by another process (abandoned), drop the machine, make a new one from the
// record, and tell it which links are open.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "account/account.h"
#include "base/random.h"
#include "ceremony/certificate.h"
#include "ceremony/ending.h"
#include "ceremony/manifest.h"
#include "ceremony/message.h"
#include "crypto/identity.h"
#include "crypto/sealing.h"

namespace coterie::ceremony {

// What the journal of a creation holds; a new one has only the first two.
struct CreatorRecord {
  SignedManifest manifest;
  account::SharedStateAccount account;
  Receipts receipts;         // verified when they were stored
  std::set<SignKey> stored;  // whose `stored` came
  std::optional<Certificate> certificate;
  std::optional<Ending> ending;
};

enum class SignerProgress {
  delivered,  // a receipt of that signer arrived and verified
  receipt,    // it is on disk here
  complete,   // that signer's `stored` is on disk here
  declined,   // that signer said no; final
  failed,     // that signer's message was refused; PeerError says why
};

namespace creator_event {

struct StoreReceipt {
  SignKey signer;
  Signature receipt;
};
struct StoreCertificate {
  Certificate certificate;
};
struct StoreStored {
  SignKey signer;
};
struct StoreEnding {  // declined or abandoned: final for this manifest
  Ending ending;
};
struct Send {
  SignKey to;
  std::string message;  // for split_message; its sending proves nothing, only the answer does
};
struct CloseLink {  // that link is done, or broken by what came over it
  SignKey signer;
};
struct Progress {
  SignKey signer;
  SignerProgress progress;
};
struct PeerError {  // what that signer sent was refused; names the signer
  SignKey signer;
  Error error;
};
struct Completed {};  // every signer's `stored` is on disk
struct Ended {        // no certificate will be sent; links opened from now on get the reason
  Ending ending;
};

using Event = std::variant<StoreReceipt, StoreCertificate, StoreStored, StoreEnding, Send, CloseLink, Progress,
                           PeerError, Completed, Ended>;

}  // namespace creator_event

class Creator {
 public:
  enum class State {
    collecting_receipts,  // somebody's receipt is missing; may still be abandoned
    distributing,         // the certificate exists; somebody's `stored` is missing
    complete,             // every `stored` is there; late comers are still answered
    ended,                // declined or abandoned; every link gets `abort`
  };

  // `identity` and `random` outlive the machine. Kind refused when identity, manifest and account do not belong
  // together, or a journaled receipt does not verify. Events may be waiting at once: the certificate, when a crash came
  // between the last receipt and it; Completed or Ended, when the record is already so.
  static Result<Creator> create(CreatorRecord record, const crypto::Identity& identity, Random& random);

  // A link to `signer` is open: authenticated by its signed descriptions. Signers that are not in the roster: no
  // effect.
  void link_opened(const SignKey& signer);
  void link_closed(const SignKey& signer);
  // One whole channel message (FrameReader) from an open link's signer.
  void handle_message(const SignKey& signer, std::string_view message);
  // Kind usage once the last receipt is there: then everyone may already hold the certificate.
  Result<void> abandon(const std::string& reason);

  std::optional<creator_event::Event> poll_event();

  State state() const { return state_; }
  const SignedManifest& manifest() const { return record_.manifest; }
  const Receipts& receipts() const { return record_.receipts; }

 private:
  // What was said on one open link.
  struct Link {
    bool receipt_came = false;
    bool decline_came = false;
    bool certificate_sent = false;
    bool closing = false;  // CloseLink was given: what still comes has no effect
  };

  Creator(CreatorRecord record, const crypto::Identity& identity, Random& random,
          std::map<SignKey, crypto::PairKey> keys);

  Link* open_link(const SignKey& signer);  // null when there is none, or it is closing
  void consume_receipt(const SignKey& signer, Link& link, const ReceiptMessage& message);
  void consume_decline(const SignKey& signer, Link& link, const DeclineMessage& message);
  void consume_stored(const SignKey& signer, Link& link);
  void refuse_message(const SignKey& signer, Link& link, Error error);
  Error out_of_turn(const SignKey& signer, const char* type) const;
  void certify_when_all_are_there();
  void complete_when_all_stored();
  void end(Ending ending);
  void send_proposal(const SignKey& signer);
  void send_certificates();
  void send_abort(const SignKey& signer);
  void emit(creator_event::Event event) { events_.push_back(std::move(event)); }

  CreatorRecord record_;
  const crypto::Identity* identity_;
  Random* random_;
  std::map<SignKey, crypto::PairKey> keys_;
  std::map<SignKey, Link> links_;
  std::deque<creator_event::Event> events_;
  State state_ = State::collecting_receipts;
};

const char* to_string(Creator::State state);

}  // namespace coterie::ceremony
