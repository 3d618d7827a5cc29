#include "cli/multisig_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "library/access.h"
#include "library/describe.h"
#include "session/record_fixture.h"

namespace coterie::cli {
namespace {

using session::MultisigRecord;
using session::RecordFixture;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> keys(const json::Object& object) {
  std::vector<std::string> names;
  for (const auto& member : object) names.emplace_back(member.key());
  return names;
}

std::vector<std::string> states(const json::Object& object) {
  std::vector<std::string> words;
  for (const json::Value& signer : object.at("signers").as_array()) {
    words.emplace_back(signer.as_object().at("state").as_string());
  }
  return words;
}

MultisigRecord complete_record(RecordFixture& fixture) {
  MultisigRecord record = fixture.creator_record();
  record.certificate = fixture.certificate_of(record);
  record.receipts = record.certificate->receipts();
  record.stored = {fixture.key(1), fixture.key(2)};
  record.status = MultisigStatus::complete;
  return record;
}

TEST(MultisigViewTest, GivesTheFieldsInTheirOrder) {
  RecordFixture fixture;
  const MultisigRecord record = fixture.creator_record();
  const json::Object object = to_json(describe(record));
  EXPECT_THAT(keys(object), ElementsAre("name", "status", "threshold", "signers", "account", "verification_code",
                                        "room", "created_at", "invite"));
  EXPECT_THAT(keys(object.at("signers").as_array().at(0).as_object()), ElementsAre("name", "sign_key", "state"));
  EXPECT_EQ(object.at("status"), "pending");
  EXPECT_EQ(object.at("threshold"), 2);
  EXPECT_EQ(object.at("invite"), record.invite.c_str());
  EXPECT_EQ(object.at("room"), record.room.text().c_str());
}

TEST(MultisigViewTest, GivesTheMultisigAddressAfterTheAccountAndSaysWhoseWordItIs) {
  RecordFixture fixture;
  fixture.multisig_address = "0x1f";
  const MultisigRecord record = fixture.creator_record();
  EXPECT_THAT(keys(to_json(describe(record))),
              ElementsAre("name", "status", "threshold", "signers", "account", "multisig_address", "verification_code",
                          "room", "created_at", "invite"));
  EXPECT_EQ(to_json(describe(record)).at("multisig_address"), "0x1f");
  EXPECT_THAT(multisig_text(describe(record)), AllOf(HasSubstr("0x1f\n"), HasSubstr("as you gave it, not checked")));
  const MultisigRecord recipients = fixture.recipient_record(record, 1);
  EXPECT_EQ(to_json(describe(recipients)).at("multisig_address"), "0x1f");
  for (const std::string& text : {multisig_text(describe(recipients)), multisig_summary(describe(recipients)),
                                  verification_text(describe(fixture.certificate_of(record)), "treasury")}) {
    EXPECT_THAT(text, AllOf(HasSubstr("multisig address   0x1f\n"), HasSubstr("claimed by alice, not checked\n")));
  }
  EXPECT_EQ(to_json(describe(fixture.certificate_of(record)), "treasury").at("multisig_address"), "0x1f");
}

TEST(MultisigViewTest, SaysWhichHookToldOrCheckedTheAddress) {
  RecordFixture fixture;
  fixture.multisig_address = "0x1f";
  MultisigRecord record = fixture.creator_record();
  record.hook = "/opt/de\x1b[2Jploy";
  EXPECT_THAT(multisig_text(describe(record)), HasSubstr("told by /opt/de\\u{1B}[2Jploy\n"));
  EXPECT_FALSE(to_json(describe(record)).contains("multisig_address_checked"));
  MultisigRecord recipients = fixture.recipient_record(record, 1);
  recipients.hook = "/opt/check";
  EXPECT_THAT(multisig_text(describe(recipients)), HasSubstr("claimed by alice, checked by /opt/check\n"));
  EXPECT_EQ(to_json(describe(recipients)).at("multisig_address_checked"), true);
}

TEST(MultisigViewTest, SaysOfADraftWhatIsMissingAndWhatToDo) {
  RecordFixture fixture;
  session::Draft draft = fixture.draft(fixture.opaque_account(), "our treasury");
  const Multisig pending = describe(draft);
  EXPECT_THAT(keys(to_json(pending)), ElementsAre("name", "status", "threshold", "signers", "account",
                                                  "awaits_deploy_hook", "room", "created_at"));
  EXPECT_THAT(states(to_json(pending)), ElementsAre("absent", "absent", "absent"));
  EXPECT_EQ(missing_text(pending), "its deploy hook, /opt/deploy");
  EXPECT_THAT(
      multisig_list_text({pending}),
      HasSubstr("pending  2 of 3  its deploy hook has not finished: `coterie multisig resume 'our treasury'` runs "
                "it again\n"));
  EXPECT_THAT(multisig_text(pending),
              AllOf(HasSubstr("its deploy hook, /opt/deploy\n"), HasSubstr("coterie multisig resume 'our treasury'"),
                    Not(HasSubstr("verification code"))));
  EXPECT_THAT(multisig_summary(pending), AllOf(HasSubstr(draft.room.text()), Not(HasSubstr("verification code"))));
  EXPECT_THAT(multisig_text(pending), Not(HasSubstr("canary")));

  draft.abandoned = true;
  EXPECT_EQ(to_json(describe(draft)).at("status"), "abandoned");
  EXPECT_THAT(multisig_list_text({describe(draft)}),
              AllOf(HasSubstr(draft.room.text()), HasSubstr("abandoned by alice")));
  EXPECT_THAT(multisig_text(describe(draft)), HasSubstr("/opt/deploy"));
}

TEST(MultisigViewTest, GivesOfAnImportedOneNothingThatNobodyHasMadeYet) {
  RecordFixture fixture;
  auto account = account::AztecAccount::generate("4.1.2", fixture.random);
  const session::ImportedMultisig imported{"company",
                                           fixture.key(0),
                                           {"Company", std::nullopt, 1, {"a; b", "\x1b[31m"}, 1'700'000'000},
                                           account::SharedStateAccount(std::move(*account))};
  const Multisig multisig = describe(imported);
  const json::Object object = to_json(multisig);
  EXPECT_THAT(keys(object), ElementsAre("name", "status", "threshold", "signers", "account", "created_at", "imported"));
  EXPECT_THAT(keys(object.at("signers").as_array().at(0).as_object()), ElementsAre("name", "state"));
  EXPECT_THAT(states(object), ElementsAre("absent", "absent"));
  for (const std::string& text : {multisig_text(multisig), multisig_list_text({multisig})}) {
    EXPECT_THAT(text, HasSubstr("nobody has proven to hold it"));
    EXPECT_THAT(text, HasSubstr("coterie multisig create company 1 'a; b'"));
    EXPECT_THAT(text, Not(HasSubstr(fixture.key(0).text())));
  }
}

TEST(MultisigViewTest, GivesTheInviteOfTheCreatorsPendingOnesOnly) {
  RecordFixture fixture;
  const MultisigRecord pending = fixture.creator_record();
  EXPECT_FALSE(to_json(describe(fixture.recipient_record(pending, 1))).contains("invite"));
  EXPECT_FALSE(to_json(describe(complete_record(fixture))).contains("invite"));
}

TEST(MultisigViewTest, GivesEachSignersState) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  record.receipts[fixture.key(1)] = fixture.receipt_of(record, 1);
  EXPECT_THAT(states(to_json(describe(record))), ElementsAre("receipt", "receipt", "absent"));
  EXPECT_THAT(states(to_json(describe(complete_record(fixture)))), ElementsAre("complete", "complete", "complete"));
}

TEST(MultisigViewTest, ShowsNoSecretUnlessAskedTo) {
  RecordFixture fixture;
  const MultisigRecord opaque = fixture.creator_record();
  auto generated = account::SharedStateAccount::generate(account::kDefaultProfile, fixture.random);
  ASSERT_TRUE(generated);
  const MultisigRecord aztec = fixture.creator_record(std::move(*generated));
  EXPECT_THAT(json::serialize(to_json(describe(opaque))), Not(HasSubstr("canary")));
  EXPECT_THAT(multisig_text(describe(opaque)), Not(HasSubstr("canary")));
  for (const char* secret : {"secret_key", "salt_key", "private_key"}) {
    EXPECT_THAT(json::serialize(to_json(describe(aztec))), Not(HasSubstr(secret)));
  }
}

TEST(MultisigViewTest, RevealsTheKeysOfAnAztecAccount) {
  RecordFixture fixture;
  auto generated = account::SharedStateAccount::generate(account::kDefaultProfile, fixture.random);
  ASSERT_TRUE(generated);
  const MultisigRecord record = fixture.creator_record(std::move(*generated));
  const json::Object object = reveal_to_json(describe(record), LibraryAccess::wrap(record.account->clone()));
  EXPECT_THAT(keys(object), ElementsAre("name", "status", "threshold", "signers", "account", "verification_code",
                                        "room", "created_at", "invite"));
  EXPECT_THAT(keys(object.at("account").as_object()),
              ElementsAre("kind", "profile", "address", "public_key_x", "public_key_y", "secret_key", "salt_key",
                          "private_key"));
  EXPECT_EQ(object.at("account").as_object().at("address"),
            to_json(describe(record)).at("account").as_object().at("address"));
}

TEST(MultisigViewTest, RevealsAnOpaqueAccountByteForByte) {
  RecordFixture fixture;
  const std::string text =
      " { \"b\" : 1.50, \"a\":\n[\"\xC2\x9B"
      "31m\", \"\xF0\x9F\x94\x91\"] } ";
  const MultisigRecord record = fixture.creator_record(fixture.opaque_account(text));
  const SecretBytes line =
      json::serialize_secret(reveal_to_json(describe(record), LibraryAccess::wrap(record.account->clone())));
  const auto parsed = json::parse(line.text(), line.size(), "multisig");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->as_object().at("account").as_object().at("data"), text.c_str());
}

TEST(MultisigViewTest, RevealsToATerminalInPlainAscii) {
  RecordFixture fixture;
  const std::string text =
      "[\"\xC2\x9B"
      "31m\", \"\x7F\", \"\xE2\x80\xAE\", \"\xF0\x9F\x94\x91\"]";
  const MultisigRecord record = fixture.creator_record(fixture.opaque_account(text));
  const SecretBytes shown = reveal_text(LibraryAccess::wrap(record.account->clone()));
  for (const std::uint8_t byte : shown.view()) EXPECT_TRUE(byte >= 0x20 && byte < 0x7F) << int{byte};
  EXPECT_THAT(std::string(shown.text()),
              AllOf(HasSubstr("\\u009b"), HasSubstr("\\u007f"), HasSubstr("\\u202e"), HasSubstr("\\ud83d\\udd11")));
  const auto parsed = json::parse(shown.text(), shown.size(), "account");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->as_object().at("data"), text.c_str());
}

TEST(MultisigViewTest, SaysWhomAPendingMultisigWaitsForAndWhatToDo) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record(fixture.opaque_account(), "our treasury");
  EXPECT_EQ(missing_text(describe(record)), "the receipt of bob and carol");
  record.certificate = fixture.certificate_of(record);
  record.stored = {fixture.key(1)};
  EXPECT_EQ(missing_text(describe(record)), "carol to store the certificate");
  EXPECT_THAT(multisig_text(describe(record)),
              AllOf(HasSubstr("carol"), HasSubstr("coterie multisig resume 'our treasury'"), HasSubstr(record.invite)));
  EXPECT_THAT(multisig_list_text({}), HasSubstr("coterie multisig create"));
  EXPECT_THAT(
      multisig_list_text({describe(fixture.recipient_record(record, 1))}),
      AllOf(HasSubstr("waits for the certificate from alice"), HasSubstr("coterie multisig resume 'our treasury'")));
}

TEST(MultisigViewTest, ListsAnEndedMultisigWithItsRoomAndTheReason) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  record.status = MultisigStatus::declined;
  record.ended_by = fixture.key(1);
  record.reason = "not \x1b[31mnow";
  EXPECT_THAT(multisig_list_text({describe(record)}),
              AllOf(HasSubstr(record.room.text()), HasSubstr("declined by bob: not "), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(multisig_text(describe(record)), HasSubstr("treasury: declined by bob"));
}

TEST(MultisigViewTest, GivesTheWordsOfAComparisonAsStates) {
  RecordFixture fixture;
  Certificate certificate = describe(fixture.certificate_of(fixture.creator_record()));
  EXPECT_THAT(states(to_json(certificate, "treasury")), ElementsAre("not_compared", "not_compared", "not_compared"));
  EXPECT_THAT(verification_text(certificate, "treasury"),
              AllOf(HasSubstr("treasury: valid, signed by all 3 signers"), HasSubstr("not compared"),
                    HasSubstr("compare the fingerprints"), HasSubstr(fixture.people[2].card.fingerprint())));
  for (CertifiedSigner& signer : certificate.signers) signer.familiarity = Familiarity::contact;
  EXPECT_THAT(verification_text(certificate, "treasury"), Not(HasSubstr("compare the fingerprints")));
  certificate.signers[2].familiarity = Familiarity::unknown;
  const json::Object object = to_json(certificate, "treasury");
  EXPECT_EQ(object.at("status"), "complete");
  EXPECT_THAT(states(object), ElementsAre("contact", "contact", "unknown"));
}

TEST(MultisigViewTest, SaysThatASingleSignerSigned) {
  RecordFixture fixture({"alice"});
  EXPECT_THAT(verification_text(describe(fixture.certificate_of(fixture.creator_record())), "solo"),
              HasSubstr("solo: valid, signed by its only signer"));
}

TEST(MultisigViewTest, EndsNoLineWithBlanks) {
  RecordFixture fixture;
  EXPECT_THAT(multisig_text(describe(complete_record(fixture))), Not(HasSubstr(" \n")));
}

}  // namespace
}  // namespace coterie::cli
