#include "account/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

#include "account/aztec/vectors_for_test.h"

namespace coterie::account {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kP = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
constexpr const char* kQ = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
constexpr const char* kZero = "0x0000000000000000000000000000000000000000000000000000000000000000";
constexpr const char* kOne = "0x0000000000000000000000000000000000000000000000000000000000000001";
constexpr const char* kTwo = "0x0000000000000000000000000000000000000000000000000000000000000002";

static_assert(!std::is_copy_constructible_v<SharedStateAccount>);

SharedStateAccount generate(std::uint64_t seed = 1) {
  SeededRandom random(seed);
  return *SharedStateAccount::generate(kDefaultProfile, random);
}

SharedStateAccount create_opaque(std::string_view text, std::uint64_t seed = 1) {
  SeededRandom random(seed);
  return *SharedStateAccount::create_opaque(SecretBytes::copy_of(text), random);
}

SecretBytes aztec_text(const std::string& secret_key, const std::string& salt_key, const std::string& private_key) {
  return SecretBytes::copy_of(R"({"secret_key":")" + secret_key + R"(","salt_key":")" + salt_key +
                              R"(","private_key":")" + private_key + R"("})");
}

const AztecPublic& aztec_part(const SharedStateAccount& account) {
  return std::get<AztecPublic>(account.public_part());
}

// The first account of the vectors: secret key 1, salt 0, private key 1.
AztecPublic first_vector() {
  const json::Value vectors = aztec::load_vectors(kDefaultProfile);
  const json::Value& account = vectors.at("accounts").as_array().at(0);
  return {std::string(kDefaultProfile), aztec::string_at(account, "address"), aztec::string_at(account, "publicKeyX"),
          aztec::string_at(account, "publicKeyY")};
}

Error parse_error(const SecretBytes& text, const PublicPart& claimed) {
  auto account = SharedStateAccount::parse(text, claimed);
  return account ? Error{ErrorKind::environment, "accepted", ""} : account.error();
}

std::string text_of(const SecretBytes& secret) {
  return std::string(secret.text());
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("nothing to replace");
  return text.replace(at, from.size(), to);
}

TEST(AztecAccountTest, AcceptsEveryAccountOfThePackagesUnderItsProfile) {
  for (const char* profile : {"4.1.2", "3.0.0-devnet.5"}) {
    const json::Value vectors = aztec::load_vectors(profile);
    for (const json::Value& vector : vectors.at("accounts").as_array()) {
      const SecretBytes text = aztec_text(aztec::string_at(vector, "secretKey"), aztec::string_at(vector, "salt"),
                                          aztec::string_at(vector, "signingPrivateKey"));
      const AztecPublic claimed{profile, aztec::string_at(vector, "address"), aztec::string_at(vector, "publicKeyX"),
                                aztec::string_at(vector, "publicKeyY")};
      const auto account = SharedStateAccount::parse(text, claimed);
      ASSERT_TRUE(account) << account.error().message;
      EXPECT_EQ(account->public_part(), PublicPart(claimed));
      EXPECT_TRUE(account->serialize().equals(text.view()));
    }
  }
}

TEST(AztecAccountTest, GeneratesAccountsThatReadBackUnderTheirOwnPublicPartOnly) {
  const SharedStateAccount account = generate(1);
  const SharedStateAccount other = generate(2);
  EXPECT_EQ(account.kind(), Kind::aztec_schnorr);
  EXPECT_EQ(aztec_part(account).profile, "4.1.2");
  EXPECT_NE(aztec_part(account).address, aztec_part(other).address);
  const auto again = SharedStateAccount::parse(account.serialize(), account.public_part());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->serialize().equals(account.serialize().view()));
  EXPECT_FALSE(SharedStateAccount::parse(account.serialize(), other.public_part()));
}

TEST(AztecAccountTest, RefusesToGenerateUnderAnUnknownProfileNamingTheKnownOnes) {
  SeededRandom random(1);
  const auto account = SharedStateAccount::generate("4.1", random);
  ASSERT_FALSE(account);
  EXPECT_EQ(account.error().kind, ErrorKind::usage);
  EXPECT_THAT(account.error().message, HasSubstr("4.1.2"));
}

TEST(AztecAccountTest, NamesWhatDoesNotMatchTheManifest) {
  const AztecPublic right = first_vector();
  const auto message = [&](const SecretBytes& text, const AztecPublic& claimed) {
    const Error error = parse_error(text, claimed);
    EXPECT_EQ(error.kind, ErrorKind::refused);
    return error.message;
  };
  const SecretBytes text = aztec_text(kOne, kZero, kOne);
  ASSERT_TRUE(SharedStateAccount::parse(text, right));

  constexpr const char* kAddressDiffers = "the account does not match the manifest: address differs";
  constexpr const char* kKeyDiffers = "the account does not match the manifest: public key differs";
  AztecPublic other_address = right;
  other_address.address = kOne;
  EXPECT_EQ(message(text, other_address), kAddressDiffers);
  AztecPublic other_x = right;
  other_x.public_key_x = kTwo;
  EXPECT_EQ(message(text, other_x), kKeyDiffers);
  AztecPublic other_y = right;
  other_y.public_key_y = kTwo;
  EXPECT_EQ(message(text, other_y), kKeyDiffers);
  AztecPublic other_profile = right;
  other_profile.profile = "3.0.0-devnet.5";
  EXPECT_EQ(message(text, other_profile), kAddressDiffers);

  EXPECT_EQ(message(aztec_text(kTwo, kZero, kOne), right), kAddressDiffers);
  EXPECT_EQ(message(aztec_text(kOne, kOne, kOne), right), kAddressDiffers);
  EXPECT_EQ(message(aztec_text(kOne, kZero, kTwo), right), kKeyDiffers);
}

TEST(AztecAccountTest, RefusesNumbersOutOfRangeNamingTheField) {
  struct Case {
    SecretBytes text;
    const char* field;
  };
  const Case cases[] = {
      {aztec_text(kP, kZero, kOne), "secret_key"},    {aztec_text(kOne, kP, kOne), "salt_key"},
      {aztec_text(kOne, kZero, kQ), "private_key"},   {aztec_text(kOne, kZero, kZero), "private_key"},
      {aztec_text("0x1", kZero, kOne), "secret_key"}, {aztec_text(kOne, std::string(kZero) + "0", kOne), "salt_key"}};
  for (const Case& bad : cases) {
    const Error error = parse_error(bad.text, first_vector());
    EXPECT_EQ(error.kind, ErrorKind::refused);
    EXPECT_THAT(error.message, HasSubstr(bad.field));
  }
}

TEST(AztecAccountTest, RefusesEveryFormButTheCanonicalOne) {
  const std::string good = text_of(aztec_text(kOne, kZero, kOne));
  const PublicPart right = first_vector();
  ASSERT_TRUE(SharedStateAccount::parse(SecretBytes::copy_of(good), right));
  const std::string reordered =
      std::string(R"({"salt_key":")") + kZero + R"(","secret_key":")" + kOne + R"(","private_key":")" + kOne + R"("})";
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), good + "\n", " " + good, replaced(good, ",", ", "),
        replaced(good, "secret", "\\u0073ecret"), replaced(good, "}", R"(,"extra":1})"),
        replaced(good, "}", R"(,"secret_key":")" + std::string(kOne) + "\"}"), reordered,
        replaced(good, "\"" + std::string(kOne) + "\"", "1"), std::string(100000, ' ')}) {
    const Error error = parse_error(SecretBytes::copy_of(bad), right);
    EXPECT_EQ(error.kind, ErrorKind::refused) << bad.substr(0, 300);
  }
}

TEST(AztecAccountTest, RefusesATextCutAtAnyLength) {
  const std::string good = text_of(aztec_text(kOne, kZero, kOne));
  const PublicPart right = first_vector();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(parse_error(SecretBytes::copy_of(good.substr(0, size)), right).kind, ErrorKind::refused) << size;
  }
}

TEST(AztecAccountTest, RefusesASecretOfTheOtherKind) {
  EXPECT_EQ(parse_error(create_opaque("{}").serialize(), first_vector()).kind, ErrorKind::refused);
  EXPECT_EQ(parse_error(aztec_text(kOne, kZero, kOne), create_opaque("{}").public_part()).kind, ErrorKind::refused);
}

TEST(AztecAccountTest, KeepsSecretsOutOfErrors) {
  const std::string secret = "0xffffffffdeadbeeffffffffffffffffffffffffffffffffffffffffffffffffff";
  const Error error = parse_error(aztec_text(secret, kZero, kOne), first_vector());
  EXPECT_THAT(error.message + error.hint, Not(HasSubstr("deadbeef")));
}

TEST(AztecAccountTest, RevealsThePublicPartAndTheThreeSecrets) {
  const AztecPublic part = first_vector();
  const auto first = SharedStateAccount::parse(aztec_text(kOne, kZero, kOne), part);
  ASSERT_TRUE(first);
  EXPECT_EQ(text_of(first->reveal()), R"({"kind":"aztec-schnorr","profile":"4.1.2","address":")" + part.address +
                                          R"(","public_key_x":")" + part.public_key_x + R"(","public_key_y":")" +
                                          part.public_key_y + R"(","secret_key":")" + kOne + R"(","salt_key":")" +
                                          kZero + R"(","private_key":")" + kOne + R"("})");
}

TEST(AztecAccountTest, ClonesTheWholeAccount) {
  const SharedStateAccount account = generate();
  const SharedStateAccount copy = account.clone();
  EXPECT_EQ(copy.public_part(), account.public_part());
  EXPECT_TRUE(copy.serialize().equals(account.serialize().view()));
}

TEST(OpaqueAccountTest, KeepsAnyJsonTextByteForByte) {
  for (const std::string_view text :
       {"{}", "null", "\"text\"", " { \"b\" : 1.50e+3,\n\t\"a\":-0.0, \"a\": 123456789012345678901234567890 }\r\n",
        R"(["\u00e9\/","é",[[]]])"}) {
    const SharedStateAccount account = create_opaque(text);
    EXPECT_EQ(account.kind(), Kind::opaque);
    EXPECT_EQ(text_of(account.reveal()), text);
    const auto again = SharedStateAccount::parse(account.serialize(), account.public_part());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(text_of(again->reveal()), text);
    EXPECT_EQ(text_of(account.clone().reveal()), text);
  }
}

TEST(OpaqueAccountTest, AcceptsTextUpToItsLimitAndNoMore) {
  const std::string longest = "\"" + std::string(kMaxOpaqueBytes - 2, 'x') + "\"";
  const SharedStateAccount account = create_opaque(longest);
  EXPECT_TRUE(SharedStateAccount::parse(account.serialize(), account.public_part()));
  SeededRandom random(1);
  const auto refused = SharedStateAccount::create_opaque(SecretBytes::copy_of(longest + " "), random);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message, HasSubstr("49152"));
}

TEST(OpaqueAccountTest, RefusesWhatIsNoJsonTextWithoutQuotingIt) {
  SeededRandom random(1);
  for (const std::string_view text : {"", " ", "deadbeef", "{\"deadbeef\":}", "{} {}", "{\"deadbeef\":1,}",
                                      "'deadbeef'", "\"\xff deadbeef\"", "// deadbeef\n{}", "NaN", "[1", "01"}) {
    const auto account = SharedStateAccount::create_opaque(SecretBytes::copy_of(text), random);
    ASSERT_FALSE(account) << text;
    EXPECT_EQ(account.error().kind, ErrorKind::usage) << text;
    EXPECT_THAT(account.error().message, Not(HasSubstr("deadbeef")));
  }
}

TEST(OpaqueAccountTest, CommitsDifferentlyToTheSameTextEachTime) {
  EXPECT_NE(create_opaque("{}", 1).public_part(), create_opaque("{}", 2).public_part());
  // With one and the same opening the commitment depends on the bytes alone.
  EXPECT_EQ(create_opaque("{}", 1).public_part(), create_opaque("{}", 1).public_part());
  EXPECT_NE(create_opaque("{}", 1).public_part(), create_opaque("{ }", 1).public_part());
}

TEST(OpaqueAccountTest, CommitsToTheLabelledDigestOfOpeningAndBytes) {
  // BLAKE2b-256 over each field with its length in front, by Python's hashlib.
  const std::string opening(32, '\x07');
  const std::string data = R"({"a":1})";
  const SecretBytes text =
      SecretBytes::copy_of(R"({"opening":")" + serialize_base64(as_bytes(opening), Base64::url) + R"(","data":")" +
                           serialize_base64(as_bytes(data), Base64::url) + R"("})");
  const auto commitment =
      Digest::from_bytes(*parse_hex("b2765fb6f10746a03e133653443b26e605d08c26d436a4c126c33f6b6ae5f902"));
  ASSERT_TRUE(commitment);
  const auto account = SharedStateAccount::parse(text, OpaquePublic{*commitment});
  EXPECT_TRUE(account) << account.error().message;
}

TEST(OpaqueAccountTest, RefusesAnAlteredOpeningOrText) {
  const SharedStateAccount account = create_opaque(R"({"a":1})");
  const std::string good = text_of(account.serialize());
  for (const std::string_view key : {R"("opening":")", R"("data":")"}) {
    std::string altered = good;
    char& first = altered[good.find(key) + key.size()];
    first = first == 'e' ? 'f' : 'e';
    const Error error = parse_error(SecretBytes::copy_of(altered), account.public_part());
    EXPECT_EQ(error.kind, ErrorKind::refused);
  }
  const std::string other_data = serialize_base64(as_bytes(R"({"a":2})"), Base64::url);
  const std::string own_data = serialize_base64(as_bytes(R"({"a":1})"), Base64::url);
  EXPECT_EQ(parse_error(SecretBytes::copy_of(replaced(good, own_data, other_data)), account.public_part()).message,
            "the account does not match the manifest: commitment differs");
}

TEST(OpaqueAccountTest, RefusesDataThatIsNoJsonTextThoughTheCommitmentFits) {
  // opening of 32 zero bytes, data "x"; committed to by whoever made it.
  const std::string opening = serialize_base64(Bytes(32), Base64::url);
  const SecretBytes text = SecretBytes::copy_of(R"({"opening":")" + opening + R"(","data":"eA"})");
  const auto commitment =
      Digest::from_bytes(*parse_hex("21020b8757a0bbfb17ca60795811e0f693ceaa1ebc0ca061ccb238dc4d693ca4"));
  ASSERT_TRUE(commitment);
  EXPECT_THAT(parse_error(text, OpaquePublic{*commitment}).message, HasSubstr("not valid JSON"));
}

TEST(OpaqueAccountTest, RefusesATextCutAtAnyLength) {
  const SharedStateAccount account = create_opaque(R"({"a":1})");
  const std::string good = text_of(account.serialize());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Error error = parse_error(SecretBytes::copy_of(good.substr(0, size)), account.public_part());
    EXPECT_EQ(error.kind, ErrorKind::refused) << size;
  }
}

TEST(OpaqueAccountTest, RefusesAnOpeningOfAnotherLength) {
  const PublicPart claimed = create_opaque("{}").public_part();
  for (const std::size_t size : {0u, 31u, 33u, 64u}) {
    const SecretBytes text =
        SecretBytes::copy_of(R"({"opening":")" + serialize_base64(Bytes(size), Base64::url) + R"(","data":"e30"})");
    EXPECT_THAT(parse_error(text, claimed).message, HasSubstr("opening")) << size;
  }
}

TEST(PublicPartTest, ReadsBackAsItWasWrittenInItsFieldsOrder) {
  const AztecPublic aztec{"4.1.2", kOne, kTwo, kZero};
  EXPECT_EQ(json::serialize(to_json(aztec)), R"({"kind":"aztec-schnorr","profile":"4.1.2","address":")" +
                                                 std::string(kOne) + R"(","public_key_x":")" + kTwo +
                                                 R"(","public_key_y":")" + kZero + R"("})");
  EXPECT_EQ(*parse_public_part(to_json(aztec)), PublicPart(aztec));
  const PublicPart opaque = create_opaque("{}").public_part();
  EXPECT_EQ(json::serialize(to_json(opaque)),
            R"({"kind":"opaque","commitment":")" + std::get<OpaquePublic>(opaque).commitment.text() + "\"}");
  EXPECT_EQ(*parse_public_part(to_json(opaque)), opaque);
}

TEST(PublicPartTest, RefusesWhatIsNotExactlyOneOfItsForms) {
  const std::string aztec = json::serialize(to_json(AztecPublic{"4.1.2", kOne, kTwo, kZero}));
  const std::string opaque = json::serialize(to_json(create_opaque("{}").public_part()));
  for (const std::string& bad :
       {std::string("null"), std::string("{}"), replaced(aztec, "aztec-schnorr", "aztec-ecdsa"),
        replaced(aztec, "4.1.2", "9.9.9"), replaced(aztec, kOne, kP), replaced(aztec, kTwo, "0x2"),
        replaced(aztec, "}", R"(,"commitment":"x"})"), replaced(aztec, R"("profile":"4.1.2",)", ""),
        replaced(opaque, "opaque", "aztec-schnorr"), replaced(opaque, "}", R"(,"profile":"4.1.2"})"),
        replaced(opaque, "commitment\":\"", "commitment\":\"AAAA")}) {
    const auto value = json::parse(bad, 4096, "test");
    ASSERT_TRUE(value) << bad;
    const auto part = parse_public_part(*value);
    ASSERT_FALSE(part) << bad;
    EXPECT_EQ(part.error().kind, ErrorKind::refused) << bad;
  }
}

}  // namespace
}  // namespace coterie::account
