// Envelopes: one text for each, and no other accepted.
#include "crypto/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::crypto {
namespace {

using testing::HasSubstr;

constexpr std::size_t kMax = 4096;

Identity identity(std::uint64_t seed) {
  SeededRandom random(seed);
  return Identity::generate(random);
}

Envelope card_envelope() {
  Envelope envelope;
  envelope.type = PayloadType::card;
  envelope.payload = to_vector(as_bytes(R"({"name":"alice"})"));
  envelope.sign(identity(1));
  return envelope;
}

std::string replaced(std::string text, std::string_view part, std::string_view by) {
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), by);
}

void expect_refused(const std::string& text, std::string_view message) {
  const auto parsed = Envelope::parse(text, PayloadType::card, kMax);
  ASSERT_FALSE(parsed) << text;
  EXPECT_EQ(parsed.error().kind, ErrorKind::refused);
  EXPECT_THAT(parsed.error().message, HasSubstr(std::string(message)));
}

TEST(EnvelopeTest, EncodesAsTheDsseSpecificationSays) {
  // The shape of its example, "DSSEv1 29 http://example.com/HelloWorld 11 hello world".
  EXPECT_EQ(as_text(pre_authentication_encoding(PayloadType::card, as_bytes("hello world"))),
            "DSSEv1 33 application/vnd.coterie.card+json 11 hello world");
  EXPECT_EQ(as_text(pre_authentication_encoding(PayloadType::join, {})),
            "DSSEv1 33 application/vnd.coterie.join+json 0 ");
}

TEST(EnvelopeTest, WritesItsFieldsInOneOrder) {
  Envelope envelope;
  envelope.type = PayloadType::manifest;
  envelope.payload = to_vector(as_bytes("hello"));
  envelope.signatures.push_back({"k", Bytes{0xff, 0xfe}});
  EXPECT_EQ(envelope.serialize(), R"({"payload":"aGVsbG8=","payloadType":"application/vnd.coterie.manifest+json",)"
                                  R"("signatures":[{"keyid":"k","sig":"//4="}]})");
}

TEST(EnvelopeTest, ParsedAndSerializedIsTheSameText) {
  Envelope envelope = card_envelope();
  envelope.sign(identity(2));
  const std::string text = envelope.serialize();
  const auto parsed = Envelope::parse(text, PayloadType::card, kMax);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, envelope);
  EXPECT_EQ(parsed->serialize(), text);
}

TEST(EnvelopeTest, KnowsWhoSigned) {
  Envelope envelope = card_envelope();
  envelope.sign(identity(2));
  EXPECT_TRUE(envelope.signed_by(0, identity(1).sign_key()));
  EXPECT_TRUE(envelope.signed_by(1, identity(2).sign_key()));
  EXPECT_FALSE(envelope.signed_by(0, identity(2).sign_key()));
  EXPECT_FALSE(envelope.signed_by(1, identity(1).sign_key()));
  EXPECT_FALSE(envelope.signed_by(2, identity(1).sign_key()));
}

TEST(EnvelopeTest, DoesNotTakeASignatureOfAnotherType) {
  Envelope envelope = card_envelope();
  envelope.type = PayloadType::manifest;
  EXPECT_FALSE(envelope.signed_by(0, identity(1).sign_key()));
}

TEST(EnvelopeTest, DoesNotTakeASignatureOfAnotherLength) {
  for (const std::size_t size : {0U, 32U, 63U, 65U}) {
    Envelope envelope = card_envelope();
    envelope.signatures[0].sig.resize(size);
    EXPECT_FALSE(envelope.signed_by(0, identity(1).sign_key())) << size;
  }
}

TEST(EnvelopeTest, DoesNotTakeASignatureUnderAnotherKeyId) {
  Envelope envelope = card_envelope();
  envelope.signatures[0].keyid = identity(2).sign_key().text();
  EXPECT_FALSE(envelope.signed_by(0, identity(1).sign_key()));
  EXPECT_FALSE(envelope.signed_by(0, identity(2).sign_key()));
}

TEST(EnvelopeTest, RefusesWhatIsNotCanonical) {
  const std::string text = card_envelope().serialize();
  const std::string canonical = "not in canonical form";
  expect_refused(" " + text, canonical);
  expect_refused(text + "\n", canonical);
  expect_refused(replaced(text, "{\"payload\"", "{ \"payload\""), canonical);
  expect_refused(replaced(text, "\"payload\"", "\"\\u0070ayload\""), canonical);
  expect_refused(replaced(text, "card+json", "card\\u002bjson"), canonical);
  expect_refused(replaced(text, "application/", "application\\/"), canonical);
  // The same fields in another order.
  const json::Value value = *json::parse(text, kMax, "card");
  const json::Object& object = value.as_object();
  const json::Object swapped{{"payloadType", object.at("payloadType")},
                             {"payload", object.at("payload")},
                             {"signatures", object.at("signatures")}};
  expect_refused(json::serialize(swapped), canonical);
  const auto from_json = Envelope::from_json(swapped, PayloadType::card, kMax);
  ASSERT_FALSE(from_json);
  EXPECT_THAT(from_json.error().message, HasSubstr(canonical));
}

TEST(EnvelopeTest, RefusesOtherSpellingsOfBase64) {
  const std::string text = card_envelope().serialize();
  const std::string payload = serialize_base64(as_bytes(R"({"name":"alice"})"), Base64::standard);
  ASSERT_EQ(payload, "eyJuYW1lIjoiYWxpY2UifQ==");
  for (const char* other : {"eyJuYW1lIjoiYWxpY2UifQ", "eyJuYW1lIjoiYWxpY2UifQ=", "eyJuYW1lIjoiYWxpY2UifR==",
                            "eyJuYW1lIjoi YWxpY2UifQ==", "eyJuYW1lIjoiYWxpY2UifQ===", "eyJuYW1lIjoiYWxpY2Uif_=="}) {
    expect_refused(replaced(text, payload, other), "not canonical base64");
  }
}

TEST(EnvelopeTest, RefusesForeignShapes) {
  const std::string text = card_envelope().serialize();
  expect_refused("", "not valid JSON");
  expect_refused("[]", "not a JSON object");
  expect_refused(text + "x", "something follows");
  expect_refused(R"({"payload":"","payloadType":"application/vnd.coterie.card+json"})", "\"signatures\": missing");
  expect_refused(R"({"payload":"","payloadType":"application/vnd.coterie.card+json","signatures":[]})",
                 "\"signatures\": empty");
  expect_refused(R"({"payload":"","payloadType":"application/vnd.coterie.card+json","signatures":[1]})",
                 "not a JSON object");
  expect_refused(replaced(text, "\"keyid\"", "\"extra\":1,\"keyid\""), "fields that do not belong");
  expect_refused(replaced(text, "\"payloadType\"", "\"extra\":1,\"payloadType\""), "fields that do not belong");
}

TEST(EnvelopeTest, RefusesAnotherPayloadType) {
  const auto parsed = Envelope::parse(card_envelope().serialize(), PayloadType::manifest, kMax);
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("manifest: \"payloadType\""));
}

TEST(EnvelopeTest, RefusesMoreSignaturesThanSigners) {
  Envelope envelope = card_envelope();
  while (envelope.signatures.size() < Envelope::kMaxSignatures) envelope.signatures.push_back(envelope.signatures[0]);
  EXPECT_TRUE(Envelope::parse(envelope.serialize(), PayloadType::card, 64ul * 1024));
  envelope.signatures.push_back(envelope.signatures[0]);
  EXPECT_FALSE(Envelope::parse(envelope.serialize(), PayloadType::card, 64ul * 1024));
}

TEST(EnvelopeTest, RefusesMoreThanItsBound) {
  const std::string text = card_envelope().serialize();
  EXPECT_TRUE(Envelope::parse(text, PayloadType::card, text.size()));
  EXPECT_FALSE(Envelope::parse(text, PayloadType::card, text.size() - 1));
}

TEST(EnvelopeTest, EveryAlteredByteIsFoundByParsingOrBySignature) {
  const std::string text = card_envelope().serialize();
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const unsigned bit : {0x01U, 0x20U, 0x80U}) {
      std::string altered = text;
      altered[i] = static_cast<char>(static_cast<unsigned char>(altered[i]) ^ bit);
      const auto parsed = Envelope::parse(altered, PayloadType::card, kMax);
      if (!parsed) continue;
      EXPECT_EQ(parsed->serialize(), altered) << i;
      EXPECT_FALSE(parsed->signed_by(0, identity(1).sign_key())) << i;
    }
  }
}

TEST(EnvelopeTest, EveryCutIsRefused) {
  const std::string text = card_envelope().serialize();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(Envelope::parse(text.substr(0, size), PayloadType::card, kMax)) << size;
  }
}

}  // namespace
}  // namespace coterie::crypto
