#include "account/account_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "account/account.h"
#include "account/aztec/vectors_for_test.h"

namespace coterie::account {
namespace {

using aztec::string_at;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kP = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
constexpr const char* kQ = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
constexpr const char* kZero = "0x0000000000000000000000000000000000000000000000000000000000000000";
constexpr const char* kDefaultKeyText = "0x0000000000000000000000000000000000000000000000000000000000000111";
constexpr const char* kDefaultSaltText = "0x0000000000000000000000000000000000000000000000000000000000000222";

SecretBytes text_of(const json::Value& value) {
  return json::serialize_secret(value);
}

Result<FileAccount> read(const SecretBytes& text, std::size_t index = 0) {
  COTERIE_TRY(const AccountFile file, AccountFile::parse(text));
  return file.account(index);
}
Result<FileAccount> read(const json::Value& value, std::size_t index = 0) {
  return read(text_of(value), index);
}

Result<AztecAccount> derive_claimed(const json::Value& value, const std::optional<std::string>& profile = {}) {
  COTERIE_TRY(const FileAccount account, read(value));
  return derive_claimed_account(account, profile);
}

// A vector's account in the shapes that files have.
json::Object wallet_shape(const json::Value& vector) {
  return {{"secretKey", vector.at("secretKey")},
          {"salt", vector.at("salt")},
          {"signingPrivateKey", vector.at("signingPrivateKey")}};
}

json::Object claiming_shape(const json::Value& vector) {
  return {{"address", vector.at("address")},       {"publicKeyX", vector.at("publicKeyX")},
          {"publicKeyY", vector.at("publicKeyY")}, {"secretKey", vector.at("secretKey")},
          {"saltKey", vector.at("salt")},          {"privateKey", vector.at("signingPrivateKey")}};
}

json::Object export_shape(const json::Value& vector, const std::string& profile) {
  return {{"kind", "aztec-schnorr"},
          {"profile", profile},
          {"address", vector.at("address")},
          {"public_key_x", vector.at("publicKeyX")},
          {"public_key_y", vector.at("publicKeyY")},
          {"secret_key", vector.at("secretKey")},
          {"salt_key", vector.at("salt")},
          {"private_key", vector.at("signingPrivateKey")}};
}

json::Object multisig_shape(const json::Value& vector, const char* name = "treasury") {
  return {{"name", name},
          {"address", "0x0000000000000000000000000000000000000000000000000000000000000005"},
          {"threshold", 2},
          {"signers", json::Array{"alice", "bob"}},
          {"createdAt", "2025-01-02T03:04:05.678Z"},
          {"sharedStateAccountAddress", vector.at("address")},
          {"sharedStateAccountSecretKey", vector.at("secretKey")},
          {"sharedStateAccountSaltKey", vector.at("salt")},
          {"sharedStateAccountPublicKeyX", vector.at("publicKeyX")},
          {"sharedStateAccountPublicKeyY", vector.at("publicKeyY")},
          {"sharedStateAccountPrivateKey", vector.at("signingPrivateKey")},
          {"arbitrumProxy", "0x00"}};
}

// Without keys of its own: `address` is the account's under the reference's default secret key and salt.
json::Object signer_shape(const std::string& private_key, const std::string& profile, const char* name = "alice") {
  const auto account =
      AztecAccount::derive(profile, {aztec::fr(kDefaultKeyText).bytes(), aztec::fr(kDefaultSaltText).bytes(),
                                     aztec::Fq::parse(private_key)->bytes()});
  const AztecPublic& part = account->public_part();
  return {{"name", name},
          {"address", part.address},
          {"privateKey", private_key},
          {"publicKeyX", part.public_key_x},
          {"publicKeyY", part.public_key_y},
          {"createdAt", "2025-01-02T03:04:05.678Z"}};
}

class AccountFileOfEachProfileTest : public testing::TestWithParam<std::string> {
 protected:
  const json::Value vectors_ = aztec::load_vectors(GetParam());
  const json::Array& accounts_ = vectors_.at("accounts").as_array();
};
INSTANTIATE_TEST_SUITE_P(Profiles, AccountFileOfEachProfileTest, testing::ValuesIn(aztec::profile_names()),
                         aztec::test_name);

TEST_P(AccountFileOfEachProfileTest, ReadsEveryAccountOfThePackagesInEveryShape) {
  ASSERT_GE(accounts_.size(), 12u);
  for (const json::Value& vector : accounts_) {
    const json::Object shapes[] = {wallet_shape(vector), claiming_shape(vector), export_shape(vector, GetParam()),
                                   multisig_shape(vector)};
    for (const json::Object& shape : shapes) {
      const auto account = derive_claimed(shape, GetParam());
      ASSERT_TRUE(account) << account.error().message;
      EXPECT_EQ(account->public_part().profile, GetParam());
      EXPECT_EQ(account->public_part().address, string_at(vector, "address"));
      EXPECT_EQ(account->public_part().public_key_x, string_at(vector, "publicKeyX"));
      EXPECT_EQ(account->public_part().public_key_y, string_at(vector, "publicKeyY"));
      EXPECT_EQ(account->part().salt, string_at(vector, "salt"));
      EXPECT_EQ(aztec::Fr::from_bytes(account->secrets().secret_key.view())->text(), string_at(vector, "secretKey"));
      EXPECT_EQ(aztec::Fq::from_bytes(account->secrets().private_key.view())->text(),
                string_at(vector, "signingPrivateKey"));
    }
  }
}

TEST_P(AccountFileOfEachProfileTest, ReadsWhatAnExportWrites) {
  SeededRandom random(3);
  for (int i = 0; i < 10; ++i) {
    const auto made = SharedStateAccount::generate(GetParam(), random);
    const auto file = read(made->reveal());
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->profile, GetParam());
    const auto account = derive_claimed_account(*file, std::nullopt);
    ASSERT_TRUE(account) << account.error().message;
    EXPECT_TRUE(SharedStateAccount(account->clone()).reveal().equals(made->reveal().view()));
  }
}

TEST_P(AccountFileOfEachProfileTest, TakesTheReferencesDefaultsForASignerWhoseAddressFollowsFromThem) {
  for (const json::Value& vector : accounts_) {
    const json::Object signer = signer_shape(string_at(vector, "signingPrivateKey"), GetParam());
    const auto file = read(signer);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_TRUE(file->by_default_keys);
    for (const auto& account : {derive_claimed_account(*file, GetParam()), derive_account(*file, GetParam())}) {
      ASSERT_TRUE(account) << account.error().message;
      EXPECT_EQ(account->public_part().address, string_at(signer, "address"));
      EXPECT_EQ(account->part().salt, kDefaultSaltText);
      EXPECT_THAT(describe_weakness(account->secrets()), HasSubstr("reads all that it receives"));
    }
  }
}

class AccountFileTest : public testing::Test {
 protected:
  const json::Value vectors_ = aztec::load_vectors(kDefaultProfile);
  const json::Value& first_ = vectors_.at("accounts").as_array().front();
  const json::Value& last_ = vectors_.at("accounts").as_array().back();

  Error error_of(const json::Value& value) {
    const auto account = read(value);
    return account ? Error{ErrorKind::environment, "accepted", ""} : Error(read(value).error());
  }
};

TEST_F(AccountFileTest, RefusesASignerWithOtherKeysUnlessTheFileHasThem) {
  json::Object signer = claiming_shape(last_);
  signer["name"] = "alice";
  signer.erase("secretKey");
  signer.erase("saltKey");
  const auto refused = derive_claimed(signer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message, HasSubstr("\"address\" does not follow"));
  EXPECT_THAT(refused.error().hint, HasSubstr("SECRET_KEY and SALT"));
  EXPECT_FALSE(derive_account(*read(signer), kDefaultProfile));

  signer["secretKey"] = last_.at("secretKey");
  signer["salt"] = last_.at("salt");
  const auto account = derive_claimed(signer);
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(account->public_part().address, string_at(last_, "address"));
  EXPECT_EQ(describe_weakness(account->secrets()), "");
}

TEST_F(AccountFileTest, RefusesASignerWithHalfOfItsKeysOrWithoutAnAddress) {
  json::Object signer = signer_shape(string_at(last_, "signingPrivateKey"), "4.1.2");
  signer["salt"] = kDefaultSaltText;
  EXPECT_THAT(error_of(signer).message, HasSubstr("\"secretKey\": missing"));
  signer.erase("salt");
  signer["secretKey"] = kDefaultKeyText;
  EXPECT_THAT(error_of(signer).message, HasSubstr("\"salt\": missing"));
  signer.erase("secretKey");
  signer.erase("address");
  EXPECT_THAT(error_of(signer).message, HasSubstr("\"secretKey\": missing"));
}

TEST_F(AccountFileTest, TakesNoDefaultsForTheAccountOfAMultisig) {
  json::Object multisig = multisig_shape(last_);
  multisig.erase("sharedStateAccountSecretKey");
  multisig.erase("sharedStateAccountSaltKey");
  EXPECT_THAT(error_of(multisig).message, HasSubstr("\"secretKey\": missing"));
}

TEST_F(AccountFileTest, TellsUnderWhichProfileAnAddressWouldBeRight) {
  const json::Value other_vectors = aztec::load_vectors("3.0.0-devnet.5");
  const auto wrong = derive_claimed(claiming_shape(other_vectors.at("accounts").as_array().back()));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("\"address\" in the account file is not what follows"));
  EXPECT_THAT(wrong.error().hint, HasSubstr("--profile 3.0.0-devnet.5"));

  const json::Object signer = signer_shape(string_at(last_, "signingPrivateKey"), "3.0.0-devnet.5");
  const auto by_default = derive_claimed(signer);
  ASSERT_FALSE(by_default);
  EXPECT_THAT(by_default.error().hint, HasSubstr("--profile 3.0.0-devnet.5"));
  EXPECT_TRUE(derive_claimed(signer, "3.0.0-devnet.5"));
}

TEST_F(AccountFileTest, NamesEveryClaimThatIsWrongAsItStandsInTheFile) {
  const auto message = [](const json::Value& value) {
    const auto account = derive_claimed(value);
    EXPECT_FALSE(account);
    EXPECT_EQ(account.error().kind, ErrorKind::refused);
    return account.error().message;
  };
  for (const char* field : {"address", "publicKeyX", "publicKeyY"}) {
    json::Object shape = claiming_shape(last_);
    shape[field] = first_.at(field);
    EXPECT_THAT(message(shape), HasSubstr('"' + std::string(field) + "\" in the account file is not what follows"));
  }
  json::Object other_key = claiming_shape(last_);
  other_key["privateKey"] = first_.at("signingPrivateKey");
  EXPECT_THAT(message(other_key),
              HasSubstr("\"address\", \"publicKeyX\" and \"publicKeyY\" in the account file are not"));
  json::Object multisig = multisig_shape(last_);
  multisig["sharedStateAccountAddress"] = first_.at("address");
  EXPECT_THAT(message(multisig), HasSubstr("\"sharedStateAccountAddress\" in"));
}

TEST_F(AccountFileTest, TakesTheWantedProfileThenTheFilesThenTheDefault) {
  json::Object shape = wallet_shape(last_);
  EXPECT_EQ(profile_of(*read(shape), std::nullopt), kDefaultProfile);
  shape["profile"] = "3.0.0-devnet.5";
  EXPECT_EQ(profile_of(*read(shape), std::nullopt), "3.0.0-devnet.5");
  EXPECT_EQ(profile_of(*read(shape), "4.1.2"), "4.1.2");
  EXPECT_EQ(derive_claimed(shape)->public_part().profile, "3.0.0-devnet.5");

  const auto contradiction = derive_claimed(shape, "4.1.2");
  ASSERT_FALSE(contradiction);
  EXPECT_THAT(contradiction.error().message, HasSubstr("\"profile\""));
  EXPECT_EQ(derive_account(*read(shape), "4.1.2")->public_part().address, string_at(last_, "address"));

  shape["profile"] = "9.9.9";
  const auto unknown = derive_claimed(shape);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("known are 4.1.2"));
}

TEST_F(AccountFileTest, ReadsOneOfSeveralEntries) {
  const json::Value array =
      json::Array{multisig_shape(first_, "first"), multisig_shape(last_, "last"), wallet_shape(first_)};
  const auto file = AccountFile::parse(text_of(array));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->names(), ElementsAre("first", "last", ""));
  EXPECT_EQ(file->account(1)->address->value, string_at(last_, "address"));
  EXPECT_FALSE(file->account(2)->address);
  EXPECT_THAT(AccountFile::parse(text_of(wallet_shape(first_)))->names(), ElementsAre(""));
  const std::string endless(1025, 'x');
  EXPECT_THAT(AccountFile::parse(text_of(multisig_shape(first_, endless.c_str())))->names(), ElementsAre(""));

  json::Object broken = multisig_shape(last_);
  broken["sharedStateAccountSaltKey"] = kP;
  const Error error = read(json::Value(json::Array{wallet_shape(first_), broken}), 1).error();
  EXPECT_THAT(error.message, HasSubstr("entry 2 of the account file: \"sharedStateAccountSaltKey\""));
}

// Each change of one field of a good file, and the field that the error must name.
struct Change {
  const char* what;
  std::function<void(json::Object&)> apply;
  const char* words;
};

TEST_F(AccountFileTest, RefusesWhatIsMissingDoubledOrOfAnotherKind) {
  const auto set = [](const char* field, const json::Value& value) {
    return [field, value](json::Object& shape) { shape[field] = value; };
  };
  const std::vector<Change> changes = {
      {"no secret key", [](json::Object& shape) { shape.erase("secretKey"); }, "\"secretKey\": missing"},
      {"no salt", [](json::Object& shape) { shape.erase("saltKey"); }, "\"salt\": missing"},
      {"no private key", [](json::Object& shape) { shape.erase("privateKey"); }, "\"privateKey\": missing"},
      {"two secret keys", set("secret_key", kZero), "\"secret_key\": the same as \"secretKey\""},
      {"two salts", set("salt", kZero), "\"saltKey\": the same as \"salt\""},
      {"two private keys", set("signingPrivateKey", kZero), "\"signingPrivateKey\": the same as \"privateKey\""},
      {"two xs", set("public_key_x", kZero), "\"public_key_x\": the same as \"publicKeyX\""},
      {"two ys", set("public_key_y", kZero), "\"public_key_y\": the same as \"publicKeyY\""},
      {"keys of a multisig beside its own", set("sharedStateAccountSecretKey", kZero), "sharedStateAccountSecretKey"},
      {"a salt that is a number", set("saltKey", 546), "\"saltKey\": not a string"},
      {"a salt that is null", set("saltKey", nullptr), "\"saltKey\": not a string"},
      {"an opaque account", set("kind", "opaque"), "\"kind\""},
      {"a kind that is no text", set("kind", 1), "\"kind\""},
      {"a profile that is no text", set("profile", 412), "\"profile\""},
      {"an endless profile", set("profile", "44444444444444444444444444444444444444444444444444444444444444444"),
       "\"profile\""},
  };
  for (const Change& change : changes) {
    json::Object shape = claiming_shape(last_);
    change.apply(shape);
    const Error error = error_of(shape);
    EXPECT_EQ(error.kind, ErrorKind::refused) << change.what;
    EXPECT_THAT(error.message, HasSubstr(change.words)) << change.what;
    EXPECT_THAT(error.hint, HasSubstr("signers.json")) << change.what;
  }
}

TEST_F(AccountFileTest, RefusesEveryFormOfANumberButTheCanonicalOneAndEveryNumberOutOfRange) {
  const std::string good = string_at(last_, "secretKey");
  const std::string digits = good.substr(2);
  std::string upper = digits;
  for (char& digit : upper) digit = static_cast<char>(std::toupper(static_cast<unsigned char>(digit)));
  const std::vector<std::string> malformed = {"",
                                              "0x",
                                              "0x0",
                                              "0x111",
                                              "273",
                                              digits,
                                              "0X" + digits,
                                              "0x" + upper,
                                              good + "0",
                                              good.substr(0, 65),
                                              " " + good,
                                              good + " ",
                                              "0x" + std::string(63, '0') + "g",
                                              "-" + good,
                                              "0x" + std::string(64, 'f'),
                                              std::string(5000, '1')};
  for (const char* field : {"secretKey", "saltKey", "privateKey", "address", "publicKeyX", "publicKeyY"}) {
    const bool scalar = std::string_view(field) == "privateKey";
    std::vector<std::string> values = malformed;
    values.insert(values.end(), {scalar ? kQ : kP, scalar ? kZero : kQ});
    for (const std::string& value : values) {
      json::Object shape = claiming_shape(last_);
      shape[field] = value;
      const Error error = error_of(shape);
      EXPECT_EQ(error.kind, ErrorKind::refused) << field << " " << value;
      EXPECT_THAT(error.message, HasSubstr("\"" + std::string(field) + "\"")) << value;
      if (value.size() > 3) {
        EXPECT_THAT(error.message + error.hint, Not(HasSubstr(value))) << field;
      }
    }
  }
}

TEST_F(AccountFileTest, AcceptsNumbersAtTheEdgesOfTheirRange) {
  json::Object shape = wallet_shape(last_);
  shape["secretKey"] = kZero;
  shape["salt"] = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000";
  shape["signingPrivateKey"] = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd46";
  EXPECT_TRUE(derive_claimed(shape));
}

TEST_F(AccountFileTest, DoesNotLookAtFieldsThatMeanNothing) {
  json::Object shape = wallet_shape(last_);
  shape["name"] = 7;
  shape["alias"] = json::Array{1, "two"};
  shape["createdAt"] = nullptr;
  EXPECT_TRUE(derive_claimed(shape));
}

TEST_F(AccountFileTest, RefusesWhatIsNoAccountFileQuotingNothing) {
  const std::string canary = "canary-2f9c";
  const std::string good(text_of(wallet_shape(last_)).text());
  const std::vector<std::string> texts = {"",
                                          " ",
                                          canary,
                                          '"' + canary + '"',
                                          "7",
                                          "null",
                                          "[]",
                                          "[\"" + canary + "\"]",
                                          "[" + good + ",[]]",
                                          good + good,
                                          "{\"secretKey\":\"" + canary + "\",\"secretKey\":\"" + canary + "\"}",
                                          std::string(100, '['),
                                          "{\"a\":\"" + std::string(kMaxAccountFileBytes, 'a') + "\"}"};
  for (const std::string& text : texts) {
    const auto file = AccountFile::parse(SecretBytes::copy_of(text));
    ASSERT_FALSE(file) << text.substr(0, 100);
    EXPECT_EQ(file.error().kind, ErrorKind::refused);
    EXPECT_THAT(file.error().message + file.error().hint, Not(HasSubstr(canary)));
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(AccountFile::parse(SecretBytes::copy_of(good.substr(0, size)))) << size;
  }
  EXPECT_TRUE(read(SecretBytes::copy_of(" \n" + good + "\r\n")));
}

TEST_F(AccountFileTest, WarnsOfKeysThatAnybodyCanGuess) {
  const auto weakness = [this](const char* secret_key, const char* private_key) {
    json::Object shape = wallet_shape(last_);
    if (secret_key != nullptr) shape["secretKey"] = secret_key;
    if (private_key != nullptr) shape["signingPrivateKey"] = private_key;
    return describe_weakness(read(shape)->secrets);
  };
  constexpr const char* kLargestGuessable = "0x000000000000000000000000000000000000000000000000ffffffffffffffff";
  constexpr const char* kNext = "0x0000000000000000000000000000000000000000000000010000000000000000";
  EXPECT_EQ(weakness(nullptr, nullptr), "");
  EXPECT_EQ(weakness(kNext, kNext), "");
  EXPECT_EQ(weakness(kLargestGuessable, nullptr),
            "has a secret key that anybody can guess: whoever does reads all that it receives");
  EXPECT_EQ(weakness(nullptr, kLargestGuessable),
            "has a private key that anybody can guess: whoever does signs for it");
  EXPECT_THAT(weakness(kZero, kLargestGuessable), HasSubstr("reads all that it receives and signs for it"));
}

}  // namespace
}  // namespace coterie::account
