#include "session/journal.h"

#include <gtest/gtest.h>

#include "session/record_fixture.h"

namespace coterie::session {
namespace {

namespace creator_event = ceremony::creator_event;
namespace recipient_event = ceremony::recipient_event;

class JournalTest : public testing::Test {
 protected:
  // As another process, or the next run of this one, reads it.
  static MultisigRecord reread(const MultisigRecord& record) {
    return std::move(MultisigRecord::parse(record.serialize()).value());
  }
  creator_event::StoreReceipt receipt_from(const MultisigRecord& record, std::size_t person) const {
    return {fixture.key(person), fixture.receipt_of(record, person)};
  }
  ceremony::Invite invite_of(const MultisigRecord& record) const {
    return {"192.0.2.7", 8081, TransportSecurity::none, record.room, fixture.people[0].card.peer()};
  }
  MultisigRecord recipients(const MultisigRecord& record) const {
    MultisigRecord bobs = make_recipient_record(record.manifest, invite_of(record), fixture.key(1), "treasury");
    journal(recipient_event::StoreProposal{record.manifest, record.account->clone(), fixture.receipt_of(record, 1)},
            bobs);
    return bobs;
  }

  RecordFixture fixture;
};

TEST_F(JournalTest, ACreatorsMachineIsMadeAgainFromWhatItWrote) {
  MultisigRecord record = fixture.creator_record();
  for (const std::size_t person : {1, 2}) {
    ASSERT_TRUE(journal(receipt_from(record, person), record, record));
  }
  ASSERT_TRUE(journal(creator_event::StoreCertificate{fixture.certificate_of(record)}, record, record));
  ASSERT_TRUE(journal(creator_event::StoreStored{fixture.key(1)}, record, record));
  EXPECT_EQ(record.status, MultisigStatus::pending);

  const ceremony::CreatorRecord again = to_creator(reread(record));
  EXPECT_EQ(again.manifest, record.manifest);
  EXPECT_EQ(again.receipts.size(), 3U);
  EXPECT_TRUE(again.certificate.has_value());
  EXPECT_EQ(again.stored, std::set<SignKey>{fixture.key(1)});
  EXPECT_FALSE(again.ending.has_value());

  ASSERT_TRUE(journal(creator_event::StoreStored{fixture.key(2)}, record, record));
  EXPECT_EQ(record.status, MultisigStatus::complete);
}

TEST_F(JournalTest, ACreatorsEndIsReadAgain) {
  MultisigRecord record = fixture.creator_record();
  const ceremony::Ending ending{ceremony::EndCause::declined, fixture.key(2), "not now"};
  ASSERT_TRUE(journal(creator_event::StoreEnding{ending}, record, record));
  const ceremony::CreatorRecord again = to_creator(reread(record));
  ASSERT_TRUE(again.ending.has_value());
  EXPECT_EQ(again.ending->cause, ceremony::EndCause::declined);
  EXPECT_EQ(again.ending->by, fixture.key(2));
  EXPECT_EQ(again.ending->reason, "not now");
}

TEST_F(JournalTest, NothingIsWrittenOverWhatWasAbandonedMeanwhile) {
  const MultisigRecord known = fixture.creator_record();
  MultisigRecord present = reread(known);
  ASSERT_TRUE(abandon(present));
  const SecretBytes abandoned = present.serialize();
  const ceremony::Ending declined{ceremony::EndCause::declined, fixture.key(1), "no"};
  for (const Result<void>& refused :
       {journal(receipt_from(known, 1), known, present),
        journal(creator_event::StoreCertificate{fixture.certificate_of(known)}, known, present),
        journal(creator_event::StoreStored{fixture.key(1)}, known, present),
        journal(creator_event::StoreEnding{declined}, known, present)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::declined);
    EXPECT_TRUE(present.serialize().equals(abandoned.view()));
  }
}

TEST_F(JournalTest, IsAbandonedOnlyAsLongAsAReceiptIsMissing) {
  MultisigRecord record = fixture.creator_record();
  ASSERT_TRUE(journal(receipt_from(record, 1), record, record));
  MultisigRecord early = reread(record);
  ASSERT_TRUE(abandon(early));
  EXPECT_EQ(early.status, MultisigStatus::abandoned);
  EXPECT_EQ(early.ended_by, fixture.key(0));
  EXPECT_EQ(abandon(early).error().kind, ErrorKind::usage) << "twice";

  ASSERT_TRUE(journal(receipt_from(record, 2), record, record));
  EXPECT_EQ(abandon(record).error().kind, ErrorKind::usage);
  EXPECT_EQ(record.status, MultisigStatus::pending);
}

TEST_F(JournalTest, ARecipientsMachineIsMadeAgainFromWhatItWrote) {
  const MultisigRecord creators = fixture.creator_record();
  MultisigRecord record = recipients(creators);
  EXPECT_TRUE(record.account.has_value());
  EXPECT_EQ(to_recipient(reread(record)).receipt, fixture.receipt_of(creators, 1));
  EXPECT_FALSE(to_recipient(reread(record)).certificate.has_value());

  // An end that the creator told after the receipt: heard anew by the next run, and outdone by a certificate.
  journal(recipient_event::StoreEnding{{ceremony::EndCause::abandoned, fixture.key(0), "late"}}, record);
  EXPECT_EQ(record.status, MultisigStatus::abandoned);
  EXPECT_FALSE(to_recipient(reread(record)).ending.has_value());
  journal(recipient_event::StoreCertificate{fixture.certificate_of(creators)}, record);
  EXPECT_EQ(record.status, MultisigStatus::complete);
  EXPECT_TRUE(record.reason.empty());
  EXPECT_TRUE(to_recipient(reread(record)).certificate.has_value());
}

TEST_F(JournalTest, ADeclineStaysADecline) {
  const MultisigRecord creators = fixture.creator_record();
  MultisigRecord record = make_recipient_record(creators.manifest, invite_of(creators), fixture.key(1), "treasury");
  journal(recipient_event::StoreDecline{creators.manifest, {ceremony::EndCause::refused, fixture.key(1), "wrong key"}},
          record);
  EXPECT_EQ(record.status, MultisigStatus::failed);
  const ceremony::RecipientRecord again = to_recipient(reread(record));
  EXPECT_FALSE(again.receipt.has_value());
  ASSERT_TRUE(again.ending.has_value());
  EXPECT_EQ(again.ending->cause, ceremony::EndCause::refused);
  EXPECT_EQ(again.ending->by, fixture.key(1));
}

}  // namespace
}  // namespace coterie::session
