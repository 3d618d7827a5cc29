// Manifest: what is being created, as its creator signed it. Everything after it is about its digest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/account.h"
#include "base/clock.h"
#include "base/ids.h"
#include "ceremony/card.h"
#include "crypto/envelope.h"
#include "crypto/identity.h"

namespace coterie::ceremony {

constexpr std::size_t kMaxAztecSigners = 8;  // the account contract's limit
constexpr std::size_t kMaxOpaqueSigners = 64;

// Payload {"version":1,"name":…,"threshold":…,"signers":[card envelopes],"account":{…},"room":…,"multisig_address":…,
// "created_at":…}; without an address that field is absent.
struct Manifest {
  std::string name;
  std::int64_t threshold = 0;
  std::vector<Card> signers;  // creator first, then as the creator gave them
  account::PublicPart account;
  RoomId room;
  std::optional<std::string> multisig_address;  // of the contract; the creator's word
  UnixSeconds created_at = 0;                   // the creator's word

  // The payload's bytes. `parse` accepts only what `serialize` gives back; neither checks the rules below.
  static Result<Manifest> parse(std::string_view payload);
  std::string serialize() const;
};

// The rules that a manifest keeps by itself: an allowed name, at most 8 (aztec-schnorr) or 64 (opaque) signers, 1 ≤
// threshold ≤ n, all sign keys, box keys, names and Aztec keys distinct, the account's key and address no signer's own,
// a multisig address of the form that the kind of account has (account/multisig_address.h). Each has its own message;
// kind as asked for: usage for one's own terms, refused for another's.
Result<void> check_manifest(const Manifest& manifest, ErrorKind kind);

// What the public part does not show: that the account's viewing keys are no signer's own.
Result<void> check_shared_account(const account::SharedStateAccount& account, const std::vector<Card>& signers,
                                  ErrorKind kind);

// A manifest that keeps its rules and has exactly one signature, by signers[0], which is also the creator's receipt.
class SignedManifest {
 public:
  static constexpr std::size_t kMaxBytes = 400ul * 1024;  // of the envelope: 64 signers with every field at its longest

  // Signs: done once for a room, ever. Kind usage when a rule is broken or signers[0] is not `creator`.
  static Result<SignedManifest> create(Manifest manifest, const crypto::Identity& creator);
  // Kind refused.
  static Result<SignedManifest> from_envelope(crypto::Envelope envelope);
  static Result<SignedManifest> parse(std::string_view envelope);
  std::string serialize() const { return envelope_.serialize(); }

  const Manifest& manifest() const { return manifest_; }
  const crypto::Envelope& envelope() const { return envelope_; }
  // Over the PAE bytes, labelled "manifest": names this creation in every channel message.
  const Digest& digest() const { return digest_; }
  // Thirty digits of the digest, to be read out to signers who are no contacts.
  std::string verification_code() const;

  const Card& creator() const { return manifest_.signers.front(); }
  const Card* find(const SignKey& signer) const;     // null when not in the roster
  std::string name_of(const SignKey& signer) const;  // escaped, for messages; the key's text when not in the roster
  Signature creator_receipt() const;

  bool operator==(const SignedManifest& other) const { return envelope_ == other.envelope_; }

 private:
  SignedManifest(Manifest manifest, crypto::Envelope envelope, Digest digest)
      : manifest_(std::move(manifest)), envelope_(std::move(envelope)), digest_(digest) {}

  Manifest manifest_;
  crypto::Envelope envelope_;
  Digest digest_;
};

// The digest that names a manifest, of an envelope nobody has looked into yet.
Digest manifest_digest(const crypto::Envelope& envelope);

// What a recipient knows before the proposal comes.
struct ProposalExpectation {
  crypto::Peer creator;  // the invite's keys, with which the link was authenticated
  RoomId room;           // the room joined
  Card own_card;         // one's current card
};

// What is left to check before consent, each with its own error of kind refused: signers[0] has the invite's keys, the
// room is the one joined, the own entry is the own current card. The account is checked by opening it (Recipient).
// Says nothing about who the other signers are: that is for contacts and the verification code.
Result<void> verify_proposal(const SignedManifest& manifest, const ProposalExpectation& expectation);

}  // namespace coterie::ceremony
