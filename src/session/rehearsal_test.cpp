// Whatever could not be used after a restore is found by a rehearsal, and named.
#include "session/rehearsal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/json.h"
#include "session/record_fixture.h"
#include "session/store_fixture_test.h"

namespace coterie::session {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class RehearsalTest : public StoreFixture {
 protected:
  // alice is the signer, bob and carol are her contacts.
  RehearsalTest() {
    const auto alice = store_->create_signer("alice", 1'700'000'000, random_);
    EXPECT_TRUE(alice);
    crypto::Identity identity = std::move(crypto::Identity::parse(alice->identity.serialize().view()).value());
    fixture_.people[0] = {std::move(identity), alice->card};
    EXPECT_TRUE(store_->add_contacts({fixture_.people[1].card, fixture_.people[2].card}, ReplaceContact::no));
  }

  account::SharedStateAccount aztec_account() {
    return account::SharedStateAccount(
        std::move(account::AztecAccount::generate(account::kDefaultProfile, random_).value()));
  }
  MultisigRecord insert_complete() {
    MultisigRecord record = fixture_.creator_record(aztec_account());
    record.certificate = fixture_.certificate_of(record);
    record.status = MultisigStatus::complete;
    EXPECT_TRUE(store_->insert(record));
    return record;
  }
  std::vector<std::string> labels_of(const std::string& prefix) {
    auto transaction = vault_->begin();
    return *transaction->labels(prefix);
  }
  std::string label_of(const std::string& prefix) {
    const auto labels = labels_of(prefix);
    EXPECT_THAT(labels, SizeIs(1)) << prefix;
    return labels.front();
  }
  // As no command does it: the JSON of the one record whose label begins like this, changed.
  void change(const std::string& prefix, const std::function<void(json::Object&)>& change) {
    const std::string label = label_of(prefix);
    auto transaction = vault_->begin();
    const auto text = transaction->load(label);
    json::Value value = json::parse((*text)->text(), 1024 * 1024, "record").value();
    change(value.as_object());
    EXPECT_TRUE(transaction->store(label, as_bytes(json::serialize(value)), vault::Overwrite::allowed));
    EXPECT_TRUE(transaction->commit());
  }
  void store(const std::string& label, std::string_view text) {
    auto transaction = vault_->begin();
    EXPECT_TRUE(transaction->store(label, as_bytes(text), vault::Overwrite::allowed));
    EXPECT_TRUE(transaction->commit());
  }
  void remove(const std::string& label) {
    auto transaction = vault_->begin();
    EXPECT_TRUE(transaction->remove(label));
    EXPECT_TRUE(transaction->commit());
  }
  void expect_refused(const std::string& message) {
    const auto contents = rehearse(*vault_);
    ASSERT_FALSE(contents) << message;
    EXPECT_EQ(contents.error().kind, ErrorKind::refused);
    EXPECT_THAT(contents.error().message, HasSubstr(message));
    EXPECT_THAT(contents.error().message, ::testing::Not(HasSubstr("canary")));
  }

  RecordFixture fixture_;
};

TEST_F(RehearsalTest, FindsEverythingThatIsThere) {
  insert_complete();
  ASSERT_TRUE(store_->insert_draft(fixture_.draft(aztec_account(), "second")));
  MultisigRecord ended = fixture_.creator_record(fixture_.opaque_account(), "third");
  ended.status = MultisigStatus::abandoned;
  ASSERT_TRUE(store_->insert(ended));
  const auto contents = rehearse(*vault_);
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_THAT(contents->signers, SizeIs(1));
  EXPECT_THAT(contents->contacts, SizeIs(2));
  EXPECT_THAT(contents->multisigs, SizeIs(2));
  EXPECT_THAT(contents->drafts, SizeIs(1));
  // Signer, which is current, two contacts, three multisigs, two keys and a text shared.
  EXPECT_EQ(contents->records, 10U);
}

// It is kept until the multisig of its name is complete, which shows it meanwhile.
TEST_F(RehearsalTest, FindsAnImportedMultisigThatIsBeingCreated) {
  const auto account = account::AztecAccount::generate("4.1.2", random_);
  const account::ReferenceMultisig said{"company", std::nullopt, 2, {"alice", "bob", "carol"}, 1'700'000'000};
  ASSERT_TRUE(
      store_->insert_imported({"company", fixture_.key(0), said, account::SharedStateAccount(account->clone())}));
  EXPECT_THAT(rehearse(*vault_)->imported, SizeIs(1));
  ASSERT_TRUE(store_->insert(fixture_.creator_record(account::SharedStateAccount(account->clone()), "company")));
  const auto other = account::AztecAccount::generate("4.1.2", random_);
  ASSERT_TRUE(
      store_->insert_imported({"company two", fixture_.key(0), said, account::SharedStateAccount(other->clone())}));
  const auto found = rehearse(*vault_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->imported, SizeIs(1));
  EXPECT_THAT(found->multisigs, SizeIs(1));
}

// What a stranger proposed, and was refused for, says nothing against the vault.
TEST_F(RehearsalTest, TakesARefusedMultisigWhoseManifestIsWithoutTheSigner) {
  RecordFixture others({"bob", "carol"});
  const MultisigRecord proposed = others.creator_record(aztec_account());
  MultisigRecord refused = others.recipient_record(proposed, 1);
  refused.signer = fixture_.key(0);
  refused.account.reset();
  refused.receipts.erase(others.key(1));
  refused.end({ceremony::EndCause::refused, fixture_.key(0), "alice is not among the signers"});
  ASSERT_TRUE(store_->insert(refused));
  const auto found = rehearse(*vault_);
  EXPECT_TRUE(found) << found.error().message;
}

TEST_F(RehearsalTest, FindsAnOwnAccountThatIsNotTheCards) {
  change("signer/", [this](json::Object& record) {
    json::Object other = json::secret_object();
    account::AztecAccount::generate(account::kDefaultProfile, random_).value().add_secrets(other);
    record["own_account"] = std::move(other);
  });
  expect_refused("the record of signer alice does not hold the Aztec account of its card");
}

TEST_F(RehearsalTest, FindsAnIdentityThatIsNotTheCards) {
  change("signer/", [this](json::Object& record) {
    const SecretBytes other = crypto::Identity::generate(random_).serialize();
    record["identity"] = std::string(serialize_secret_base64(other.view()).text());
  });
  expect_refused("the record of signer alice does not hold the keys of its card");
}

TEST_F(RehearsalTest, FindsAnAccountThatIsNotTheManifests) {
  insert_complete();
  change("multisig/", [this](json::Object& record) {
    const SecretBytes other = aztec_account().serialize();
    record["account"] = std::string(serialize_secret_base64(other.view()).text());
  });
  expect_refused("the account does not match the manifest");
  expect_refused("record \"multisig/");
}

TEST_F(RehearsalTest, FindsACertificateThatDoesNotVerify) {
  insert_complete();
  change("multisig/", [](json::Object& record) {
    json::Array& signatures = record["certificate"].as_object()["signatures"].as_array();
    signatures[1].as_object()["sig"] = signatures[2].as_object()["sig"];
  });
  expect_refused("record \"multisig/");
}

TEST_F(RehearsalTest, FindsACompleteMultisigWithoutCertificate) {
  insert_complete();
  change("multisig/", [](json::Object& record) { record.erase("certificate"); });
  expect_refused("multisig treasury is complete, but its certificate is missing");
}

TEST_F(RehearsalTest, FindsALiveMultisigWithoutAccount) {
  insert_complete();
  change("multisig/", [](json::Object& record) { record.erase("account"); });
  expect_refused("the account of multisig treasury is missing");
}

TEST_F(RehearsalTest, FindsThatASharedAccountIsNotRemembered) {
  insert_complete();
  const std::string label = labels_of("shared-account/").at(1);
  store(label, "no room");
  expect_refused("the record of a shared account names no room");
  remove(label);
  expect_refused("it is not remembered that the account of multisig treasury was shared");
}

TEST_F(RehearsalTest, StillFindsItRememberedAfterTheVaultsKeyWasChanged) {
  const MultisigRecord record = insert_complete();
  const Passphrase next(SecretBytes::copy_of("new and better"));
  ASSERT_TRUE(vault_->change_passphrase(next, {{crypto::kMinPassphraseMemory, 1}}, random_));
  ASSERT_TRUE(rehearse(*vault_));
  const auto again = store_->insert(fixture_.creator_record(record.account->clone(), "second"));
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("was shared before, in room " + record.room.text()));
}

TEST_F(RehearsalTest, FindsWhatBelongsToNobodyHere) {
  insert_complete();
  remove(label_of("signer/"));
  expect_refused("belongs to a signer who is not in this vault");
}

TEST_F(RehearsalTest, FindsThatNoSignerIsCurrent) {
  remove("current-signer");
  expect_refused("none of the signers is the current one");
}

TEST_F(RehearsalTest, RefusesAKindOfRecordThatItDoesNotKnow) {
  store("future/1", "x");
  expect_refused("a record is of a kind that this version does not know: \"future/1\"");
}

}  // namespace
}  // namespace coterie::session
