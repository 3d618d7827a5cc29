#include "sim/world.h"

#include <algorithm>

#include "ceremony/name.h"
#include "crypto/room.h"
#include "session/journal.h"

namespace coterie::sim {

using namespace std::chrono_literals;
using session::MultisigRecord;

namespace {

constexpr std::size_t kMostSigners = 8;
constexpr std::size_t kMostSteps = 400'000;
constexpr Duration kFairTime = 60min;  // for what is left when the faults end
constexpr std::size_t kMostCreations = 3;

// Made once for all seeds: their keys and cards cost more than a run.
const std::vector<ceremony::test::TestSigner>& people() {
  static const auto made = ceremony::test::make_signers(kMostSigners);
  return made;
}

bool is_final_decline(const MultisigRecord& record) {
  return record.role == Role::recipient && !record.live() && !record.receipts.contains(record.signer);
}

}  // namespace

World::World(std::uint64_t seed, bool loud)
    : seed_(seed),
      context_(seed, loud),
      channels_(context_),
      server_(context_, std::nullopt),
      disks_(kMostSigners),
      mind_(*this) {}

World::~World() = default;

Report World::run() {
  Report report;
  report.plan = context_.plan.text();
  context_.trace.note("seed {}: {}", seed_, report.plan);
  const Plan& plan = context_.plan;
  try {
    if (!plan.embedded) server_.start();
    begin_creation();
    if (plan.second_room) context_.schedule.after(context_.dice.between(0s, 10s), [this] { begin_creation(); });
    sometimes(plan.kill_every, &World::kill_somebody);
    sometimes(plan.stop_every, &World::stop_somebody);
    sometimes(plan.cut_every, &World::cut_link);
    sometimes(plan.drop_every, &World::drop_connection);
    sometimes(plan.server_every, &World::restart_server);
    if (plan.creator_abandons) {
      context_.schedule.after(context_.dice.between(0ms, plan.faults_end), [this] { abandon(*creations_[0], 0); });
    }
    if (plan.recipient_abandons && plan.signers > 1) {
      context_.schedule.after(context_.dice.between(0ms, plan.faults_end),
                              [this] { abandon(*creations_[0], 1 + context_.dice.below(context_.plan.signers - 1)); });
    }
    context_.schedule.after(plan.faults_end, [this] { begin_fair_phase(); });
    const auto all_over = [this] {
      return !context_.faults() && std::all_of(creations_.begin(), creations_.end(),
                                               [this](const auto& creation) { return over(*creation); });
    };
    while (context_.schedule.now() < plan.faults_end + kFairTime && context_.schedule.steps() < kMostSteps &&
           !all_over() && context_.schedule.step()) {
      gone_.clear();
    }
    check_end();
  } catch (const Violation& violation) {
    report.violation = violation.what();
  }
  for (const auto& creation : creations_) {
    if (!creation->open) continue;
    report.complete += all_complete(*creation) ? 1 : 0;
    const MultisigRecord* record = disks_[0].look(creation->room);
    report.ended += record != nullptr && !record->live() ? 1 : 0;
  }
  report.digest = context_.trace.digest();
  report.steps = context_.schedule.steps();
  report.time = context_.schedule.now();
  report.last.assign(context_.trace.last().begin(), context_.trace.last().end());
  return report;
}

const ceremony::test::TestSigner& World::person(std::size_t signer) const {
  return people()[signer];
}

std::size_t World::index_of(const SignKey& key) const {
  std::size_t index = 0;
  while (people().at(index).key() != key) ++index;
  return index;
}

World::Creation& World::creation_in(const RoomId& room) {
  return **std::find_if(creations_.begin(), creations_.end(),
                        [&](const auto& creation) { return creation->room == room; });
}

SignalingServer& World::server_of(const RoomId& room) {
  Creation& creation = creation_in(room);
  return creation.embedded ? *creation.embedded : server_;
}

// --- users ---

// `coterie multisig create` for a new name.
void World::begin_creation() {
  if (creations_.size() == kMostCreations) return;
  auto made = std::make_unique<Creation>();
  made->number = creations_.size() + 1;
  made->roster = {0};
  for (std::size_t signer = 1; signer < context_.plan.signers; ++signer) {
    // All of them at first; later terms may leave somebody out.
    if (made->number == 1 || context_.dice.chance(800)) made->roster.push_back(signer);
  }
  for (const std::size_t signer : made->roster) {
    made->answers[signer] = made->number > 1 || !context_.dice.chance(context_.plan.decline);
  }
  creations_.push_back(std::move(made));
  create(*creations_.back());
}

void World::create(Creation& creation) {
  if (creation.running.contains(0)) return;
  const auto salt = context_.random.draw<RoomSalt>();
  const auto name = fmt::format("treasury {}", creation.number);
  auto account = std::move(
      account::SharedStateAccount::create_opaque(
          SecretBytes::copy_of(fmt::format(R"({{"key":"{}"}})", context_.dice.below(1'000'000))), context_.random)
          .value());
  session::Draft draft{.name = name,
                       .signer = person(0).key(),
                       .room = crypto::room_id(person(0).key(), salt),
                       .room_salt = salt,
                       .created_at = 1'700'000'000 + context_.schedule.now().count() / 1000,
                       .threshold = 1 + static_cast<std::int64_t>(context_.dice.below(creation.roster.size())),
                       .signers = {},
                       .account = std::move(account),
                       .imported = false,
                       .hook = {},
                       .hook_with_secrets = false,
                       .venue = {},
                       .abandoned = false};
  for (const std::size_t signer : creation.roster) draft.signers.push_back(person(signer).card);
  creation.room = draft.room;
  creation.draft = std::move(draft);
  if (context_.plan.embedded) creation.embedded = std::make_unique<SignalingServer>(context_, creation.room);
  context_.trace.note("alice creates {} of {} signers", name, creation.roster.size());
  run_process(creation, 0);
}

void World::hand_out_invite(Creation& creation) {
  if (std::exchange(creation.open, true)) return;
  creation.invite = ceremony::Invite{"192.0.2.7", 8081, TransportSecurity::none, creation.room, person(0).card.peer()};
  for (const std::size_t signer : creation.roster) {
    if (signer == 0) continue;
    context_.schedule.after(context_.dice.between(100ms, 10s),
                            [this, &creation, signer] { run_process(creation, signer); });
  }
}

void World::run_process(Creation& creation, std::size_t signer) {
  if (creation.running.contains(signer)) return;
  context_.trace.note("{} runs for {}", person(signer).card.name(), creation.number);
  Host& host = *this;
  std::shared_ptr<Process> process;
  if (signer == 0) {
    if (honest(0) && !disks_[0].has(creation.room)) {
      // Everything before the record is lost by a crash.
      if (context_.fault(context_.plan.crash)) return start_again(creation, 0);
      auto record = session::make_creator_record(*creation.draft, person(0).identity, std::nullopt);
      if (!record) throw Violation("honest terms make a manifest", record.error().message);
      if (creation.roster.size() == 1) {
        record->certificate = std::move(ceremony::Certificate::create(record->manifest, record->receipts).value());
        record->status = MultisigStatus::complete;
      }
      disks_[0].insert(*record);
      on_written(0, creation.room);
    }
    if (creation.roster.size() == 1) {
      creation.open = true;
      return;
    }
    if (creation.embedded) creation.embedded->start();
    if (honest(0)) {
      process = std::make_shared<CreatorProcess>(host, 0, creation.room);
    } else {
      if (!creation.open) mind_.draw_manifests(creation.draft->manifest(std::nullopt), creation.draft->account);
      signaling::RoomTerms terms{creation.draft->room_salt, {}, 20min};
      for (const ceremony::Card& card : creation.draft->signers) terms.roster.push_back(card.sign_key());
      process = std::make_shared<EvilCreator>(
          host, mind_, 0, creation.room, std::move(terms),
          std::vector(creation.draft->signers.begin() + 1, creation.draft->signers.end()));
    }
    hand_out_invite(creation);
  } else if (honest(signer)) {
    process = std::make_shared<RecipientProcess>(host, signer, *creation.invite);
  } else {
    process = std::make_shared<EvilRecipient>(host, mind_, signer, *creation.invite);
  }
  creation.running[signer] = process;
  process->start();
}

void World::on_over(Process& process) {
  Creation& creation = creation_in(process.room());
  const std::size_t signer = process.signer();
  if (signer == 0 && creation.embedded) creation.embedded->stop();
  const auto running = creation.running.find(signer);
  gone_.push_back(running->second);
  creation.running.erase(running);
  start_again(creation, signer);
}

// The same command again, by and by; in the end as long as there is a reason.
void World::start_again(Creation& creation, std::size_t signer) {
  if (!context_.faults() && ++creation.restarts > 200) return;
  const Duration pause = context_.faults() ? context_.dice.between(100ms, 10s) : context_.dice.between(100ms, 2s);
  context_.schedule.after(pause, [this, &creation, signer] {
    if (!has_reason_to_run(creation, signer)) return;
    if (signer == 0 && honest(0) && !disks_[0].has(creation.room)) {
      create(creation);
    } else {
      run_process(creation, signer);
    }
  });
}

bool World::has_reason_to_run(const Creation& creation, std::size_t signer) {
  if (!honest(signer)) return context_.faults();
  if (signer > 0 && !creation.open) return false;
  if (over(creation)) return false;
  if (context_.faults() && context_.dice.chance(950)) return true;
  const MultisigRecord* own = disks_[signer].look(creation.room);
  if (signer == 0) return true;
  if (own == nullptr) return true;
  // Who gave it up oneself has no reason to go there again.
  return own->status != MultisigStatus::abandoned || own->ended_by != own->signer;
}

void World::on_asked(Process& process) {
  const Duration thinking =
      context_.dice.chance(800) ? context_.dice.between(10ms, 3s) : context_.dice.between(3s, 60s);
  auto& recipient = static_cast<RecipientProcess&>(process);
  Creation& creation = creation_in(process.room());
  const auto asked = creation.running.at(process.signer());
  context_.schedule.after(thinking, [this, asked, &recipient, &creation] {
    const bool yes = creation.answers.at(recipient.signer());
    if (!recipient.over())
      context_.trace.note("{} answers {}", person(recipient.signer()).card.name(), yes ? "yes" : "no");
    recipient.answer(yes);
  });
}

// `coterie multisig abandon`, by a process of its own.
void World::abandon(Creation& creation, std::size_t signer) {
  Disk& disk = disks_[signer];
  if (!honest(signer) || !disk.has(creation.room)) return;
  const auto abandoned = disk.update(creation.room, session::abandon);
  context_.trace.note("{} abandons: {}", person(signer).card.name(), abandoned ? "done" : abandoned.error().message);
  if (!abandoned) return;
  if (signer > 0) creation.given_up_by_recipient = true;
  on_written(signer, creation.room);
  if (signer == 0 && context_.plan.other_terms) {
    context_.schedule.after(context_.dice.between(0s, 10s), [this] { begin_creation(); });
  }
}

// --- faults at random moments ---

void World::sometimes(Duration every, void (World::*fault)()) {
  if (every == 0ms) return;
  context_.schedule.after(context_.dice.between(1ms, 2 * every), [this, every, fault] {
    if (!context_.faults()) return;
    (this->*fault)();
    sometimes(every, fault);
  });
}

Process* World::draw_process() {
  std::vector<Process*> running;
  for (const auto& creation : creations_) {
    for (const auto& [signer, process] : creation->running) running.push_back(process.get());
  }
  return running.empty() ? nullptr : context_.dice.pick(running);
}

void World::kill_somebody() {
  if (Process* process = draw_process()) process->kill();
}

void World::stop_somebody() {
  if (Process* process = draw_process()) process->stop();
}

void World::drop_connection() {
  SignalingServer& server = context_.plan.embedded ? *context_.dice.pick(creations_)->embedded : server_;
  server.drop_one();
}

void World::restart_server() {
  if (context_.plan.embedded || !server_.runs()) return;  // an embedded one dies with its process
  context_.trace.note("the signaling server is killed");
  server_.stop();
  context_.schedule.after(context_.dice.between(100ms, 10s), [this] { server_.start(); });
}

void World::begin_fair_phase() {
  context_.trace.note("no more faults");
  // Whoever has nothing to hope from an old run starts anew, as a user would; a message that vanished took no link
  // along.
  for (const auto& creation : creations_) {
    if (context_.plan.channel_faults()) {
      for (const auto& [signer, process] : std::map(creation->running)) {
        if (!process->over()) process->stop();
      }
    }
    for (const std::size_t signer : creation->roster) start_again(*creation, signer);
  }
}

// --- promises ---

void World::on_accused(std::size_t by, const Error& error) {
  context_.trace.note("{} refuses: {}", person(by).card.name(), error.message);
  if (!context_.plan.evil.empty() || context_.plan.channel_faults() || error.kind != ErrorKind::refused) return;
  throw Violation("nobody is accused who keeps the rules", error.message);
}

void World::check_signed(std::size_t signer, const RoomId& room, const Digest& digest) {
  std::optional<Digest>& known = seen_[{signer, room}].signed_manifest;
  if (known && *known != digest) throw Violation("one signer signs one manifest in a room", person(signer).card.name());
  known = digest;
}

// Record first, then acknowledge; and nothing that another manifest said.
void World::on_said(std::size_t signer, const RoomId& room, const std::string& text) {
  const auto message = ceremony::parse_message(text);
  if (!message) throw Violation("every message is well formed", message.error().message);
  context_.trace.note("{} says {}", person(signer).card.name(), type_of(*message));
  const MultisigRecord* record = disks_[signer].look(room);
  const auto must = [&](bool holds) {
    if (!holds)
      throw Violation("record first, then acknowledge",
                      fmt::format("{} says {}", person(signer).card.name(), type_of(*message)));
  };
  if (const auto* receipt = std::get_if<ceremony::ReceiptMessage>(&*message)) {
    must(record != nullptr && record->account.has_value());
    must(record->receipts.contains(record->signer) && record->receipts.at(record->signer) == receipt->signature);
    check_signed(signer, room, receipt->digest);
  } else if (std::holds_alternative<ceremony::DeclineMessage>(*message)) {
    // Of a manifest that nobody can read there is nothing to record.
    must(record != nullptr ? is_final_decline(*record) : !context_.plan.evil.empty());
  } else if (std::holds_alternative<ceremony::StoredMessage>(*message)) {
    must(record != nullptr && record->certificate.has_value() && record->status == MultisigStatus::complete);
  } else if (std::holds_alternative<ceremony::CertificateMessage>(*message)) {
    must(record->certificate.has_value());
  } else if (std::holds_alternative<ceremony::AbortMessage>(*message)) {
    must(!record->live());
  } else {
    must(record != nullptr);
  }
  if (record != nullptr && digest_of(*message) != record->manifest.digest()) {
    throw Violation("what one says is about one's own manifest", std::string(type_of(*message)));
  }
}

void World::on_written(std::size_t signer, const RoomId& room) {
  const MultisigRecord& now = *disks_[signer].look(room);
  context_.trace.note("{} writes: {}, {} receipts, {} stored{}", person(signer).card.name(), to_string(now.status),
                      now.receipts.size(), now.stored.size(), now.certificate ? ", certificate" : "");
  check_change(signer, now);
  seen_[{signer, room}].record = clone(now);
  check_room(room);
}

// What may become of a record.
void World::check_change(std::size_t signer, const MultisigRecord& now) {
  const auto must = [&](bool holds, const char* what) {
    if (!holds) throw Violation("what is on disk stays", fmt::format("{}: {}", person(signer).card.name(), what));
  };
  if (now.receipts.contains(now.signer)) check_signed(signer, now.room, now.manifest.digest());
  if (now.certificate && now.certificate->manifest().digest() != now.manifest.digest()) {
    throw Violation("complete implies one account, at every signer", "the certificate is of another manifest");
  }
  const std::optional<MultisigRecord>& before = seen_[{signer, now.room}].record;
  if (!before) return;
  must(now.manifest.digest() == before->manifest.digest(), "another manifest");
  must(!before->account || (now.account && now.account->reveal().equals(before->account->reveal().view())),
       "another account");
  for (const auto& [by, receipt] : before->receipts) {
    must(now.receipts.contains(by) && now.receipts.at(by) == receipt, "a receipt is gone");
  }
  must(!before->certificate || now.certificate, "a certificate is gone");
  must(std::includes(now.stored.begin(), now.stored.end(), before->stored.begin(), before->stored.end()),
       "a `stored` is gone");
  if (now.status == before->status) return;
  if (is_final_decline(*before)) must(false, "a decline is taken back");
  if (before->status == MultisigStatus::complete) must(false, "complete is taken back");
  if (now.role == Role::creator && before->status != MultisigStatus::pending) must(false, "an end is taken back");
}

// All disks of one room together.
void World::check_room(const RoomId& room) {
  const MultisigRecord* complete = nullptr;
  for (std::size_t signer = 0; signer < context_.plan.signers; ++signer) {
    const MultisigRecord* record = disks_[signer].look(room);
    if (record == nullptr || !honest(signer)) continue;
    if (record->account && record->account->public_part() != record->manifest.manifest().account) {
      throw Violation("complete implies one account, at every signer", "an account that its manifest does not claim");
    }
    if (record->status == MultisigStatus::complete && !record->certificate) {
      throw Violation("complete implies one account, at every signer", "complete without a certificate");
    }
    if (record->role == Role::creator && record->certificate) {
      if (record->receipts.size() != record->manifest.manifest().signers.size()) {
        throw Violation("record first, then acknowledge", "a certificate on disk before its receipts");
      }
      if (!record->live()) throw Violation("complete for all or for nobody", "a certificate of what has ended");
    }
    if (record->certificate && complete != nullptr && complete->manifest.digest() != record->manifest.digest()) {
      throw Violation("no two signers complete with different accounts", record->name);
    }
    if (record->certificate) complete = record;
  }
  if (complete == nullptr) return;
  for (const ceremony::Card& card : complete->manifest.manifest().signers) {
    const std::size_t signer = index_of(card.sign_key());
    if (!honest(signer)) continue;
    const MultisigRecord* record = disks_[signer].look(room);
    if (record == nullptr || !record->account ||
        !record->account->reveal().equals(complete->account->reveal().view())) {
      throw Violation("complete implies one account, at every signer", card.name() + " does not hold it");
    }
    if (signer > 0 && !record->receipts.contains(card.sign_key())) {
      throw Violation("complete implies one account, at every signer", card.name() + " gave no receipt");
    }
    if (record->role == Role::creator && !record->live()) {
      throw Violation("complete for all or for nobody", "a signer is complete, and its creator's has ended");
    }
    if (is_final_decline(*record)) throw Violation("complete for all or for nobody", card.name() + " declined");
  }
  const MultisigRecord* creators = disks_[0].look(room);
  if (creators == nullptr || creators->status != MultisigStatus::complete) return;
  for (const std::size_t signer : creation_in(room).roster) {
    if (signer == 0 || !honest(signer)) continue;
    if (!disks_[signer].look(room)->certificate) {
      throw Violation("complete at the creator means stored by all", person(signer).card.name());
    }
  }
}

bool World::all_complete(const Creation& creation) {
  return creation.open && std::all_of(creation.roster.begin(), creation.roster.end(), [&](std::size_t signer) {
           const MultisigRecord* record = disks_[signer].look(creation.room);
           return record != nullptr && record->status == MultisigStatus::complete;
         });
}

// Nobody has a reason to run any more.
bool World::over(const Creation& creation) {
  if (!context_.plan.evil.empty()) return !context_.faults();
  if (!creation.open) return false;
  const MultisigRecord* creators = disks_[0].look(creation.room);
  if (creators != nullptr && !creators->live()) return true;
  return all_complete(creation);
}

// With fair delivery and nobody evil, everybody is complete, or it has ended.
void World::check_end() {
  if (!context_.plan.evil.empty()) return;
  for (const auto& creation : creations_) {
    const MultisigRecord* creators = disks_[0].look(creation->room);
    if (creators == nullptr) throw Violation("with fair delivery all complete", "nothing was created");
    // Read once more as the next process would.
    for (const std::size_t signer : creation->roster) {
      if (disks_[signer].has(creation->room)) disks_[signer].read(creation->room);
    }
    std::string declined;
    for (const std::size_t signer : creation->roster) {
      const MultisigRecord* record = disks_[signer].look(creation->room);
      if (record != nullptr && is_final_decline(*record)) declined = person(signer).card.name();
    }
    if (!declined.empty() && creators->live()) {
      throw Violation("a decline reaches the creator", declined);
    }
    if (creation->given_up_by_recipient || !creators->live()) continue;
    if (!all_complete(*creation)) throw Violation("with fair delivery all complete", creators->name);
  }
}

}  // namespace coterie::sim
