// Store: multisigs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/record_fixture.h"
#include "session/store_fixture_test.h"
#include "session/store_labels.h"

namespace coterie::session {
namespace {

using ::testing::HasSubstr;

class StoreMultisigsTest : public StoreFixture {};

TEST_F(StoreMultisigsTest, FindsAMultisigByNameAndByRoom) {
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
TEST_F(StoreMultisigsTest, NeverOverwritesAMultisig) {
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

TEST_F(StoreMultisigsTest, WritesNoRecordThatCouldNotBeReadAgain) {
  RecordFixture fixture;
  for (const std::string& name : {std::string(600, 'x'), std::string("\xff")}) {
    MultisigRecord record = fixture.creator_record();
    record.name = name;
    const auto stored = store_->insert(record);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().kind, ErrorKind::usage);
  }
  EXPECT_EQ(store_->multisigs()->size(), 0u);
}

// Verifying all the others at each insert would make a creation the slower the more multisigs a signer has.
TEST_F(StoreMultisigsTest, ReadsOnlyTheNamesOfTheOtherMultisigsWhenOneComes) {
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

TEST_F(StoreMultisigsTest, FreesTheNameOfAMultisigThatEnded) {
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

TEST_F(StoreMultisigsTest, CompletesAnAbandonedMultisigLateUnderAFreeName) {
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

TEST_F(StoreMultisigsTest, UpdatesWhatAnotherProcessWroteBefore) {
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

TEST_F(StoreMultisigsTest, LeavesTheRecordWhenAChangeFails) {
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
