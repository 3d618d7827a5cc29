#include "session/receive.h"

#include <spdlog/fmt/fmt.h>

#include <utility>
#include <variant>

#include "ceremony/name.h"
#include "ceremony/recipient.h"
#include "crypto/digest.h"
#include "session/consent.h"
#include "session/journal.h"
#include "session/overloaded.h"
#include "session/roster.h"
#include "session/run.h"
#include "signaling/address.h"

namespace coterie::session {

namespace {

class RecipientRun : private Run {
 public:
  RecipientRun(Store& store, const LocalSigner& signer, const ceremony::Invite& invite,
               std::optional<MultisigRecord> known, JoinTerms terms, const RunOptions& options)
      : Run(options),
        store_(store),
        signer_(signer),
        invite_(invite),
        creator_(invite.creator.sign_key),
        local_name_(std::move(terms.local_name)),
        record_(std::move(known)),
        closing_timer_(loop_),
        inquiry_(
            loop_, observer_, std::move(terms.check_hook), [this] { return !finished() && !closing_; },
            [this](const ConsentRequest& request, Result<ConsentAnswer> answer) {
              take_answer(request, std::move(answer));
            }) {}

  Outcome run();

 private:
  void on_stop() override;
  void on_join_timeout() override;
  void before_closing() override { closing_timer_.cancel(); }

  void on_peer_state(PeerState state, std::optional<LinkPath> path);
  void on_link_closed(LinkEnd how);
  void tell_self(PeerState state);

  Result<void> make_machine();
  Result<void> keep_invite();
  void carry_out_events();
  Result<void> carry_out(const ceremony::recipient_event::Event& event);
  template <class StoreEvent>
  Result<void> insert(const StoreEvent& event);
  template <class StoreEvent>
  Result<void> update(const StoreEvent& event);

  void ask_consent(const ceremony::SignedManifest& manifest);
  void object(const Objection& objection);
  void take_answer(const ConsentRequest& request, Result<ConsentAnswer> answer);

  // Ends the run with this outcome once the creator acknowledged our last word, or after connect-timeout without that.
  void finish_when_acknowledged(std::optional<Error> error);
  void adjust_watch();
  bool signed_here() const { return record_ && record_->receipts.contains(signer_.card.sign_key()); }
  bool declined_here() const { return record_ && !signed_here() && record_->ended_by == signer_.card.sign_key(); }
  bool complete() const { return record_ && record_->status == MultisigStatus::complete; }
  std::string what() const;
  UnlinkedSigners trouble() const;
  std::string advice_without_link() const;
  std::string resume_command() const;
  Outcome outcome_now(std::optional<Error> error) const;
  Error ending_error(const ceremony::Ending& ending) const;
  Error over_error() const;  // of one that was declined here

  Store& store_;
  const LocalSigner& signer_;
  const ceremony::Invite& invite_;
  const SignKey creator_;
  std::string creator_name_;  // a contact's name, escaped, or "the creator"
  std::optional<std::string> local_name_;
  std::string checked_by_;  // path of the check hook that accepted the multisig address
  std::optional<MultisigRecord> record_;
  std::optional<ceremony::Recipient> machine_;
  PeerState creator_state_ = PeerState::absent;
  PeerState best_creator_state_ = PeerState::absent;
  bool unlinked_ = false;  // the creator was in the room, gone since or not, and there is no link
  bool been_in_room_ = false;
  std::optional<std::optional<Error>> closing_;  // finish_when_acknowledged was called, with this
  Timer closing_timer_;
  Inquiry inquiry_;
};

Outcome RecipientRun::run() {
  const auto known_creator = find_creator(store_, invite_.creator);
  if (!known_creator) return failed(known_creator.error());
  creator_name_ = *known_creator ? ceremony::escape((*known_creator)->name()) : "the creator";
  if (const auto made = make_machine(); !made) return outcome_now(made.error());

  WebRtcClientOptions links;
  links.server = {{invite_.host, invite_.port}, invite_.security};
  links.tls_ca = options_.tls_ca;
  links.room = invite_.room;
  links.peers = {{creator_name_, invite_.creator}};
  links.loopback = signaling::reach_of(invite_.host) == signaling::Reach::loopback ? rtc::LoopbackCandidates::allowed
                                                                                   : rtc::LoopbackCandidates::refused;
  links.connect_timeout = options_.connect_timeout;

  WebRtcClientHandlers handlers;
  handlers.on_in_room = [this] {
    if (!std::exchange(been_in_room_, true)) watch_.note_progress();
  };
  handlers.on_peer_state = [this](const SignKey&, PeerState state, std::optional<LinkPath> path) {
    on_peer_state(state, path);
  };
  handlers.on_link_opened = [this](const SignKey&) {
    if (const auto kept = keep_invite(); !kept) return finish(outcome_now(kept.error()), Farewell::leave);
    machine_->link_opened();
    adjust_watch();
    carry_out_events();
  };
  handlers.on_link_closed = [this](const SignKey&, LinkEnd how) { on_link_closed(how); };
  handlers.on_message = [this](const SignKey&, const std::string& message) {
    machine_->handle_message(message);
    carry_out_events();
  };
  handlers.on_notice = [this](const std::string& line) { observer_.on_notice(line); };
  handlers.on_fatal = [this](const Error& error) { finish(outcome_now(error), Farewell::leave); };

  observer_.on_peer({creator_name_, creator_, PeerState::absent, std::nullopt});
  if (complete()) {
    tell_self(PeerState::complete);
    finish_when_acknowledged(std::nullopt);
  } else if (signed_here()) {
    tell_self(PeerState::receipt);
  } else if (declined_here()) {
    // It may have died between recording that and saying it: the creator would wait for this signer without end.
    tell_self(PeerState::declined);
    observer_.on_notice(fmt::format("{}; telling {} once more, for at most {} (--connect-timeout)",
                                    over_error().message, creator_name_, describe(options_.connect_timeout)));
    finish_when_acknowledged(over_error());
  }
  Outcome outcome = drive(signer_.identity, std::move(links), std::move(handlers));
  inquiry_.stop();
  return outcome;
}

Result<void> RecipientRun::make_machine() {
  ceremony::ProposalExpectation expectation{invite_.creator, invite_.room, signer_.card};
  if (!record_) {
    COTERIE_TRY(auto machine, ceremony::Recipient::create(signer_.identity, std::move(expectation)));
    machine_.emplace(std::move(machine));
    return {};
  }
  COTERIE_TRY(auto machine,
              ceremony::Recipient::restore(signer_.identity, std::move(expectation), to_recipient(*record_)));
  machine_.emplace(std::move(machine));
  return {};
}

// The creator was reached by this invite: `resume` goes where that one leads, not where an older one did.
Result<void> RecipientRun::keep_invite() {
  if (!record_ || record_->invite == invite_.serialize()) return {};
  COTERIE_TRY(record_,
              store_.update(signer_.card.sign_key(), invite_.room, [&](MultisigRecord& record) -> Result<void> {
                record.invite = invite_.serialize();
                return {};
              }));
  return {};
}

void RecipientRun::carry_out_events() {
  while (!finished()) {
    const auto event = machine_->poll_event();
    if (!event) return;
    if (const auto done = carry_out(*event); !done) return finish(outcome_now(done.error()), Farewell::leave);
  }
}

Result<void> RecipientRun::carry_out(const ceremony::recipient_event::Event& event) {
  namespace events = ceremony::recipient_event;
  return std::visit(Overloaded{
                        [this](const events::AskConsent& ask) -> Result<void> {
                          ask_consent(ask.manifest);
                          return {};
                        },
                        [this](const events::StoreProposal& store) -> Result<void> {
                          COTERIE_CHECK(insert(store));
                          tell_self(PeerState::receipt);
                          adjust_watch();
                          return {};
                        },
                        [this](const events::StoreDecline& store) { return insert(store); },
                        [this](const events::StoreCertificate& store) -> Result<void> {
                          COTERIE_CHECK(update(store));
                          tell_self(PeerState::complete);
                          return {};
                        },
                        [this](const events::StoreEnding& store) { return update(store); },
                        [this](const events::Send& send) -> Result<void> {
                          links_->send(creator_, send.message);
                          return {};
                        },
                        [this](const events::CloseLink&) -> Result<void> {
                          machine_->link_closed();
                          links_->close_link(creator_);
                          if (closing_) finish(outcome_now(*closing_), Farewell::leave);
                          return {};
                        },
                        [](const events::PeerError& problem) -> Result<void> { return problem.error; },
                        [this](const events::Completed&) -> Result<void> {
                          finish_when_acknowledged(std::nullopt);
                          return {};
                        },
                        [this](const events::Ended& ended) -> Result<void> {
                          if (closing_) return {};  // an earlier run's decline, said again
                          const bool own = ended.ending.by == signer_.card.sign_key();
                          if (own) tell_self(PeerState::declined);
                          finish_when_acknowledged(own ? ended.error : ending_error(ended.ending));
                          return {};
                        },
                    },
                    event);
}

template <class StoreEvent>
Result<void> RecipientRun::insert(const StoreEvent& event) {
  MultisigRecord record = make_recipient_record(event.manifest, invite_, signer_.card.sign_key(),
                                                local_name_.value_or(event.manifest.manifest().name));
  record.hook = checked_by_;
  journal(event, record);
  COTERIE_CHECK(store_.insert(record));
  record_ = std::move(record);
  return {};
}

template <class StoreEvent>
Result<void> RecipientRun::update(const StoreEvent& event) {
  COTERIE_TRY(record_,
              store_.update(signer_.card.sign_key(), invite_.room, [&](MultisigRecord& record) -> Result<void> {
                journal(event, record);
                return {};
              }));
  return {};
}

// --- consent ---

void RecipientRun::ask_consent(const ceremony::SignedManifest& manifest) {
  watch_.note_progress();
  const account::SharedStateAccount* account = machine_->proposed_account();
  if (account == nullptr) return;  // the creator gave up meanwhile
  auto prepared = prepare_request(store_, signer_, {manifest, *account, creator_name_, local_name_});
  if (const auto* objection = std::get_if<Objection>(&prepared)) return object(*objection);
  if (inquiry_.asking()) return;  // asked already, on an earlier link; the answer will count for this one
  inquiry_.ask(std::get<ConsentRequest>(std::move(prepared)), manifest.manifest());
  adjust_watch();
}

void RecipientRun::object(const Objection& objection) {
  if (objection.kind == Objection::Kind::refused) return machine_->refuse(objection.error);
  finish(outcome_now(objection.error), Farewell::leave);
}

void RecipientRun::take_answer(const ConsentRequest& request, Result<ConsentAnswer> answer) {
  if (finished()) return;
  if (!answer) {
    if (!closing_) finish(outcome_now(answer.error()), Farewell::leave);
    return;
  }
  watch_.note_progress();
  adjust_watch();
  checked_by_ = request.checked_by;
  if (answer->choice == ConsentAnswer::Choice::decline) {
    machine_->decline(answer->reason);
  } else if (const auto checked = check_answer(request, *answer); !checked) {
    return finish(outcome_now(checked.error()), Farewell::leave);
  } else if (const account::SharedStateAccount* account = machine_->proposed_account()) {
    // Once more: another join may have taken it while the person thought.
    const auto objection = object_to_account(store_, {*machine_->manifest(), *account, creator_name_, local_name_});
    if (objection) {
      object(*objection);
    } else {
      if (answer->local_name) local_name_ = std::move(answer->local_name);
      machine_->accept();
    }
  }
  carry_out_events();
}

// --- links and time ---

void RecipientRun::on_peer_state(PeerState state, std::optional<LinkPath> path) {
  creator_state_ = state;
  if (state == PeerState::connecting) unlinked_ = true;
  if (state == PeerState::connected) unlinked_ = false;
  if (closing_) return;  // the last word is said: that the link goes now is no news
  if (state > best_creator_state_) {
    best_creator_state_ = state;
    watch_.note_progress();
  }
  observer_.on_peer({creator_name_, creator_, state, path});
}

void RecipientRun::on_link_closed(LinkEnd how) {
  machine_->link_closed();
  carry_out_events();
  if (finished()) return;
  // The creator closes when it has journaled our `stored`. A decline is acknowledged by its abort. Without either, the
  // last word is said again on the next link.
  if (closing_ && how == LinkEnd::closed_by_peer && machine_->state() == ceremony::Recipient::State::complete) {
    return finish(outcome_now(*closing_), Farewell::leave);
  }
  adjust_watch();
}

void RecipientRun::finish_when_acknowledged(std::optional<Error> error) {
  closing_.emplace(std::move(error));
  watch_.hold();
  closing_timer_.start(options_.connect_timeout, [this] { finish(outcome_now(*closing_), Farewell::leave); });
}

// While a person thinks, or a receipt is given, an open link counts as progress.
void RecipientRun::adjust_watch() {
  if (closing_) return;
  if (links_->connected(creator_) && (inquiry_.asking() || signed_here())) {
    watch_.hold();
  } else {
    watch_.release();
  }
}

void RecipientRun::tell_self(PeerState state) {
  watch_.note_progress();
  observer_.on_peer({signer_.card.name(), signer_.card.sign_key(), state, std::nullopt});
}

void RecipientRun::on_stop() {
  if (closing_) return finish(outcome_now(*closing_), Farewell::leave);
  if (signed_here()) {
    return finish(outcome_now(Error{ErrorKind::pending,
                                    fmt::format("stopped; {} is pending: your receipt is given, the certificate from "
                                                "{} is missing",
                                                what(), creator_name_),
                                    fmt::format("nothing is lost; go on with {}", resume_command())}),
                  Farewell::leave);
  }
  finish(outcome_now(Error{ErrorKind::interrupted, "stopped; nothing was signed or stored here",
                           "the invite stays good: join again when you like"}),
         Farewell::leave);
}

void RecipientRun::on_join_timeout() {
  const std::string within = fmt::format("within {} (--join-timeout)", describe(options_.join_timeout));
  const UnlinkedSigners why = trouble();
  if (signed_here()) {
    return finish(
        outcome_now(
            Error{ErrorKind::pending, fmt::format("{} is pending: no certificate {}: {}", what(), within, why.words),
                  fmt::format("nothing is lost: when {} is there, go on with {}", creator_name_, resume_command()),
                  why.code}),
        Farewell::leave);
  }
  finish(
      outcome_now(Error{ErrorKind::timed_out, fmt::format("nothing from {} {}: {}", creator_name_, within, why.words),
                        fmt::format("nothing was signed or stored here. {}; then join again", why.advice), why.code}),
      Farewell::leave);
}

UnlinkedSigners RecipientRun::trouble() const {
  const std::string& room_trouble = links_->room_trouble().text;
  if (!links_->present(creator_) && !room_trouble.empty()) return {room_trouble, advice_without_link(), {}};
  if (unlinked_ || creator_state_ == PeerState::joined) {
    return describe({{creator_name_, links_->link_failure(creator_).value_or(judge_departure())}});
  }
  if (creator_state_ == PeerState::absent) {
    return {fmt::format("{} was not in the room", creator_name_), advice_without_link(), {}};
  }
  if (signed_here()) return {"the receipt of some signer is still missing", {}, {}};
  return describe({{creator_name_, judge_silent_link()}});
}

// For whom nothing came of it, by what kept the creator away.
std::string RecipientRun::advice_without_link() const {
  const auto& [kind, text, own_advice] = links_->room_trouble();
  if (!own_advice.empty()) return own_advice;
  if (kind == RoomTrouble::Kind::none) {
    return fmt::format("Ask {} to run `coterie multisig resume`, or the same `create` again", creator_name_);
  }
  std::string advice =
      fmt::format("Ask {} whether `multisig create` is running there and this invite is its", creator_name_);
  if (kind == RoomTrouble::Kind::refused) {
    return advice + fmt::format(", and compare fingerprints by voice: you: {}; {}: {}", signer_.card.fingerprint(),
                                creator_name_, crypto::fingerprint(invite_.creator.sign_key, invite_.creator.box_key));
  }
  return advice + fmt::format(", and whether a firewall lets TCP {} in", invite_.port);
}

std::string RecipientRun::resume_command() const {
  return fmt::format("`coterie multisig resume {}`", ceremony::shell_argument(record_->name));
}

std::string RecipientRun::what() const {
  return record_ ? ceremony::escape(record_->name) : std::string("the multisig");
}

Error RecipientRun::ending_error(const ceremony::Ending& ending) const {
  const std::string reason = ending.reason.empty() ? "" : ": " + ceremony::escape(ending.reason);
  if (ending.cause == ceremony::EndCause::abandoned) {
    return {ErrorKind::declined, fmt::format("{} abandoned {}{}", creator_name_, what(), reason),
            fmt::format("this invite is over; if there is to be a new multisig, {} sends a new one", creator_name_)};
  }
  const std::string who =
      ending.by && machine_->manifest() ? machine_->manifest()->name_of(*ending.by) : std::string("another signer");
  return {
      ErrorKind::declined, fmt::format("{} declined {}{}", who, what(), reason),
      fmt::format("this invite is over for all; if there is to be a new multisig, {} sends a new one", creator_name_)};
}

Error RecipientRun::over_error() const {
  const bool refused = record_->status == MultisigStatus::failed;
  const std::string reason = record_->reason.empty() ? "" : ": " + ceremony::escape(record_->reason);
  return {refused ? ErrorKind::refused : ErrorKind::declined,
          fmt::format("{} is over: {}{}", what(), refused ? "it was refused here" : "you declined it", reason),
          fmt::format("that is final for this invite; if there is to be a new multisig, {} sends a new one",
                      record_->manifest.name_of(creator_))};
}

Outcome RecipientRun::outcome_now(std::optional<Error> error) const {
  return outcome_of(record_ ? &*record_ : nullptr, std::move(error));
}

Error other_creator_error(const MultisigRecord& known) {
  return refused_error(
      fmt::format("this invite names another creator than {}, for whose multisig {} you gave your receipt in its room",
                  ceremony::escape(known.manifest.manifest().signers.front().name()), ceremony::escape(known.name)),
      "one of both invites is false: compare fingerprints by voice");
}

Error own_room_error(const Draft& draft) {
  return refused_error(fmt::format("this invite names the room of your own multisig {}, which has not been opened yet",
                                   ceremony::escape(draft.name)),
                       "the invite is false; nothing was changed");
}

}  // namespace

Outcome receive_shared_state(Store& store, const LocalSigner& signer, const ceremony::Invite& invite,
                             std::optional<MultisigRecord> known, JoinTerms terms, const RunOptions& options) {
  auto lock = store.lock_multisig(signer.card.sign_key(), invite.room, known ? known->name : std::string());
  if (!lock) return failed(lock.error());
  auto present =
      store.multisig_in_room(signer.card.sign_key(), invite.room);  // as an earlier holder of the lock left it
  if (!present) return failed(present.error());
  known = std::move(*present);
  const auto draft = store.draft_in_room(signer.card.sign_key(), invite.room);
  if (!draft) return failed(draft.error());
  if (*draft) return failed(own_room_error(**draft));
  if (known && known->gives_way_to(invite.creator.sign_key)) known.reset();
  if (known && known->manifest.manifest().signers.front().sign_key() != invite.creator.sign_key) {
    return failed(other_creator_error(*known));
  }
  if (const auto enough = check_descriptors_for_links(1); !enough) {
    return {std::move(known), {}, enough.error()};
  }
  return RecipientRun(store, signer, invite, std::move(known), std::move(terms), options).run();
}

}  // namespace coterie::session
