// Hexadecimal, base64 and fixed-size values: one text for each value, and no other accepted.
#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/ids.h"

namespace coterie {
namespace {

TEST(HexTest, ParsedAndSerializedIsTheSame) {
  EXPECT_EQ(serialize_hex(Bytes{0x00, 0x0f, 0xff}), "000fff");
  EXPECT_EQ(*parse_hex("000fff"), (Bytes{0x00, 0x0f, 0xff}));
  EXPECT_EQ(serialize_hex({}), "");
  EXPECT_TRUE(parse_hex("")->empty());
}

TEST(HexTest, RefusesWhatIsNotHexadecimal) {
  for (const char* text : {"0", "0g", "0x00", "00 ", " 00", "0:0"}) {
    const auto parsed = parse_hex(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::refused);
  }
}

TEST(Base64Test, HasTheAnswersOfRfc4648) {
  const std::pair<const char*, const char*> answers[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : answers) {
    EXPECT_EQ(serialize_base64(as_bytes(plain), Base64::standard), text);
    EXPECT_EQ(as_text(*parse_base64(text, Base64::standard)), plain);
    std::string unpadded = text;
    while (unpadded.ends_with('=')) unpadded.pop_back();
    EXPECT_EQ(serialize_base64(as_bytes(plain), Base64::url), unpadded);
    EXPECT_EQ(as_text(*parse_base64(unpadded, Base64::url)), plain);
  }
}

TEST(Base64Test, RefusesEveryOtherSpelling) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9", "Zm8", "Zm9=", "Z", "Zg==Zg==", "Zm9v\n", " Zm9v",
                           "Zm9v=", "__8=", "Zm 9v", "Zg=\n="}) {
    EXPECT_FALSE(parse_base64(text, Base64::standard)) << text;
  }
  for (const char* text : {"Zg==", "Zh", "Zm9", "Z", "Zm8=", "//8", "+_8", "Zm9v ", "Zm9v\n"}) {
    EXPECT_FALSE(parse_base64(text, Base64::url)) << text;
  }
  EXPECT_FALSE(parse_base64(std::string_view("Zm9v\0", 5), Base64::url));
}

TEST(Base64Test, TakesNoByteAtAnyPlaceForAnotherOne) {
  for (const Base64 alphabet : {Base64::url, Base64::standard}) {
    for (std::size_t place = 0; place < 4; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = "AAAA";
        text[place] = static_cast<char>(byte);
        const auto parsed = parse_base64(text, alphabet);
        if (parsed) {
          EXPECT_EQ(serialize_base64(*parsed, alphabet), text) << byte;
        }
      }
    }
  }
}

TEST(Base64Test, WhateverParsesSerializesToTheSameText) {
  // Every text of up to three characters over the corner cases of both alphabets.
  const std::string_view letters = "AQBgw_-/+=9\n";
  for (const Base64 alphabet : {Base64::url, Base64::standard}) {
    for (const char first : letters) {
      for (const char second : letters) {
        for (const char third : letters) {
          for (const std::string& text :
               {std::string{first}, std::string{first, second}, std::string{first, second, third},
                std::string{first, second, third, '='}, std::string{first, second, '=', third}}) {
            const auto parsed = parse_base64(text, alphabet);
            if (parsed) {
              EXPECT_EQ(serialize_base64(*parsed, alphabet), text);
            }
          }
        }
      }
    }
  }
}

TEST(FixedBytesTest, ParsedAndSerializedIsTheSame) {
  const auto room = RoomId::parse("AAECAwQFBgcICQoLDA0ODw");
  ASSERT_TRUE(room);
  EXPECT_EQ(room->text(), "AAECAwQFBgcICQoLDA0ODw");
  EXPECT_EQ(serialize_hex(room->view()), "000102030405060708090a0b0c0d0e0f");
}

TEST(FixedBytesTest, RefusesAnotherLengthNamingTheValue) {
  const auto room = RoomId::from_bytes(Bytes(15));
  ASSERT_FALSE(room);
  EXPECT_EQ(room.error().message, "a room must have 16 bytes, not 15");
  EXPECT_FALSE(RoomId::parse(""));
  EXPECT_FALSE(RoomId::parse("AAECAwQFBgcICQoLDA0ODxA"));
}

}  // namespace
}  // namespace coterie
