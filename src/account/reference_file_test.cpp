#include "account/reference_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "account/account_file.h"

namespace coterie::account {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kAddress = "0x0000000000000000000000000000000000000000000000000000000000000001";

AztecAccount generate(std::string_view profile = kDefaultProfile) {
  SeededRandom random(1);
  return *AztecAccount::generate(profile, random);
}

ReferenceMultisig treasury() {
  return {"treasury", kAddress, 2, {"alice", "bob"}, 1'761'552'568};
}

std::vector<std::string> keys_of(const SecretBytes& text) {
  const json::Value value = *json::parse(text.text(), text.size(), "entry");
  std::vector<std::string> keys;
  for (const auto& field : value.get_object()) keys.emplace_back(field.key());
  return keys;
}

TEST(ReferenceFileTest, WritesAMultisigWithTheFieldsOfTheReferenceInItsOrder) {
  const SecretBytes text = write_reference_multisig(treasury(), generate());
  EXPECT_THAT(keys_of(text),
              ElementsAre("name", "address", "threshold", "signers", "createdAt", "sharedStateAccountAddress",
                          "sharedStateAccountSecretKey", "sharedStateAccountSaltKey", "sharedStateAccountPublicKeyX",
                          "sharedStateAccountPublicKeyY", "sharedStateAccountPrivateKey"));
  EXPECT_THAT(std::string(text.text()), HasSubstr(R"("createdAt":"2025-10-27T08:09:28.000Z")"));
  ReferenceMultisig bare = treasury();
  bare.address.reset();
  EXPECT_EQ(keys_of(write_reference_multisig(bare, generate()))[1], "threshold");
}

TEST(ReferenceFileTest, WritesASignerWithTheKeysThatItsAddressNeeds) {
  const SecretBytes text = write_reference_signer("alice", 1'761'552'568, generate());
  EXPECT_THAT(keys_of(text), ElementsAre("name", "address", "privateKey", "publicKeyX", "publicKeyY", "createdAt",
                                         "secretKey", "salt"));
}

TEST(ReferenceFileTest, ReadsWhatItWrites) {
  for (const char* profile : {"4.1.2", "3.0.0-devnet.5"}) {
    const AztecAccount account = generate(profile);
    const auto same = [&](const SecretBytes& text) {
      const auto file = AccountFile::parse(text);
      const auto read = derive_claimed_account(*file->account(0), profile);
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(read->part(), account.part());
      EXPECT_TRUE(std::ranges::equal(read->secrets().secret_key.view(), account.secrets().secret_key.view()));
      EXPECT_TRUE(std::ranges::equal(read->secrets().private_key.view(), account.secrets().private_key.view()));
    };
    const SecretBytes multisig = write_reference_multisig(treasury(), account);
    same(multisig);
    const auto file = AccountFile::parse(multisig);
    EXPECT_TRUE(file->is_multisig(0));
    EXPECT_EQ(*file->multisig(0), treasury());
    const SecretBytes signer = write_reference_signer("alice", 0, account);
    same(signer);
    EXPECT_FALSE(AccountFile::parse(signer)->is_multisig(0));
  }
}

// Each change of one field of a good entry, and words of the error that it must give.
struct Change {
  const char* what;
  std::function<void(json::Object&)> apply;
  const char* words;
};

TEST(ReferenceFileTest, RefusesTermsThatCannotBeNamingTheField) {
  const auto set = [](const char* field, const json::Value& value) {
    return [field, value](json::Object& entry) { entry[field] = value; };
  };
  json::Array many;
  for (int i = 0; i < 65; ++i) many.emplace_back(std::to_string(i));
  const std::vector<Change> changes = {
      {"no name", [](json::Object& entry) { entry.erase("name"); }, "\"name\": missing"},
      {"a name that is no text", set("name", 1), "\"name\""},
      {"no signers", [](json::Object& entry) { entry.erase("signers"); }, "\"signers\": missing"},
      {"empty signers", set("signers", json::Array()), "\"signers\": empty"},
      {"too many signers", set("signers", many), "\"signers\""},
      {"signers that are no names", set("signers", json::Array{"alice", 2}), "\"signers\": not an array of names"},
      {"a signer without a name", set("signers", json::Array{"alice", ""}), "\"signers\": not an array of names"},
      {"a signer with an endless name", set("signers", json::Array{"alice", std::string(1025, 'x')}),
       "\"signers\": not an array of names"},
      {"no threshold", [](json::Object& entry) { entry.erase("threshold"); }, "\"threshold\": missing"},
      {"a threshold of none", set("threshold", 0), "\"threshold\""},
      {"a threshold above", set("threshold", 3), "\"threshold\": more than there are signers"},
      {"a threshold in text", set("threshold", "2"), "\"threshold\""},
      {"an address in another form", set("address", "0x1"), "\"address\""},
      {"an address that is none", set("address", "0x0000000000000000000000000000000000000000000000000000000000000003"),
       "\"address\": no Aztec address"},
      {"a time in another form", set("createdAt", "27 October 2025"), "\"createdAt\""},
      {"a time that is a number", set("createdAt", 1'761'552'568), "\"createdAt\""},
  };
  for (const Change& change : changes) {
    const SecretBytes text = write_reference_multisig(treasury(), generate());
    json::Value entry = *json::parse(text.text(), text.size(), "entry");
    change.apply(entry.get_object());
    const auto read = parse_reference_multisig(entry, "the account file");
    ASSERT_FALSE(read) << change.what;
    EXPECT_EQ(read.error().kind, ErrorKind::refused) << change.what;
    EXPECT_THAT(read.error().message, HasSubstr(change.words)) << change.what;
  }
}

TEST(ReferenceFileTest, TakesAnEntryWithoutAddressOrTimeAndLeavesForeignFieldsAside) {
  const SecretBytes text = write_reference_multisig(treasury(), generate());
  json::Value entry = *json::parse(text.text(), text.size(), "entry");
  entry.get_object().erase("address");
  entry.get_object().erase("createdAt");
  entry.get_object()["arbitrumProxy"] = "0xFF";
  const auto read = parse_reference_multisig(entry, "the account file");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->address);
  EXPECT_FALSE(read->created_at);
  const SecretBytes written = write_reference_multisig(*read, generate());
  EXPECT_EQ(*parse_reference_multisig(*json::parse(written.text(), written.size(), "entry"), "entry"), *read);
}

}  // namespace
}  // namespace coterie::account
