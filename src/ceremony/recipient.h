// Recipient: the state machine of every other signer. Bytes and answers in, events out; no I/O. Its one link is to the
// creator. Execute its events as a Creator's: in order, stopping at a Store event that fails.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "account/account.h"
#include "ceremony/certificate.h"
#include "ceremony/ending.h"
#include "ceremony/manifest.h"
#include "ceremony/message.h"
#include "crypto/identity.h"
#include "crypto/sealing.h"

namespace coterie::ceremony {

// What the journal of a recipient holds after consent, or after a decline. From here on the digest alone decides.
struct RecipientRecord {
  SignedManifest manifest;
  std::optional<Signature> receipt;  // given; absent after a decline
  std::optional<Certificate> certificate;
  std::optional<Ending> ending;
};

namespace recipient_event {

// Manifest and account are verified; contacts and the person are asked now. Answer with accept, decline or refuse.
struct AskConsent {
  SignedManifest manifest;
};
struct StoreProposal {  // before the receipt: a crash after it would lose an acknowledged account
  SignedManifest manifest;
  account::SharedStateAccount account;
  Signature receipt;
};
struct StoreDecline {  // this signer never signs this manifest
  SignedManifest manifest;
  Ending ending;
};
struct StoreCertificate {
  Certificate certificate;
};
struct StoreEnding {  // the creator's abort, after our receipt: a full certificate would still complete the record
  Ending ending;
};
struct Send {
  std::string message;  // for split_message
};
struct CloseLink {};  // this link is done, or broken by what came over it
struct PeerError {    // what the creator sent was refused
  Error error;
};
struct Completed {};  // the certificate is on disk; wait for the creator to close the link, so that `stored` arrives
// No certificate is coming. Over at the next CloseLink that follows no PeerError: after an own decline it is the
// creator's acknowledgement, and until then a new link repeats the decline.
struct Ended {
  Ending ending;
  Error error;  // kind declined or refused
};

using Event = std::variant<AskConsent, StoreProposal, StoreDecline, StoreCertificate, StoreEnding, Send, CloseLink,
                           PeerError, Completed, Ended>;

}  // namespace recipient_event

class Recipient {
 public:
  enum class State {
    awaiting_proposal,     // nothing is known of the creation but its room
    awaiting_consent,      // manifest and account verified, nothing signed
    awaiting_certificate,  // receipt given; cannot be taken back
    complete,              // certificate on disk
    declined,              // said no, by the person or an automatic check
    ended,                 // the creator's abort came before anything was signed
  };

  // `identity` outlives the machine. Kind refused for a low-order box key of the creator.
  static Result<Recipient> create(const crypto::Identity& identity, ProposalExpectation expectation);
  // From the journal. Kind refused when the record is not of this identity, room and creator. Completed or Ended is
  // waiting at once when the record is already so; a receipt with an abort after it still waits for a certificate.
  static Result<Recipient> restore(const crypto::Identity& identity, ProposalExpectation expectation,
                                   RecipientRecord record);

  // The link to the creator is open, authenticated by its signed descriptions; it takes the place of the one before.
  void link_opened();
  void link_closed();
  // One whole channel message (FrameReader).
  void handle_message(std::string_view message);

  // Answers to AskConsent; without effect when it is no longer asked (the creator gave up meanwhile).
  void accept();
  void decline(const std::string& reason);
  void refuse(Error error);  // a check of ours beyond the ceremony failed, e.g. a contact with another key

  std::optional<recipient_event::Event> poll_event();

  State state() const { return state_; }
  const SignedManifest* manifest() const { return manifest_ ? &*manifest_ : nullptr; }
  // While consent is asked: what was proposed, verified.
  const account::SharedStateAccount* proposed_account() const { return account_ ? &*account_ : nullptr; }

 private:
  Recipient(const crypto::Identity& identity, ProposalExpectation expectation, crypto::PairKey key)
      : identity_(&identity), expectation_(std::move(expectation)), key_(std::move(key)) {}

  void consume_proposal(const ProposalMessage& message);
  void consume_certificate(const CertificateMessage& message);
  void consume_abort(const AbortMessage& message);
  void open_proposal(SignedManifest manifest, BytesView sealed);
  void say_no(EndCause cause, const std::string& reason, Error error);
  void send_receipt();
  void send_decline();
  void close_link();
  void send(const Message& message);
  void refuse_message(Error error);
  Error out_of_turn(const char* type) const;
  Error ended_error(const Ending& ending) const;
  bool is_of_this_room(const SignedManifest& manifest) const;
  std::string creator_name() const;
  void emit(recipient_event::Event event) { events_.push_back(std::move(event)); }

  // What was said on the open link.
  struct Link {
    bool answered = false;  // receipt or decline sent
    bool stored_sent = false;
    bool closing = false;  // CloseLink was given: what still comes has no effect
  };

  const crypto::Identity* identity_;
  ProposalExpectation expectation_;
  crypto::PairKey key_;
  State state_ = State::awaiting_proposal;
  std::optional<Digest> digest_;  // the one manifest of this room
  std::optional<SignedManifest> manifest_;
  std::optional<account::SharedStateAccount> account_;  // verified, until it is handed to be stored
  std::optional<Signature> receipt_;
  std::optional<Ending> ending_;
  std::optional<Link> link_;
  std::deque<recipient_event::Event> events_;
};

const char* to_string(Recipient::State state);

}  // namespace coterie::ceremony
