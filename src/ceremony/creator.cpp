#include "ceremony/creator.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace coterie::ceremony {

using namespace creator_event;

const char* to_string(Creator::State state) {
  switch (state) {
    case Creator::State::collecting_receipts:
      return "collecting receipts";
    case Creator::State::distributing:
      return "distributing the certificate";
    case Creator::State::complete:
      return "complete";
    case Creator::State::ended:
      return "ended";
  }
  return "";
}

Result<Creator> Creator::create(CreatorRecord record, const crypto::Identity& identity, Random& random) {
  const SignedManifest& manifest = record.manifest;
  if (manifest.creator().sign_key() != identity.sign_key()) {
    return refused_error("this multisig was made by another signer");
  }
  if (record.account.public_part() != manifest.manifest().account) {
    return refused_error("the account kept for this multisig is not the one in its manifest");
  }
  COTERIE_TRY(const PartialCertificate verified, PartialCertificate::create(manifest, record.receipts));
  record.receipts = verified.receipts();

  std::map<SignKey, crypto::PairKey> keys;
  for (const Card& card : manifest.manifest().signers) {
    if (card.sign_key() == identity.sign_key()) continue;
    COTERIE_TRY(crypto::PairKey key, crypto::PairKey::derive(identity, card.peer(), manifest.manifest().room));
    keys.emplace(card.sign_key(), std::move(key));
  }
  return Creator(std::move(record), identity, random, std::move(keys));
}

Creator::Creator(CreatorRecord record, const crypto::Identity& identity, Random& random,
                 std::map<SignKey, crypto::PairKey> keys)
    : record_(std::move(record)), identity_(&identity), random_(&random), keys_(std::move(keys)) {
  if (record_.certificate) {
    state_ = State::distributing;
    complete_when_all_stored();
  } else if (record_.ending) {
    state_ = State::ended;
    emit(Ended{*record_.ending});
  } else {
    certify_when_all_are_there();
  }
}

void Creator::link_opened(const SignKey& signer) {
  if (!keys_.contains(signer)) return;
  links_.insert_or_assign(signer, Link{});
  if (state_ == State::ended) {
    send_abort(signer);
  } else {
    send_proposal(signer);
  }
}

void Creator::link_closed(const SignKey& signer) {
  links_.erase(signer);
}

void Creator::handle_message(const SignKey& signer, std::string_view text) {
  Link* const open = open_link(signer);
  if (open == nullptr) return;
  Link& link = *open;

  const auto message = parse_message(text);
  if (!message) {
    return refuse_message(signer, link,
                          refused_error(fmt::format("a message of {} is malformed: {}",
                                                    record_.manifest.name_of(signer), message.error().message)));
  }
  if (digest_of(*message) != record_.manifest.digest()) {
    return refuse_message(signer, link,
                          refused_error(fmt::format("{} sent \"{}\" about another manifest",
                                                    record_.manifest.name_of(signer), type_of(*message))));
  }
  if (const auto* receipt = std::get_if<ReceiptMessage>(&*message)) return consume_receipt(signer, link, *receipt);
  if (const auto* decline = std::get_if<DeclineMessage>(&*message)) return consume_decline(signer, link, *decline);
  if (std::holds_alternative<StoredMessage>(*message)) return consume_stored(signer, link);
  refuse_message(signer, link, out_of_turn(signer, type_of(*message)));
}

void Creator::consume_receipt(const SignKey& signer, Link& link, const ReceiptMessage& message) {
  // A receipt may cross the abort on its way: it changes nothing any more.
  if (state_ == State::ended || link.receipt_came) return;
  if (auto verified = verify_receipt(record_.manifest, signer, message.signature); !verified) {
    return refuse_message(signer, link, verified.error());
  }
  link.receipt_came = true;
  if (record_.receipts.contains(signer)) {
    emit(Progress{signer, record_.stored.contains(signer) ? SignerProgress::complete : SignerProgress::receipt});
  } else {
    emit(Progress{signer, SignerProgress::delivered});
    emit(StoreReceipt{signer, message.signature});
    emit(Progress{signer, SignerProgress::receipt});
    record_.receipts.emplace(signer, message.signature);
    certify_when_all_are_there();
  }
  send_certificates();
}

void Creator::consume_decline(const SignKey& signer, Link& link, const DeclineMessage& message) {
  if (record_.receipts.contains(signer)) return refuse_message(signer, link, out_of_turn(signer, "decline"));
  // Once on a link: its sender may repeat it without end.
  if (std::exchange(link.decline_came, true)) return;
  if (state_ == State::ended) return emit(Progress{signer, SignerProgress::declined});
  end({EndCause::declined, signer, message.reason});
}

void Creator::consume_stored(const SignKey& signer, Link& link) {
  if (!record_.certificate) return refuse_message(signer, link, out_of_turn(signer, "stored"));
  if (record_.stored.insert(signer).second) emit(StoreStored{signer});
  emit(Progress{signer, SignerProgress::complete});
  link.closing = true;
  emit(CloseLink{signer});
  complete_when_all_stored();
}

Result<void> Creator::abandon(const std::string& reason) {
  if (state_ == State::ended) return {};
  if (state_ != State::collecting_receipts) {
    return usage_error(fmt::format("{} cannot be abandoned any more: every signer has given its receipt",
                                   record_.manifest.manifest().name),
                       "resume it, so that every signer gets the certificate");
  }
  end({EndCause::abandoned, identity_->sign_key(), shorten_reason(reason)});
  return {};
}

std::optional<Event> Creator::poll_event() {
  if (events_.empty()) return std::nullopt;
  std::optional<Event> event(std::move(events_.front()));
  events_.pop_front();
  return event;
}

Creator::Link* Creator::open_link(const SignKey& signer) {
  const auto link = links_.find(signer);
  return link == links_.end() || link->second.closing ? nullptr : &link->second;
}

void Creator::refuse_message(const SignKey& signer, Link& link, Error error) {
  link.closing = true;
  emit(PeerError{signer, std::move(error)});
  emit(Progress{signer, SignerProgress::failed});
  emit(CloseLink{signer});
}

Error Creator::out_of_turn(const SignKey& signer, const char* type) const {
  return refused_error(fmt::format("{} sent \"{}\" out of turn: the creation is {}{}", record_.manifest.name_of(signer),
                                   type, to_string(state_),
                                   record_.receipts.contains(signer) ? " and has that signer's receipt" : ""));
}

void Creator::certify_when_all_are_there() {
  if (record_.receipts.size() != record_.manifest.manifest().signers.size()) return;
  auto certificate = Certificate::create(record_.manifest, record_.receipts);
  record_.certificate = std::move(certificate.value());  // each receipt was verified when it came
  emit(StoreCertificate{*record_.certificate});
  state_ = State::distributing;
  complete_when_all_stored();
}

void Creator::complete_when_all_stored() {
  if (state_ != State::distributing || record_.stored.size() != keys_.size()) return;
  state_ = State::complete;
  emit(Completed{});
}

void Creator::end(Ending ending) {
  record_.ending = ending;
  state_ = State::ended;
  emit(StoreEnding{ending});
  if (ending.cause == EndCause::declined) emit(Progress{*ending.by, SignerProgress::declined});
  for (const Card& card : record_.manifest.manifest().signers) {
    if (open_link(card.sign_key()) != nullptr) send_abort(card.sign_key());
  }
  emit(Ended{std::move(ending)});
}

void Creator::send_proposal(const SignKey& signer) {
  const Digest& digest = record_.manifest.digest();
  Bytes sealed = seal_account(record_.account, keys_.at(signer), identity_->sign_key(), signer, digest, *random_);
  emit(Send{signer, serialize_message(ProposalMessage{digest, record_.manifest.envelope(), std::move(sealed)})});
}

void Creator::send_certificates() {
  if (!record_.certificate) return;
  // Only after the receipt on this very link: whoever repeats it has the account to complete.
  for (const Card& card : record_.manifest.manifest().signers) {
    const SignKey& signer = card.sign_key();
    Link* link = open_link(signer);
    if (link == nullptr || !link->receipt_came || link->certificate_sent) continue;
    link->certificate_sent = true;
    emit(Send{signer,
              serialize_message(CertificateMessage{record_.manifest.digest(), record_.certificate->envelope()})});
  }
}

void Creator::send_abort(const SignKey& signer) {
  const Ending& ending = *record_.ending;
  AbortMessage abort{record_.manifest.digest(), ending.cause, ending.reason, std::nullopt};
  if (ending.cause == EndCause::declined) abort.by = ending.by;
  emit(Send{signer, serialize_message(abort)});
}

}  // namespace coterie::ceremony
