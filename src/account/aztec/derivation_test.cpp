#include "account/aztec/derivation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec {
namespace {

class DerivationVectorTest : public testing::TestWithParam<const char*> {
 protected:
  const Profile& profile_ = **find_profile(GetParam());
  const json::Value vectors_ = load_vectors(GetParam());
  const json::Array& accounts_ = vectors_.at("accounts").as_array();

  void SetUp() override { ASSERT_GE(accounts_.size(), 12u); }
};

Point point_at(const json::Value& object, const char* key) {
  return {fr_at(object.at(key), "x"), fr_at(object.at(key), "y")};
}

TEST_P(DerivationVectorTest, DerivesTheMasterSecretKeysOfThePackages) {
  for (const json::Value& account : accounts_) {
    const Fr secret_key = fr_at(account, "secretKey");
    const auto expect = [&](std::uint32_t separator, const char* key) {
      EXPECT_EQ(derive_master_secret_key(secret_key, separator), fq_at(account, key)) << key;
    };
    expect(profile_.nullifier_key, "masterNullifierSecretKey");
    expect(profile_.incoming_viewing_key, "masterIncomingViewingSecretKey");
    expect(profile_.outgoing_viewing_key, "masterOutgoingViewingSecretKey");
    expect(profile_.tagging_key, "masterTaggingSecretKey");
  }
}

TEST_P(DerivationVectorTest, DerivesTheMasterPublicKeysOfThePackages) {
  for (const json::Value& account : accounts_) {
    const auto keys = derive_master_public_keys(profile_, fr_at(account, "secretKey"));
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->nullifier, point_at(account, "masterNullifierPublicKey"));
    EXPECT_EQ(keys->incoming_viewing, point_at(account, "masterIncomingViewingPublicKey"));
    EXPECT_EQ(keys->outgoing_viewing, point_at(account, "masterOutgoingViewingPublicKey"));
    EXPECT_EQ(keys->tagging, point_at(account, "masterTaggingPublicKey"));
  }
}

TEST_P(DerivationVectorTest, DerivesTheSigningPublicKeysOfThePackages) {
  for (const json::Value& account : accounts_) {
    const auto key = grumpkin::multiply_generator(fq_at(account, "signingPrivateKey"));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->x.text(), string_at(account, "publicKeyX"));
    EXPECT_EQ(key->y.text(), string_at(account, "publicKeyY"));
  }
}

TEST_P(DerivationVectorTest, DerivesEveryValueOnTheWayToTheAddressAsThePackages) {
  for (const json::Value& account : accounts_) {
    const auto keys = derive_master_public_keys(profile_, fr_at(account, "secretKey"));
    const auto signing_key = grumpkin::multiply_generator(fq_at(account, "signingPrivateKey"));
    ASSERT_TRUE(keys && signing_key);
    const auto derivation = derive_address(profile_, *keys, *signing_key, fr_at(account, "salt"));
    ASSERT_TRUE(derivation);
    EXPECT_EQ(derivation->public_keys_hash.text(), string_at(account, "publicKeysHash"));
    EXPECT_EQ(derivation->arguments_hash.text(), string_at(account, "argsHash"));
    EXPECT_EQ(derivation->initialization_hash.text(), string_at(account, "initializationHash"));
    EXPECT_EQ(derivation->salted_initialization_hash.text(), string_at(account, "saltedInitializationHash"));
    EXPECT_EQ(derivation->partial_address.text(), string_at(account, "partialAddress"));
    EXPECT_EQ(derivation->preaddress.text(), string_at(account, "preaddress"));
    EXPECT_EQ(derivation->address.text(), string_at(account, "address"));
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, DerivationVectorTest, testing::Values("4.1.2", "3.0.0-devnet.5"),
                         [](const auto& test) { return test.index == 0 ? "Of412" : "Of3Devnet5"; });

TEST(DerivationTest, RefusesAnAddressOfAViewingKeyThatIsNotOnTheCurve) {
  const Profile& profile = **find_profile("4.1.2");
  auto keys = derive_master_public_keys(profile, Fr::from_integer(1));
  ASSERT_TRUE(keys);
  keys->incoming_viewing.y = Fr::from_integer(1);
  const auto signing_key = grumpkin::multiply_generator(Fq::from_integer(1));
  ASSERT_TRUE(signing_key);
  const auto derivation = derive_address(profile, *keys, *signing_key, Fr::from_integer(0));
  ASSERT_FALSE(derivation);
  EXPECT_EQ(derivation.error().kind, ErrorKind::refused);
  EXPECT_THAT(derivation.error().message, testing::HasSubstr("not on Grumpkin"));
}

}  // namespace
}  // namespace coterie::account::aztec
