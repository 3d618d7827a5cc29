#include "session/create_multisig.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "ceremony/invite.h"
#include "ceremony/name.h"
#include "crypto/room.h"
#include "session/exchange.h"
#include "session/observer.h"
#include "session/receive.h"
#include "session/stun_finder.h"
#include "session/venue.h"
#include "vault/session_lock.h"

namespace coterie::session {

namespace {

Outcome failed(Error error) {
  return {Outcome::Status::failed, std::nullopt, std::move(error)};
}

Outcome complete(MultisigRecord record) {
  return {Outcome::Status::complete, std::move(record), std::nullopt};
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

std::string profile_of(const Terms& terms) {
  return terms.profile.value_or(std::string(account::kDefaultProfile));
}

Result<ceremony::Manifest> make_manifest(const Terms& terms, account::PublicPart account, const RoomId& room) {
  ceremony::Manifest manifest;
  manifest.name = terms.name;
  manifest.threshold = terms.threshold;
  manifest.signers = terms.signers;
  manifest.account = std::move(account);
  manifest.room = room;
  manifest.created_at = unix_now();
  COTERIE_CHECK(ceremony::check_manifest(manifest, ErrorKind::usage));
  return manifest;
}

bool same_account(const MultisigRecord& record, const Terms& terms) {
  if (terms.account) {
    // What it reveals: an opaque account's public part differs with each opening.
    return record.account->kind() == terms.account->kind() &&
           record.account->reveal().equals(terms.account->reveal().view());
  }
  const account::AztecAccount* aztec = record.account->aztec();
  if (aztec == nullptr) return false;
  if (record.imported && !terms.profile) return true;  // its file has said it
  return aztec->public_part().profile == profile_of(terms);
}

// Whether `create` with these terms means the multisig that is there.
bool same_terms(const MultisigRecord& record, const Terms& terms) {
  const ceremony::Manifest& manifest = record.manifest.manifest();
  return record.role == Role::creator && manifest.threshold == terms.threshold && manifest.signers == terms.signers &&
         same_account(record, terms);
}

// The terms' account is that of the imported multisig of their name, if there is one.
Result<bool> take_imported(Store& store, const LocalSigner& creator, Terms& terms) {
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
  terms.name = imported->name;
  terms.account = std::move(imported->account);
  return true;
}

std::string lock_name(const MultisigRecord& record) {
  return record.signer.text() + "/" + record.room.text();
}

std::string shown_name(const MultisigRecord& record) {
  return fmt::format("multisig {}", ceremony::escape(record.name));
}

// Runs what the journal holds, alone.
Outcome continue_creation(Store& store, const LocalSigner& creator, MultisigRecord record, const RunOptions& options) {
  auto lock = vault::SessionLock::acquire(store.vault(), lock_name(record), shown_name(record));
  if (!lock) return failed(lock.error());
  auto present = store.multisig_in_room(record.signer, record.room);  // as an earlier holder of the lock left it
  if (!present) return failed(present.error());
  if (*present) record = std::move(**present);
  auto venue = reopen_venue(*record.venue);
  if (!venue) return {Outcome::Status::failed, std::move(record), venue.error()};
  return run_exchange(store, creator, std::move(record), std::move(*venue), options);
}

Result<MultisigRecord> make_record(const LocalSigner& creator, const Terms& terms, Random& random) {
  auto made =
      terms.account ? Result(terms.account->clone()) : account::SharedStateAccount::generate(profile_of(terms), random);
  if (!made) return made.error();
  COTERIE_CHECK(ceremony::check_shared_account(*made, terms.signers, ErrorKind::usage));
  const auto salt = random.draw<RoomSalt>();
  const RoomId room = crypto::room_id(creator.card.sign_key(), salt);
  COTERIE_TRY(ceremony::Manifest manifest, make_manifest(terms, made->public_part(), room));
  COTERIE_TRY(ceremony::SignedManifest signed_manifest,
              ceremony::SignedManifest::create(std::move(manifest), creator.identity));
  const Signature own_receipt = signed_manifest.creator_receipt();
  return MultisigRecord{.role = Role::creator,
                        .name = terms.name,
                        .signer = creator.card.sign_key(),
                        .room = room,
                        .status = MultisigStatus::pending,
                        .reason = {},
                        .ended_by = {},
                        .manifest = std::move(signed_manifest),
                        .account = std::move(*made),
                        .receipts = {{creator.card.sign_key(), own_receipt}},
                        .stored = {},
                        .certificate = {},
                        .room_salt = salt,
                        .venue = {},
                        .invite = {}};
}

Outcome create_alone(Store& store, MultisigRecord record) {
  auto certificate = ceremony::Certificate::create(record.manifest, record.receipts);
  if (!certificate) return failed(certificate.error());
  record.certificate = std::move(*certificate);
  record.status = MultisigStatus::complete;
  if (const auto inserted = store.insert(record); !inserted) return failed(inserted.error());
  return complete(std::move(record));
}

}  // namespace

Outcome create_multisig(Store& store, const LocalSigner& creator, Terms terms, const CreateOptions& options) {
  const RunOptions run{options.connection, observer_or_silent(options.observer), options.stop};
  if (const auto stun = StunFinder::parse(options.connection.stun); !stun) return failed(stun.error());
  if (const auto checked = check_terms(creator, terms); !checked) return failed(checked.error());

  const auto taken = store.name_taken(creator.card.sign_key(), terms.name);
  if (!taken) return failed(taken.error());
  if (*taken) {
    auto there = store.multisig(creator.card.sign_key(), terms.name);
    if (!there) return failed(there.error());
    if (!same_terms(*there, terms)) {
      return failed(usage_error(fmt::format("there is a {} multisig {} here already, with other terms",
                                            to_string(there->status), ceremony::escape(there->name)),
                                fmt::format("see it with `coterie multisig show {}`, or give the new one another name",
                                            ceremony::shell_argument(there->name))));
    }
    if (there->status == MultisigStatus::complete) return complete(std::move(*there));
    run.observer.on_notice(fmt::format("{} is pending here: going on with it, its account and its invite stay the same",
                                       ceremony::escape(there->name)));
    return continue_creation(store, creator, std::move(*there), run);
  }

  auto imported = take_imported(store, creator, terms);
  if (!imported) return failed(imported.error());
  SystemRandom random;
  auto record = make_record(creator, terms, random);
  if (!record) return failed(record.error());
  record->imported = *imported;
  if (terms.signers.size() == 1) return create_alone(store, std::move(*record));

  auto lock = vault::SessionLock::acquire(store.vault(), lock_name(*record), shown_name(*record));
  if (!lock) return failed(lock.error());
  auto venue = choose_venue(options.venue);
  if (!venue) return failed(venue.error());
  record->venue = venue->venue;
  record->invite =
      ceremony::Invite{venue->venue.advertised_host, venue->venue.advertised_port, record->room, creator.card.peer()}
          .serialize();
  if (const auto inserted = store.insert(*record); !inserted) return failed(inserted.error());
  return run_exchange(store, creator, std::move(*record), std::move(*venue), run);
}

Outcome resume_multisig(Store& store, const LocalSigner& signer, std::string_view name_or_room,
                        const ResumeOptions& options) {
  const RunOptions run{options.connection, observer_or_silent(options.observer), options.stop};
  if (const auto stun = StunFinder::parse(options.connection.stun); !stun) return failed(stun.error());
  auto record = store.multisig(signer.card.sign_key(), name_or_room);
  if (!record) return failed(record.error());
  if (record->role == Role::creator) {
    if (!record->venue) return complete(std::move(*record));  // of one signer: nobody to wait for
    return continue_creation(store, signer, std::move(*record), run);
  }
  const auto invite = ceremony::Invite::parse(record->invite);
  if (!invite) return failed(invite.error());
  return receive_shared_state(store, signer, *invite, std::move(*record), std::nullopt, run);
}

Result<MultisigRecord> abandon_multisig(Store& store, const LocalSigner& signer, std::string_view name_or_room) {
  COTERIE_TRY(const MultisigRecord found, store.multisig(signer.card.sign_key(), name_or_room));
  return store.update(signer.card.sign_key(), found.room, [](MultisigRecord& record) -> Result<void> {
    const std::string name = ceremony::escape(record.name);
    if (record.status != MultisigStatus::pending) {
      return usage_error(fmt::format("{} is {}: there is nothing to abandon", name, to_string(record.status)),
                         fmt::format("see it with `coterie multisig show {}`",
                                     ceremony::shell_argument(record.live() ? record.name : record.room.text())));
    }
    if (record.role == Role::creator && record.receipts.size() == record.manifest.manifest().signers.size()) {
      return usage_error(
          fmt::format("every signer has given a receipt for {}: it can no longer be abandoned", name),
          fmt::format("finish it with `coterie multisig resume {}`", ceremony::shell_argument(record.name)));
    }
    record.status = MultisigStatus::abandoned;
    record.ended_by = record.signer;
    return {};
  });
}

}  // namespace coterie::session
