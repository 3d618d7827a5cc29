#include "drill/evil_recipient.h"

#include "ceremony/certificate.h"

namespace coterie::drill {

using namespace ceremony;

EvilRecipient::EvilRecipient(session::EventLoop& loop, const session::LocalSigner& signer, Witness& witness,
                             const Invite& invite, const RecipientDeed& deed)
    : loop_(loop),
      signer_(signer),
      witness_(witness),
      creator_(invite.creator),
      room_(invite.room),
      deed_(deed),
      flooding_(loop),
      place_(loop, signer, witness, {invite.host, invite.port, invite.room, {}, {invite.creator}, deed.deviation},
             {[this](const SignKey&) { deed_.when_open(*this); },
              [this](const SignKey&, const std::string& text) { hear(text); }}) {}

void EvilRecipient::hear(const std::string& text) {
  const auto message = parse_message(text);
  if (!message) return;
  witness_.tell({{"event", "heard"}, {"type", type_of(*message)}});
  digest_ = digest_of(*message);
  if (const auto* proposal = std::get_if<ProposalMessage>(&*message)) {
    manifest_.emplace(std::move(SignedManifest::from_envelope(proposal->manifest).value()));
    open_account(*proposal);
    deed_.when_proposed(*this);
  } else if (std::holds_alternative<CertificateMessage>(*message)) {
    deed_.when_certified(*this);
  }
}

void EvilRecipient::open_account(const ProposalMessage& proposal) {
  const auto key = crypto::PairKey::derive(identity(), creator_, room_);
  const auto account = ceremony::open_account(proposal.sealed, *key, creator_.sign_key, identity().sign_key(),
                                              proposal.digest, manifest_->manifest().account);
  if (account) witness_.keep(account->serialize().text());
}

ReceiptMessage EvilRecipient::receipt() const {
  return {digest_, create_receipt(*manifest_, identity())};
}

void EvilRecipient::flood(const Message& message, int count, std::function<void()> done) {
  constexpr std::chrono::milliseconds kPause{5};  // for the line to take what waits
  const std::vector<Bytes> pieces = split_message(serialize_message(message));
  while (count > 0 && place_.send_piece(creator_.sign_key, pieces.front())) --count;
  if (count == 0) return done();
  flooding_.start(kPause, [this, message, count, done = std::move(done)] { flood(message, count, done); });
}

void keep_silent(EvilRecipient&) {}

void give_receipt(EvilRecipient& self) {
  self.say(self.receipt());
}

void confirm(EvilRecipient& self) {
  self.say(StoredMessage{self.digest()});
}

}  // namespace coterie::drill
