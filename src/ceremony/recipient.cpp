#include "ceremony/recipient.h"

#include <spdlog/fmt/fmt.h>

#include "ceremony/name.h"

namespace coterie::ceremony {

using namespace recipient_event;

const char* to_string(Recipient::State state) {
  switch (state) {
    case Recipient::State::awaiting_proposal:
      return "awaiting the proposal";
    case Recipient::State::awaiting_consent:
      return "awaiting consent";
    case Recipient::State::awaiting_certificate:
      return "awaiting the certificate";
    case Recipient::State::complete:
      return "complete";
    case Recipient::State::declined:
      return "declined";
    case Recipient::State::ended:
      return "ended";
  }
  return "";
}

Result<Recipient> Recipient::create(const crypto::Identity& identity, ProposalExpectation expectation) {
  COTERIE_TRY(crypto::PairKey key, crypto::PairKey::derive(identity, expectation.creator, expectation.room));
  return Recipient(identity, std::move(expectation), std::move(key));
}

Result<Recipient> Recipient::restore(const crypto::Identity& identity, ProposalExpectation expectation,
                                     RecipientRecord record) {
  COTERIE_TRY(Recipient recipient, create(identity, std::move(expectation)));
  if (!recipient.is_of_this_room(record.manifest)) {
    return refused_error("the journaled manifest is of another room or creator");
  }
  if (record.receipt) COTERIE_CHECK(verify_receipt(record.manifest, identity.sign_key(), *record.receipt));
  if (record.certificate && record.certificate->manifest().digest() != record.manifest.digest()) {
    return refused_error("the journaled certificate is of another manifest");
  }
  recipient.digest_ = record.manifest.digest();
  recipient.manifest_ = std::move(record.manifest);
  recipient.receipt_ = record.receipt;
  recipient.ending_ = std::move(record.ending);
  if (record.certificate && record.receipt) {
    recipient.state_ = State::complete;
    recipient.emit(Completed{});
  } else if (record.receipt) {
    recipient.state_ = State::awaiting_certificate;
  } else if (recipient.ending_) {
    recipient.state_ = State::declined;
    recipient.emit(Ended{*recipient.ending_, recipient.ended_error(*recipient.ending_)});
  } else {
    return refused_error("the journal has neither a receipt nor a decline of this signer");
  }
  return recipient;
}

void Recipient::link_opened() {
  link_ = Link{};
}

void Recipient::link_closed() {
  link_.reset();
}

void Recipient::handle_message(std::string_view text) {
  if (!link_ || link_->closing) return;
  const auto message = parse_message(text);
  if (!message) {
    return refuse_message(
        refused_error(fmt::format("a message of {} is malformed: {}", creator_name(), message.error().message)));
  }
  if (digest_ && digest_of(*message) != *digest_) {
    return refuse_message(refused_error(fmt::format("{} sent \"{}\" about another manifest than the one of this room",
                                                    creator_name(), type_of(*message)),
                                        "a room has one manifest, ever: tell the other signers what happened"));
  }
  if (const auto* proposal = std::get_if<ProposalMessage>(&*message)) return consume_proposal(*proposal);
  if (const auto* certificate = std::get_if<CertificateMessage>(&*message)) return consume_certificate(*certificate);
  if (const auto* abort = std::get_if<AbortMessage>(&*message)) return consume_abort(*abort);
  refuse_message(out_of_turn(type_of(*message)));
}

void Recipient::consume_proposal(const ProposalMessage& message) {
  switch (state_) {
    case State::awaiting_consent:
      return;  // once more, on a new link: the answer will go there
    case State::awaiting_certificate:
    case State::complete:
      return send_receipt();
    case State::declined:
      return send_decline();
    case State::ended:
      return refuse_message(out_of_turn("proposal"));
    case State::awaiting_proposal:
      break;
  }
  if (manifest_digest(message.manifest) != message.digest) {
    return refuse_message(refused_error(fmt::format("{} sent a manifest under another digest", creator_name())));
  }
  digest_ = message.digest;
  auto manifest = SignedManifest::from_envelope(message.manifest);
  if (!manifest) return say_no(EndCause::refused, manifest.error().message, manifest.error());
  open_proposal(std::move(*manifest), message.sealed);
}

void Recipient::open_proposal(SignedManifest manifest, BytesView sealed) {
  if (auto verified = verify_proposal(manifest, expectation_); !verified) {
    // To be kept: what was refused in this room. But nobody could ever sign a manifest without oneself in it.
    if (is_of_this_room(manifest) && manifest.find(identity_->sign_key()) != nullptr) manifest_ = std::move(manifest);
    return say_no(EndCause::refused, verified.error().message, verified.error());
  }
  manifest_ = std::move(manifest);
  auto account = open_account(sealed, key_, expectation_.creator.sign_key, identity_->sign_key(), *digest_,
                              manifest_->manifest().account);
  if (account) {
    if (auto shared = check_shared_account(*account, manifest_->manifest().signers, ErrorKind::refused); !shared) {
      account = std::move(shared).error();
    }
  }
  if (!account) {
    const Error& error = account.error();
    return say_no(EndCause::refused, error.message,
                  refused_error(fmt::format("refused the account that {} sent: {}", creator_name(), error.message),
                                "tell the other signers: no multisig comes of this"));
  }
  account_ = std::move(*account);
  state_ = State::awaiting_consent;
  emit(AskConsent{*manifest_});
}

void Recipient::consume_certificate(const CertificateMessage& message) {
  if (state_ == State::awaiting_certificate) {
    auto certificate = Certificate::from_envelope(message.certificate);
    if (!certificate) {
      return refuse_message(refused_error(
          fmt::format("{} sent a certificate that does not verify: {}", creator_name(), certificate.error().message)));
    }
    if (certificate->manifest().digest() != *digest_) {
      return refuse_message(refused_error(fmt::format("{} sent the certificate of another manifest", creator_name())));
    }
    state_ = State::complete;
    emit(StoreCertificate{std::move(*certificate)});
    link_->stored_sent = true;
    send(StoredMessage{*digest_});
    emit(Completed{});
  } else if (state_ == State::complete) {
    if (link_->stored_sent) return;
    link_->stored_sent = true;
    send(StoredMessage{*digest_});
  } else {
    refuse_message(out_of_turn("certificate"));
  }
}

void Recipient::consume_abort(const AbortMessage& message) {
  digest_ = message.digest;
  const Ending ending{message.cause, message.by ? message.by : expectation_.creator.sign_key, message.reason};
  switch (state_) {
    case State::awaiting_proposal:
    case State::awaiting_consent:
      account_.reset();
      state_ = State::ended;
      ending_ = ending;
      emit(Ended{ending, ended_error(ending)});
      return close_link();
    case State::awaiting_certificate:
      if (!ending_) emit(StoreEnding{ending});
      ending_ = ending;
      emit(Ended{ending, ended_error(ending)});
      return close_link();
    case State::complete:  // the certificate has the last word
    case State::declined:  // acknowledges the decline
    case State::ended:
      return close_link();
  }
}

void Recipient::accept() {
  if (state_ != State::awaiting_consent) return;
  receipt_ = create_receipt(*manifest_, *identity_);
  state_ = State::awaiting_certificate;
  emit(StoreProposal{*manifest_, std::move(*account_), *receipt_});
  account_.reset();
  send_receipt();
}

void Recipient::decline(const std::string& reason) {
  if (state_ != State::awaiting_consent) return;
  say_no(EndCause::declined, reason,
         {ErrorKind::declined, fmt::format("you declined the multisig of {}", creator_name()),
          fmt::format("nothing was signed, and {} is told; that is final for this invite", creator_name())});
}

void Recipient::refuse(Error error) {
  if (state_ != State::awaiting_consent) return;
  const std::string reason = error.message;
  say_no(EndCause::refused, reason, std::move(error));
}

void Recipient::say_no(EndCause cause, const std::string& reason, Error error) {
  account_.reset();
  state_ = State::declined;
  ending_ = Ending{cause, identity_->sign_key(), shorten_reason(reason)};
  if (manifest_) emit(StoreDecline{*manifest_, *ending_});
  send_decline();
  emit(Ended{*ending_, std::move(error)});
}

std::optional<Event> Recipient::poll_event() {
  if (events_.empty()) return std::nullopt;
  std::optional<Event> event(std::move(events_.front()));
  events_.pop_front();
  return event;
}

void Recipient::send_receipt() {
  if (!link_ || link_->closing || link_->answered) return;
  link_->answered = true;
  send(ReceiptMessage{*digest_, *receipt_});
}

void Recipient::send_decline() {
  if (!link_ || link_->closing || link_->answered) return;
  link_->answered = true;
  send(DeclineMessage{*digest_, ending_->reason});
}

void Recipient::send(const Message& message) {
  emit(Send{serialize_message(message)});
}

void Recipient::close_link() {
  link_->closing = true;
  emit(CloseLink{});
}

void Recipient::refuse_message(Error error) {
  emit(PeerError{std::move(error)});
  close_link();
}

Error Recipient::out_of_turn(const char* type) const {
  return refused_error(
      fmt::format("{} sent \"{}\" out of turn: this signer is {}", creator_name(), type, to_string(state_)));
}

Error Recipient::ended_error(const Ending& ending) const {
  const std::string reason = ending.reason.empty() ? "" : ": " + escape(ending.reason);
  if (ending.cause == EndCause::refused) return refused_error("this signer refused the multisig" + reason);
  const SignKey by = ending.by.value_or(expectation_.creator.sign_key);
  const std::string name = by == expectation_.creator.sign_key ? creator_name()
                           : manifest_                         ? manifest_->name_of(by)
                                                               : by.text();
  return {ErrorKind::declined, fmt::format("{} {} the multisig{}", name, to_string(ending.cause), reason), {}};
}

bool Recipient::is_of_this_room(const SignedManifest& manifest) const {
  return manifest.manifest().room == expectation_.room &&
         manifest.creator().sign_key() == expectation_.creator.sign_key;
}

std::string Recipient::creator_name() const {
  return manifest_ ? escape(manifest_->creator().name()) : "the creator";
}

}  // namespace coterie::ceremony
