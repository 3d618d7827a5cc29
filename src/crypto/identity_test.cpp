// Identities against RFC 8032 and RFC 7748, and keys that must be refused.
#include "crypto/identity.h"

#include <gtest/gtest.h>

namespace coterie::crypto {
namespace {

Bytes hex(std::string_view text) {
  return *parse_hex(text);
}
BoxKey box_key(std::string_view text) {
  return *BoxKey::from_bytes(hex(text));
}

// RFC 8032 §7.1, test 1 (seed), and the scalar of RFC 7748 §5.2's iterated test (box secret).
Bytes rfc_identity() {
  Bytes secret = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const Bytes scalar = hex("0900000000000000000000000000000000000000000000000000000000000000");
  secret.insert(secret.end(), scalar.begin(), scalar.end());
  return secret;
}

TEST(IdentityTest, SignsAsRfc8032Says) {
  const auto identity = Identity::parse(rfc_identity());
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->sign_key().view().size(), 32U);
  EXPECT_EQ(serialize_hex(identity->sign_key().view()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(serialize_hex(identity->sign({}).view()),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f059"
            "5bbe24655141438e7a100b");
}

TEST(IdentityTest, HasTheBoxKeyThatRfc7748Gives) {
  EXPECT_EQ(serialize_hex(Identity::parse(rfc_identity())->box_key().view()),
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
}

TEST(IdentityTest, SerializedAndParsedIsTheSame) {
  SeededRandom random(1);
  const Identity identity = Identity::generate(random);
  const SecretBytes secret = identity.serialize();
  const auto parsed = Identity::parse(secret.view());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->sign_key(), identity.sign_key());
  EXPECT_EQ(parsed->box_key(), identity.box_key());
  EXPECT_TRUE(parsed->serialize().equals(secret.view()));
}

TEST(IdentityTest, RefusesSecretsOfAnotherLength) {
  for (const std::size_t size : {0U, 32U, 63U, 65U}) {
    const auto identity = Identity::parse(Bytes(size));
    ASSERT_FALSE(identity) << size;
    EXPECT_EQ(identity.error().kind, ErrorKind::refused);
  }
}

TEST(IdentityTest, TwoDrawsDiffer) {
  SeededRandom random(1);
  const Identity first = Identity::generate(random);
  const Identity second = Identity::generate(random);
  EXPECT_NE(first.sign_key(), second.sign_key());
  EXPECT_NE(first.box_key(), second.box_key());
}

TEST(SignatureTest, FailsWhenAnyByteIsAltered) {
  SeededRandom random(2);
  const Identity identity = Identity::generate(random);
  const Bytes message = to_vector(as_bytes("a message"));
  const Signature signature = identity.sign(message);
  ASSERT_TRUE(verify_signature(identity.sign_key(), message, signature));
  for (std::size_t i = 0; i < Signature::kSize; ++i) {
    Signature altered = signature;
    altered.data()[i] ^= 1;
    EXPECT_FALSE(verify_signature(identity.sign_key(), message, altered)) << i;
  }
  for (std::size_t i = 0; i < message.size(); ++i) {
    Bytes altered = message;
    altered[i] ^= 1;
    EXPECT_FALSE(verify_signature(identity.sign_key(), altered, signature)) << i;
  }
  for (std::size_t i = 0; i < SignKey::kSize; ++i) {
    SignKey altered = identity.sign_key();
    altered.data()[i] ^= 1;
    EXPECT_FALSE(verify_signature(altered, message, signature)) << i;
  }
}

TEST(SignatureTest, IsRefusedWithAnSOfTheGroupOrderOrMore) {
  SeededRandom random(3);
  const Identity identity = Identity::generate(random);
  Signature signature = identity.sign(as_bytes("m"));
  // s + L verifies wherever the order is not checked (RFC 8032 §8.4, malleability).
  const Bytes order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += unsigned{signature.data()[32 + i]} + order[i];
    signature.data()[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(verify_signature(identity.sign_key(), as_bytes("m"), signature));
}

TEST(SignatureTest, OfASmallOrderKeyIsRefused) {
  // With the neutral element as key and R, and s = 0, the bare equation holds for every message.
  const SignKey neutral = *SignKey::from_bytes(hex("0100000000000000000000000000000000000000000000000000000000000000"));
  Signature signature;
  signature.data()[0] = 1;
  EXPECT_FALSE(verify_signature(neutral, as_bytes("anything"), signature));
}

TEST(BoxKeyTest, OfLowOrderIsRefused) {
  for (const char* low : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    const auto checked = check_box_key(box_key(low));
    ASSERT_FALSE(checked) << low;
    EXPECT_EQ(checked.error().kind, ErrorKind::refused);
    EXPECT_EQ(checked.error().message, "a box key is of low order") << low;
  }
}

TEST(BoxKeyTest, HasOneSpellingOnly) {
  SeededRandom random(4);
  BoxKey key = Identity::generate(random).box_key();
  ASSERT_TRUE(check_box_key(key));
  key.data()[31] |= 0x80;
  for (const BoxKey& other : {key, box_key("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
                              box_key("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")}) {
    const auto checked = check_box_key(other);
    ASSERT_FALSE(checked) << other.text();
    EXPECT_EQ(checked.error().message, "a box key is not in canonical form");
  }
  EXPECT_TRUE(check_box_key(box_key("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
}

TEST(FingerprintTest, DependsOnBothKeys) {
  SeededRandom random(5);
  const Identity one = Identity::generate(random);
  const Identity other = Identity::generate(random);
  const std::string print = fingerprint(one.sign_key(), one.box_key());
  EXPECT_EQ(print.size(), 35U);
  EXPECT_NE(print, fingerprint(other.sign_key(), one.box_key()));
  EXPECT_NE(print, fingerprint(one.sign_key(), other.box_key()));
}

}  // namespace
}  // namespace coterie::crypto
