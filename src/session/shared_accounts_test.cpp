#include "session/shared_accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/record_fixture.h"
#include "session/store_fixture_test.h"

namespace coterie::session {
namespace {

using ::testing::HasSubstr;

class SharedAccountsTest : public StoreFixture {};

TEST_F(SharedAccountsTest, RefusesAnAccountThatWasSharedBefore) {
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

TEST_F(SharedAccountsTest, RefusesTheKeysOfAnAccountThatWasSharedUnderAnotherProfile) {
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

TEST_F(SharedAccountsTest, RefusesAnAccountWithOneKeyOfAnotherThatWasShared) {
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

TEST_F(SharedAccountsTest, TakesAnAccountInOneRoomOnlyWhoeverOfThisVaultGotIt) {
  RecordFixture fixture;
  const MultisigRecord first = fixture.creator_record(fixture.opaque_account("1"), "first");
  ASSERT_TRUE(store_->insert(fixture.recipient_record(first, 1)));
  ASSERT_TRUE(store_->insert(fixture.recipient_record(first, 2)));  // another signer of the same vault
  const MultisigRecord second = fixture.creator_record(fixture.opaque_account("1"), "second");
  const auto signers = [](const MultisigRecord& record) { return record.manifest.manifest().signers; };
  EXPECT_EQ((*store_->other_use(*second.account, second.room, signers(second)))->where, "room " + first.room.text());
  EXPECT_FALSE(*store_->other_use(*first.account, first.room, signers(first)));
  for (const MultisigRecord& again : {fixture.recipient_record(second, 1), fixture.recipient_record(second, 0)}) {
    const auto refused = store_->insert(again);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("was shared before, in room " + first.room.text()));
  }
  EXPECT_FALSE(store_->insert(second));
}

TEST_F(SharedAccountsTest, KeepsTheKeysOfSignersAndOfMultisigsApart) {
  const auto mine = account::AztecAccount::generate("4.1.2", random_);
  ASSERT_TRUE(store_->create_signer("zoe", 1'700'000'000, mine->clone(), random_));
  RecordFixture fixture;
  const auto refused = store_->insert(fixture.creator_record(account::SharedStateAccount(mine->clone()), "hers"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message, HasSubstr("a key of your own signer zoe"));
  const auto draft = store_->insert_draft(fixture.draft(account::SharedStateAccount(mine->clone()), "hers"));
  EXPECT_FALSE(draft);

  EXPECT_EQ(*store_->signer_with_key_of(account::SharedStateAccount(mine->clone())), "zoe");

  const auto shared = account::AztecAccount::generate("4.1.2", random_);
  EXPECT_EQ(*store_->signer_with_key_of(account::SharedStateAccount(shared->clone())), std::nullopt);
  const MultisigRecord record = fixture.creator_record(account::SharedStateAccount(shared->clone()), "ours");
  ASSERT_TRUE(store_->insert(record));
  const auto own = store_->create_signer("yan", 1'700'000'000, shared->clone(), random_);
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().kind, ErrorKind::usage);
  EXPECT_THAT(own.error().message, HasSubstr("was shared in room " + record.room.text()));
  EXPECT_EQ(store_->signers()->size(), 1u);
}

TEST_F(SharedAccountsTest, CountsAnImportedMultisigsAccountAsSharedAmongItsSigners) {
  RecordFixture fixture;
  const auto account = account::AztecAccount::generate("4.1.2", random_);
  const account::ReferenceMultisig said{"company", std::nullopt, 2, {"Alice", "bob", "carol"}, 1'700'000'000};
  ASSERT_TRUE(store_->insert_imported({"theirs", fixture.key(0), said, account::SharedStateAccount(account->clone())}));
  RecordFixture others({"alice", "bob", "dave"}, 2);
  const auto refused = store_->insert(others.creator_record(account::SharedStateAccount(account->clone()), "mine"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was shared before, in the imported multisig theirs"));
  EXPECT_FALSE(store_->create_signer("zoe", 1'700'000'000, account->clone(), random_));
  EXPECT_TRUE(store_->insert(fixture.creator_record(account::SharedStateAccount(account->clone()), "company")));
}

TEST_F(SharedAccountsTest, CountsTheAccountOfADraftAsNotShared) {
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

TEST_F(SharedAccountsTest, LetsAnAccountThatNobodyElseGotBeSharedLater) {
  RecordFixture alone({"alice"});
  ASSERT_TRUE(store_->insert(alone.creator_record(alone.opaque_account("1"), "solo")));
  RecordFixture together;
  EXPECT_TRUE(store_->insert(together.creator_record(together.opaque_account("1"), "shared")));
}

TEST_F(SharedAccountsTest, RefusesAnAccountThatOthersKnowForAMultisigOfOne) {
  RecordFixture together;
  const MultisigRecord shared = together.creator_record(together.opaque_account("1"), "shared");
  ASSERT_TRUE(store_->insert(shared));
  RecordFixture alone({"alice"});
  const auto refused = store_->insert(alone.creator_record(alone.opaque_account("1"), "solo"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was shared before, in room " + shared.room.text()));
}

TEST_F(SharedAccountsTest, LetsTheSameSignersShareAnAccountAgainOnceTheFirstTimeHasComeToNothing) {
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

}  // namespace
}  // namespace coterie::session
