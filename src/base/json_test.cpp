// JSON: what the parser refuses, that text is written as ECMAScript writes it, and ObjectReader's first error.
#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ids.h"

namespace coterie::json {
namespace {

using testing::HasSubstr;

constexpr std::size_t kMax = 4096;

std::string round_trip(std::string_view text) {
  const auto value = parse(text, kMax, "text");
  return value ? serialize(*value) : "refused: " + value.error().message;
}

void expect_refused(std::string_view text) {
  const auto value = parse(text, kMax, "text");
  ASSERT_FALSE(value) << text;
  EXPECT_EQ(value.error().kind, ErrorKind::refused) << text;
  EXPECT_THAT(value.error().message, HasSubstr("text is not valid JSON")) << text;
}

TEST(JsonTest, KeepsTheOrderOfFields) {
  const char* text = R"({"b":1,"a":[true,false,null],"c":{"z":"","y":-7}})";
  EXPECT_EQ(round_trip(text), text);
}

TEST(JsonTest, WritesStringsAsEcmascriptDoes) {
  // What JSON.stringify gives for each of these characters.
  const char* text = R"("\u0000\u0001\u0007\b\t\n\u000b\f\r\u000e\u001f\"\\/)"
                     "\x7f\xc2\x80\xe2\x80\xa8\xe2\x80\xa9\xf0\x9f\x98\x80\"";
  EXPECT_EQ(round_trip(text), text);
  EXPECT_EQ(round_trip(R"("\/\u0041\ud83d\ude00\u2028\u001F")"), "\"/A\xf0\x9f\x98\x80\xe2\x80\xa8\\u001f\"");
}

TEST(JsonTest, RefusesAKeyThatStandsTwice) {
  expect_refused(R"({"a":1,"a":2})");
  expect_refused(R"({"a":1,"\u0061":2})");
  expect_refused(R"([{"b":{"a":1,"c":2,"a":3}}])");
  EXPECT_EQ(round_trip(R"([{"a":{"a":1}},{"a":2}])"), R"([{"a":{"a":1}},{"a":2}])");
  EXPECT_THAT(parse(R"({"a":1,"a":2})", kMax, "text").error().message, HasSubstr("a key stands twice"));
}

TEST(JsonTest, RefusesALongKeyThatStandsTwice) {
  const std::string key(1500, 'k');
  expect_refused(R"({")" + key + R"(":1,"x":1,")" + key + R"(":2})");
}

TEST(JsonTest, RefusesNumbersThatAreNotWhole) {
  for (const char* text : {"1.0", "0.5", "1e2", "1E+2", "1e400", "-1e400", "18446744073709551616",
                           "-9223372036854775809", "01", "+1", "-", ".5", "1.", "0x1", "NaN", "Infinity", "1e"}) {
    expect_refused(text);
  }
}

TEST(JsonTest, KeepsWholeNumbersOf64Bits) {
  for (const char* text : {"0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615"}) {
    EXPECT_EQ(round_trip(text), text);
  }
}

TEST(JsonTest, ShowsMinusZeroByItsOtherText) {
  // It parses, as 0: who compares texts, as every signed payload is, refuses it.
  EXPECT_NE(round_trip("-0"), "-0");
}

TEST(JsonTest, RefusesMoreThanItsBound) {
  EXPECT_TRUE(parse("[1]", 3, "text"));
  const auto value = parse("[1]", 2, "text");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().message, "text is longer than 2 bytes");
}

TEST(JsonTest, RefusesMoreThanItsDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(round_trip(nested(kMaxDepth)), nested(kMaxDepth));
  expect_refused(nested(kMaxDepth + 1));
  expect_refused(std::string(kMax, '['));
}

TEST(JsonTest, RefusesInvalidUtf8) {
  for (const char* text : {"\"\xff\"", "\"\xc0\x80\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                           "\"\xe2\x82\"", "{\"\xff\":1}"}) {
    expect_refused(text);
  }
}

TEST(JsonTest, RefusesLoneSurrogates) {
  for (const char* text :
       {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\ud800")", R"("\ude00\ud83d")", R"({"\ud800":1})"}) {
    expect_refused(text);
  }
}

TEST(JsonTest, RefusesWhatJsonDoesNotAllow) {
  for (const char* text : {"", " ", "{", "[1,]", R"({"a":1,})", "[1 2]", "'a'", "{a:1}", "// x\n1", "/* x */1",
                           "true false", "[1]]", "nul", "\"a", "\"\t\"", R"("\x")", R"("\u12")", "\xef\xbb\xbf[]"}) {
    expect_refused(text);
  }
  expect_refused(std::string_view("1\0", 2));
}

TEST(JsonTest, NeverQuotesTheTextInAnError) {
  EXPECT_THAT(parse(R"({"canary":"canary)", kMax, "text").error().message, testing::Not(HasSubstr("canary")));
}

TEST(JsonTest, EveryCutIsRefused) {
  const std::string text = R"({"a":[1,"\u00e9",{"b":null}],"c":true})";
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse(text.substr(0, size), kMax, "t")) << size;
}

TEST(JsonTest, SerializesSecretsToTheSameText) {
  // Longer than the piece in which it is written.
  Object object = secret_object();
  object["key"] = std::string(10'000, 's') + "\n";
  object["list"] = Array{1, 2};
  const Value value = std::move(object);
  EXPECT_EQ(serialize_secret(value).text(), serialize(value));
}

TEST(JsonTest, ValidatesAnyJsonText) {
  for (const char* text : {"1.5", "1e400", "-1e-400", R"({"a":1,"a":2})", " [1] \n", "\"\"", "123456789012345678901"}) {
    EXPECT_TRUE(validate(text, kMax, "account")) << text;
  }
  for (const char* text : {"", "{", "[1] 2", "NaN", "\"\xff\"", "[1,]"}) {
    const auto valid = validate(text, kMax, "account");
    ASSERT_FALSE(valid) << text;
    EXPECT_EQ(valid.error().kind, ErrorKind::refused);
  }
  EXPECT_FALSE(validate("[1]", 2, "account"));
}

Value value(std::string_view text) {
  return *parse(text, kMax, "text");
}

TEST(ObjectReaderTest, ReadsEachKind) {
  const Value object = value(R"({"s":"x","i":-3,"b":true,"d":"_w","list":[1],"room":"AAAAAAAAAAAAAAAAAAAAAA"})");
  ObjectReader reader(object, "thing");
  EXPECT_TRUE(reader.has("s"));
  EXPECT_FALSE(reader.has("t"));
  EXPECT_EQ(reader.string("s", 1), "x");
  EXPECT_EQ(reader.integer("i", -3, 0), -3);
  EXPECT_TRUE(reader.boolean("b"));
  EXPECT_EQ(reader.bytes("d", 1, Base64::url), Bytes{0xff});
  EXPECT_EQ(reader.array("list", 1).size(), 1U);
  EXPECT_EQ(reader.fixed<RoomId>("room"), RoomId());
  EXPECT_TRUE(reader.finish());
}

TEST(ObjectReaderTest, RemembersTheFirstError) {
  const Value object = value(R"({"a":1,"b":"x"})");
  ObjectReader reader(object, "thing");
  reader.string("a", 10);
  reader.integer("b", 0, 1);
  const auto finished = reader.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().message, "thing: \"a\": not a string");
}

TEST(ObjectReaderTest, RefusesAFieldThatNobodyRead) {
  const Value object = value(R"({"a":1,"b":2})");
  ObjectReader reader(object, "thing");
  reader.integer("a", 0, 9);
  const auto finished = reader.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().message, "thing has fields that do not belong there");
}

TEST(ObjectReaderTest, LeavesOtherFieldsAsideWhereItIsAskedToAndStillTellsTheFirstError) {
  const Value object = value(R"({"a":1,"b":2})");
  ObjectReader good(object, "thing");
  good.integer("a", 0, 9);
  EXPECT_TRUE(good.finish_ignoring_others());
  ObjectReader bad(object, "thing");
  bad.string("a", 9);
  bad.integer("c", 0, 9);
  EXPECT_EQ(bad.finish_ignoring_others().error().message, "thing: \"a\": not a string");
}

TEST(ObjectReaderTest, RefusesWhatIsOutOfBounds) {
  const Value object = value(R"({"s":"abc","i":5,"big":18446744073709551615,"d":"AAAA","list":[1,2]})");
  const auto error_of = [&object](auto read) {
    ObjectReader reader(object, "thing");
    read(reader);
    const auto finished = reader.finish();
    return finished ? std::string("none") : finished.error().message;
  };
  EXPECT_THAT(error_of([](ObjectReader& reader) { reader.string("s", 2); }), HasSubstr("longer than 2 bytes"));
  EXPECT_THAT(error_of([](ObjectReader& reader) { reader.integer("i", 0, 4); }), HasSubstr("not between 0 and 4"));
  EXPECT_THAT(error_of([](ObjectReader& reader) { reader.integer("big", 0, 4); }), HasSubstr("not a whole number"));
  EXPECT_THAT(error_of([](ObjectReader& reader) { reader.bytes("d", 2, Base64::url); }), HasSubstr("too long"));
  EXPECT_THAT(error_of([](ObjectReader& reader) { reader.secret_base64("d", 2); }), HasSubstr("too long"));
  EXPECT_THAT(error_of([](ObjectReader& reader) { reader.array("list", 1); }), HasSubstr("more than 1 items"));
  EXPECT_THAT(error_of([](ObjectReader& reader) { reader.string("missing", 2); }), HasSubstr("\"missing\": missing"));
  EXPECT_THAT(error_of([](ObjectReader& reader) { reader.boolean("i"); }), HasSubstr("not true or false"));
}

TEST(ObjectReaderTest, RefusesWhatIsNoObject) {
  const Value array = value("[]");
  ObjectReader reader(array, "thing");
  EXPECT_EQ(reader.string("a", 1), "");
  const auto finished = reader.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().message, "thing is not a JSON object");
}

}  // namespace
}  // namespace coterie::json
