// EvilRecipient: a recipient who follows no rule. It is in the roster, so it gets the account; nobody may be fooled by
// it.
#pragma once

#include <string>
#include <vector>

#include "ceremony/invite.h"
#include "ceremony/manifest.h"
#include "ceremony/message.h"
#include "drill/place.h"

namespace coterie::drill {

struct RecipientDeed;

class EvilRecipient {
 public:
  EvilRecipient(session::EventLoop& loop, const session::LocalSigner& signer, Witness& witness,
                const ceremony::Invite& invite, const RecipientDeed& deed);

  // For deeds.
  void say(const ceremony::Message& message) { say(ceremony::serialize_message(message)); }
  void say(const std::string& message) { place_.send(creator_.sign_key, message); }
  void push(BytesView piece) { place_.send_piece(creator_.sign_key, piece); }
  // As often as the line takes it, until so many have gone out; then `done`.
  void flood(const ceremony::Message& message, int count, std::function<void()> done);
  const crypto::Identity& identity() const { return signer_.identity; }
  const Digest& digest() const { return digest_; }
  const ceremony::SignedManifest& manifest() const { return *manifest_; }
  ceremony::ReceiptMessage receipt() const;

 private:
  void hear(const std::string& text);
  void open_account(const ceremony::ProposalMessage& proposal);

  session::EventLoop& loop_;
  const session::LocalSigner& signer_;
  Witness& witness_;
  const crypto::Peer creator_;
  const RoomId room_;
  const RecipientDeed& deed_;
  Digest digest_;
  std::optional<ceremony::SignedManifest> manifest_;
  session::Timer flooding_;
  Place place_;
};

void keep_silent(EvilRecipient& self);
// What an honest recipient does.
void give_receipt(EvilRecipient& self);
void confirm(EvilRecipient& self);

struct RecipientDeed {
  std::string name;
  void (*when_open)(EvilRecipient&) = keep_silent;
  void (*when_proposed)(EvilRecipient&) = give_receipt;
  void (*when_certified)(EvilRecipient&) = confirm;
  LineDeviation deviation = {};
};

}  // namespace coterie::drill
