#include "rtc/sdp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rtc/session_description.h"

namespace coterie::rtc {
namespace {

using testing::HasSubstr;
using Type = SessionDescription::Type;

const char* const kFingerprint =
    "0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9:0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9";

// As browsers write it.
std::string browser_offer() {
  return std::string(
             "v=0\r\n"
             "o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n"
             "s=-\r\n"
             "t=0 0\r\n"
             "a=group:BUNDLE 0\r\n"
             "a=extmap-allow-mixed\r\n"
             "a=msid-semantic: WMS\r\n"
             "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
             "c=IN IP4 0.0.0.0\r\n"
             "a=candidate:1 1 udp 2113937151 192.0.2.7 51000 typ host\r\n"
             "a=ice-ufrag:Nm0b\r\n"
             "a=ice-pwd:6XJ0ZFMcXhIzBzY2nUBj1wq/\r\n"
             "a=ice-options:trickle\r\n"
             "a=fingerprint:sha-256 ") +
         kFingerprint +
         "\r\n"
         "a=setup:actpass\r\n"
         "a=mid:0\r\n"
         "a=sctp-port:5000\r\n"
         "a=max-message-size:262144\r\n";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return text.replace(at, what.size(), with);
}

std::string problem(const std::string& text, Type type = Type::offer) {
  auto parsed = sdp::parse({type, text});
  return parsed ? "none" : parsed.error().message;
}

TEST(SdpTest, ReadsWhatABrowserWrites) {
  const auto parsed = sdp::parse({Type::offer, browser_offer()});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->mid, "0");
  EXPECT_EQ(parsed->ice_ufrag, "Nm0b");
  EXPECT_EQ(parsed->ice_pwd, "6XJ0ZFMcXhIzBzY2nUBj1wq/");
  EXPECT_EQ(parsed->fingerprint.serialize(), kFingerprint);
  EXPECT_EQ(parsed->setup, sdp::Setup::actpass);
  EXPECT_EQ(parsed->sctp_port, 5000);
  EXPECT_EQ(parsed->max_message_bytes, 262144u);
  EXPECT_THAT(parsed->candidates, testing::ElementsAre("candidate:1 1 udp 2113937151 192.0.2.7 51000 typ host"));
}

TEST(SdpTest, ReadsWhatItWrites) {
  sdp::Description description;
  description.mid = "data";
  description.ice_ufrag = "abcd";
  description.ice_pwd = "abcdefghijklmnopqrstuv";
  description.fingerprint = *Fingerprint::parse(kFingerprint);
  description.setup = sdp::Setup::passive;
  description.sctp_port = 5001;
  description.max_message_bytes = 1000;
  description.candidates = {"candidate:1 1 UDP 1 192.0.2.1 5000 typ host"};
  description.end_of_candidates = true;
  const auto parsed = sdp::parse({Type::answer, sdp::serialize(description, 42)});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, description);
}

TEST(SdpTest, TakesSessionLevelValuesAndBareLineFeeds) {
  std::string text = browser_offer();
  const std::string line = std::string("a=fingerprint:sha-256 ") + kFingerprint + "\r\n";
  text = replaced(text, line, "");
  text = replaced(text, "t=0 0\r\n", "t=0 0\r\n" + line);
  for (std::size_t at = text.find('\r'); at != text.npos; at = text.find('\r')) text.erase(at, 1);
  EXPECT_EQ(problem(text), "none");
}

TEST(SdpTest, WantsExactlyOneSha256Fingerprint) {
  const std::string line = std::string("a=fingerprint:sha-256 ") + kFingerprint + "\r\n";
  const std::string sha1 = "a=fingerprint:sha-1 0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9:0A:1B:2C:3D\r\n";
  EXPECT_THAT(problem(replaced(browser_offer(), line, "")), HasSubstr("0 sha-256 fingerprints"));
  EXPECT_THAT(problem(replaced(browser_offer(), line, sha1)), HasSubstr("0 sha-256 fingerprints"));
  EXPECT_THAT(problem(browser_offer() + line), HasSubstr("2 sha-256 fingerprints"));
  EXPECT_THAT(problem(replaced(browser_offer(), "t=0 0\r\n", "t=0 0\r\n" + line)), HasSubstr("2 sha-256"));
  EXPECT_EQ(problem(browser_offer() + sha1), "none");
  EXPECT_EQ(problem(replaced(browser_offer(), "sha-256", "SHA-256")), "none");
  EXPECT_THAT(problem(replaced(browser_offer(), kFingerprint, "0A:1B")), HasSubstr("malformed fingerprint"));
}

TEST(SdpTest, AnAnswerDecidesWhoIsClient) {
  EXPECT_THAT(problem(browser_offer(), Type::answer), HasSubstr("DTLS client"));
  EXPECT_EQ(problem(replaced(browser_offer(), "actpass", "active"), Type::answer), "none");
  EXPECT_THAT(problem(replaced(browser_offer(), "actpass", "holdconn")), HasSubstr("setup"));
  EXPECT_THAT(problem(replaced(browser_offer(), "a=setup:actpass\r\n", "")), HasSubstr("DTLS client"));
}

TEST(SdpTest, RefusesWhatIsNotOneSectionOfDataChannels) {
  EXPECT_THAT(problem(""), HasSubstr("no m= section"));
  EXPECT_THAT(problem(replaced(browser_offer(), "webrtc-datachannel", "5000")), HasSubstr("data channels"));
  EXPECT_THAT(problem(replaced(browser_offer(), "m=application 9", "m=application 0")), HasSubstr("no port"));
  EXPECT_THAT(problem(browser_offer() + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"), HasSubstr("more than one"));
  EXPECT_THAT(problem(replaced(browser_offer(), "v=0\r\n", "")), HasSubstr("v=0"));
}

TEST(SdpTest, RefusesMissingDoubledAndMalformedValues) {
  EXPECT_THAT(problem(replaced(browser_offer(), "a=ice-ufrag:Nm0b\r\n", "")), HasSubstr("ice-ufrag"));
  EXPECT_THAT(problem(browser_offer() + "a=ice-ufrag:Nm0c\r\n"), HasSubstr("twice"));
  EXPECT_THAT(problem(replaced(browser_offer(), "Nm0b", "N\"0b")), HasSubstr("ice-ufrag"));
  EXPECT_THAT(problem(replaced(browser_offer(), "6XJ0ZFMcXhIzBzY2nUBj1wq/", "short")), HasSubstr("ice-pwd"));
  EXPECT_THAT(problem(replaced(browser_offer(), "sctp-port:5000", "sctp-port:65536")), HasSubstr("sctp-port"));
  EXPECT_THAT(problem(replaced(browser_offer(), "size:262144", "size:-1")), HasSubstr("max-message-size"));
  EXPECT_THAT(problem(replaced(browser_offer(), "mid:0", "mid:0 1")), HasSubstr("mid"));
}

TEST(SdpTest, RefusesControlCharactersAndTooMuch) {
  EXPECT_THAT(problem(replaced(browser_offer(), "Nm0b", "Nm0b\ra=x")), HasSubstr("malformed line"));
  EXPECT_THAT(problem(browser_offer() + std::string("a=x\0y\r\n", 7)), HasSubstr("malformed line"));
  EXPECT_THAT(problem(browser_offer() + "nonsense\r\n"), HasSubstr("malformed line"));
  EXPECT_THAT(problem(browser_offer() + "a=" + std::string(kMaxSdpBytes, 'x')), HasSubstr("longer than"));
  std::string many = browser_offer();
  for (int i = 0; i < 600; ++i) many += "a=x\r\n";
  EXPECT_THAT(problem(many), HasSubstr("too many lines"));
}

TEST(SdpTest, SurvivesEveryTruncationAndEveryFlippedByte) {
  const std::string whole = browser_offer();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    (void)problem(whole.substr(0, size));
    std::string flipped = whole;
    flipped[size] = static_cast<char>(flipped[size] ^ 0x55);
    const auto parsed = sdp::parse({Type::offer, flipped});
    if (parsed) {
      EXPECT_TRUE(sdp::parse({Type::offer, sdp::serialize(*parsed, 1)}).ok()) << size;
    }
  }
}

TEST(IceCandidateInitTest, ReadsWhatItWrites) {
  const std::optional<IceCandidateInit> candidate =
      IceCandidateInit{"candidate:1 1 UDP 1 192.0.2.1 5000 typ host", "0", 0, "Nm0b"};
  EXPECT_EQ(json::serialize(serialize_ice_candidate(candidate)),
            R"({"candidate":"candidate:1 1 UDP 1 192.0.2.1 5000 typ host","sdpMid":"0","sdpMLineIndex":0,)"
            R"("usernameFragment":"Nm0b"})");
  EXPECT_EQ(*parse_ice_candidate(serialize_ice_candidate(candidate)), candidate);
  EXPECT_EQ(*parse_ice_candidate(serialize_ice_candidate(std::nullopt)), std::nullopt);
}

TEST(IceCandidateInitTest, TakesABrowsersNullsAndEndOfCandidates) {
  const auto parse = [](const char* text) { return parse_ice_candidate(*json::parse(text, 4096, "candidate")); };
  EXPECT_EQ(*parse(R"({"candidate":"","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"x"})"), std::nullopt);
  const auto sparse = parse(R"({"candidate":"candidate:x","sdpMid":null,"sdpMLineIndex":null})");
  ASSERT_TRUE(sparse.ok());
  EXPECT_EQ((*sparse)->candidate, "candidate:x");
  for (const char* bad : {R"({})", R"("text")", R"({"candidate":1})", R"({"candidate":"c","sdpMid":7})",
                          R"({"candidate":"c","sdpMLineIndex":-1})", R"({"candidate":"c","other":1})"}) {
    EXPECT_FALSE(parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace coterie::rtc
