// What the tests of records and their views share: signers, and a multisig's record as each role has it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "ceremony/card.h"
#include "ceremony/certificate.h"
#include "ceremony/manifest.h"
#include "crypto/identity.h"
#include "crypto/room.h"
#include "session/draft.h"
#include "session/record.h"

namespace coterie::session {

// Signers with their identities, and a multisig of them with an opaque account; from a seed, so the same each time.
struct RecordFixture {
  struct Person {
    crypto::Identity identity;
    ceremony::Card card;
  };

  explicit RecordFixture(const std::vector<std::string>& names = {"alice", "bob", "carol"}, std::uint64_t seed = 1)
      : random(seed) {
    for (const std::string& name : names) {
      crypto::Identity identity = crypto::Identity::generate(random);
      ceremony::Card card = ceremony::Card::create(name, identity, 1'700'000'000).value();
      people.push_back({std::move(identity), std::move(card)});
    }
  }

  const SignKey& key(std::size_t person) const { return people[person].card.sign_key(); }

  account::SharedStateAccount opaque_account(std::string_view text = R"({"secret":"canary"})") {
    return std::move(account::SharedStateAccount::create_opaque(SecretBytes::copy_of(text), random).value());
  }

  // As the first person's vault has it right after the manifest was signed.
  MultisigRecord creator_record(account::SharedStateAccount account, std::string name = "treasury") {
    const auto salt = random.draw<RoomSalt>();
    ceremony::Manifest manifest{.name = name,
                                .threshold = people.size() > 1 ? 2 : 1,
                                .signers = {},
                                .account = account.public_part(),
                                .room = crypto::room_id(key(0), salt),
                                .multisig_address = multisig_address,
                                .created_at = 1'700'000'100};
    for (const Person& person : people) manifest.signers.push_back(person.card);
    auto signed_manifest = ceremony::SignedManifest::create(manifest, people[0].identity).value();
    const Signature receipt = signed_manifest.creator_receipt();
    MultisigRecord record{.role = Role::creator,
                          .name = std::move(name),
                          .signer = key(0),
                          .room = manifest.room,
                          .status = MultisigStatus::pending,
                          .reason = {},
                          .ended_by = std::nullopt,
                          .manifest = std::move(signed_manifest),
                          .account = std::move(account),
                          .receipts = {{key(0), receipt}},
                          .stored = {},
                          .certificate = std::nullopt,
                          .room_salt = salt,
                          .venue = Venue{true, "::", 8081, {{"127.0.0.1", 8081}}, {"192.0.2.7", 8081}},
                          .invite = "coterie://192.0.2.7:8081/ROOM#KEYS"};
    return record;
  }
  MultisigRecord creator_record() { return creator_record(opaque_account()); }

  // As the first person's vault has it while the deploy hook runs.
  Draft draft(account::SharedStateAccount account, std::string name = "treasury") {
    const auto salt = random.draw<RoomSalt>();
    Draft draft{.name = std::move(name),
                .signer = key(0),
                .room = crypto::room_id(key(0), salt),
                .room_salt = salt,
                .created_at = 1'700'000'100,
                .threshold = people.size() > 1 ? 2 : 1,
                .signers = {},
                .account = std::move(account),
                .imported = false,
                .hook = "/opt/deploy",
                .hook_with_secrets = false,
                .venue = {},
                .abandoned = false};
    for (const Person& person : people) draft.signers.push_back(person.card);
    return draft;
  }
  Draft draft() { return draft(opaque_account()); }
  // And once the hook has answered.
  MultisigRecord record_of(const Draft& draft) {
    auto manifest = ceremony::SignedManifest::create(draft.manifest(multisig_address), people[0].identity).value();
    MultisigRecord record = creator_record(draft.account.clone(), draft.name);
    record.room = draft.room;
    record.room_salt = draft.room_salt;
    record.receipts = {{key(0), manifest.creator_receipt()}};
    record.manifest = std::move(manifest);
    record.hook = draft.hook;
    return record;
  }

  // The same multisig as another person's vault has it after consent.
  MultisigRecord recipient_record(const MultisigRecord& creators, std::size_t person) const {
    return MultisigRecord{.role = Role::recipient,
                          .name = creators.name,
                          .signer = key(person),
                          .room = creators.room,
                          .status = MultisigStatus::pending,
                          .reason = {},
                          .ended_by = std::nullopt,
                          .manifest = creators.manifest,
                          .account = creators.account->clone(),
                          .receipts = {{key(person), receipt_of(creators, person)}},
                          .stored = {},
                          .certificate = std::nullopt,
                          .room_salt = std::nullopt,
                          .venue = std::nullopt,
                          .invite = creators.invite};
  }

  Signature receipt_of(const MultisigRecord& record, std::size_t person) const {
    return ceremony::create_receipt(record.manifest, people[person].identity);
  }
  ceremony::Certificate certificate_of(const MultisigRecord& record) const {
    ceremony::Receipts receipts;
    for (std::size_t i = 0; i < people.size(); ++i) receipts[key(i)] = receipt_of(record, i);
    return ceremony::Certificate::create(record.manifest, receipts).value();
  }

  SeededRandom random;
  std::vector<Person> people;
  std::optional<std::string> multisig_address;  // of the records made from now on
};

}  // namespace coterie::session
