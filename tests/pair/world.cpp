#include "pair/world.h"

#include <gtest/gtest.h>

#include <map>

namespace coterie::ceremony::test {

namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

constexpr std::size_t kMaxRounds = 8;

CreatorRecord clone(const CreatorRecord& record) {
  return {record.manifest, record.account.clone(), record.receipts, record.stored, record.certificate, record.ending};
}

}  // namespace

const std::vector<TestSigner>& shared_signers(std::size_t count) {
  static std::map<std::size_t, std::vector<TestSigner>> made;
  const auto found = made.find(count);
  return found != made.end() ? found->second : made.emplace(count, make_signers(count)).first->second;
}

World::World(Plan plan)
    : plan_(plan),
      signers_(shared_signers(plan.signers)),
      manifest_(make_manifest(signers_, account_)),
      order_(plan.order),
      creator_journal_{manifest_, account_.clone(), {}, {}, std::nullopt, std::nullopt},
      peers_(plan.signers) {
  creator_.emplace(start_creator());
  for (std::size_t signer = 1; signer < peers_.size(); ++signer) {
    peers_[signer].machine.emplace(start_recipient(signer));
  }
}

Creator World::start_creator() {
  auto creator = Creator::create(clone(creator_journal_), signers_[0].identity, random_);
  EXPECT_TRUE(creator.ok());
  return std::move(creator.value());
}

Recipient World::start_recipient(std::size_t signer) {
  const RecipientJournal& journal = peers_[signer].journal;
  ProposalExpectation expectation{signers_[0].card.peer(), manifest_.manifest().room, signers_[signer].card};
  auto recipient = journal.manifest
                       ? Recipient::restore(signers_[signer].identity, std::move(expectation),
                                            {*journal.manifest, journal.receipt, journal.certificate, journal.ending})
                       : Recipient::create(signers_[signer].identity, std::move(expectation));
  EXPECT_TRUE(recipient.ok());
  return std::move(recipient.value());
}

void World::run() {
  for (rounds_ = 1; rounds_ <= kMaxRounds; ++rounds_) {
    open_links();
    move_until_quiet();
    check_promises();
    const bool over = everyone_complete() || (ended() && std::all_of(peers_.begin() + 1, peers_.end(),
                                                                     [](const Peer& peer) { return peer.over; }));
    if (over) return;
    for (std::size_t signer = 1; signer < peers_.size(); ++signer) close_link(signer);
  }
}

void World::open_links() {
  for (std::size_t signer = 1; signer < peers_.size(); ++signer) {
    Peer& peer = peers_[signer];
    if (peer.linked || peer.over || peer.gone) continue;
    peer.linked = true;
    peer.machine->link_opened();
    creator_->link_opened(signers_[signer].key());
    for (Channel* channel : {&peer.to_creator, &peer.to_recipient}) {
      for (std::string& message : channel->replays) channel->queue.push_back(std::move(message));
      channel->replays.clear();
    }
  }
}

void World::close_link(std::size_t signer) {
  Peer& peer = peers_[signer];
  if (!peer.linked) return;
  peer.linked = false;
  for (Channel* channel : {&peer.to_creator, &peer.to_recipient}) {
    channel->queue.clear();
    channel->held.reset();
  }
  creator_->link_closed(signers_[signer].key());
  peer.machine->link_closed();
}

void World::move_until_quiet() {
  while (carry_out_events() || deliver_one() || release_held()) {
  }
}

bool World::carry_out_events() {
  bool moved = false;
  while (auto event = creator_->poll_event()) {
    moved = true;
    if (crashes_now()) {
      for (std::size_t signer = 1; signer < peers_.size(); ++signer) close_link(signer);
      creator_.emplace(start_creator());
      continue;
    }
    carry_out(std::move(*event));
  }
  for (std::size_t signer = 1; signer < peers_.size(); ++signer) {
    while (auto event = peers_[signer].machine->poll_event()) {
      moved = true;
      if (crashes_now()) {
        close_link(signer);
        peers_[signer].machine.emplace(start_recipient(signer));
        peers_[signer].ended = peers_[signer].broken = false;
        continue;
      }
      carry_out(signer, std::move(*event));
    }
  }
  return moved;
}

bool World::deliver_one() {
  struct Waiting {
    Channel* channel;
    std::size_t signer;
  };
  std::vector<Waiting> waiting;
  for (std::size_t signer = 1; signer < peers_.size(); ++signer) {
    for (Channel* channel : {&peers_[signer].to_creator, &peers_[signer].to_recipient}) {
      if (!channel->queue.empty()) waiting.push_back({channel, signer});
    }
  }
  if (waiting.empty()) return false;

  const std::size_t delivery = deliveries_++;
  if (plan_.abandon_at == delivery && creator_->abandon("changed my mind")) return true;
  if (plan_.leave_at == delivery) {
    peers_.back().gone = true;
    close_link(peers_.size() - 1);
    return true;
  }
  const auto [channel, signer] = waiting[order_() % waiting.size()];
  if (plan_.drop_link_at == delivery) {
    close_link(signer);
    return true;
  }
  const std::string message = std::move(channel->queue.front());
  channel->queue.pop_front();
  if (channel == &peers_[signer].to_creator) {
    creator_->handle_message(signers_[signer].key(), message);
  } else {
    peers_[signer].machine->handle_message(message);
  }
  return true;
}

void World::transmit(Channel& channel, std::size_t signer, std::string message) {
  Peer& peer = peers_[signer];
  if (!peer.linked) return;
  const std::size_t number = messages_++;
  sizes_.push_back(message.size());
  if (plan_.vanish_from && number >= *plan_.vanish_from && (plan_.vanish_for_ever || rounds_ == 1)) return;
  if (!plan_.fault || plan_.fault->message != number) {
    channel.queue.push_back(std::move(message));
    if (channel.held) channel.queue.push_back(std::move(*std::exchange(channel.held, std::nullopt)));
    return;
  }
  const std::size_t at = plan_.fault->at % message.size();
  switch (plan_.fault->kind) {
    case FaultKind::lost:
      return close_link(signer);
    case FaultKind::doubled:
      channel.queue.push_back(message);
      break;
    case FaultKind::reordered:
      channel.held = std::move(message);
      return;
    case FaultKind::cut:
      message.resize(at);
      break;
    case FaultKind::altered:
      message[at] = static_cast<char>(message[at] ^ 1);
      break;
    case FaultKind::replayed_later:
      channel.replays.push_back(message);
      break;
    case FaultKind::replayed_elsewhere: {
      Peer& other = peers_[signer + 1 < peers_.size() ? signer + 1 : 1];
      (&channel == &peer.to_creator ? other.to_creator : other.to_recipient).queue.push_back(message);
      break;
    }
  }
  channel.queue.push_back(std::move(message));
}

bool World::release_held() {
  for (std::size_t signer = 1; signer < peers_.size(); ++signer) {
    for (Channel* channel : {&peers_[signer].to_creator, &peers_[signer].to_recipient}) {
      if (!channel->held) continue;
      channel->queue.push_back(std::move(*std::exchange(channel->held, std::nullopt)));
      return true;
    }
  }
  return false;
}

void World::carry_out(creator_event::Event event) {
  using namespace creator_event;
  CreatorRecord& journal = creator_journal_;
  std::visit(Match{[&](StoreReceipt& store) {
                     EXPECT_TRUE(journal.receipts.emplace(store.signer, store.receipt).second) << "stored twice";
                     EXPECT_TRUE(peers_[index_of(store.signer)].journal.receipt == store.receipt) << "never given";
                   },
                   [&](StoreCertificate& store) {
                     EXPECT_FALSE(journal.certificate.has_value()) << "stored twice";
                     EXPECT_FALSE(journal.ending.has_value()) << "after it ended";
                     EXPECT_EQ(journal.receipts.size(), peers_.size() - 1) << "before the receipts";
                     journal.certificate = std::move(store.certificate);
                   },
                   [&](StoreStored& store) {
                     EXPECT_TRUE(journal.stored.insert(store.signer).second) << "stored twice";
                     EXPECT_TRUE(peers_[index_of(store.signer)].journal.certificate.has_value()) << "not stored there";
                   },
                   [&](StoreEnding& store) {
                     EXPECT_FALSE(journal.certificate.has_value()) << "after the certificate";
                     EXPECT_FALSE(journal.ending.has_value()) << "ended twice";
                     journal.ending = std::move(store.ending);
                   },
                   [&](Send& send) {
                     const std::string_view type = type_of(*parse_message(send.message));
                     EXPECT_TRUE(type != "certificate" || (journal.certificate.has_value())) << "sent before stored";
                     EXPECT_TRUE(type != "abort" || (journal.ending.has_value())) << "sent before stored";
                     EXPECT_TRUE(type != "proposal" || !(journal.ending.has_value())) << "proposed after the end";
                     const std::size_t signer = index_of(send.to);
                     transmit(peers_[signer].to_recipient, signer, std::move(send.message));
                   },
                   [&](CloseLink& close) { close_link(index_of(close.signer)); }, [](Progress&) {},
                   [&](PeerError& error) { errors_.push_back(std::move(error.error)); },
                   [&](Completed&) { EXPECT_EQ(journal.stored.size(), peers_.size() - 1); },
                   [&](Ended&) { EXPECT_TRUE(journal.ending.has_value()); }},
             event);
}

void World::carry_out(std::size_t signer, recipient_event::Event event) {
  using namespace recipient_event;
  Peer& peer = peers_[signer];
  RecipientJournal& journal = peer.journal;
  std::visit(Match{[&](AskConsent&) {
                     EXPECT_FALSE(journal.receipt.has_value()) << "asked again after signing";
                     if (plan_.decliner == signer) return peer.machine->decline("not this one");
                     peer.machine->accept();
                   },
                   [&](StoreProposal& store) {
                     EXPECT_FALSE(journal.receipt.has_value()) << "signed twice";
                     journal.manifest = std::move(store.manifest);
                     journal.account = std::move(store.account);
                     journal.receipt = store.receipt;
                   },
                   [&](StoreDecline& store) {
                     EXPECT_FALSE(journal.receipt.has_value()) << "declined after signing";
                     journal.manifest = std::move(store.manifest);
                     journal.ending = std::move(store.ending);
                   },
                   [&](StoreCertificate& store) { journal.certificate = std::move(store.certificate); },
                   [&](StoreEnding& store) { journal.ending = std::move(store.ending); },
                   [&](Send& send) {
                     const std::string_view type = type_of(*parse_message(send.message));
                     EXPECT_TRUE(type != "receipt" || (journal.account && journal.receipt)) << "sent before stored";
                     EXPECT_TRUE(type != "stored" || (journal.certificate.has_value())) << "sent before stored";
                     transmit(peer.to_creator, signer, std::move(send.message));
                   },
                   [&](CloseLink&) {
                     const bool for_an_error = std::exchange(peer.broken, false);
                     peer.over = peer.ended && !for_an_error;
                     close_link(signer);
                   },
                   [&](PeerError& error) {
                     peer.broken = true;
                     errors_.push_back(std::move(error.error));
                   },
                   [&](Completed&) { EXPECT_TRUE(journal.certificate.has_value()) << "complete before stored"; },
                   [&](Ended&) { peer.ended = true; }},
             event);
}

// G2: whoever is complete knows that every signer holds this account, and it is true.
void World::check_promises() const {
  const bool somebody_complete = !nobody_complete();
  for (std::size_t signer = 1; signer < peers_.size(); ++signer) {
    const RecipientJournal& journal = peers_[signer].journal;
    if (somebody_complete) {
      EXPECT_TRUE(journal.receipt.has_value()) << "complete without the receipt of signer " << signer;
      EXPECT_TRUE(journal.account.has_value()) << "complete, and signer " << signer << " has no account";
    }
    EXPECT_TRUE(!journal.account || journal.account->reveal().equals(account_.reveal().view()));
    if (!journal.certificate) continue;
    EXPECT_EQ(journal.certificate->receipts().size(), peers_.size());
    EXPECT_EQ(journal.certificate->manifest().digest(), manifest_.digest());
  }
  EXPECT_FALSE(somebody_complete && ended());
}

bool World::everyone_complete() const {
  return creator_journal_.certificate && creator_journal_.stored.size() == peers_.size() - 1 &&
         std::all_of(peers_.begin() + 1, peers_.end(),
                     [](const Peer& peer) { return peer.journal.certificate.has_value(); });
}

bool World::nobody_complete() const {
  return !creator_journal_.certificate && std::none_of(peers_.begin() + 1, peers_.end(), [](const Peer& peer) {
    return peer.journal.certificate.has_value();
  });
}

std::size_t World::index_of(const SignKey& signer) const {
  std::size_t index = 1;
  while (signers_.at(index).key() != signer) ++index;
  return index;
}

}  // namespace coterie::ceremony::test
