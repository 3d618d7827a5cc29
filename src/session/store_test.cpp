// Store: own signers and contacts.
#include "session/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "session/store_fixture_test.h"
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

class StoreTest : public StoreFixture {
 protected:
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

}  // namespace
}  // namespace coterie::session
