// EvilCreator: a creator who follows no rule. It makes the account, so there is nothing to hide from it; nobody may end
// complete with another account than the others, or with what does not verify.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "account/account.h"
#include "ceremony/certificate.h"
#include "ceremony/manifest.h"
#include "ceremony/message.h"
#include "drill/place.h"
#include "signaling/server.h"

namespace coterie::drill {

struct CreatorDeed;

class EvilCreator {
 public:
  // `others` are the recipients' cards; the server is its own, on loopback. `account` is kind opaque.
  EvilCreator(session::EventLoop& loop, const session::LocalSigner& signer, Witness& witness,
              std::vector<ceremony::Card> others, SecretBytes account, const CreatorDeed& deed);

  // For deeds. Recipients are numbered as they were given.
  ceremony::Manifest terms() const;  // true ones
  const account::SharedStateAccount& account() const { return account_; }
  const account::SharedStateAccount& other_account() const { return other_account_; }
  const account::SharedStateAccount& aztec_account() const { return aztec_account_; }
  const account::SharedStateAccount& other_aztec_account() const { return other_aztec_account_; }
  crypto::Envelope sign(const ceremony::Manifest& terms) const { return sign(terms.serialize()); }
  crypto::Envelope sign(std::string_view payload) const;
  const crypto::Envelope& manifest() const { return manifest_; }  // true
  const crypto::Identity& identity() const { return signer_.identity; }
  const std::vector<ceremony::Card>& others() const { return others_; }

  void say(std::size_t to, const ceremony::Message& message);
  void push(std::size_t to, BytesView piece) { place_->send_piece(others_[to].sign_key(), piece); }
  void propose(std::size_t to, const crypto::Envelope& manifest, const account::SharedStateAccount& account);
  Bytes seal_for(std::size_t to, const Digest& digest, const account::SharedStateAccount& account);
  void certify(std::size_t to, const crypto::Envelope& certificate);
  // This manifest with these signatures behind the creator's.
  static crypto::Envelope with(crypto::Envelope manifest, std::vector<crypto::EnvelopeSignature> signatures);
  crypto::EnvelopeSignature receipt_of(std::size_t recipient) const;
  bool all_have_signed() const { return receipts_.size() == others_.size(); }

 private:
  void open_room();
  void hear(std::size_t from, const std::string& text);
  std::size_t index_of(const SignKey& key) const;

  session::EventLoop& loop_;
  const session::LocalSigner& signer_;
  Witness& witness_;
  const std::vector<ceremony::Card> others_;
  const CreatorDeed& deed_;
  SystemRandom random_;
  const RoomSalt salt_;
  const RoomId room_;
  const UnixSeconds created_at_ = unix_now();  // of every manifest
  const account::SharedStateAccount account_;
  const account::SharedStateAccount other_account_;
  const account::SharedStateAccount aztec_account_;
  const account::SharedStateAccount other_aztec_account_;
  const crypto::Envelope manifest_;
  std::map<std::size_t, Signature> receipts_;
  std::unique_ptr<signaling::Server> server_;
  std::unique_ptr<Place> place_;
};

// What an honest creator does.
void propose_truly(EvilCreator& self, std::size_t to);
void certify_truly(EvilCreator& self, std::size_t from);

struct CreatorDeed {
  std::string name;
  void (*when_open)(EvilCreator&, std::size_t to) = propose_truly;
  void (*when_signed)(EvilCreator&, std::size_t from) = certify_truly;  // a receipt came from there
  LineDeviation deviation = {};
};

}  // namespace coterie::drill
