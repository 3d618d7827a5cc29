#include "account/aztec_account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account {
namespace {

using testing::HasSubstr;

constexpr const char* kP = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";

AztecSecrets secrets_at(const json::Value& vector) {
  return {aztec::fr_at(vector, "secretKey").bytes(), aztec::fr_at(vector, "salt").bytes(),
          aztec::fq_at(vector, "signingPrivateKey").bytes()};
}

AztecAccount generate(std::uint64_t seed = 1) {
  SeededRandom random(seed);
  return *AztecAccount::generate(kDefaultProfile, random);
}

class AztecAccountOfEachProfileTest : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Profiles, AztecAccountOfEachProfileTest, testing::ValuesIn(aztec::profile_names()),
                         aztec::test_name);

TEST_P(AztecAccountOfEachProfileTest, HasThePublicPartThatThePackagesGive) {
  const json::Value vectors = aztec::load_vectors(GetParam());
  for (const json::Value& vector : vectors.at("accounts").as_array()) {
    const auto account = AztecAccount::derive(GetParam(), secrets_at(vector));
    ASSERT_TRUE(account) << account.error().message;
    const AztecPart& part = account->part();
    EXPECT_EQ(part.account.profile, GetParam());
    EXPECT_EQ(part.account.address, aztec::string_at(vector, "address"));
    EXPECT_EQ(part.account.public_key_x, aztec::string_at(vector, "publicKeyX"));
    EXPECT_EQ(part.account.public_key_y, aztec::string_at(vector, "publicKeyY"));
    EXPECT_EQ(part.salt, aztec::string_at(vector, "salt"));
    const std::array keys = {"masterNullifierPublicKey", "masterIncomingViewingPublicKey",
                             "masterOutgoingViewingPublicKey", "masterTaggingPublicKey"};
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(part.master_public_keys[i].x, aztec::string_at(vector.at(keys[i]), "x"));
      EXPECT_EQ(part.master_public_keys[i].y, aztec::string_at(vector.at(keys[i]), "y"));
    }
  }
}

TEST_P(AztecAccountOfEachProfileTest, ReadsItsPublicPartBack) {
  SeededRandom random(7);
  for (int i = 0; i < 20; ++i) {
    const auto account = AztecAccount::generate(GetParam(), random);
    const auto part = parse_aztec_part(to_json(account->part()));
    ASSERT_TRUE(part) << part.error().message;
    EXPECT_EQ(*part, account->part());
  }
}

TEST(AztecAccountTest, RefusesAnUnknownProfileNamingTheKnownOnes) {
  SeededRandom random(1);
  const auto account = AztecAccount::generate("9.9.9", random);
  ASSERT_FALSE(account);
  EXPECT_EQ(account.error().kind, ErrorKind::refused);
  EXPECT_THAT(account.error().message + account.error().hint, HasSubstr("4.1.2"));
  EXPECT_FALSE(AztecAccount::derive("9.9.9", generate().secrets().clone()));
}

TEST(AztecAccountTest, RefusesSecretsOutOfRangeInsteadOfReducingThem) {
  const auto refuses = [](const std::function<void(AztecSecrets&)>& change) {
    AztecSecrets secrets = generate().secrets().clone();
    change(secrets);
    const auto account = AztecAccount::derive(kDefaultProfile, std::move(secrets));
    return !account && account.error().kind == ErrorKind::refused;
  };
  const auto all_ones = [] { return *Secret<32>::from_bytes(Bytes(32, 0xff)); };
  EXPECT_TRUE(refuses([&](AztecSecrets& secrets) { secrets.secret_key = all_ones(); }));
  EXPECT_TRUE(refuses([&](AztecSecrets& secrets) { secrets.salt_key = all_ones(); }));
  EXPECT_TRUE(refuses([&](AztecSecrets& secrets) { secrets.private_key = all_ones(); }));
  EXPECT_TRUE(refuses([&](AztecSecrets& secrets) { secrets.private_key = Secret<32>(); }));
  EXPECT_FALSE(refuses([&](AztecSecrets& secrets) { secrets.secret_key = Secret<32>(); }));
}

TEST(AztecAccountTest, SignsWhatItsPublicKeyVerifiesAndNoOtherDoes) {
  SystemRandom random;
  const AztecAccount account = generate(1);
  const Bytes message = {1, 2, 3};
  const AztecSignature signature = account.sign(message, random);
  EXPECT_TRUE(verify_aztec_signature(account.public_part(), message, signature.view()));
  EXPECT_FALSE(verify_aztec_signature(generate(2).public_part(), message, signature.view()));
  EXPECT_FALSE(verify_aztec_signature(account.public_part(), Bytes{1, 2, 4}, signature.view()));
  EXPECT_NE(account.sign(message, random), signature);
}

TEST(AztecAccountTest, VerifiesNothingByAKeyThatIsNoPoint) {
  SystemRandom random;
  const AztecAccount account = generate();
  const Bytes message = {1, 2, 3};
  const AztecSignature signature = account.sign(message, random);
  AztecPublic no_x = account.public_part();
  no_x.public_key_x = kP;
  AztecPublic no_y = account.public_part();
  no_y.public_key_y = "";
  AztecPublic beside = account.public_part();
  std::swap(beside.public_key_x, beside.public_key_y);
  for (const AztecPublic& key : {no_x, no_y, beside}) {
    const auto verified = verify_aztec_signature(key, message, signature.view());
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().kind, ErrorKind::refused);
  }
}

// The third draw, the private key's, is zero once.
class ZeroKeyRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    random_.fill(out);
    if (++draws_ == 3) std::fill(out.begin(), out.end(), std::uint8_t{0});
  }
  int draws() const { return draws_; }

 private:
  SeededRandom random_{1};
  int draws_ = 0;
};

TEST(AztecAccountTest, DrawsAnotherPrivateKeyThanZero) {
  ZeroKeyRandom random;
  const auto account = AztecAccount::generate(kDefaultProfile, random);
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(random.draws(), 4);
}

TEST(AztecAccountTest, ReadsItsSecretsBackAndNothingElse) {
  const AztecAccount account = generate();
  const std::string text(account.serialize().text());
  const auto parsed = AztecAccount::parse(text, kDefaultProfile);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->part(), account.part());
  EXPECT_TRUE(parsed->serialize().equals(account.serialize().view()));
  EXPECT_FALSE(AztecAccount::parse("{}", kDefaultProfile));
  EXPECT_FALSE(AztecAccount::parse(text.substr(0, text.size() - 1) + ",\"more\":1}", kDefaultProfile));
  EXPECT_FALSE(AztecAccount::parse(text, "9.9.9"));
}

TEST(AztecAccountTest, TakesForAContractsMessageOnlyThirtyTwoBytesBelowTheModulus) {
  Bytes message(32, 0);
  EXPECT_TRUE(check_contract_message(message));
  const auto largest = aztec::fr("0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000").bytes();
  EXPECT_TRUE(check_contract_message(largest.view()));
  Bytes modulus = to_vector(largest.view());
  modulus.back() = 1;
  for (const Bytes& other : {modulus, Bytes(32, 0xff), Bytes(31, 0), Bytes(33, 0), Bytes()}) {
    const auto checked = check_contract_message(other);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, ErrorKind::usage);
  }
}

// Each change of one field of a good part, and words of the error that it must give.
struct Change {
  const char* what;
  std::function<void(json::Object&)> apply;
  const char* words;
};

json::Object& key_at(json::Object& part, std::size_t index) {
  return part["master_public_keys"].as_array()[index].as_object();
}

TEST(AztecPartTest, RefusesEveryPartWhoseAddressDoesNotFollow) {
  const json::Value other = to_json(generate(2).part());
  const auto take = [&](const char* field) {
    return [&other, field](json::Object& part) { part[field] = other.at(field); };
  };
  const std::vector<Change> changes = {
      {"another address", take("address"), "does not follow"},
      {"another salt", take("salt"), "does not follow"},
      {"another profile", [](json::Object& part) { part["profile"] = "3.0.0-devnet.5"; }, "does not follow"},
      {"a profile nobody knows", [](json::Object& part) { part["profile"] = "9.9.9"; }, "9.9.9"},
      {"the x of another key", take("public_key_x"), "not on Grumpkin"},
      {"another master key",
       [&](json::Object& part) { key_at(part, 3) = other.at("master_public_keys").as_array()[3].as_object(); },
       "does not follow"},
      {"master keys in another order", [](json::Object& part) { std::swap(key_at(part, 0), key_at(part, 1)); },
       "does not follow"},
      {"a master key off the curve", [](json::Object& part) { key_at(part, 2)["y"] = key_at(part, 2)["x"]; },
       "not on Grumpkin"},
      {"three master keys", [](json::Object& part) { part["master_public_keys"].as_array().pop_back(); },
       "master_public_keys"},
      {"five master keys",
       [](json::Object& part) { part["master_public_keys"].as_array().push_back(json::Value(key_at(part, 0))); },
       "master_public_keys"},
      {"a number not below the modulus", [](json::Object& part) { part["salt"] = kP; }, "salt"},
      {"a number in upper case",
       [](json::Object& part) {
         std::string text(part["salt"].as_string());
         text[1] = 'X';
         part["salt"] = text;
       },
       "salt"},
      {"a foreign field", [](json::Object& part) { part["more"] = 1; }, "do not belong"},
      {"a missing field", [](json::Object& part) { part.erase("salt"); }, "salt"},
      {"a foreign field in a key", [](json::Object& part) { key_at(part, 0)["z"] = "1"; }, "do not belong"},
      {"a key without x", [](json::Object& part) { key_at(part, 1).erase("x"); }, "\"x\": missing"},
      {"a y not below the modulus", [](json::Object& part) { key_at(part, 2)["y"] = kP; }, "\"y\""},
      {"a key that is null", [](json::Object& part) { part["master_public_keys"].as_array()[3] = nullptr; },
       "master public key"},
  };
  for (const Change& change : changes) {
    json::Value part = to_json(generate(1).part());
    change.apply(part.as_object());
    const auto parsed = parse_aztec_part(part);
    ASSERT_FALSE(parsed) << change.what;
    EXPECT_EQ(parsed.error().kind, ErrorKind::refused) << change.what;
    EXPECT_THAT(parsed.error().message, HasSubstr(change.words)) << change.what;
  }
}

}  // namespace
}  // namespace coterie::account
