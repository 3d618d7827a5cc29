#include "session/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/record_fixture.h"

namespace coterie::session {
namespace {

using ::testing::HasSubstr;

// Everything that parse gives back is what was serialized: also the account, which has no equality of its own.
void expect_round_trip(const MultisigRecord& record) {
  const SecretBytes text = record.serialize();
  const auto parsed = MultisigRecord::parse(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed->serialize().equals(text.view()));
  EXPECT_EQ(parsed->role, record.role);
  EXPECT_EQ(parsed->name, record.name);
  EXPECT_EQ(parsed->signer, record.signer);
  EXPECT_EQ(parsed->room, record.room);
  EXPECT_EQ(parsed->status, record.status);
  EXPECT_EQ(parsed->reason, record.reason);
  EXPECT_EQ(parsed->ended_by, record.ended_by);
  EXPECT_EQ(parsed->manifest, record.manifest);
  EXPECT_EQ(parsed->receipts, record.receipts);
  EXPECT_EQ(parsed->stored, record.stored);
  EXPECT_EQ(parsed->room_salt, record.room_salt);
  EXPECT_EQ(parsed->invite, record.invite);
  EXPECT_EQ(parsed->hook, record.hook);
  ASSERT_EQ(parsed->account.has_value(), record.account.has_value());
  if (record.account) {
    EXPECT_TRUE(parsed->account->serialize().equals(record.account->serialize().view()));
  }
  ASSERT_EQ(parsed->certificate.has_value(), record.certificate.has_value());
  if (record.certificate) {
    EXPECT_EQ(parsed->certificate->serialize(), record.certificate->serialize());
  }
  ASSERT_EQ(parsed->venue.has_value(), record.venue.has_value());
  if (record.venue) {
    EXPECT_EQ(parsed->venue->embedded, record.venue->embedded);
    EXPECT_EQ(parsed->venue->listen, record.venue->listen);
    EXPECT_EQ(parsed->venue->port, record.venue->port);
    EXPECT_EQ(parsed->venue->signaling, record.venue->signaling);
    EXPECT_EQ(parsed->venue->advertised, record.venue->advertised);
  }
}

SecretBytes replaced(const SecretBytes& text, std::string_view from, std::string_view to) {
  std::string changed(text.text());
  const std::size_t at = changed.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  changed.replace(at, from.size(), to);
  return SecretBytes::copy_of(changed);
}

TEST(RecordTest, KnowsWhetherTheServerHasTlsAlsoOfRecordsFromBeforeThereWasAny) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  EXPECT_EQ(record.serialize().text().find("signaling_tls"), std::string_view::npos);
  record.venue->signaling.security = TransportSecurity::tls;
  const auto parsed = MultisigRecord::parse(record.serialize());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->venue->signaling, record.venue->signaling);
}

TEST(RecordTest, ReadsBackACreatorsRecordInEveryStatus) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  expect_round_trip(record);
  record.receipts[fixture.key(1)] = fixture.receipt_of(record, 1);
  expect_round_trip(record);
  for (const auto status : {MultisigStatus::declined, MultisigStatus::abandoned, MultisigStatus::failed}) {
    record.status = status;
    record.reason = "no \x1b[31mthanks\nbob";
    record.ended_by = fixture.key(2);
    expect_round_trip(record);
    MultisigRecord again = fixture.creator_record();
    EXPECT_FALSE(again.ending().has_value());
    again.end(*record.ending());
    EXPECT_EQ(again.ending(), record.ending());
    EXPECT_EQ(again.status, status);
  }
  record.status = MultisigStatus::complete;
  record.certificate = fixture.certificate_of(record);
  record.receipts = record.certificate->receipts();
  record.stored = {fixture.key(1), fixture.key(2)};
  expect_round_trip(record);
}

TEST(RecordTest, ReadsBackARecipientsRecordInEveryStatus) {
  RecordFixture fixture;
  const MultisigRecord creators = fixture.creator_record();
  MultisigRecord record = fixture.recipient_record(creators, 1);
  expect_round_trip(record);
  record.status = MultisigStatus::complete;
  record.certificate = fixture.certificate_of(record);
  expect_round_trip(record);
  record.certificate.reset();
  record.status = MultisigStatus::declined;
  record.account.reset();
  record.receipts.clear();
  record.ended_by = fixture.key(1);
  expect_round_trip(record);
}

TEST(RecordTest, ReadsBackTheAddressOfAContractAndWhoDeployedIt) {
  RecordFixture fixture;
  fixture.multisig_address = "0x1f";
  MultisigRecord record = fixture.creator_record();
  record.hook = "/opt/deploy it";
  expect_round_trip(record);
}

TEST(RecordTest, ReadsBackAnAztecAccount) {
  RecordFixture fixture;
  auto account = account::SharedStateAccount::generate(account::kDefaultProfile, fixture.random);
  ASSERT_TRUE(account);
  expect_round_trip(fixture.creator_record(std::move(*account)));
}

TEST(RecordTest, HoldsSixtyFourSignersAndTheLargestAccountInOneVaultRecord) {
  std::vector<std::string> names;
  for (int i = 0; i < 64; ++i) {
    std::string name;
    while (name.size() < 244) name += "\xF0\x9D\x94\xB8";  // four bytes each
    names.push_back(name + "n" + std::to_string(i));
  }
  RecordFixture fixture(names);
  const std::string text = "\"" + std::string(account::kMaxOpaqueBytes - 2, 'x') + "\"";
  MultisigRecord record = fixture.creator_record(fixture.opaque_account(text));
  record.certificate = fixture.certificate_of(record);
  record.receipts = record.certificate->receipts();
  for (const auto& person : fixture.people) record.stored.insert(person.card.sign_key());
  EXPECT_LT(record.serialize().size(), std::size_t{1024} * 1024);
  expect_round_trip(record);
}

TEST(RecordTest, RefusesAReceiptThatIsNoSignatureOnItsManifest) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  const MultisigRecord other = fixture.creator_record();
  record.receipts[fixture.key(1)] = fixture.receipt_of(other, 1);
  const auto parsed = MultisigRecord::parse(record.serialize());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::refused);
  EXPECT_THAT(parsed.error().message, HasSubstr("bob"));
}

TEST(RecordTest, RefusesACertificateOfAnotherManifest) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  record.certificate = fixture.certificate_of(fixture.creator_record());
  const auto parsed = MultisigRecord::parse(record.serialize());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "multisig record: its certificate is of another manifest");
}

TEST(RecordTest, RefusesAnAccountOfAnotherManifest) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  record.account = fixture.opaque_account(R"({"secret":"another"})");
  const auto parsed = MultisigRecord::parse(record.serialize());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::refused);
}

TEST(RecordTest, RefusesUnknownWordsFieldsVersionsAndRooms) {
  RecordFixture fixture;
  const SecretBytes text = fixture.creator_record().serialize();
  const std::string other_room = fixture.random.draw<RoomId>().text();
  const std::string room = fixture.creator_record().room.text();
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("version":1)", R"("version":2)"},
           {R"("role":"creator")", R"("role":"relay")"},
           {R"("status":"pending")", R"("status":"unsure")"},
           {R"("name":"treasury","signer")", R"("name":"treasury","more":1,"signer")"},
           {R"("port":8081)", R"("port":65536)"},
           {R"("room":")", R"("room":")" + other_room + R"(","was":")"},
           {R"("stored":[])", R"("stored":["x"])"},
           {R"("stored":[])", R"("stored":[1])"},
       }) {
    const auto parsed = MultisigRecord::parse(replaced(text, from, to));
    ASSERT_FALSE(parsed) << to;
    EXPECT_EQ(parsed.error().kind, ErrorKind::refused) << to;
  }
}

TEST(RecordTest, RefusesARecordWhoseManifestIsOfAnotherRoom) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  record.room = fixture.random.draw<RoomId>();
  const auto parsed = MultisigRecord::parse(record.serialize());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "multisig record: its manifest is of another room");
}

TEST(RecordTest, SaysOfEachSignerWhatTheCreatorCanProve) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  EXPECT_EQ(record.state_of(fixture.key(0)), PeerState::receipt);
  EXPECT_EQ(record.state_of(fixture.key(1)), PeerState::absent);
  record.receipts[fixture.key(1)] = fixture.receipt_of(record, 1);
  EXPECT_EQ(record.state_of(fixture.key(1)), PeerState::receipt);
  record.certificate = fixture.certificate_of(record);
  record.stored = {fixture.key(2)};
  EXPECT_EQ(record.state_of(fixture.key(0)), PeerState::complete);
  EXPECT_EQ(record.state_of(fixture.key(1)), PeerState::receipt);
  EXPECT_EQ(record.state_of(fixture.key(2)), PeerState::complete);
}

TEST(RecordTest, SaysOfEachSignerWhatARecipientCanProve) {
  RecordFixture fixture;
  MultisigRecord record = fixture.recipient_record(fixture.creator_record(), 1);
  EXPECT_EQ(record.state_of(fixture.key(0)), PeerState::receipt);
  EXPECT_EQ(record.state_of(fixture.key(1)), PeerState::receipt);
  EXPECT_EQ(record.state_of(fixture.key(2)), PeerState::absent);
  record.certificate = fixture.certificate_of(record);
  EXPECT_EQ(record.state_of(fixture.key(0)), PeerState::receipt);
  EXPECT_EQ(record.state_of(fixture.key(1)), PeerState::complete);
  EXPECT_EQ(record.state_of(fixture.key(2)), PeerState::receipt);
}

TEST(RecordTest, NamesWhoDeclined) {
  RecordFixture fixture;
  MultisigRecord record = fixture.creator_record();
  record.status = MultisigStatus::declined;
  record.ended_by = fixture.key(2);
  EXPECT_EQ(record.state_of(fixture.key(1)), PeerState::absent);
  EXPECT_EQ(record.state_of(fixture.key(2)), PeerState::declined);
  EXPECT_FALSE(record.live());
}

TEST(RecordTest, GivesThePartialCertificateOfTheReceiptsItHas) {
  RecordFixture fixture;
  const MultisigRecord record = fixture.recipient_record(fixture.creator_record(), 1);
  const auto certificate = record.partial_certificate();
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->receipts().size(), 2u);
  EXPECT_EQ(certificate->missing(), std::vector<std::string>{"carol"});
}

}  // namespace
}  // namespace coterie::session
