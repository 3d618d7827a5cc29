#include "account/aztec/derivation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec {
namespace {

class DerivationVectorTest : public testing::TestWithParam<std::string> {
 protected:
  const Profile& profile_ = **find_profile(GetParam());
  const json::Value vectors_ = load_vectors(GetParam());
  const json::Array& accounts_ = vectors_.at("accounts").as_array();

  void SetUp() override { ASSERT_GE(accounts_.size(), 12u); }
};

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

TEST_P(DerivationVectorTest, DerivesTheAddressSecretsOfThePackages) {
  int negated = 0;
  for (const json::Value& account : accounts_) {
    const Fr secret_key = fr_at(account, "secretKey");
    const auto keys = derive_master_public_keys(profile_, secret_key);
    ASSERT_TRUE(keys);
    const auto derivation = derive_address(profile_, *keys, public_key_at(account), fr_at(account, "salt"));
    ASSERT_TRUE(derivation);
    const Fq secret = derive_address_secret(profile_, secret_key, *derivation);
    EXPECT_EQ(secret, fq_at(account, "addressSecret"));
    const auto point = grumpkin::multiply_generator(secret);
    ASSERT_TRUE(point);
    EXPECT_EQ(point->x, derivation->address);
    negated += !(point->y == derivation->address_y);
  }
  EXPECT_GT(negated, 0);
  EXPECT_LT(negated, static_cast<int>(accounts_.size()));
}

TEST_P(DerivationVectorTest, TakesEveryAddressOfThePackagesForAPossibleOne) {
  for (const json::Value& account : accounts_) EXPECT_TRUE(is_possible_address(fr_at(account, "address")));
}

TEST_P(DerivationVectorTest, DerivesTheSameAddressesOfRandomAccountsByTheTableAndByOpenSslsLadder) {
  SeededRandom random(7);
  for (int i = 0; i < 20; ++i) {
    const Fr secret_key = Fr::draw(random);
    const Fr salt = Fr::draw(random);
    const auto keys = derive_master_public_keys(profile_, secret_key);
    const auto signing_key = grumpkin::multiply_generator(Fq::draw(random));
    ASSERT_TRUE(keys && signing_key);
    const auto derivation = derive_address(profile_, *keys, *signing_key, salt);
    ASSERT_TRUE(derivation);
    // The same by OpenSSL's ladder.
    const Fq viewing_key = derive_master_secret_key(secret_key, profile_.incoming_viewing_key);
    const auto viewing_point = grumpkin::multiply(grumpkin::generator(), viewing_key);
    const auto offset = grumpkin::multiply(grumpkin::generator(), to_scalar(derivation->preaddress));
    ASSERT_TRUE(viewing_point && offset);
    EXPECT_EQ(*viewing_point, keys->incoming_viewing);
    const auto point = grumpkin::add(*offset, *viewing_point);
    ASSERT_TRUE(point);
    EXPECT_EQ(point->x, derivation->address);
    EXPECT_EQ(point->y, derivation->address_y);
    EXPECT_TRUE(is_possible_address(derivation->address));
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, DerivationVectorTest, testing::ValuesIn(profile_names()), test_name);

TEST(DerivationTest, RefusesAnAddressOfAnyKeyThatIsNotOnTheCurve) {
  const Profile& profile = **find_profile("4.1.2");
  for (int beside = 0; beside < 5; ++beside) {
    auto keys = derive_master_public_keys(profile, Fr::from_integer(1));
    ASSERT_TRUE(keys);
    Point signing_key = grumpkin::generator().clone();
    auto& [nullifier, incoming, outgoing, tagging] = *keys;
    Point* const all[] = {&nullifier, &incoming, &outgoing, &tagging, &signing_key};
    ASSERT_TRUE(derive_address(profile, *keys, signing_key, Fr::from_integer(0)));
    all[beside]->y = Fr::from_integer(1);
    const auto derivation = derive_address(profile, *keys, signing_key, Fr::from_integer(0));
    ASSERT_FALSE(derivation) << beside;
    EXPECT_EQ(derivation.error().kind, ErrorKind::refused);
    EXPECT_THAT(derivation.error().message, testing::HasSubstr("not on Grumpkin"));
  }
}

TEST(DerivationTest, KnowsNumbersThatAreNoAddress) {
  // Which x^3 - 17 are squares modulo P, by another program's big integers.
  for (const unsigned x : {1, 2, 5, 8, 10, 11}) EXPECT_TRUE(is_possible_address(Fr::from_integer(x))) << x;
  for (const unsigned x : {0, 3, 4, 6, 7, 9}) EXPECT_FALSE(is_possible_address(Fr::from_integer(x))) << x;
}

}  // namespace
}  // namespace coterie::account::aztec
