#include "account/aztec/schnorr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account::aztec::schnorr {
namespace {

using testing::HasSubstr;

constexpr const char* kOrder = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";

SigningKey draw_key(Random& random) {
  return *SigningKey::from_scalar(Fq::draw(random));
}

Bytes altered(BytesView bytes, std::size_t bit) {
  Bytes copy = to_vector(bytes);
  copy[bit / 8] = static_cast<std::uint8_t>(copy[bit / 8] ^ 1u << bit % 8);
  return copy;
}

Bytes joined(BytesView s, BytesView challenge) {
  Bytes signature = to_vector(s);
  signature.insert(signature.end(), challenge.begin(), challenge.end());
  return signature;
}

std::string refusal(const Result<void>& verified) {
  if (verified) return "accepted";
  EXPECT_EQ(verified.error().kind, ErrorKind::refused);
  return verified.error().message;
}

class SchnorrVectorTest : public testing::TestWithParam<std::string> {
 protected:
  const json::Value vectors_ = load_vectors(GetParam());
};

TEST_P(SchnorrVectorTest, IsOfTheSchemeThatTheProfileNames) {
  EXPECT_EQ((**find_profile(GetParam())).signature_scheme, SignatureScheme::schnorr_pedersen_blake2s);
}

TEST_P(SchnorrVectorTest, AcceptsTheSignaturesOfThePackages) {
  const json::Array& signatures = vectors_.at("signatures").as_array();
  ASSERT_GE(signatures.size(), 12u);
  for (const json::Value& vector : signatures) {
    ASSERT_TRUE(vector.at("verified").as_bool());
    EXPECT_TRUE(verify(public_key_at(vector), bytes_at(vector, "message"), bytes_at(vector, "signature")));
  }
}

TEST_P(SchnorrVectorTest, SignsTheMessagesOfThePackagesWithTheirKeys) {
  SeededRandom random(1);
  for (const json::Value& vector : vectors_.at("signatures").as_array()) {
    const auto key = SigningKey::from_scalar(fq_at(vector, "privateKey"));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->public_key(), public_key_at(vector));
    const Bytes message = bytes_at(vector, "message");
    const Signature signature = key->sign(message, random);
    EXPECT_TRUE(verify(public_key_at(vector), message, signature.view()));
    EXPECT_FALSE(std::ranges::equal(signature.view(), bytes_at(vector, "signature")));
  }
}

TEST_P(SchnorrVectorTest, JudgesAlteredSignaturesAsThePackagesButForAnSThatIsTooLarge) {
  const json::Array& variants = vectors_.at("signatureVariants").as_array();
  ASSERT_GE(variants.size(), 24u);
  std::size_t too_large = 0;
  for (const json::Value& vector : variants) {
    const std::string form = string_at(vector, "form");
    const auto verified = verify(public_key_at(vector), bytes_at(vector, "message"), bytes_at(vector, "signature"));
    if (form == "sPlusOrder") {
      EXPECT_TRUE(vector.at("verified").as_bool());
      EXPECT_THAT(refusal(verified), HasSubstr("not above 0 and below the order"));
      ++too_large;
    } else {
      EXPECT_EQ(verified.ok(), vector.at("verified").as_bool()) << form;
    }
  }
  EXPECT_GE(too_large, 2u);
}

INSTANTIATE_TEST_SUITE_P(Profiles, SchnorrVectorTest, testing::ValuesIn(profile_names()), test_name);

TEST(SchnorrTest, VerifiesWhatItSignedForMessagesOfEveryLength) {
  SeededRandom random(2);
  for (std::size_t size = 0; size < 300; size += size < 130 ? 5 : 33) {
    const SigningKey key = draw_key(random);
    Bytes message(size);
    random.fill(message);
    const Signature signature = key.sign(message, random);
    EXPECT_EQ(refusal(verify(key.public_key(), message, signature.view())), "accepted") << size;
    message.push_back(0);
    EXPECT_FALSE(verify(key.public_key(), message, signature.view())) << size;
  }
}

TEST(SchnorrTest, SignsWithTheSmallestAndTheLargestKey) {
  SeededRandom random(3);
  for (const Fq& scalar : {Fq::from_integer(1), -Fq::from_integer(1)}) {
    const auto key = SigningKey::from_scalar(scalar.clone());
    ASSERT_TRUE(key);
    EXPECT_EQ(key->public_key().x, Fr::from_integer(1));
    EXPECT_TRUE(verify(key->public_key(), {}, key->sign({}, random).view()));
  }
}

TEST(SchnorrTest, RefusesAKeyOfZero) {
  const auto key = SigningKey::from_scalar(Fq::from_integer(0));
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind, ErrorKind::refused);
}

TEST(SchnorrTest, RefusesASignatureWithAnyBitFlipped) {
  SeededRandom random(4);
  const SigningKey key = draw_key(random);
  const auto message = message_of(Fr::draw(random));
  const Signature signature = key.sign(message, random);
  ASSERT_TRUE(verify(key.public_key(), message, signature.view()));
  for (std::size_t bit = 0; bit < 8 * Signature::kSize; ++bit) {
    EXPECT_FALSE(verify(key.public_key(), message, altered(signature.view(), bit))) << bit;
  }
}

TEST(SchnorrTest, RefusesAMessageWithAnyBitFlipped) {
  SeededRandom random(5);
  const SigningKey key = draw_key(random);
  const auto message = message_of(Fr::draw(random));
  const Signature signature = key.sign(message, random);
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    EXPECT_THAT(refusal(verify(key.public_key(), altered(message, bit), signature.view())),
                HasSubstr("not of this message by this key"))
        << bit;
  }
}

TEST(SchnorrTest, RefusesAPublicKeyWithAnyBitFlippedOrOfAnother) {
  SeededRandom random(6);
  const SigningKey key = draw_key(random);
  const auto message = message_of(Fr::draw(random));
  const Signature signature = key.sign(message, random);
  for (std::size_t bit = 0; bit < 8 * Fr::kSize; ++bit) {
    for (const bool of_x : {true, false}) {
      Point other = key.public_key().clone();
      Fr& coordinate = of_x ? other.x : other.y;
      auto flipped = Fr::from_bytes(altered(message_of(coordinate), bit));
      if (!flipped) continue;  // out of range: refused before it is a key
      coordinate = std::move(*flipped);
      EXPECT_THAT(refusal(verify(other, message, signature.view())), HasSubstr("not on Grumpkin")) << bit;
    }
  }
  EXPECT_FALSE(verify(draw_key(random).public_key(), message, signature.view()));
  EXPECT_FALSE(verify({key.public_key().x.clone(), -key.public_key().y}, message, signature.view()));
}

TEST(SchnorrTest, RefusesPointsThatAreNoPublicKey) {
  SeededRandom random(7);
  const SigningKey key = draw_key(random);
  const Signature signature = key.sign({}, random);
  // (0, 0) is what some programs write for the point at infinity.
  for (const auto& [x, y] : {std::pair{0, 0}, std::pair{1, 1}, std::pair{0, 1}}) {
    const Point beside{Fr::from_integer(x), Fr::from_integer(y)};
    EXPECT_THAT(refusal(verify(beside, {}, signature.view())), HasSubstr("not on Grumpkin"));
  }
}

TEST(SchnorrTest, RefusesNumbersOutOfRangeAndNeverReducesThem) {
  SeededRandom random(8);
  const SigningKey key = draw_key(random);
  const Signature signature = key.sign({}, random);
  const BytesView s = signature.view().first(32);
  const BytesView challenge = signature.view().subspan(32);
  const Bytes zero(32);
  const Bytes order = *parse_hex(kOrder);
  Bytes above = order;
  above.back() = static_cast<std::uint8_t>(above.back() + 1);
  for (const Bytes& bad : {zero, order, above, Bytes(32, 0xff)}) {
    EXPECT_THAT(refusal(verify(key.public_key(), {}, joined(bad, challenge))), HasSubstr("the signature's s is not"));
  }
  for (const Bytes& bad : {zero, order}) {
    EXPECT_THAT(refusal(verify(key.public_key(), {}, joined(s, bad))), HasSubstr("challenge is 0"));
  }
  // The same number modulo the order, but not the digest.
  Number number(BN_bin2bn(challenge.data(), static_cast<int>(challenge.size()), nullptr));
  ASSERT_TRUE(number);
  for (int times = 1; times <= 4; ++times) {
    ASSERT_EQ(BN_add(number.get(), number.get(), Fq::modulus()), 1);
    Bytes larger(32);
    ASSERT_EQ(BN_bn2binpad(number.get(), larger.data(), 32), 32);
    ASSERT_EQ(Fq::reduce(larger), Fq::reduce(challenge));
    EXPECT_THAT(refusal(verify(key.public_key(), {}, joined(s, larger))), HasSubstr("not of this message"));
  }
}

TEST(SchnorrTest, RefusesASignatureOfAnotherLength) {
  SeededRandom random(9);
  const SigningKey key = draw_key(random);
  const Signature signature = key.sign({}, random);
  for (std::size_t size = 0; size < Signature::kSize; ++size) {
    EXPECT_THAT(refusal(verify(key.public_key(), {}, signature.view().first(size))), HasSubstr("64 bytes"));
  }
  Bytes longer = to_vector(signature.view());
  longer.push_back(0);
  EXPECT_THAT(refusal(verify(key.public_key(), {}, longer)), HasSubstr("64 bytes"));
}

TEST(SchnorrTest, RefusesASignatureWhoseNoncePointIsAtInfinity) {
  // s * G + e * key * G is the point at infinity for s = -e * key.
  const Fq private_key = Fq::from_integer(12345);
  const auto key = SigningKey::from_scalar(private_key.clone());
  ASSERT_TRUE(key);
  const Fq e = Fq::from_integer(678);
  const Fq s = -(private_key * e);
  const auto verified = verify(key->public_key(), {}, joined(s.bytes().view(), e.bytes().view()));
  EXPECT_THAT(refusal(verified), HasSubstr("infinity"));
}

// Remembers what it gave.
class RecordingRandom final : public Random {
 public:
  explicit RecordingRandom(std::uint64_t seed) : random_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    random_.fill(out);
    given.push_back(to_vector(out));
  }
  std::vector<Bytes> given;

 private:
  SeededRandom random_;
};

TEST(SchnorrTest, DrawsAFreshUniformNonceForEachTryUntilTheChallengeIsBelowTheOrder) {
  SeededRandom keys(10);
  const Fq private_key = Fq::draw(keys);
  const auto key = SigningKey::from_scalar(private_key.clone());
  ASSERT_TRUE(key);
  const Bytes order = *parse_hex(kOrder);
  RecordingRandom random(11);
  std::size_t nonces = 0;
  constexpr std::size_t kSignatures = 100;
  for (std::size_t i = 0; i < kSignatures; ++i) {
    random.given.clear();
    const Signature signature = key->sign(message_of(Fr::from_integer(i)), random);
    const BytesView challenge = signature.view().subspan(32);
    EXPECT_TRUE(std::ranges::lexicographical_compare(challenge, order));
    // The nonce of the signature is the last of 64 random bytes each, none of them used for two.
    for (const Bytes& given : random.given) EXPECT_EQ(given.size(), 64u);
    const Fq s = *Fq::from_bytes(signature.view().first(32));
    EXPECT_EQ(s + private_key * *Fq::from_bytes(challenge), Fq::reduce(random.given.back()));
    nonces += random.given.size();
  }
  // 5.29 on average, with a standard deviation of 0.48 for the average of so many.
  EXPECT_GT(nonces, 3 * kSignatures);
  EXPECT_LT(nonces, 8 * kSignatures);
}

TEST(SchnorrTest, SignsOneMessageDifferentlyEachTime) {
  SystemRandom random;
  const SigningKey key = draw_key(random);
  EXPECT_NE(key.sign({}, random), key.sign({}, random));
}

TEST(SchnorrTest, GivesUpOnRandomnessThatAlwaysSaysTheSame) {
  class Broken final : public Random {
    void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0}); }
  } broken;
  const auto key = SigningKey::from_scalar(Fq::from_integer(1));
  ASSERT_TRUE(key);
  EXPECT_THROW(key->sign({}, broken), std::runtime_error);
}

TEST(SchnorrTest, WritesAContractsMessageBigEndian) {
  EXPECT_EQ(serialize_hex(message_of(Fr::from_integer(0x0102))), std::string(60, '0') + "0102");
}

}  // namespace
}  // namespace coterie::account::aztec::schnorr
