#include "session/create_multisig.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "ceremony/invite.h"
#include "ceremony/name.h"
#include "crypto/room.h"
#include "session/exchange.h"
#include "session/hook.h"
#include "session/ice_servers.h"
#include "session/journal.h"
#include "session/observer.h"
#include "session/receive.h"
#include "session/venue.h"

namespace coterie::session {

namespace {

Outcome complete(MultisigRecord record) {
  return {std::move(record), {}, {}};
}

// Puts the creator first.
Result<void> check_terms(const LocalSigner& creator, Terms& terms) {
  if (auto checked = ceremony::check_name(terms.name, "multisig name"); !checked) {
    return usage_error(checked.error().message, checked.error().hint);
  }
  const auto own = std::find(terms.signers.begin(), terms.signers.end(), creator.card);
  if (own == terms.signers.end()) {
    return usage_error(
        fmt::format("you are {}, who is not among the signers", ceremony::escape(creator.card.name())),
        fmt::format(
            "the creator is one of the signers: add {} to them, or choose another of your signers with --signer",
            ceremony::escape(creator.card.name())));
  }
  std::rotate(terms.signers.begin(), own, own + 1);
  return {};
}

// The deploy hook as a run needs it.
struct DeployHook {
  std::string program;  // absolute path; empty: none
  bool with_secrets = false;
  std::chrono::milliseconds timeout = Hook().timeout;
};

Result<DeployHook> read_hook(const CreateOptions& options) {
  DeployHook hook;
  if (!options.deploy_hook) {
    if (options.hook_with_secrets) {
      return usage_error("--hook-with-secrets without --deploy-hook: nobody would be told the secrets",
                         "name the program with --deploy-hook PROGRAM");
    }
    return hook;
  }
  if (options.multisig_address) {
    return usage_error("--deploy-hook together with --multisig-address: the hook tells the address",
                       "leave one of the two out");
  }
  COTERIE_TRY(hook.program, absolute_hook(options.deploy_hook->program, "--deploy-hook"));
  hook.with_secrets = options.hook_with_secrets;
  hook.timeout = options.deploy_hook->timeout;
  return hook;
}

std::string profile_of(const Terms& terms) {
  return terms.profile.value_or(std::string(account::kDefaultProfile));
}

// `imported`: the account that is there was.
bool same_account(const account::SharedStateAccount& account, bool imported, const Terms& terms) {
  if (terms.account) {
    // What it reveals: an opaque account's public part differs with each opening.
    return account.kind() == terms.account->kind() && account.reveal().equals(terms.account->reveal().view());
  }
  const account::AztecAccount* aztec = account.aztec();
  if (aztec == nullptr) return false;
  if (imported && !terms.profile) return true;  // its file has said it
  return aztec->public_part().profile == profile_of(terms);
}

bool same_address(const MultisigRecord& record, const Terms& terms) {
  if (record.imported && !terms.multisig_address) return true;  // its file has said it
  return record.manifest.manifest().multisig_address == terms.multisig_address;
}

// Whether `create` with these terms means the multisig that is there.
bool same_terms(const MultisigRecord& record, const Terms& terms, const DeployHook& hook) {
  const ceremony::Manifest& manifest = record.manifest.manifest();
  return record.role == Role::creator && manifest.threshold == terms.threshold && manifest.signers == terms.signers &&
         record.hook == hook.program && (!hook.program.empty() || same_address(record, terms)) &&
         same_account(*record.account, record.imported, terms);
}

bool same_terms(const Draft& draft, const Terms& terms, const DeployHook& hook) {
  return draft.threshold == terms.threshold && draft.signers == terms.signers && draft.hook == hook.program &&
         draft.hook_with_secrets == hook.with_secrets && same_account(draft.account, draft.imported, terms);
}

// The contract that the file of an imported multisig names is there: it is the one, and nobody deploys another.
Result<void> take_imported_address(const std::string& name, const std::string& address, const DeployHook& hook,
                                   Terms& terms) {
  if (!hook.program.empty()) {
    return usage_error(fmt::format("{} was imported with the address of its contract: there is none to deploy", name),
                       "leave --deploy-hook out");
  }
  if (terms.multisig_address && *terms.multisig_address != address) {
    return usage_error(fmt::format("{} was imported with the multisig address {}", name, address),
                       "leave --multisig-address out");
  }
  terms.multisig_address = address;
  return {};
}

// The terms' account and address are those of the imported multisig of their name, if there is one.
Result<bool> take_imported(Store& store, const LocalSigner& creator, const DeployHook& hook, Terms& terms) {
  COTERIE_TRY(std::optional<ImportedMultisig> imported, store.imported(creator.card.sign_key(), terms.name));
  if (!imported) return false;
  const std::string name = ceremony::escape(imported->name);
  if (terms.account) {
    return usage_error(fmt::format("{} was imported with its account: there is no other to give", name),
                       "leave --account-file out, or give the new multisig another name");
  }
  if (terms.profile && *terms.profile != imported->account.aztec()->public_part().profile) {
    return usage_error(fmt::format("{} was imported with an account of profile {}", name,
                                   imported->account.aztec()->public_part().profile),
                       "leave --profile out");
  }
  std::vector<std::string> signers;
  for (const ceremony::Card& card : terms.signers) signers.push_back(card.name());
  COTERIE_CHECK(check_imported_terms(*imported, terms.threshold, signers));
  if (imported->said.address) COTERIE_CHECK(take_imported_address(name, *imported->said.address, hook, terms));
  terms.name = imported->name;
  terms.account = std::move(imported->account);
  return true;
}

MultisigStatus status_of(const MultisigRecord& record) {
  return record.status;
}
MultisigStatus status_of(const Draft& draft) {
  return draft.abandoned ? MultisigStatus::abandoned : MultisigStatus::pending;
}

// Everything of a creation that is decided once, drawn and checked.
Result<Draft> draw_draft(const LocalSigner& creator, const Terms& terms, bool imported, const DeployHook& hook,
                         const VenueOptions& venue) {
  SystemRandom random;
  auto account =
      terms.account ? Result(terms.account->clone()) : account::SharedStateAccount::generate(profile_of(terms), random);
  if (!account) return account.error();
  COTERIE_CHECK(ceremony::check_shared_account(*account, terms.signers, ErrorKind::usage));
  const auto salt = random.draw<RoomSalt>();
  Draft draft{.name = terms.name,
              .signer = creator.card.sign_key(),
              .room = crypto::room_id(creator.card.sign_key(), salt),
              .room_salt = salt,
              .created_at = unix_now(),
              .threshold = terms.threshold,
              .signers = terms.signers,
              .account = std::move(*account),
              .imported = imported,
              .hook = hook.program,
              .hook_with_secrets = hook.with_secrets,
              .venue = terms.signers.size() == 1 ? VenueOptions() : venue,  // nobody looks at it there
              .abandoned = false};
  COTERIE_CHECK(ceremony::check_manifest(draft.manifest(terms.multisig_address), ErrorKind::usage));
  return draft;
}

Outcome create_alone(Store& store, MultisigRecord record) {
  auto certificate = ceremony::Certificate::create(record.manifest, record.receipts);
  if (!certificate) return failed(certificate.error());
  record.certificate = std::move(*certificate);
  record.status = MultisigStatus::complete;
  if (const auto inserted = store.insert(record); !inserted) return failed(inserted.error());
  return complete(std::move(record));
}

// Holds the port, records, and runs the exchange.
Outcome open_creation(Store& store, const LocalSigner& creator, MultisigRecord record, const VenueOptions& where,
                      const RunOptions& run) {
  if (record.manifest.manifest().signers.size() == 1) return create_alone(store, std::move(record));
  if (const auto enough = check_descriptors_for_links(record.manifest.manifest().signers.size() - 1); !enough) {
    return failed(enough.error());
  }
  auto venue = choose_venue(where);
  if (!venue) return failed(venue.error());
  record.venue = venue->venue;
  const signaling::HostPort& advertised = venue->venue.advertised;
  record.invite = ceremony::Invite{advertised.host, advertised.port, venue->venue.signaling.security, record.room,
                                   creator.card.peer()}
                      .serialize();
  if (const auto inserted = store.insert(record); !inserted) return failed(inserted.error());
  return run_exchange(store, creator, std::move(record), std::move(*venue), run);
}

// --- with a deploy hook ---

Error abandoned_error(const Draft& draft) {
  return {ErrorKind::declined, fmt::format("{} was abandoned here", ceremony::escape(draft.name)),
          fmt::format("{}. What its deploy hook may have deployed has the id {}",
                      draft.imported ? "it is kept as it was imported" : "its name is free again", draft.room.text())};
}

// Whose outcome holds the draft as it now stands in the vault.
Outcome with_draft(Store& store, const Draft& draft, Outcome outcome) {
  if (outcome.multisig) return outcome;
  if (auto present = store.draft_in_room(draft.signer, draft.room); present && *present) {
    outcome.draft = std::move(**present);
  }
  return outcome;
}

// What keeps a recorded draft from going on, beside its hook: a port, the disk.
Error not_opened(const Draft& draft, Error error) {
  if (error.kind == ErrorKind::environment) {
    error.hint = fmt::format(
        "when that is mended, `coterie multisig resume {}` runs its hook again, with the same id and account; the same "
        "`coterie multisig create` with another --port does, too",
        ceremony::shell_argument(draft.name));
  }
  return error;
}

Outcome hook_failed(const Draft& draft, Error error, std::stop_token stop) {
  const std::string name = ceremony::escape(draft.name);
  const std::string again = fmt::format("`coterie multisig resume {}` runs it again, with the same id and account",
                                        ceremony::shell_argument(draft.name));
  if (error.kind != ErrorKind::interrupted) {
    error.hint = (error.hint.empty() ? "what it wrote to its standard error stands above" : error.hint) +
                 fmt::format(". Nobody was contacted: when that is mended, {}", again);
    return failed(std::move(error));
  }
  if (!stop.stop_requested()) return {{}, {}, abandoned_error(draft)};
  return {{},
          {},
          Error{ErrorKind::pending, fmt::format("stopped; {} is pending: its deploy hook had not answered", name),
                "nothing is lost: " + again}};
}

// Whether nobody has abandoned the draft meanwhile.
class DraftWatch {
 public:
  DraftWatch(Store& store, const Draft& draft) : store_(store), draft_(draft) {}

  bool is_pending() {
    const auto counter = store_.vault().change_counter();
    if (!counter || counter.value() == counter_) return true;
    counter_ = counter.value();
    const auto present = store_.draft_in_room(draft_.signer, draft_.room);
    return !present || (*present && !(*present)->abandoned);
  }

 private:
  Store& store_;
  const Draft& draft_;
  std::uint64_t counter_ = 0;
};

// Runs the hook of a journaled draft, and then the creation with what it answers.
Outcome deploy(Store& store, const LocalSigner& creator, const Draft& draft, std::chrono::milliseconds timeout,
               const RunOptions& run) {
  if (const auto unshared = store.check_account(draft); !unshared) {
    Error error = not_opened(draft, unshared.error());
    if (error.kind == ErrorKind::usage) {
      error.hint = fmt::format("no contract is deployed for it: end this one with `coterie multisig abandon {}`",
                               ceremony::shell_argument(draft.name));
    }
    return failed(std::move(error));
  }
  if (draft.signers.size() > 1) {
    // Given back at once: who comes now must find the port closed. Better a race for it than a contract for nothing.
    if (auto venue = choose_venue(draft.venue); !venue) return failed(not_opened(draft, std::move(venue).error()));
  }
  run.observer.on_notice(
      fmt::format("running the deploy hook {}, which has {} for it", ceremony::escape(draft.hook), describe(timeout)));
  DraftWatch watch(store, draft);
  const auto address =
      run_deploy_hook(draft, {.program = draft.hook,
                              .timeout = timeout,
                              .stop = run.stop,
                              .on_output = [&](const auto& line) { run.observer.on_hook_output(line); },
                              .on_tick = [&] { return watch.is_pending(); }});
  if (!address) return hook_failed(draft, address.error(), run.stop);
  auto record = make_creator_record(draft, creator.identity, *address);
  if (!record) return failed(record.error());
  Outcome outcome = open_creation(store, creator, std::move(*record), draft.venue, run);
  if (outcome.multisig) return outcome;
  if (outcome.error->kind != ErrorKind::declined) return failed(not_opened(draft, std::move(*outcome.error)));
  return {{}, {}, abandoned_error(draft)};
}

// The draft as an earlier holder of the lock left it, with these venue options in place of its own, if there are any.
Result<Draft> take_draft(Store& store, const SignKey& signer, const RoomId& room,
                         const std::optional<VenueOptions>& where) {
  if (where) COTERIE_CHECK(choose_venue(*where));  // what is no address is not recorded
  return store.update_draft(signer, room, [&](Draft& there) -> Result<void> {
    if (where) there.venue = *where;
    return {};
  });
}

// Runs what the journal holds, alone. A draft: with these venue options in place of its own, if there are any.
Outcome continue_creation(Store& store, const LocalSigner& creator, const RoomId& room, const std::string& name,
                          const std::optional<VenueOptions>& where, std::chrono::milliseconds hook_timeout,
                          const RunOptions& run) {
  const SignKey& signer = creator.card.sign_key();
  auto lock = store.lock_multisig(signer, room, name);
  if (!lock) return failed(lock.error());
  auto record = store.multisig_in_room(signer, room);  // as an earlier holder of the lock left it
  if (!record) return failed(record.error());
  if (*record) {
    if (!(*record)->venue) return complete(std::move(**record));  // of one signer: nobody to wait for
    if (const auto enough = check_descriptors_for_links((*record)->manifest.manifest().signers.size() - 1); !enough) {
      return {std::move(**record), {}, enough.error()};
    }
    auto venue = reopen_venue(*(*record)->venue);
    if (!venue) return {std::move(**record), {}, venue.error()};
    return run_exchange(store, creator, std::move(**record), std::move(*venue), run);
  }
  auto draft = take_draft(store, signer, room, where);
  if (!draft) return failed(draft.error());
  if (draft->abandoned) {
    Error error = abandoned_error(*draft);
    return {{}, std::move(*draft), std::move(error)};
  }
  return with_draft(store, *draft, deploy(store, creator, *draft, hook_timeout, run));
}

// `create` of a name that is taken: the same terms go on.
Outcome create_again(Store& store, const LocalSigner& creator, StoredMultisig there, const Terms& terms,
                     const DeployHook& hook, const VenueOptions& where, const RunOptions& run) {
  const std::string& name = std::visit([](const auto& one) -> const std::string& { return one.name; }, there);
  const RoomId room = std::visit([](const auto& one) { return one.room; }, there);
  const MultisigStatus status = std::visit([](const auto& one) { return status_of(one); }, there);
  if (!std::visit([&](const auto& one) { return same_terms(one, terms, hook); }, there)) {
    return failed(usage_error(fmt::format("there is a {} multisig {} here already, with other terms", to_string(status),
                                          ceremony::escape(name)),
                              fmt::format("see it with `coterie multisig show {}`, or give the new one another name",
                                          ceremony::shell_argument(name))));
  }
  auto* record = std::get_if<MultisigRecord>(&there);
  if (record != nullptr && status == MultisigStatus::complete) return complete(std::move(*record));
  run.observer.on_notice(
      record != nullptr ? fmt::format("{} is pending here: going on with it, its account and its invite stay the same",
                                      ceremony::escape(name))
                        : fmt::format("{} is pending here: its deploy hook has not answered, and is told the same id "
                                      "and account again",
                                      ceremony::escape(name)));
  const bool alone = terms.signers.size() == 1;
  return continue_creation(store, creator, room, name, alone ? std::nullopt : std::optional(where), hook.timeout, run);
}

Outcome create_with_hook(Store& store, const LocalSigner& creator, const Draft& draft, const DeployHook& hook,
                         const RunOptions& run) {
  // Seen now it is a wrong call; once something is recorded, it is what `resume` meets.
  if (const auto checked = check_hook_program(hook.program, "--deploy-hook"); !checked) return failed(checked.error());
  if (draft.signers.size() > 1) {
    if (const auto venue = choose_venue(draft.venue); !venue) return failed(venue.error());
  }
  if (run.stop.stop_requested()) {
    return failed(Error{ErrorKind::interrupted, "stopped; nothing was recorded here, and no hook was run", {}});
  }
  auto lock = store.lock_multisig(draft.signer, draft.room, draft.name);
  if (!lock) return failed(lock.error());
  if (const auto inserted = store.insert_draft(draft); !inserted) return failed(inserted.error());
  return with_draft(store, draft, deploy(store, creator, draft, hook.timeout, run));
}

}  // namespace

Outcome create_multisig(Store& store, const LocalSigner& creator, Terms terms, const CreateOptions& options) {
  const RunOptions run{options.connection, observer_or_silent(options.observer), options.stop};
  if (const auto servers = parse_ice_servers(options.connection); !servers) return failed(servers.error());
  if (const auto checked = check_terms(creator, terms); !checked) return failed(checked.error());
  const auto hook = read_hook(options);
  if (!hook) return failed(hook.error());

  const auto taken = store.name_taken(creator.card.sign_key(), terms.name);
  if (!taken) return failed(taken.error());
  if (*taken) {
    auto there = store.find(creator.card.sign_key(), terms.name);
    if (!there) return failed(there.error());
    return create_again(store, creator, std::move(*there), terms, *hook, options.venue, run);
  }

  const auto imported = take_imported(store, creator, *hook, terms);
  if (!imported) return failed(imported.error());
  auto draft = draw_draft(creator, terms, *imported, *hook, options.venue);
  if (!draft) return failed(draft.error());
  if (!hook->program.empty()) return create_with_hook(store, creator, *draft, *hook, run);
  auto record = make_creator_record(*draft, creator.identity, terms.multisig_address);
  if (!record) return failed(record.error());
  auto lock = store.lock_multisig(draft->signer, draft->room, draft->name);
  if (!lock) return failed(lock.error());
  return open_creation(store, creator, std::move(*record), options.venue, run);
}

Outcome resume_multisig(Store& store, const LocalSigner& signer, std::string_view name_or_room,
                        const ResumeOptions& options) {
  const RunOptions run{options.connection, observer_or_silent(options.observer), options.stop};
  if (const auto servers = parse_ice_servers(options.connection); !servers) return failed(servers.error());
  auto found = store.find(signer.card.sign_key(), name_or_room);
  if (!found) return failed(found.error());
  auto* record = std::get_if<MultisigRecord>(&*found);
  if (record != nullptr && record->role == Role::recipient) {
    const auto invite = ceremony::Invite::parse(record->invite);
    if (!invite) return failed(invite.error());
    return receive_shared_state(store, signer, *invite, std::move(*record), {}, run);
  }
  const std::string name = std::visit([](const auto& one) { return one.name; }, *found);
  const RoomId room = std::visit([](const auto& one) { return one.room; }, *found);
  return continue_creation(store, signer, room, name, std::nullopt, Hook().timeout, run);
}

Result<StoredMultisig> abandon_multisig(Store& store, const LocalSigner& signer, std::string_view name_or_room) {
  const SignKey& key = signer.card.sign_key();
  COTERIE_TRY(const StoredMultisig found, store.find(key, name_or_room));
  if (const auto* draft = std::get_if<Draft>(&found)) {
    COTERIE_TRY(Draft abandoned, store.update_draft(key, draft->room, [](Draft& there) -> Result<void> {
      COTERIE_CHECK(check_pending(there.name, there.room, status_of(there)));
      there.abandoned = true;
      return {};
    }));
    return StoredMultisig(std::move(abandoned));
  }
  const RoomId& room = std::get<MultisigRecord>(found).room;
  COTERIE_TRY(MultisigRecord abandoned, store.update(key, room, abandon));
  return StoredMultisig(std::move(abandoned));
}

}  // namespace coterie::session
