#include "drill/evil_creator.h"

#include <algorithm>

#include "ceremony/invite.h"
#include "ceremony/test_support.h"
#include "crypto/room.h"

namespace coterie::drill {

using namespace ceremony;
using ceremony::Card;  // not the public one

namespace {

constexpr const char* kHost = "127.0.0.1";

}  // namespace

EvilCreator::EvilCreator(session::EventLoop& loop, const session::LocalSigner& signer, Witness& witness,
                         std::vector<Card> others, SecretBytes account, const CreatorDeed& deed)
    : loop_(loop),
      signer_(signer),
      witness_(witness),
      others_(std::move(others)),
      deed_(deed),
      salt_(random_.draw<RoomSalt>()),
      room_(crypto::room_id(signer.card.sign_key(), salt_)),
      account_(std::move(account::SharedStateAccount::create_opaque(std::move(account), random_).value())),
      other_account_(ceremony::test::make_account(1)),
      aztec_account_(std::move(account::SharedStateAccount::generate(account::kDefaultProfile, random_).value())),
      other_aztec_account_(std::move(account::SharedStateAccount::generate(account::kDefaultProfile, random_).value())),
      manifest_(sign(terms())) {
  witness_.keep(account_.serialize().text());
  open_room();
}

void EvilCreator::open_room() {
  signaling::ServerOptions options;
  options.room = room_;
  options.listen = kHost;
  options.port = 0;
  server_ = std::move(signaling::Server::start(std::move(options)).value());

  PlaceOptions place{kHost, server_->port(), room_, signaling::RoomTerms{salt_, {}, std::chrono::minutes(10)},
                     {},    deed_.deviation};
  place.create->roster.push_back(signer_.card.sign_key());
  for (const Card& other : others_) {
    place.create->roster.push_back(other.sign_key());
    place.others.push_back(other.peer());
  }
  place_ = std::make_unique<Place>(
      loop_, signer_, witness_, std::move(place),
      PlaceHandlers{[this](const SignKey& other) { deed_.when_open(*this, index_of(other)); },
                    [this](const SignKey& other, const std::string& text) { hear(index_of(other), text); }});
  const Invite invite{kHost, server_->port(), TransportSecurity::none, room_, signer_.card.peer()};
  witness_.tell({{"event", "invite"}, {"invite", invite.serialize()}});
}

std::size_t EvilCreator::index_of(const SignKey& key) const {
  const auto found =
      std::find_if(others_.begin(), others_.end(), [&](const Card& card) { return card.sign_key() == key; });
  return static_cast<std::size_t>(found - others_.begin());
}

void EvilCreator::hear(std::size_t from, const std::string& text) {
  const auto message = parse_message(text);
  if (!message) return;
  witness_.tell({{"event", "heard"}, {"type", type_of(*message)}, {"from", others_[from].name()}});
  if (const auto* receipt = std::get_if<ReceiptMessage>(&*message)) {
    receipts_.emplace(from, receipt->signature);
    deed_.when_signed(*this, from);
  }
}

Manifest EvilCreator::terms() const {
  Manifest terms;
  terms.name = "treasury";
  terms.threshold = 1;
  terms.signers.push_back(signer_.card);
  terms.signers.insert(terms.signers.end(), others_.begin(), others_.end());
  terms.account = account_.public_part();
  terms.room = room_;
  terms.created_at = created_at_;
  return terms;
}

crypto::Envelope EvilCreator::sign(std::string_view payload) const {
  return ceremony::test::sign_payload(crypto::PayloadType::manifest, payload, signer_.identity);
}

void EvilCreator::say(std::size_t to, const Message& message) {
  place_->send(others_[to].sign_key(), serialize_message(message));
}

void EvilCreator::propose(std::size_t to, const crypto::Envelope& manifest,
                          const account::SharedStateAccount& account) {
  const Digest digest = manifest_digest(manifest);
  say(to, ProposalMessage{digest, manifest, seal_for(to, digest, account)});
}

Bytes EvilCreator::seal_for(std::size_t to, const Digest& digest, const account::SharedStateAccount& account) {
  const auto key = crypto::PairKey::derive(signer_.identity, others_[to].peer(), room_);
  return seal_account(account, *key, signer_.card.sign_key(), others_[to].sign_key(), digest, random_);
}

void EvilCreator::certify(std::size_t to, const crypto::Envelope& certificate) {
  say(to, CertificateMessage{manifest_digest(certificate), certificate});
}

crypto::Envelope EvilCreator::with(crypto::Envelope manifest, std::vector<crypto::EnvelopeSignature> signatures) {
  manifest.signatures.insert(manifest.signatures.end(), signatures.begin(), signatures.end());
  return manifest;
}

crypto::EnvelopeSignature EvilCreator::receipt_of(std::size_t recipient) const {
  return {others_[recipient].sign_key().text(), to_vector(receipts_.at(recipient).view())};
}

void propose_truly(EvilCreator& self, std::size_t to) {
  self.propose(to, self.manifest(), self.account());
}

void certify_truly(EvilCreator& self, std::size_t) {
  if (!self.all_have_signed()) return;
  std::vector<crypto::EnvelopeSignature> receipts;
  for (std::size_t to = 0; to < self.others().size(); ++to) receipts.push_back(self.receipt_of(to));
  for (std::size_t to = 0; to < self.others().size(); ++to) {
    self.certify(to, EvilCreator::with(self.manifest(), receipts));
  }
}

}  // namespace coterie::drill
