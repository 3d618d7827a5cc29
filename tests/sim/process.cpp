#include "sim/process.h"

#include "ceremony/name.h"
#include "session/journal.h"
#include "session/overloaded.h"

namespace coterie::sim {

using namespace std::chrono_literals;
using session::Farewell;
using session::LinkEnd;
using session::Overloaded;

namespace {

constexpr Duration kJoinTimeout = 10min;
constexpr Duration kJournalLook = 500ms;

// What a message about another manifest may lead to.
bool is_refusal(const ceremony::creator_event::Event& event) {
  namespace events = ceremony::creator_event;
  const auto* progress = std::get_if<events::Progress>(&event);
  return std::holds_alternative<events::PeerError>(event) || std::holds_alternative<events::CloseLink>(event) ||
         (progress != nullptr && progress->progress == ceremony::SignerProgress::failed);
}
bool is_refusal(const ceremony::recipient_event::Event& event) {
  namespace events = ceremony::recipient_event;
  return std::holds_alternative<events::PeerError>(event) || std::holds_alternative<events::CloseLink>(event);
}

const char* const kForeign = "what names another manifest says nothing";

}  // namespace

// --- what all share ---

void Process::open_links(std::optional<signaling::RoomTerms> create, const std::vector<ceremony::Card>& peers,
                         session::LinkKeeperHandlers handlers) {
  LinksOptions options;
  options.who = ceremony::escape(self().card.name());
  options.room = room_;
  options.create = std::move(create);
  for (const ceremony::Card& card : peers) options.peers.push_back({ceremony::escape(card.name()), card.peer()});
  handlers.on_fatal = [this](const Error& error) { on_fatal(error); };
  if (!handlers.on_peer_state) handlers.on_peer_state = [](const SignKey&, PeerState, std::optional<LinkPath>) {};
  links_ = std::make_shared<Links>(context(), host_.server_of(room_), host_.channels(), self().identity,
                                   std::move(options), std::move(handlers));
  links_->start();
}

void Process::on_fatal(const Error& error) {
  if (error.kind == ErrorKind::refused) host_.on_accused(signer_, error);
  finish(Farewell::drop, "ends by a fatal error");
}

void Process::finish(Farewell farewell, const char* why) {
  if (std::exchange(over_, true)) return;
  *alive_ = false;
  context().trace.note("{} {}", self().card.name(), why);
  if (links_) {
    before_closing();
    links_->close(farewell);
  }
  host_.on_over(*this);
}

void Process::kill() {
  if (std::exchange(over_, true)) return;
  *alive_ = false;
  context().trace.note("{} is killed", self().card.name());
  if (links_) links_->die();
  host_.on_over(*this);
}

bool Process::dies() {
  if (!context().fault(context().plan.crash)) return false;
  kill();
  return true;
}

void Process::after(Duration delay, std::function<void()> act) {
  context().schedule.after(delay, [alive = alive_, act = std::move(act)] {
    if (*alive) act();
  });
}

void Process::say(const SignKey& to, const std::string& message) {
  host_.on_said(signer_, room_, message);
  links_->send(to, message);
}

void Process::note_progress() {
  if (held_) return;
  after(kJoinTimeout, [this, armed = ++watch_] {
    if (armed == watch_ && !held_) finish(Farewell::drop, "has waited long enough");
  });
}

void Process::hold_watch() {
  held_ = true;
}

void Process::release_watch() {
  if (std::exchange(held_, false)) note_progress();
}

// --- the creator ---

void CreatorProcess::start() {
  record_ = disk().read(room_);
  begun_as_ = record_->status;
  make_machine();
  changes_ = disk().changes();
  const std::vector<ceremony::Card>& signers = record_->manifest.manifest().signers;
  signaling::RoomTerms terms;
  terms.salt = *record_->room_salt;
  terms.ttl = context().plan.short_ttl ? 5s : 20min;
  for (const ceremony::Card& card : signers) terms.roster.push_back(card.sign_key());

  session::LinkKeeperHandlers handlers;
  handlers.on_peer_state = [this](const SignKey&, PeerState, std::optional<LinkPath>) {
    after(0ms, [this] { end_when_all_are_told(); });
  };
  handlers.on_link_opened = [this](const SignKey& peer) {
    note_progress();
    machine_->link_opened(peer);
    carry_out_events();
  };
  handlers.on_link_closed = [this](const SignKey& peer, LinkEnd how) {
    machine_->link_closed(peer);
    if (machine_->state() == ceremony::Creator::State::ended && how == LinkEnd::closed_by_peer) {
      told_.insert(peer);
      links_->close_link(peer);
    }
    carry_out_events();
    end_when_all_are_told();
  };
  handlers.on_message = [this](const SignKey& peer, const std::string& message) {
    const auto parsed = ceremony::parse_message(message);
    machine_->handle_message(peer, message);
    carry_out_events(parsed && digest_of(*parsed) != record_->manifest.digest());
  };
  open_links(std::move(terms), {signers.begin() + 1, signers.end()}, std::move(handlers));
  note_progress();
  after(kJournalLook, [this] { look_into_journal(); });
  after(0ms, [this] { carry_out_events(); });
}

void CreatorProcess::make_machine() {
  auto machine = ceremony::Creator::create(session::to_creator(*record_), self().identity, context().random);
  if (!machine) throw Violation("a process goes on from its journal", machine.error().message);
  machine_.emplace(std::move(*machine));
}

void CreatorProcess::carry_out_events(bool about_another_manifest) {
  while (!over()) {
    const auto event = machine_->poll_event();
    if (!event) return;
    if (about_another_manifest && !is_refusal(*event)) throw Violation(kForeign, "to the creator");
    if (dies()) return;
    if (const auto done = carry_out(*event); !done) {
      if (record_->status == MultisigStatus::abandoned) return take_over_ending();
      throw Violation("what a machine stores can be written", done.error().message);
    }
  }
}

Result<void> CreatorProcess::carry_out(const ceremony::creator_event::Event& event) {
  namespace events = ceremony::creator_event;
  return std::visit(Overloaded{
                        [this](const events::StoreReceipt& store) { return write(store); },
                        [this](const events::StoreCertificate& store) { return write(store); },
                        [this](const events::StoreStored& store) { return write(store); },
                        [this](const events::StoreEnding& store) { return write(store); },
                        [this](const events::Send& send) -> Result<void> {
                          say(send.to, send.message);
                          return {};
                        },
                        [this](const events::CloseLink& close) -> Result<void> {
                          machine_->link_closed(close.signer);
                          links_->close_link(close.signer);
                          if (machine_->state() == ceremony::Creator::State::ended) told_.insert(close.signer);
                          return {};
                        },
                        [this](const events::Progress&) -> Result<void> {
                          note_progress();
                          return {};
                        },
                        [this](const events::PeerError& problem) -> Result<void> {
                          host_.on_accused(signer_, problem.error);
                          return {};
                        },
                        [this](const events::Completed&) -> Result<void> {
                          if (disk().look(room_)->status != MultisigStatus::complete) {
                            throw Violation("record first, then acknowledge", "a creator is done before its journal");
                          }
                          if (!serves_late_comers()) finish(Farewell::leave, "is done: complete");
                          return {};
                        },
                        [this](const events::Ended&) -> Result<void> {
                          if (serves_late_comers()) return {};
                          after(Links::kConnectTimeout, [this] { finish(Farewell::leave, "is done: ended"); });
                          after(0ms, [this] { end_when_all_are_told(); });
                          return {};
                        },
                    },
                    event);
}

template <class StoreEvent>
Result<void> CreatorProcess::write(const StoreEvent& event) {
  const auto written = disk().update(room_, [&](session::MultisigRecord& present) {
    auto journaled = session::journal(event, *record_, present);
    if (!journaled) record_ = clone(present);
    return journaled;
  });
  if (!written) return written;
  record_ = clone(*disk().look(room_));
  host_.on_written(signer_, room_);
  return {};
}

void CreatorProcess::look_into_journal() {
  after(kJournalLook, [this] { look_into_journal(); });
  if (std::exchange(changes_, disk().changes()) == disk().changes()) return;
  const session::MultisigRecord& present = *disk().look(room_);
  if (present.status == record_->status) return;
  record_ = clone(present);
  if (record_->status == MultisigStatus::abandoned) take_over_ending();
}

void CreatorProcess::take_over_ending() {
  make_machine();
  for (const ceremony::Card& card : record_->manifest.manifest().signers) {
    if (links_->connected(card.sign_key())) machine_->link_opened(card.sign_key());
  }
  carry_out_events();
  if (!over()) end_when_all_are_told();
}

void CreatorProcess::end_when_all_are_told() {
  if (over() || serves_late_comers() || machine_->state() != ceremony::Creator::State::ended) return;
  for (const ceremony::Card& card : record_->manifest.manifest().signers) {
    if (!told_.contains(card.sign_key()) && links_->present(card.sign_key())) return;
  }
  finish(Farewell::leave, "is done: all are told of the end");
}

// A recipient that has the certificate takes the close of its link for the word that its `stored` is on disk here.
void CreatorProcess::before_closing() {
  if (!record_ || !record_->certificate) return;
  for (const ceremony::Card& card : record_->manifest.manifest().signers) {
    if (!record_->stored.contains(card.sign_key())) links_->drop_link(card.sign_key());
  }
}

// --- a recipient ---

void RecipientProcess::start() {
  if (disk().has(room_)) record_ = disk().read(room_);
  make_machine();
  session::LinkKeeperHandlers handlers;
  handlers.on_link_opened = [this](const SignKey&) {
    machine_->link_opened();
    note_progress();
    adjust_watch();
    carry_out_events();
  };
  handlers.on_link_closed = [this](const SignKey&, LinkEnd how) {
    machine_->link_closed();
    carry_out_events();
    if (over()) return;
    if (closing_ && how == LinkEnd::closed_by_peer && machine_->state() == ceremony::Recipient::State::complete) {
      return finish(Farewell::leave, "is done: complete");
    }
    adjust_watch();
  };
  handlers.on_message = [this](const SignKey&, const std::string& message) {
    const ceremony::SignedManifest* manifest = machine_->manifest();
    const auto parsed = ceremony::parse_message(message);
    const bool foreign = manifest != nullptr && parsed && digest_of(*parsed) != manifest->digest();
    machine_->handle_message(message);
    carry_out_events(foreign);
  };
  ceremony::Card creator = host_.person(0).card;
  open_links(std::nullopt, {std::move(creator)}, std::move(handlers));
  note_progress();
  if (record_ && record_->status == MultisigStatus::complete) await_acknowledgement();
}

void RecipientProcess::make_machine() {
  ceremony::ProposalExpectation expectation{invite_.creator, room_, self().card};
  auto machine =
      record_ ? ceremony::Recipient::restore(self().identity, std::move(expectation), session::to_recipient(*record_))
              : ceremony::Recipient::create(self().identity, std::move(expectation));
  if (!machine) throw Violation("a process goes on from its journal", machine.error().message);
  machine_.emplace(std::move(*machine));
}

void RecipientProcess::carry_out_events(bool about_another_manifest) {
  while (!over()) {
    const auto event = machine_->poll_event();
    if (!event) return;
    if (about_another_manifest && !is_refusal(*event)) throw Violation(kForeign, "to a recipient");
    if (dies()) return;
    if (const auto done = carry_out(*event); !done) {
      host_.on_accused(signer_, done.error());
      return finish(Farewell::leave, "ends by an error");
    }
  }
}

Result<void> RecipientProcess::carry_out(const ceremony::recipient_event::Event& event) {
  namespace events = ceremony::recipient_event;
  return std::visit(Overloaded{
                        [this](const events::AskConsent&) -> Result<void> {
                          note_progress();
                          if (std::exchange(asking_, true)) return {};
                          adjust_watch();
                          host_.on_asked(*this);
                          return {};
                        },
                        [this](const events::StoreProposal& store) -> Result<void> {
                          insert(store);
                          adjust_watch();
                          return {};
                        },
                        [this](const events::StoreDecline& store) -> Result<void> {
                          insert(store);
                          return {};
                        },
                        [this](const events::StoreCertificate& store) -> Result<void> {
                          update(store);
                          return {};
                        },
                        [this](const events::StoreEnding& store) -> Result<void> {
                          update(store);
                          return {};
                        },
                        [this](const events::Send& send) -> Result<void> {
                          say(invite_.creator.sign_key, send.message);
                          return {};
                        },
                        [this](const events::CloseLink&) -> Result<void> {
                          machine_->link_closed();
                          links_->close_link(invite_.creator.sign_key);
                          if (closing_) finish(Farewell::leave, "is done: acknowledged");
                          return {};
                        },
                        [](const events::PeerError& problem) -> Result<void> { return problem.error; },
                        [this](const events::Completed&) -> Result<void> {
                          finish_when_acknowledged();
                          return {};
                        },
                        [this](const events::Ended&) -> Result<void> {
                          finish_when_acknowledged();
                          return {};
                        },
                    },
                    event);
}

template <class StoreEvent>
void RecipientProcess::insert(const StoreEvent& event) {
  session::MultisigRecord record =
      session::make_recipient_record(event.manifest, invite_, self().key(), event.manifest.manifest().name);
  session::journal(event, record);
  disk().insert(record);
  record_ = std::move(record);
  host_.on_written(signer_, room_);
}

template <class StoreEvent>
void RecipientProcess::update(const StoreEvent& event) {
  const auto written = disk().update(room_, [&](session::MultisigRecord& record) -> Result<void> {
    session::journal(event, record);
    return {};
  });
  if (!written) throw Violation("what a machine stores can be written", written.error().message);
  record_ = clone(*disk().look(room_));
  host_.on_written(signer_, room_);
}

void RecipientProcess::answer(bool yes) {
  if (over()) return;
  asking_ = false;
  note_progress();
  adjust_watch();
  if (yes) {
    machine_->accept();
  } else {
    machine_->decline("not like this");
  }
  carry_out_events();
}

void RecipientProcess::finish_when_acknowledged() {
  if (!links_->connected(invite_.creator.sign_key)) return finish(Farewell::leave, "is done: nobody to tell");
  await_acknowledgement();
}

void RecipientProcess::await_acknowledgement() {
  closing_ = true;
  hold_watch();
  after(Links::kConnectTimeout, [this] { finish(Farewell::leave, "is done: told, and not answered"); });
}

void RecipientProcess::adjust_watch() {
  if (closing_) return;
  if (links_->connected(invite_.creator.sign_key) && (asking_ || signed_here())) {
    hold_watch();
  } else {
    release_watch();
  }
}

}  // namespace coterie::sim
