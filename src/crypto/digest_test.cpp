// Known answers computed with Python's hashlib.blake2b over the fields written out by hand.
#include "crypto/digest.h"

#include <gtest/gtest.h>

namespace coterie::crypto {
namespace {

Digest from_hex(std::string_view hex) {
  return *Digest::from_bytes(*parse_hex(hex));
}

Secret<32> counting_key() {
  Secret<32> key;
  for (std::size_t i = 0; i < key.size(); ++i) key.data()[i] = static_cast<std::uint8_t>(i);
  return key;
}

TEST(LabelledFieldsTest, PutTheLengthBeforeEachField) {
  EXPECT_EQ(as_text(LabelledFields("test").add("a").add("").bytes()), std::string_view("\0\0\0\x0e"
                                                                                       "coterie/1 test\0\0\0\x01"
                                                                                       "a\0\0\0\0",
                                                                                       27));
}

TEST(DigestTest, IsBlake2b256OfTheFields) {
  EXPECT_EQ(digest(LabelledFields("test").add("a").add("bc")),
            from_hex("d1ffe07ac605ac34154064ac390a9a61b9d2d26127aa07ac593ef26e4d4e22ca"));
}

TEST(DigestTest, KeyedIsBlake2bWithTheKey) {
  EXPECT_EQ(keyed_digest(LabelledFields("test").add("a").add("bc"), counting_key()),
            from_hex("bf460f5d00331a876e31f696158ed040a5e2e045c79abf58c59a827a1e80dbc2"));
}

TEST(DigestTest, SecretFieldsCountAsFields) {
  const Secret<32> secret = secret_digest(LabelledFields("test").add("a"), as_bytes("bc"));
  EXPECT_EQ(*Digest::from_bytes(secret.view()), digest(LabelledFields("test").add("a").add("bc")));
}

TEST(DigestTest, TellsApartWhereFieldsEnd) {
  EXPECT_NE(digest(LabelledFields("test").add("ab").add("c")), digest(LabelledFields("test").add("a").add("bc")));
  EXPECT_NE(digest(LabelledFields("test").add("")), digest(LabelledFields("test")));
}

TEST(DigitsTest, AreSixGroupsOfFiveBytesEachMod100000) {
  EXPECT_EQ(digits(from_hex("d7b5037e312452910e7e187f234a0d2f261eedca2a0d8aae8dc19ac337198565")),
            "73649 60798 34253 24074 18893 73017");
}

TEST(DigitsTest, KeepLeadingZeros) {
  EXPECT_EQ(digits(Digest()), "00000 00000 00000 00000 00000 00000");
}

TEST(DigitsTest, AreReadAsPeopleTypeThem) {
  EXPECT_EQ(*parse_digits(" 12345 67890\t1234567890 12345 67890\r\n"), "123456789012345678901234567890");
}

TEST(DigitsTest, AreRefusedUnlessThirty) {
  for (const char* typed : {"", "12345", "1234567890123456789012345678901", "12345678901234567890123456789x",
                            "12345-67890-12345-67890-12345-67890"}) {
    const auto code = parse_digits(typed);
    ASSERT_FALSE(code) << typed;
    EXPECT_EQ(code.error().kind, ErrorKind::usage) << typed;
  }
}

}  // namespace
}  // namespace coterie::crypto
