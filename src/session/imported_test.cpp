#include "session/imported.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/record_fixture.h"
#include "session/store_fixture_test.h"

namespace coterie::session {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ImportedTest : public StoreFixture {
 protected:
  account::AztecAccount generate() { return *account::AztecAccount::generate("3.0.0-devnet.5", fixture_.random); }

  static SecretBytes entry(const account::AztecAccount& account, std::string name = "company",
                           std::vector<std::string> signers = {"alice", "bob", "carol"}) {
    return write_reference_multisig({std::move(name), std::nullopt, 2, std::move(signers), 1'761'552'568}, account);
  }

  Result<ImportedMultisig> read(const SecretBytes& text, const std::optional<std::string>& name = {},
                                const std::optional<std::string>& profile = "3.0.0-devnet.5") {
    COTERIE_TRY(const account::AccountFile file, account::AccountFile::parse(text));
    return read_imported(file, 0, fixture_.key(0), name, profile);
  }

  bool holds(const std::string& name) {
    const auto imported = store_->imported(fixture_.key(0), name);
    EXPECT_TRUE(imported);
    return imported->has_value();
  }

  RecordFixture fixture_;
};

TEST_F(ImportedTest, KeepsWhatItsFileSaysAndTheAccount) {
  const account::AztecAccount account = generate();
  const auto imported = read(entry(account), "local");
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->name, "local");
  EXPECT_EQ(imported->said.name, "company");
  const auto again = ImportedMultisig::parse(imported->serialize());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->name, "local");
  EXPECT_EQ(again->signer, fixture_.key(0));
  EXPECT_EQ(again->said, imported->said);
  EXPECT_TRUE(again->account.reveal().equals(account::SharedStateAccount(account.clone()).reveal().view()));
}

TEST_F(ImportedTest, RefusesWhatIsNoMultisigOrCannotBeOne) {
  const account::AztecAccount account = generate();
  const auto message = [&](const SecretBytes& text, const std::optional<std::string>& name = {}) {
    const auto imported = read(text, name);
    EXPECT_FALSE(imported);
    EXPECT_EQ(imported.error().kind, ErrorKind::refused);
    return imported.error().message + "; " + imported.error().hint;
  };
  EXPECT_THAT(message(account::write_reference_signer("alice", 0, account)), HasSubstr("coterie signer create"));
  EXPECT_THAT(message(entry(account, "../x")), HasSubstr("--as NAME"));
  EXPECT_THAT(message(entry(account, "company", {"alice", "\x1b[31m"})), HasSubstr("signer name"));
  EXPECT_THAT(message(entry(account, "company", {"alice", "ALICE"})), HasSubstr("two signers"));
  EXPECT_THAT(message(entry(account, "company", std::vector<std::string>(9, "alice"))), HasSubstr("at most 8"));
  EXPECT_EQ(read(entry(account), "../x").error().kind, ErrorKind::usage);  // that name was typed here
  const auto other_profile = read(entry(account), std::nullopt, "4.1.2");
  ASSERT_FALSE(other_profile);
  EXPECT_THAT(other_profile.error().hint, HasSubstr("--profile 3.0.0-devnet.5"));
}

TEST_F(ImportedTest, IsKeptUnderANameThatNothingElseHas) {
  const auto imported = read(entry(generate()));
  ASSERT_TRUE(store_->insert_imported(*imported));
  EXPECT_TRUE(holds("company"));
  EXPECT_TRUE(holds("COMPANY"));
  EXPECT_FALSE(holds("another"));
  EXPECT_FALSE(holds(fixture_.creator_record().room.text()));
  EXPECT_THAT(*store_->imported(fixture_.key(0)), SizeIs(1));
  EXPECT_THAT(*store_->imported(fixture_.key(1)), IsEmpty());
  EXPECT_FALSE(*store_->imported(fixture_.key(1), "company"));

  const auto twice = store_->insert_imported(*read(entry(generate()), "Company"));
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, ErrorKind::usage);
  ASSERT_TRUE(store_->insert(fixture_.creator_record(fixture_.opaque_account(), "treasury")));
  const auto taken = store_->insert_imported(*read(entry(generate()), "Treasury"));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::usage);

  const auto no_record = store_->multisig(fixture_.key(0), "company");
  ASSERT_FALSE(no_record);
  EXPECT_THAT(no_record.error().message, HasSubstr("was imported"));
  EXPECT_THAT(no_record.error().hint, HasSubstr("coterie multisig create company 2 alice bob carol"));
  ASSERT_TRUE(store_->remove_imported(*imported));
  EXPECT_FALSE(holds("company"));
}

TEST_F(ImportedTest, GivesItsNameToTheRecordWithItsAccountOnly) {
  const account::AztecAccount account = generate();
  ASSERT_TRUE(store_->insert_imported(*read(entry(account))));
  const auto other = store_->insert(fixture_.creator_record(fixture_.opaque_account(), "company"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::usage);
  EXPECT_TRUE(holds("company"));
  EXPECT_THAT(*store_->multisigs(), IsEmpty());

  MultisigRecord record = fixture_.creator_record(account::SharedStateAccount(account.clone()), "Company");
  record.imported = true;
  ASSERT_TRUE(store_->insert(record));
  EXPECT_FALSE(holds("company"));
  EXPECT_TRUE(store_->multisig(fixture_.key(0), "company")->imported);

  // It is there again when nothing came of that, and gone when all have proven to hold it.
  const auto end_as = [&](MultisigStatus status) {
    return store_->update(fixture_.key(0), record.room, [&](MultisigRecord& there) -> Result<void> {
      there.status = status;
      if (status == MultisigStatus::complete) there.certificate = fixture_.certificate_of(there);
      return {};
    });
  };
  ASSERT_TRUE(end_as(MultisigStatus::declined));
  EXPECT_TRUE(holds("company"));
  const auto late = end_as(MultisigStatus::complete);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->name, "Company");
  EXPECT_FALSE(holds("company"));
  ASSERT_TRUE(end_as(MultisigStatus::declined));
  EXPECT_FALSE(holds("company"));
}

TEST_F(ImportedTest, StaysWhenTheRecordOfItsAccountCannotBeStored) {
  const account::AztecAccount account = generate();
  ASSERT_TRUE(store_->insert(fixture_.creator_record(account::SharedStateAccount(account.clone()), "first")));
  ASSERT_TRUE(store_->insert_imported(*read(entry(account))));
  const auto shared_before =
      store_->insert(fixture_.creator_record(account::SharedStateAccount(account.clone()), "company"));
  ASSERT_FALSE(shared_before);
  EXPECT_THAT(shared_before.error().message, HasSubstr("shared before"));
  EXPECT_TRUE(holds("company"));
}

TEST_F(ImportedTest, KeepsItsNameWhenAnAbandonedMultisigIsCompletedLate) {
  MultisigRecord abandoned = fixture_.creator_record(fixture_.opaque_account(), "company");
  abandoned.status = MultisigStatus::abandoned;
  ASSERT_TRUE(store_->insert(abandoned));
  ASSERT_TRUE(store_->insert_imported(*read(entry(generate()))));
  const auto completed = store_->update(fixture_.key(0), abandoned.room, [&](MultisigRecord& record) -> Result<void> {
    record.status = MultisigStatus::complete;
    record.certificate = fixture_.certificate_of(record);
    return {};
  });
  ASSERT_TRUE(completed) << completed.error().message;
  EXPECT_EQ(completed->name, "company~" + abandoned.room.text().substr(0, 8));
  EXPECT_TRUE(holds("company"));
}

TEST_F(ImportedTest, IsCreatedWithTheTermsOfItsFileOnly) {
  const auto imported = read(entry(generate(), "company", {"alice", "bob"}));
  EXPECT_TRUE(check_imported_terms(*imported, 2, {"Bob", "alice"}));
  const auto message = [&](std::int64_t threshold, const std::vector<std::string>& signers) {
    const auto checked = check_imported_terms(*imported, threshold, signers);
    EXPECT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, ErrorKind::usage);
    EXPECT_EQ(checked.error().hint, "as it was imported: `coterie multisig create company 2 alice bob`");
    return checked.error().message;
  };
  EXPECT_EQ(message(1, {"alice", "bob"}), "company was imported with the threshold 2, not 1");
  EXPECT_EQ(message(2, {"alice", "carol"}), "company was imported with bob among its signers");
  EXPECT_EQ(message(2, {"alice", "bob", "carol", "dave"}),
            "company was imported without carol and dave among its signers");
}

}  // namespace
}  // namespace coterie::session
