#include "session/exchange.h"

#include <spdlog/fmt/fmt.h>

#include <set>

#include "ceremony/creator.h"
#include "ceremony/name.h"
#include "session/journal.h"
#include "session/overloaded.h"
#include "session/run.h"

namespace coterie::session {

namespace {

// How long an absent signer goes unmentioned.
constexpr std::chrono::seconds kAbsentPatience{30};
// How soon `abandon` by another process is seen while nothing is written.
constexpr std::chrono::milliseconds kJournalLook{500};

class CreatorRun : private Run {
 public:
  CreatorRun(Store& store, const LocalSigner& creator, MultisigRecord multisig, const RunOptions& options)
      : Run(options),
        store_(store),
        creator_(creator),
        record_(std::move(multisig)),
        absent_timer_(loop_),
        journal_timer_(loop_),
        telling_timer_(loop_),
        begun_as_(record_.status) {}

  Outcome run(PreparedVenue venue);

 private:
  void on_stop() override;
  void on_join_timeout() override;
  void before_closing() override;

  void look_into_journal();
  void tell_of_absent();
  void on_peer_state(const SignKey& peer, PeerState state, std::optional<LinkPath> path);
  void tell(const SignKey& signer, PeerState state, std::optional<LinkPath> path = std::nullopt);

  Result<void> make_machine();
  void carry_out_events();
  Result<void> carry_out(const ceremony::creator_event::Event& event);
  template <class StoreEvent>
  Result<void> write(const StoreEvent& event);
  void take_over_ending();
  void end_when_all_are_told();

  Outcome outcome_now(std::optional<Error> error) const;
  Error ending_error() const;
  std::string creating_again() const;
  std::string missing() const;
  UnlinkedSigners describe_unlinked() const;  // no words when there is nobody
  bool serves_late_comers() const { return begun_as_ != MultisigStatus::pending; }

  Store& store_;
  const LocalSigner& creator_;
  MultisigRecord record_;  // as last written or read
  std::optional<ceremony::Creator> machine_;
  std::map<SignKey, PeerState> states_;
  std::map<SignKey, PeerState> farthest_;  // that each signer ever came
  std::set<SignKey> unlinked_;             // who were in the room, gone since or not, and have no link
  std::set<SignKey> told_;                 // of the ending, and gone
  Timer absent_timer_;
  Timer journal_timer_;
  Timer telling_timer_;
  bool was_cut_off_ = false;  // from the room, while others were to be told that it is over
  std::uint64_t journal_counter_ = 0;
  MultisigStatus begun_as_;
};

Outcome CreatorRun::run(PreparedVenue venue) {
  const auto failed = [this](Error error) { return outcome_now(std::move(error)); };

  std::unique_ptr<signaling::Server> server;
  if (venue.listener) {
    signaling::ServerOptions options;
    options.kind = signaling::ServerKind::embedded;
    options.room = record_.room;
    auto started = signaling::Server::start(std::move(options), std::move(*venue.listener));
    if (!started) return failed(started.error());
    server = std::move(*started);
  }
  if (auto made = make_machine(); !made) return failed(made.error());
  auto counter = store_.vault().change_counter();
  if (!counter) return failed(counter.error());
  journal_counter_ = *counter;

  const ceremony::Manifest& manifest = record_.manifest.manifest();
  WebRtcClientOptions links;
  links.server = venue.venue.signaling;
  links.tls_ca = options_.tls_ca;
  links.room = record_.room;
  links.loopback = is_local(venue.venue) ? rtc::LoopbackCandidates::allowed : rtc::LoopbackCandidates::refused;
  links.connect_timeout = options_.connect_timeout;
  signaling::RoomTerms terms;
  terms.salt = *record_.room_salt;
  // The room outlives every wait of ours, so that it is there when we come back (docs/protocol.md, "Life of a room").
  terms.ttl = std::min<std::chrono::seconds>(
      std::chrono::duration_cast<std::chrono::seconds>(options_.join_timeout) + std::chrono::minutes(10),
      signaling::kMaxRoomTtl);
  for (const ceremony::Card& card : manifest.signers) {
    terms.roster.push_back(card.sign_key());
    if (card.sign_key() != creator_.card.sign_key()) {
      links.peers.push_back({ceremony::escape(card.name()), card.peer()});
    }
  }
  links.create = std::move(terms);

  observer_.on_invite(
      {record_.invite, record_.manifest.verification_code(), links.server.text(), describe_reach(venue.venue)});
  if (!venue.notice.empty()) observer_.on_notice(venue.notice);
  for (const RemoteSigner& peer : links.peers) {
    const SignKey& key = peer.keys.sign_key;
    tell(key, record_.stored.contains(key)     ? PeerState::complete
              : record_.receipts.contains(key) ? PeerState::receipt
                                               : PeerState::absent);
  }

  WebRtcClientHandlers handlers;
  handlers.on_in_room = [this] {
    if (machine_->state() == ceremony::Creator::State::ended) was_cut_off_ = true;
  };
  handlers.on_peer_state = [this](const SignKey& peer, PeerState state, std::optional<LinkPath> path) {
    on_peer_state(peer, state, path);
  };
  handlers.on_link_opened = [this](const SignKey& peer) {
    machine_->link_opened(peer);
    carry_out_events();
  };
  handlers.on_link_closed = [this](const SignKey& peer, LinkEnd how) {
    machine_->link_closed(peer);
    // That signer closed after hearing why: it needs no other link. Who lost the link gets another one.
    if (machine_->state() == ceremony::Creator::State::ended && how == LinkEnd::closed_by_peer) {
      told_.insert(peer);
      links_->close_link(peer);
    }
    carry_out_events();
    end_when_all_are_told();
  };
  handlers.on_message = [this](const SignKey& peer, const std::string& message) {
    machine_->handle_message(peer, message);
    carry_out_events();
  };
  handlers.on_notice = [this](const std::string& line) { observer_.on_notice(line); };
  handlers.on_fatal = [this](const Error& error) { finish(outcome_now(error), Farewell::drop); };

  journal_timer_.start(kJournalLook, [this] { look_into_journal(); });
  absent_timer_.start(kAbsentPatience, [this] { tell_of_absent(); });
  loop_.post([this] { carry_out_events(); });  // the certificate may be waiting, when a crash came before it
  return drive(creator_.identity, std::move(links), std::move(handlers));
}

Result<void> CreatorRun::make_machine() {
  COTERIE_TRY(auto machine, ceremony::Creator::create(to_creator(record_), creator_.identity, random_));
  machine_.emplace(std::move(machine));
  return {};
}

void CreatorRun::carry_out_events() {
  while (!finished()) {
    const auto event = machine_->poll_event();
    if (!event) return;
    if (const auto done = carry_out(*event); !done) {
      if (record_.status == MultisigStatus::abandoned) return take_over_ending();
      return finish(outcome_now(done.error()), Farewell::drop);
    }
  }
}

Result<void> CreatorRun::carry_out(const ceremony::creator_event::Event& event) {
  namespace events = ceremony::creator_event;
  return std::visit(Overloaded{
                        [this](const events::StoreReceipt& store) { return write(store); },
                        [this](const events::StoreCertificate& store) { return write(store); },
                        [this](const events::StoreStored& store) { return write(store); },
                        [this](const events::StoreEnding& store) { return write(store); },
                        [this](const events::Send& send) -> Result<void> {
                          links_->send(send.to, send.message);
                          return {};
                        },
                        [this](const events::CloseLink& close) -> Result<void> {
                          machine_->link_closed(close.signer);
                          links_->close_link(close.signer);
                          if (machine_->state() == ceremony::Creator::State::ended) told_.insert(close.signer);
                          return {};
                        },
                        [this](const events::Progress& progress) -> Result<void> {
                          switch (progress.progress) {
                            case ceremony::SignerProgress::delivered:
                              tell(progress.signer, PeerState::delivered);
                              break;
                            case ceremony::SignerProgress::receipt:
                              tell(progress.signer, PeerState::receipt);
                              break;
                            case ceremony::SignerProgress::complete:
                              tell(progress.signer, PeerState::complete);
                              break;
                            case ceremony::SignerProgress::declined:
                              tell(progress.signer, PeerState::declined);
                              break;
                            case ceremony::SignerProgress::failed:
                              tell(progress.signer, PeerState::failed);
                              break;
                          }
                          return {};
                        },
                        [this](const events::PeerError& problem) -> Result<void> {
                          observer_.on_notice(problem.error.message);
                          return {};
                        },
                        [this](const events::Completed&) -> Result<void> {
                          if (!serves_late_comers()) finish(outcome_now(std::nullopt), Farewell::leave);
                          return {};
                        },
                        [this](const events::Ended&) -> Result<void> {
                          if (serves_late_comers()) return {};
                          telling_timer_.start(options_.connect_timeout,
                                               [this] { finish(outcome_now(ending_error()), Farewell::leave); });
                          loop_.post([this] { end_when_all_are_told(); });
                          return {};
                        },
                    },
                    event);
}

template <class StoreEvent>
Result<void> CreatorRun::write(const StoreEvent& event) {
  auto written = store_.update(record_.signer, record_.room, [&](MultisigRecord& present) {
    auto journaled = journal(event, record_, present);
    if (!journaled) record_ = std::move(present);  // abandoned by another process
    return journaled;
  });
  if (!written) return written.error();
  record_ = std::move(*written);
  return {};
}

// `abandon` by another process: the machine goes on from the record as it now is.
void CreatorRun::take_over_ending() {
  if (const auto made = make_machine(); !made) return finish(outcome_now(made.error()), Farewell::drop);
  for (const ceremony::Card& card : record_.manifest.manifest().signers) {
    if (links_->connected(card.sign_key())) machine_->link_opened(card.sign_key());
  }
  if (!serves_late_comers()) {
    telling_timer_.start(options_.connect_timeout, [this] { finish(outcome_now(ending_error()), Farewell::leave); });
  }
  carry_out_events();
  end_when_all_are_told();
}

void CreatorRun::look_into_journal() {
  journal_timer_.start(kJournalLook, [this] { look_into_journal(); });
  const auto counter = store_.vault().change_counter();
  if (!counter || *counter == journal_counter_) return;
  journal_counter_ = *counter;
  auto present = store_.multisig_in_room(record_.signer, record_.room);
  if (!present || !*present || (*present)->status == record_.status) return;
  record_ = std::move(**present);
  if (record_.status == MultisigStatus::abandoned) take_over_ending();
}

void CreatorRun::end_when_all_are_told() {
  if (finished() || serves_late_comers() || machine_->state() != ceremony::Creator::State::ended) return;
  if (links_->room_trouble().kind != RoomTrouble::Kind::none) was_cut_off_ = true;
  bool all_told = true;
  for (const ceremony::Card& card : record_.manifest.manifest().signers) {
    if (told_.contains(card.sign_key()) || card == creator_.card) continue;
    if (links_->present(card.sign_key())) return;
    all_told = false;
  }
  // Nobody is present as long as this side is not in the room itself, and not everybody at once when it is there again.
  if (!all_told && was_cut_off_) return;
  finish(outcome_now(ending_error()), Farewell::leave);
}

void CreatorRun::on_peer_state(const SignKey& peer, PeerState state, std::optional<LinkPath> path) {
  if (state == PeerState::connected) {
    unlinked_.erase(peer);
  } else if (state == PeerState::connecting || links_->link_failure(peer)) {
    unlinked_.insert(peer);
  }
  // A receipt counts for more than the link it came over: whoever gave one stays shown with it.
  if (states_[peer] < PeerState::delivered) tell(peer, state, path);
  loop_.post([this] { end_when_all_are_told(); });
}

void CreatorRun::tell(const SignKey& signer, PeerState state, std::optional<LinkPath> path) {
  states_[signer] = state;
  // Each step counts once. A signer who comes and goes, or whose links break as soon as they are open, would keep this
  // run from its end otherwise; and that a link is tried again is our own doing.
  PeerState& farthest = farthest_[signer];
  if (state > farthest && state != PeerState::connecting && state != PeerState::failed) {
    farthest = state;
    watch_.note_progress();
  }
  observer_.on_peer({record_.manifest.find(signer)->name(), signer, state, path});
}

void CreatorRun::tell_of_absent() {
  std::vector<std::string> names;
  std::vector<std::string> fingerprints{"you: " + creator_.card.fingerprint()};
  for (const ceremony::Card& card : record_.manifest.manifest().signers) {
    const auto state = states_.find(card.sign_key());
    if (state == states_.end() || state->second != PeerState::absent) continue;
    names.push_back(ceremony::escape(card.name()));
    fingerprints.push_back(names.back() + ": " + card.fingerprint());
  }
  if (names.empty()) return;
  const bool one = names.size() == 1;
  observer_.on_notice(fmt::format("{} {} not come yet. {} this invite, and must reach {} from there.",
                                  ceremony::join_names(names), one ? "has" : "have",
                                  one ? "That signer needs" : "They need", record_.venue->advertised.text()));
  observer_.on_notice("Who is told that the room is not open compares fingerprints with you by voice:");
  for (const std::string& line : fingerprints) observer_.on_notice(line);
}

void CreatorRun::on_stop() {
  if (machine_->state() == ceremony::Creator::State::complete) {
    return finish(outcome_now(std::nullopt), Farewell::drop);
  }
  if (machine_->state() == ceremony::Creator::State::ended) {
    return finish(outcome_now(ending_error()), Farewell::drop);
  }
  finish(outcome_now(Error{ErrorKind::pending,
                           fmt::format("stopped; {} is pending: {}", ceremony::escape(record_.name), missing()),
                           fmt::format("nothing is lost; go on with `coterie multisig resume {}`",
                                       ceremony::shell_argument(record_.name))}),
         Farewell::drop);
}

void CreatorRun::on_join_timeout() {
  if (machine_->state() == ceremony::Creator::State::complete) {
    return finish(outcome_now(std::nullopt), Farewell::leave);
  }
  if (machine_->state() == ceremony::Creator::State::ended) {
    return finish(outcome_now(ending_error()), Farewell::leave);
  }
  // Who is not in the room oneself cannot blame the others for not coming.
  const RoomTrouble& room_trouble = links_->room_trouble();
  const UnlinkedSigners unlinked = room_trouble.text.empty() ? describe_unlinked() : UnlinkedSigners();
  std::string trouble = room_trouble.text + unlinked.words;
  if (!trouble.empty()) trouble.insert(0, ": ");
  std::string advice = "nothing is lost and the invite stays the same";
  for (const std::string& more : {unlinked.advice, room_trouble.advice}) {
    if (!more.empty()) advice += "; " + more;
  }
  finish(outcome_now(Error{ErrorKind::pending,
                           fmt::format("{} is pending: {} within {} (--join-timeout){}", ceremony::escape(record_.name),
                                       missing(), describe(options_.join_timeout), trouble),
                           fmt::format("{}: when {}, go on with `coterie multisig resume {}`", advice,
                                       room_trouble.text.empty() ? "they can be there" : "that server answers",
                                       ceremony::shell_argument(record_.name)),
                           unlinked.code}),
         Farewell::drop);
}

UnlinkedSigners CreatorRun::describe_unlinked() const {
  std::vector<UnlinkedSigner> signers;
  for (const ceremony::Card& card : record_.manifest.manifest().signers) {
    const SignKey& key = card.sign_key();
    if (!unlinked_.contains(key) || record_.stored.contains(key)) continue;
    signers.push_back({ceremony::escape(card.name()), links_->link_failure(key).value_or(judge_departure())});
  }
  return describe(signers);
}

void CreatorRun::before_closing() {
  absent_timer_.cancel();
  journal_timer_.cancel();
  telling_timer_.cancel();
  // A recipient that has the certificate takes the close of its link for the word that its `stored` is on disk here.
  if (!record_.certificate) return;
  for (const ceremony::Card& card : record_.manifest.manifest().signers) {
    if (!record_.stored.contains(card.sign_key())) links_->drop_link(card.sign_key());
  }
}

std::string CreatorRun::missing() const {
  std::vector<std::string> receipts;
  std::vector<std::string> stored;
  for (const ceremony::Card& card : record_.manifest.manifest().signers) {
    const SignKey& key = card.sign_key();
    if (key == creator_.card.sign_key() || record_.stored.contains(key)) continue;
    (record_.receipts.contains(key) ? stored : receipts).push_back(ceremony::escape(card.name()));
  }
  if (!receipts.empty()) return fmt::format("no receipt from {}", ceremony::join_names(receipts));
  return fmt::format("no word from {} that the certificate is stored", ceremony::join_names(stored));
}

Error CreatorRun::ending_error() const {
  const std::string name = ceremony::escape(record_.name);
  if (record_.status == MultisigStatus::abandoned) {
    return {ErrorKind::declined, fmt::format("{} was abandoned here", name),
            fmt::format("its name is free again: {}", creating_again())};
  }
  const std::string who = record_.ended_by ? record_.manifest.name_of(*record_.ended_by) : "a signer";
  const std::string reason = record_.reason.empty() ? "" : ": " + ceremony::escape(record_.reason);
  return {ErrorKind::declined, fmt::format("{} declined {}, so it is over for all{}", who, name, reason),
          fmt::format("talk to {}; its name is free again: {}", who, creating_again())};
}

std::string CreatorRun::creating_again() const {
  return record_.imported ? "it is kept as it was imported, and the same `coterie multisig create` shares it again"
                          : "`coterie multisig create` makes a new one, with a new account";
}

Outcome CreatorRun::outcome_now(std::optional<Error> error) const {
  return outcome_of(&record_, std::move(error));
}

}  // namespace

Outcome run_exchange(Store& store, const LocalSigner& creator, MultisigRecord multisig, PreparedVenue venue,
                     const RunOptions& options) {
  return CreatorRun(store, creator, std::move(multisig), options).run(std::move(venue));
}

}  // namespace coterie::session
