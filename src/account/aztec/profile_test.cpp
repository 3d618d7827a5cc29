#include "account/aztec/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "account/aztec/derivation.h"
#include "account/aztec/poseidon2.h"
#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec {
namespace {

std::int64_t separator_in(const json::Value& vectors, const char* name) {
  return vectors.at("meta").at("separators").at(name).as_int64();
}

TEST(ProfileTest, HasTheSeparatorsAndTheContractClassOfThePackages) {
  for (const Profile& profile : profiles()) {
    const json::Value vectors = load_vectors(profile.name);
    // Version 4 renamed two of them.
    const bool version_3 = profile.name.starts_with("3.");
    EXPECT_EQ(profile.nullifier_key, separator_in(vectors, version_3 ? "NSK_M" : "NHK_M"));
    EXPECT_EQ(profile.incoming_viewing_key, separator_in(vectors, "IVSK_M"));
    EXPECT_EQ(profile.outgoing_viewing_key, separator_in(vectors, "OVSK_M"));
    EXPECT_EQ(profile.tagging_key, separator_in(vectors, "TSK_M"));
    EXPECT_EQ(profile.public_keys_hash, separator_in(vectors, "PUBLIC_KEYS_HASH"));
    EXPECT_EQ(profile.partial_address, separator_in(vectors, "PARTIAL_ADDRESS"));
    EXPECT_EQ(profile.contract_address, separator_in(vectors, "CONTRACT_ADDRESS_V1"));
    EXPECT_EQ(profile.initializer, separator_in(vectors, version_3 ? "CONSTRUCTOR" : "INITIALIZER"));
    EXPECT_EQ(profile.function_arguments, separator_in(vectors, "FUNCTION_ARGS"));
    EXPECT_EQ(profile.contract_class_id, string_at(vectors.at("meta"), "contractClassId"));
  }
}

TEST(ProfileTest, HasTheSeparatorsThatVersion4DerivesFromTheirNames) {
  const Profile& profile = **find_profile("4.1.2");
  const auto separator = [](const std::string& name) {
    return low_32_bits(poseidon2::hash_text("az_dom_sep__" + name));
  };
  EXPECT_EQ(profile.nullifier_key, separator("nhk_m"));
  EXPECT_EQ(profile.incoming_viewing_key, separator("ivsk_m"));
  EXPECT_EQ(profile.outgoing_viewing_key, separator("ovsk_m"));
  EXPECT_EQ(profile.tagging_key, separator("tsk_m"));
  EXPECT_EQ(profile.public_keys_hash, separator("public_keys_hash"));
  EXPECT_EQ(profile.partial_address, separator("partial_address"));
  EXPECT_EQ(profile.contract_address, separator("contract_address_v1"));
  EXPECT_EQ(profile.initializer, separator("initializer"));
  EXPECT_EQ(profile.function_arguments, separator("function_args"));
}

TEST(ProfileTest, HasTheContractClassThatItsPartsHashTo) {
  for (const Profile& profile : profiles()) {
    const json::Value vectors = load_vectors(profile.name);
    const json::Value& meta = vectors.at("meta");
    const bool version_3 = profile.name.starts_with("3.");
    const std::int64_t separator = separator_in(vectors, version_3 ? "CONTRACT_LEAF" : "CONTRACT_CLASS_ID");
    const Fr artifact = fr_at(meta, "artifactHash");
    const Fr functions = fr_at(meta, "privateFunctionsRoot");
    const Fr bytecode = fr_at(meta, "publicBytecodeCommitment");
    const Fr class_id =
        poseidon2::hash_separated(static_cast<std::uint32_t>(separator), {artifact, functions, bytecode});
    EXPECT_EQ(class_id.text(), profile.contract_class_id);
  }
}

TEST(ProfileTest, SelectsTheConstructorByItsSignature) {
  EXPECT_EQ(low_32_bits(poseidon2::hash_text("constructor(Field,Field)")), kConstructorSelector);
}

TEST(ProfileTest, RefusesAnUnknownProfileNamingTheKnownOnes) {
  const auto profile = find_profile("5.2.0");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().kind, ErrorKind::refused);
  EXPECT_EQ(profile.error().message, "unknown Aztec profile \"5.2.0\": known are 4.1.2, 3.0.0-devnet.5");
  EXPECT_THAT(find_profile(std::string(1000, 'x')).error().message, testing::Not(testing::HasSubstr("xxx")));
  for (const char* name : {"\x1b[2J", "4.1.2\n", "\u202E2.1.4"}) {
    EXPECT_EQ(find_profile(name).error().message, "unknown Aztec profile: known are 4.1.2, 3.0.0-devnet.5");
  }
}

}  // namespace
}  // namespace coterie::account::aztec
