// Store: drafts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/record_fixture.h"
#include "session/store_fixture_test.h"

namespace coterie::session {
namespace {

using ::testing::HasSubstr;

constexpr UnixSeconds kNow = 1'700'000'000;

class StoreDraftsTest : public StoreFixture {};

TEST_F(StoreDraftsTest, FindsADraftByNameAndByRoomUntilItIsReplacedByItsRecord) {
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

TEST_F(StoreDraftsTest, KeepsNamesApartOverDraftsAndMultisigs) {
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

TEST_F(StoreDraftsTest, KeepsAnAbandonedDraftByItsRoomAndMakesNoMultisigOfIt) {
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

TEST_F(StoreDraftsTest, GivesTheNameOfAnImportedMultisigToTheDraftWithItsAccountOnly) {
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
  ASSERT_TRUE(store_->update_draft(fixture.key(0), store_->drafts()->front().room, [](Draft& there) -> Result<void> {
    there.abandoned = true;
    return {};
  }));
  EXPECT_TRUE(store_->imported(fixture.key(0), "company")->has_value());
}

// Who knows the room of a draft, by its deploy hook say, can write an invite and a manifest for it.
TEST_F(StoreDraftsTest, LetsNobodyElsesMultisigTakeADraftsRoom) {
  RecordFixture fixture;
  const Draft draft = fixture.draft();
  ASSERT_TRUE(store_->insert_draft(draft));
  MultisigRecord other = fixture.recipient_record(fixture.record_of(draft), 0);
  other.name = "other";
  const auto taken = store_->insert(other);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::refused);
  EXPECT_EQ(store_->drafts()->size(), 1u);
  EXPECT_EQ(store_->multisigs()->size(), 0u);
}

TEST_F(StoreDraftsTest, WritesNoDraftThatCouldNotBeReadAgain) {
  RecordFixture fixture;
  Draft draft = fixture.draft();
  draft.hook = "relative";
  EXPECT_EQ(store_->insert_draft(draft).error().kind, ErrorKind::usage);
  draft.hook = "/\xff";
  EXPECT_EQ(store_->insert_draft(draft).error().kind, ErrorKind::usage);
  EXPECT_EQ(store_->drafts()->size(), 0u);
}

}  // namespace
}  // namespace coterie::session
