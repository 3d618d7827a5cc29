#include "session/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/json.h"
#include "session/record_fixture.h"
#include "session/store_labels.h"

namespace coterie::session {
namespace {

using ceremony::Card;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Effect = ContactEffect;

constexpr UnixSeconds kNow = 1'700'000'000;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    // In memory where there is such a place: vaults wait for the disk at each commit.
    const bool in_memory = ::access("/dev/shm", W_OK) == 0;
    const std::filesystem::path parent = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "coterie-store-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    home_ = pattern;
    const vault::VaultOptions cheap{{crypto::kMinPassphraseMemory, 1}};
    vault_.emplace(*vault::Vault::create(home_ / "vault", passphrase(), cheap, random_));
    store_.emplace(*vault_);
  }
  ~StoreTest() override {
    store_.reset();
    vault_.reset();
    std::filesystem::remove_all(home_);
  }

  static Passphrase passphrase() { return Passphrase(SecretBytes::copy_of("correct horse")); }
  vault::Vault open_again() { return *vault::Vault::open(home_ / "vault", passphrase()); }

  Card card(std::string_view name) {
    const crypto::Identity identity = crypto::Identity::generate(random_);
    return Card::create(name, identity, kNow).value();
  }

  std::vector<std::string> contact_names() {
    const auto contacts = store_->contacts();
    std::vector<std::string> names;
    for (const Card& contact : contacts.value()) names.push_back(contact.name());
    return names;
  }

  SystemRandom random_;
  std::filesystem::path home_;
  std::optional<vault::Vault> vault_;
  std::optional<Store> store_;
};

TEST_F(StoreTest, MakesTheFirstSignerCurrent) {
  EXPECT_TRUE(store_->create_signer("alice", kNow, random_)->current);
  EXPECT_FALSE(store_->create_signer("bob", kNow, random_)->current);
  EXPECT_EQ(store_->signer(std::nullopt)->card.name(), "alice");
}

TEST_F(StoreTest, KeepsTheIdentityOfACard) {
  const auto made = store_->create_signer("alice", kNow, random_);
  ASSERT_TRUE(made);
  const auto loaded = store_->signer("alice");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->card, made->card);
  EXPECT_TRUE(loaded->identity.serialize().equals(made->identity.serialize().view()));
}

TEST_F(StoreTest, GivesEverySignerAnAztecAccountThatTheCardShows) {
  const auto made = store_->create_signer("alice", kNow, random_);
  ASSERT_TRUE(made);
  ASSERT_TRUE(made->card.aztec());
  const auto loaded = store_->signer("alice");
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_TRUE(loaded->own_account);
  EXPECT_EQ(loaded->own_account->part(), *made->card.aztec());
  EXPECT_TRUE(loaded->own_account->serialize().equals(made->own_account->serialize().view()));
}

// As they were made before there were chain keys.
class StoreWithAPlainSignerTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    const crypto::Identity identity = crypto::Identity::generate(random_);
    plain_ = Card::create("alice", identity, kNow).value();
    auto transaction = vault_->begin();
    json::Object record = json::secret_object();
    record["version"] = 1;
    record["card"] = plain_->to_json();
    record["identity"] = std::string(serialize_secret_base64(identity.serialize().view()).text());
    ASSERT_TRUE(transaction->store("signer/alice", json::serialize_secret(record).view(), vault::Overwrite::never));
    ASSERT_TRUE(transaction->commit());
  }
  account::AztecAccount own_account(std::uint64_t seed = 1) {
    SeededRandom random(seed);
    return *account::AztecAccount::generate(account::kDefaultProfile, random);
  }

  std::optional<Card> plain_;
};

TEST_F(StoreWithAPlainSignerTest, ReadsItWithoutAChainKey) {
  const auto alice = store_->signer("alice");
  ASSERT_TRUE(alice) << alice.error().message;
  EXPECT_EQ(alice->card, *plain_);
  EXPECT_FALSE(alice->own_account);
}

TEST_F(StoreWithAPlainSignerTest, AddsAChainKeyOnceAndKeepsTheIdentity) {
  const auto renewed = store_->add_own_account("ALICE", kNow + 1, own_account(), random_);
  ASSERT_TRUE(renewed) << renewed.error().message;
  EXPECT_EQ(renewed->before, *plain_);
  const auto alice = store_->signer("alice");
  ASSERT_TRUE(alice);
  EXPECT_EQ(alice->card, renewed->signer.card);
  EXPECT_EQ(alice->card.fingerprint(), plain_->fingerprint());
  EXPECT_EQ(*alice->card.aztec(), own_account().part());
  const auto again = store_->add_own_account("alice", kNow + 2, own_account(2), random_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::usage);
  EXPECT_THAT(again.error().message, HasSubstr("has a chain key already"));
  EXPECT_EQ(*store_->signer("alice")->card.aztec(), own_account().part());
}

TEST_F(StoreWithAPlainSignerTest, NeverUsesOneAztecKeyForTwo) {
  ASSERT_TRUE(store_->create_signer("bob", kNow, own_account(), random_));
  const auto carol = store_->create_signer("carol", kNow, own_account(), random_);
  ASSERT_FALSE(carol);
  EXPECT_EQ(carol.error().kind, ErrorKind::usage);
  EXPECT_THAT(carol.error().message, AllOf(HasSubstr("key of your signer"), HasSubstr("bob")));
  EXPECT_FALSE(store_->add_own_account("alice", kNow, own_account(), random_));
  EXPECT_FALSE(store_->signer("carol"));
  const crypto::Identity identity = crypto::Identity::generate(random_);
  ASSERT_TRUE(
      store_->add_contacts({Card::create("zoe", identity, kNow, own_account(7), random_).value()}, ReplaceContact::no));
  const auto dave = store_->create_signer("dave", kNow, own_account(7), random_);
  ASSERT_FALSE(dave);
  EXPECT_THAT(dave.error().message, AllOf(HasSubstr("key of your contact"), HasSubstr("zoe")));
}

TEST_F(StoreWithAPlainSignerTest, TakesAContactsChainKeyOnlyToReplace) {
  const crypto::Identity identity = crypto::Identity::generate(random_);
  const Card before = Card::create("bob", identity, kNow).value();
  const Card with_key = Card::create("bob", identity, kNow, own_account(), random_).value();
  ASSERT_TRUE(store_->add_contacts({before}, ReplaceContact::no));
  const auto refused = store_->add_contacts({with_key}, ReplaceContact::no);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("has a chain key now"), HasSubstr(before.fingerprint())));
  const auto replaced = store_->add_contacts({with_key}, ReplaceContact::yes);
  ASSERT_TRUE(replaced);
  EXPECT_THAT(replaced->at(0).replaced, ElementsAre(before));
  // And the Aztec key of a contact is no other's.
  const Card other = Card::create("robert", crypto::Identity::generate(random_), kNow, own_account(), random_).value();
  const auto same_key = store_->add_contacts({other}, ReplaceContact::no);
  ASSERT_FALSE(same_key);
  EXPECT_THAT(same_key.error().message, HasSubstr("has a key of your contact"));
}

TEST_F(StoreTest, SwitchesTheCurrentSigner) {
  ASSERT_TRUE(store_->create_signer("alice", kNow, random_));
  ASSERT_TRUE(store_->create_signer("bob", kNow, random_));
  ASSERT_TRUE(store_->use_signer("BOB"));
  EXPECT_EQ(store_->signer(std::nullopt)->card.name(), "bob");
  const auto unknown = store_->use_signer("carol");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::usage);
  EXPECT_EQ(unknown.error().hint, "its signers are alice and bob");
  EXPECT_EQ(store_->signer(std::nullopt)->card.name(), "bob");
}

TEST_F(StoreTest, SaysHowToMakeASignerWhereThereIsNone) {
  const auto none = store_->signer(std::nullopt);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::usage);
  EXPECT_THAT(none.error().hint, HasSubstr("coterie signer create"));
}

// K3.
TEST_F(StoreTest, NeverOverwritesASigner) {
  const auto alice = store_->create_signer("alice", kNow, random_);
  ASSERT_TRUE(alice);
  for (const char* name : {"alice", "ALICE"}) {
    const auto again = store_->create_signer(name, kNow, random_);
    ASSERT_FALSE(again) << name;
    EXPECT_EQ(again.error().kind, ErrorKind::usage) << name;
  }
  EXPECT_EQ(store_->signer("alice")->card, alice->card);
}

TEST_F(StoreTest, RefusesASignerWithAContactsName) {
  ASSERT_TRUE(store_->add_contacts({card("Bob")}, ReplaceContact::no));
  const auto bob = store_->create_signer("bob", kNow, random_);
  ASSERT_FALSE(bob);
  EXPECT_EQ(bob.error().kind, ErrorKind::usage);
  EXPECT_THAT(bob.error().message, HasSubstr("Bob"));
}

TEST_F(StoreTest, RefusesABadNameAsAWrongCall) {
  for (const char* name : {"", "a/b", "-x", ".x", "a\x1b[31m"}) {
    const auto refused = store_->create_signer(name, kNow, random_);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::usage) << name;
  }
}

TEST_F(StoreTest, AcceptsAContactTwiceWithoutEffect) {
  const Card bob = card("bob");
  EXPECT_EQ(store_->add_contacts({bob}, ReplaceContact::no)->at(0).effect, Effect::added);
  EXPECT_EQ(store_->add_contacts({bob}, ReplaceContact::no)->at(0).effect, Effect::unchanged);
  EXPECT_EQ(store_->add_contacts({bob, bob}, ReplaceContact::yes)->at(1).effect, Effect::unchanged);
  EXPECT_THAT(contact_names(), ElementsAre("bob"));
}

TEST_F(StoreTest, PassesOverAnOwnSignersCard) {
  const Card alice = store_->create_signer("alice", kNow, random_)->card;
  const auto added = store_->add_contacts({alice, card("bob")}, ReplaceContact::no);
  ASSERT_TRUE(added);
  EXPECT_EQ(added->at(0).effect, Effect::own_signer);
  EXPECT_THAT(contact_names(), ElementsAre("bob"));
}

TEST_F(StoreTest, RefusesAKnownNameWithAnotherKeyNamingBoth) {
  const Card bob = card("bob");
  const Card impostor = card("BOB");
  ASSERT_TRUE(store_->add_contacts({bob}, ReplaceContact::no));
  const auto refused = store_->add_contacts({card("carol"), impostor}, ReplaceContact::no);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("bob"), HasSubstr(bob.fingerprint()), HasSubstr("BOB"),
                                             HasSubstr(impostor.fingerprint())));
  EXPECT_THAT(contact_names(), ElementsAre("bob"));  // all of one call, or none
  EXPECT_EQ(*store_->contact("bob"), bob);
}

TEST_F(StoreTest, RefusesAKnownKeyWithAnotherCardNamingBoth) {
  const crypto::Identity identity = crypto::Identity::generate(random_);
  const Card bob = Card::create("bob", identity, kNow).value();
  const Card robert = Card::create("robert", identity, kNow).value();
  const Card newer = Card::create("bob", identity, kNow + 1).value();
  ASSERT_TRUE(store_->add_contacts({bob}, ReplaceContact::no));
  for (const Card& other : {robert, newer}) {
    const auto refused = store_->add_contacts({other}, ReplaceContact::no);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::refused);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr(other.name()), HasSubstr("bob"), HasSubstr("another card")));
  }
}

TEST_F(StoreTest, ReplacesEveryContactThatANewCardContradicts) {
  const crypto::Identity identity = crypto::Identity::generate(random_);
  const Card by_key = Card::create("robert", identity, kNow).value();
  const Card by_name = card("bob");
  const Card carol = card("carol");
  ASSERT_TRUE(store_->add_contacts({by_key, by_name, carol}, ReplaceContact::no));
  const Card bob = Card::create("Bob", identity, kNow).value();
  const auto added = store_->add_contacts({bob}, ReplaceContact::yes);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(added->at(0).effect, Effect::replaced);
  EXPECT_THAT(added->at(0).replaced, ::testing::UnorderedElementsAre(by_key, by_name));
  EXPECT_THAT(contact_names(), ElementsAre("Bob", "carol"));
  EXPECT_EQ(*store_->contact("bob"), bob);
}

TEST_F(StoreTest, NeverReplacesAnOwnSigner) {
  const auto alice = store_->create_signer("alice", kNow, random_);
  ASSERT_TRUE(alice);
  const Card other_card = Card::create("alice two", alice->identity, kNow).value();
  for (const Card& impostor : {card("Alice"), other_card}) {
    const auto refused = store_->add_contacts({impostor}, ReplaceContact::yes);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  }
  EXPECT_THAT(contact_names(), IsEmpty());
}

TEST_F(StoreTest, RefusesCardsOfOneCallThatContradictEachOther) {
  const auto refused = store_->add_contacts({card("bob"), card("bob")}, ReplaceContact::yes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(contact_names(), IsEmpty());
}

TEST_F(StoreTest, RemovesAContactByAnyCaseOfItsName) {
  ASSERT_TRUE(store_->add_contacts({card("bob")}, ReplaceContact::no));
  EXPECT_EQ(store_->remove_contact("BOB")->name(), "bob");
  EXPECT_THAT(contact_names(), IsEmpty());
  EXPECT_EQ(store_->remove_contact("bob").error().kind, ErrorKind::usage);
  EXPECT_EQ(store_->contact("bob").error().kind, ErrorKind::usage);
}

TEST_F(StoreTest, FindsTheCardsOfOwnSignersAndContacts) {
  const Card alice = store_->create_signer("alice", kNow, random_)->card;
  const Card bob = card("bob");
  ASSERT_TRUE(store_->add_contacts({bob}, ReplaceContact::no));
  const auto cards = store_->cards({"bob", "ALICE"});
  ASSERT_TRUE(cards);
  EXPECT_THAT(*cards, ElementsAre(bob, alice));
  const auto unknown = store_->cards({"alice", "mallory"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::usage);
  EXPECT_THAT(unknown.error().message, HasSubstr("mallory"));
}

TEST_F(StoreTest, FindsAMultisigByNameAndByRoom) {
  RecordFixture fixture;
  const MultisigRecord record = fixture.creator_record();
  ASSERT_TRUE(store_->insert(record));
  EXPECT_EQ(store_->multisig(fixture.key(0), "TREASURY")->room, record.room);
  EXPECT_EQ(store_->multisig(fixture.key(0), record.room.text())->name, "treasury");
  EXPECT_TRUE(store_->multisig_in_room(fixture.key(0), record.room)->has_value());
  EXPECT_FALSE(store_->multisig_in_room(fixture.key(1), record.room)->has_value());
  EXPECT_EQ(store_->multisigs()->size(), 1u);
  EXPECT_TRUE(*store_->name_taken(fixture.key(0), "Treasury"));
  EXPECT_FALSE(*store_->name_taken(fixture.key(1), "treasury"));
  for (const char* missing : {"payroll", "-no name", ""}) {
    const auto unknown = store_->multisig(fixture.key(0), missing);
    ASSERT_FALSE(unknown) << missing;
    EXPECT_EQ(unknown.error().kind, ErrorKind::usage) << missing;
  }
}

// K3.
TEST_F(StoreTest, NeverOverwritesAMultisig) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  ASSERT_TRUE(store_->insert(record));
  const MultisigRecord same_name = fixture.creator_record(fixture.opaque_account("1"), "Treasury");
  EXPECT_EQ(store_->insert(same_name).error().kind, ErrorKind::usage);
  record.name = "other";
  record.account = fixture.recipient_record(record, 1).account->clone();
  EXPECT_FALSE(store_->insert(record));  // the same room
  EXPECT_EQ(store_->multisig(fixture.key(0), "treasury")->room, record.room);
  EXPECT_EQ(store_->multisigs()->size(), 1u);
}

// Verifying all the others at each insert would make a creation the slower the more multisigs a signer has.
TEST_F(StoreTest, ReadsOnlyTheNamesOfTheOtherMultisigsWhenOneComes) {
  RecordFixture fixture;
  const MultisigRecord first = fixture.creator_record(fixture.opaque_account("1"), "first");
  ASSERT_TRUE(store_->insert(first));
  {
    auto transaction = vault_->begin();
    const std::string at = prefix_of(kMultisigPrefix, first.signer) + first.room.text();
    auto record = json::parse((*transaction->load(at))->text(), 1 << 20, "record");
    record->as_object()["manifest"] = nullptr;
    ASSERT_TRUE(transaction->store(at, json::serialize_secret(*record).view(), vault::Overwrite::allowed));
    ASSERT_TRUE(transaction->commit());
  }
  ASSERT_FALSE(store_->multisigs());
  EXPECT_TRUE(store_->insert(fixture.creator_record(fixture.opaque_account("2"), "second")));
  EXPECT_THAT(store_->insert(fixture.creator_record(fixture.opaque_account("3"), "First")).error().message,
              HasSubstr("is taken by another multisig"));
}

TEST_F(StoreTest, FreesTheNameOfAMultisigThatEnded) {
  RecordFixture fixture;
  const MultisigRecord first = fixture.creator_record(fixture.opaque_account("1"));
  ASSERT_TRUE(store_->insert(first));
  ASSERT_TRUE(store_->update(fixture.key(0), first.room, [](MultisigRecord& record) -> Result<void> {
    record.status = MultisigStatus::abandoned;
    return {};
  }));
  const auto gone = store_->multisig(fixture.key(0), "treasury");
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().message, HasSubstr("abandoned"));
  EXPECT_THAT(gone.error().hint, HasSubstr(first.room.text()));
  EXPECT_EQ(store_->multisig(fixture.key(0), first.room.text())->status, MultisigStatus::abandoned);

  const MultisigRecord second = fixture.creator_record(fixture.opaque_account("2"));
  ASSERT_TRUE(store_->insert(second));
  EXPECT_EQ(store_->multisig(fixture.key(0), "treasury")->room, second.room);
  EXPECT_EQ(store_->multisigs()->size(), 2u);
}

TEST_F(StoreTest, CompletesAnAbandonedMultisigLateUnderAFreeName) {
  RecordFixture fixture;
  const std::string name(64, 'n');
  MultisigRecord first = fixture.creator_record(fixture.opaque_account("1"), name);
  first.status = MultisigStatus::abandoned;
  ASSERT_TRUE(store_->insert(first));
  const MultisigRecord second = fixture.creator_record(fixture.opaque_account("2"), name);
  ASSERT_TRUE(store_->insert(second));
  const auto completed = store_->update(fixture.key(0), first.room, [&](MultisigRecord& record) -> Result<void> {
    record.status = MultisigStatus::complete;
    record.certificate = fixture.certificate_of(record);
    return {};
  });
  ASSERT_TRUE(completed) << completed.error().message;
  EXPECT_EQ(completed->name, std::string(55, 'n') + "~" + first.room.text().substr(0, 8));
  EXPECT_EQ(store_->multisig(fixture.key(0), name)->room, second.room);
  EXPECT_EQ(store_->multisig(fixture.key(0), completed->name)->room, first.room);
}

TEST_F(StoreTest, RefusesAnAccountThatWasSharedBefore) {
  RecordFixture fixture;
  MultisigRecord first = fixture.creator_record(fixture.opaque_account(R"({"key":1})"), "first");
  ASSERT_TRUE(store_->insert(first));
  // Another opening of the same text: another commitment, but the same account.
  const MultisigRecord second = fixture.creator_record(fixture.opaque_account(R"({"key":1})"), "second");
  ASSERT_NE(account::to_json(second.manifest.manifest().account), account::to_json(first.manifest.manifest().account));
  const auto refused = store_->insert(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message, HasSubstr(first.room.text()));
  EXPECT_EQ(store_->multisigs()->size(), 1u);
}

TEST_F(StoreTest, RefusesTheKeysOfAnAccountThatWasSharedUnderAnotherProfile) {
  RecordFixture fixture;
  const auto made = account::AztecAccount::generate("4.1.2", random_);
  const auto other = account::AztecAccount::derive("3.0.0-devnet.5", made->secrets().clone());
  ASSERT_NE(made->public_part().address, other->public_part().address);
  const MultisigRecord first = fixture.creator_record(account::SharedStateAccount(made->clone()), "first");
  ASSERT_TRUE(store_->insert(first));
  const auto refused = store_->insert(fixture.creator_record(account::SharedStateAccount(other->clone()), "second"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was shared before, in room " + first.room.text()));
}

TEST_F(StoreTest, RefusesAnAccountWithOneKeyOfAnotherThatWasShared) {
  RecordFixture fixture;
  const auto shared = account::AztecAccount::generate("4.1.2", random_);
  ASSERT_TRUE(store_->insert(fixture.creator_record(account::SharedStateAccount(shared->clone()), "first")));
  const auto with = [&](auto take_over) {
    account::AztecSecrets secrets = account::AztecAccount::generate("4.1.2", random_)->secrets().clone();
    take_over(secrets, shared->secrets().clone());
    return account::SharedStateAccount(std::move(*account::AztecAccount::derive("4.1.2", std::move(secrets))));
  };
  auto viewing = with([](auto& own, auto other) { own.secret_key = std::move(other.secret_key); });
  auto signing = with([](auto& own, auto other) { own.private_key = std::move(other.private_key); });
  auto salt = with([](auto& own, auto other) { own.salt_key = std::move(other.salt_key); });
  EXPECT_FALSE(store_->insert(fixture.creator_record(std::move(viewing), "second")));
  EXPECT_FALSE(store_->insert(fixture.creator_record(std::move(signing), "third")));
  EXPECT_TRUE(store_->insert(fixture.creator_record(std::move(salt), "fourth")));
}

TEST_F(StoreTest, TakesAnAccountInOneRoomOnlyWhoeverOfThisVaultGotIt) {
  RecordFixture fixture;
  const MultisigRecord first = fixture.creator_record(fixture.opaque_account("1"), "first");
  ASSERT_TRUE(store_->insert(fixture.recipient_record(first, 1)));
  ASSERT_TRUE(store_->insert(fixture.recipient_record(first, 2)));  // another signer of the same vault
  const MultisigRecord second = fixture.creator_record(fixture.opaque_account("1"), "second");
  const auto signers = [](const MultisigRecord& record) { return record.manifest.manifest().signers; };
  EXPECT_EQ((*store_->other_use(*second.account, second.room, signers(second)))->room, first.room);
  EXPECT_FALSE(*store_->other_use(*first.account, first.room, signers(first)));
  for (const MultisigRecord& again : {fixture.recipient_record(second, 1), fixture.recipient_record(second, 0)}) {
    const auto refused = store_->insert(again);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("was shared before, in room " + first.room.text()));
  }
  EXPECT_FALSE(store_->insert(second));
}

TEST_F(StoreTest, FindsADraftByNameAndByRoomUntilItIsReplacedByItsRecord) {
  RecordFixture fixture;
  const Draft draft = fixture.draft();
  ASSERT_TRUE(store_->insert_draft(draft));
  EXPECT_TRUE(*store_->name_taken(fixture.key(0), "TREASURY"));
  for (const std::string& name : {std::string("Treasury"), draft.room.text()}) {
    const auto found = store_->find(fixture.key(0), name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(std::get<Draft>(*found).room, draft.room);
    const auto record = store_->multisig(fixture.key(0), name);
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().kind, ErrorKind::pending);
    EXPECT_THAT(record.error().hint, HasSubstr("coterie multisig resume treasury"));
  }
  EXPECT_EQ(store_->drafts()->size(), 1u);
  EXPECT_EQ(store_->multisigs()->size(), 0u);

  fixture.multisig_address = "0x1f";
  const MultisigRecord record = fixture.record_of(draft);
  ASSERT_TRUE(store_->insert(record));
  EXPECT_EQ(store_->multisig(fixture.key(0), "treasury")->room, draft.room);
  EXPECT_EQ(store_->drafts()->size(), 0u);
  EXPECT_FALSE(store_->draft_in_room(fixture.key(0), draft.room)->has_value());
  EXPECT_FALSE(store_->update_draft(fixture.key(0), draft.room, [](Draft&) -> Result<void> { return {}; }));
}

TEST_F(StoreTest, KeepsNamesApartOverDraftsAndMultisigs) {
  RecordFixture fixture;
  ASSERT_TRUE(store_->insert_draft(fixture.draft()));
  EXPECT_EQ(store_->insert_draft(fixture.draft()).error().kind, ErrorKind::usage);
  const MultisigRecord same_name = fixture.creator_record(fixture.opaque_account("1"), "Treasury");
  EXPECT_EQ(store_->insert(same_name).error().kind, ErrorKind::usage);
  ASSERT_TRUE(store_->insert(fixture.creator_record(fixture.opaque_account("2"), "payroll")));
  EXPECT_EQ(store_->insert_draft(fixture.draft(fixture.opaque_account("3"), "PAYROLL")).error().kind, ErrorKind::usage);
  EXPECT_EQ(store_->drafts()->size(), 1u);
  EXPECT_EQ(store_->multisigs()->size(), 1u);
}

TEST_F(StoreTest, KeepsAnAbandonedDraftByItsRoomAndMakesNoMultisigOfIt) {
  RecordFixture fixture;
  const Draft draft = fixture.draft();
  ASSERT_TRUE(store_->insert_draft(draft));
  ASSERT_TRUE(store_->update_draft(fixture.key(0), draft.room, [](Draft& there) -> Result<void> {
    there.abandoned = true;
    return {};
  }));
  EXPECT_FALSE(*store_->name_taken(fixture.key(0), "treasury"));
  EXPECT_THAT(store_->find(fixture.key(0), "treasury").error().hint, HasSubstr(draft.room.text()));
  EXPECT_TRUE(std::get<Draft>(*store_->find(fixture.key(0), draft.room.text())).abandoned);
  EXPECT_EQ(store_->multisig(fixture.key(0), draft.room.text()).error().kind, ErrorKind::usage);
  const auto late = store_->insert(fixture.record_of(draft));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::declined);
  EXPECT_EQ(store_->multisigs()->size(), 0u);
  ASSERT_TRUE(store_->insert(fixture.creator_record(fixture.opaque_account("1"))));
  EXPECT_TRUE(store_->find(fixture.key(0), "treasury"));
}

TEST_F(StoreTest, CountsTheAccountOfADraftAsNotShared) {
  RecordFixture fixture;
  const Draft draft = fixture.draft(fixture.opaque_account("1"), "first");
  ASSERT_TRUE(store_->insert_draft(draft));
  ASSERT_TRUE(store_->insert(fixture.creator_record(fixture.opaque_account("1"), "second")));
  EXPECT_EQ(store_->insert(fixture.record_of(draft)).error().kind, ErrorKind::usage);
  const auto third = store_->insert_draft(fixture.draft(fixture.opaque_account("1"), "third"));
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().message, HasSubstr("shared before"));
  EXPECT_EQ(store_->drafts()->size(), 1u);
}

TEST_F(StoreTest, GivesTheNameOfAnImportedMultisigToTheDraftWithItsAccountOnly) {
  RecordFixture fixture;
  const auto account = account::AztecAccount::generate("4.1.2", random_);
  const ImportedMultisig imported{"company",
                                  fixture.key(0),
                                  {"company", std::nullopt, 2, {"alice", "bob", "carol"}, kNow},
                                  account::SharedStateAccount(account->clone())};
  ASSERT_TRUE(store_->insert_imported(imported));
  EXPECT_EQ(store_->insert_draft(fixture.draft(fixture.opaque_account("1"), "company")).error().kind, ErrorKind::usage);
  EXPECT_TRUE(store_->imported(fixture.key(0), "company")->has_value());
  ASSERT_TRUE(store_->insert_draft(fixture.draft(account::SharedStateAccount(account->clone()), "Company")));
  EXPECT_FALSE(store_->imported(fixture.key(0), "company")->has_value());
  EXPECT_EQ(store_->insert_imported(imported).error().kind, ErrorKind::usage);
}

TEST_F(StoreTest, WritesNoDraftThatCouldNotBeReadAgain) {
  RecordFixture fixture;
  Draft draft = fixture.draft();
  draft.hook = "relative";
  EXPECT_EQ(store_->insert_draft(draft).error().kind, ErrorKind::usage);
  draft.hook = "/\xff";
  EXPECT_EQ(store_->insert_draft(draft).error().kind, ErrorKind::usage);
  EXPECT_EQ(store_->drafts()->size(), 0u);
}

TEST_F(StoreTest, LetsAnAccountThatNobodyElseGotBeSharedLater) {
  RecordFixture alone({"alice"});
  ASSERT_TRUE(store_->insert(alone.creator_record(alone.opaque_account("1"), "solo")));
  RecordFixture together;
  EXPECT_TRUE(store_->insert(together.creator_record(together.opaque_account("1"), "shared")));
}

TEST_F(StoreTest, RefusesAnAccountThatOthersKnowForAMultisigOfOne) {
  RecordFixture together;
  const MultisigRecord shared = together.creator_record(together.opaque_account("1"), "shared");
  ASSERT_TRUE(store_->insert(shared));
  RecordFixture alone({"alice"});
  const auto refused = store_->insert(alone.creator_record(alone.opaque_account("1"), "solo"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was shared before, in room " + shared.room.text()));
}

TEST_F(StoreTest, LetsTheSameSignersShareAnAccountAgainOnceTheFirstTimeHasComeToNothing) {
  RecordFixture fixture;
  const MultisigRecord first = fixture.creator_record(fixture.opaque_account("1"), "first");
  ASSERT_TRUE(store_->insert(first));
  const MultisigRecord again = fixture.creator_record(fixture.opaque_account("1"), "again");
  const auto pending = store_->insert(again);
  ASSERT_FALSE(pending);
  EXPECT_THAT(pending.error().hint, HasSubstr("end it with `coterie multisig abandon first`"));

  const auto end_as = [&](MultisigStatus status) {
    return store_->update(fixture.key(0), first.room, [&](MultisigRecord& record) -> Result<void> {
      record.status = status;
      return {};
    });
  };
  ASSERT_TRUE(end_as(MultisigStatus::declined));
  RecordFixture others({"alice", "bob", "dave"}, 2);
  const auto elsewhere = store_->insert(others.creator_record(others.opaque_account("1"), "others"));
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(elsewhere.error().hint, HasSubstr("use a new one"));
  EXPECT_TRUE(store_->insert(again));
  // From now on it is there.
  ASSERT_TRUE(end_as(MultisigStatus::abandoned));
  EXPECT_FALSE(store_->insert(fixture.creator_record(fixture.opaque_account("1"), "third")));
}

TEST_F(StoreTest, UpdatesWhatAnotherProcessWroteBefore) {
  RecordFixture fixture;
  const MultisigRecord record = fixture.creator_record();
  ASSERT_TRUE(store_->insert(record));
  vault::Vault second_vault = open_again();
  Store second(second_vault);
  ASSERT_TRUE(second.update(fixture.key(0), record.room, [&](MultisigRecord& seen) -> Result<void> {
    seen.receipts[fixture.key(1)] = fixture.receipt_of(seen, 1);
    return {};
  }));
  const auto updated = store_->update(fixture.key(0), record.room, [&](MultisigRecord& seen) -> Result<void> {
    EXPECT_EQ(seen.receipts.size(), 2u);
    seen.receipts[fixture.key(2)] = fixture.receipt_of(seen, 2);
    return {};
  });
  ASSERT_TRUE(updated);
  EXPECT_EQ(second.multisig(fixture.key(0), "treasury")->receipts.size(), 3u);
}

TEST_F(StoreTest, LeavesTheRecordWhenAChangeFails) {
  RecordFixture fixture;
  const MultisigRecord record = fixture.creator_record();
  ASSERT_TRUE(store_->insert(record));
  const auto failed = store_->update(fixture.key(0), record.room, [](MultisigRecord& seen) -> Result<void> {
    seen.status = MultisigStatus::failed;
    return refused_error("changed my mind");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "changed my mind");
  EXPECT_EQ(store_->multisig(fixture.key(0), "treasury")->status, MultisigStatus::pending);
  const auto unknown = store_->update(fixture.key(1), record.room, [](MultisigRecord&) -> Result<void> { return {}; });
  EXPECT_EQ(unknown.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace coterie::session
