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

// Lines of an RFC's example with what a data-only session needs beside them.
std::string session(const std::string& session_level, const std::string& section) {
  return "v=0\r\no=- 4962303333179871723 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + session_level + section;
}

TEST(SdpTest, ReadsTheDataSectionOfRfc8829Section7_2) {
  // offer-B1's transport and data section; in the RFC an audio section stands before it.
  const std::string transport =
      "a=ice-ufrag:ATEn\r\n"
      "a=ice-pwd:AtSK0WpNtpUjkY4+86js7ZQl\r\n"
      "a=fingerprint:sha-256 29:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:"
      "88:A2\r\n"
      "a=setup:actpass\r\n"
      "a=tls-id:17f0f4ba8a5f1213faca591b58ba52a7\r\n";
  const std::string data =
      "c=IN IP4 0.0.0.0\r\n"
      "a=mid:d1\r\n"
      "a=sctp-port:5000\r\n"
      "a=max-message-size:65536\r\n";
  const std::string level = "a=ice-options:trickle ice2\r\na=group:BUNDLE d1\r\n";
  const auto parsed = sdp::parse(
      {Type::offer, session(level, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" + data + transport)});
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->mid, "d1");
  EXPECT_EQ(parsed->ice_ufrag, "ATEn");
  EXPECT_EQ(parsed->ice_pwd, "AtSK0WpNtpUjkY4+86js7ZQl");
  EXPECT_EQ(parsed->sctp_port, 5000);
  EXPECT_EQ(parsed->max_message_bytes, 65536u);
  EXPECT_EQ(parsed->fingerprint.bytes[0], 0x29);
  EXPECT_EQ(parsed->fingerprint.bytes[31], 0xa2);

  // offer-B1 as a whole has audio, too: not for us, and it says so.
  const std::string audio = "m=audio 9 UDP/TLS/RTP/SAVPF 96 0 8 97 98\r\nc=IN IP4 0.0.0.0\r\na=mid:a1\r\n" + transport;
  const std::string bundled = "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" + data + "a=bundle-only\r\n";
  EXPECT_THAT(problem(session("", audio + bundled)), HasSubstr("not one of data channels"));
  EXPECT_THAT(problem(session("", bundled + audio)), HasSubstr("no port"));

  // offer-B2 and answer-B2 come with their candidates, of which the reader keeps the text.
  const auto gathered = sdp::parse(
      {Type::offer, session(level, "m=application 12200 UDP/DTLS/SCTP webrtc-datachannel\r\n" + data + transport +
                                       "a=candidate:1 1 udp 2113929471 203.0.113.200 10200 typ host\r\n"
                                       "a=candidate:1 1 udp 1845494015 198.51.100.200 11200 typ srflx raddr "
                                       "203.0.113.200 rport 10200\r\n"
                                       "a=end-of-candidates\r\n")});
  ASSERT_TRUE(gathered.ok());
  EXPECT_EQ(gathered->candidates.size(), 2u);
  EXPECT_TRUE(gathered->end_of_candidates);  // RFC 8840 §8
}

TEST(SdpTest, ReadsTheOfferAndAnswerOfRfc8841Section13_1) {
  const std::string security = std::string("a=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n") +
                               "a=fingerprint:sha-256 " + kFingerprint + "\r\n";
  const auto offer = sdp::parse({Type::offer, session("",
                                                      "m=application 54111 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                                                      "c=IN IP6 2001:DB8::A8FD\r\n"
                                                      "a=tls-id:abc3de65cddef001be82\r\n"
                                                      "a=setup:actpass\r\n"
                                                      "a=sctp-port:5000\r\n"
                                                      "a=max-message-size:100000\r\n" +
                                                          security)});
  ASSERT_TRUE(offer.ok()) << offer.error().message;
  EXPECT_EQ(offer->setup, sdp::Setup::actpass);
  EXPECT_EQ(offer->max_message_bytes, 100000u);
  EXPECT_EQ(offer->mid, "");  // no BUNDLE here: none is answered either

  const auto answer = sdp::parse({Type::answer, session("",
                                                        "m=application 64300 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                                                        "c=IN IP6 2001:DB8::001D\r\n"
                                                        "a=tls-id:dbc8de77cddef001be90\r\n"
                                                        "a=setup:passive\r\n"
                                                        "a=sctp-port:6000\r\n"
                                                        "a=max-message-size:100000\r\n" +
                                                            security)});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->setup, sdp::Setup::passive);
  EXPECT_EQ(answer->sctp_port, 6000);
}

TEST(SdpTest, ReadsTheDefaultsOfRfc8841) {
  const auto without_size = sdp::parse({Type::offer, replaced(browser_offer(), "a=max-message-size:262144\r\n", "")});
  ASSERT_TRUE(without_size.ok());
  EXPECT_EQ(without_size->max_message_bytes, 65536u);  // §6.1: 64 KiB
  const auto any_size = sdp::parse({Type::offer, replaced(browser_offer(), "size:262144", "size:0")});
  ASSERT_TRUE(any_size.ok());
  EXPECT_EQ(any_size->max_message_bytes, 0u);  // §6.1: as long as it likes
  // §5.1: 0 means that there is no association. §4.2: also over TCP's proto value.
  EXPECT_THAT(problem(replaced(browser_offer(), "sctp-port:5000", "sctp-port:0")), HasSubstr("sctp-port"));
  EXPECT_EQ(problem(replaced(browser_offer(), "UDP/DTLS/SCTP", "TCP/DTLS/SCTP")), "none");
}

TEST(SdpTest, TakesTheSessionLevelIceAttributesOfRfc8839AppendixA) {
  std::string text = replaced(browser_offer(), "a=ice-ufrag:Nm0b\r\n", "");
  text = replaced(text, "a=ice-pwd:6XJ0ZFMcXhIzBzY2nUBj1wq/\r\n", "");
  text = replaced(text, "t=0 0\r\n",
                  "t=0 0\r\na=ice-options:ice2\r\na=ice-pacing:50\r\n"
                  "a=ice-pwd:asd88fgpdd777uzjYhagZg\r\na=ice-ufrag:8hhY\r\n");
  const auto parsed = sdp::parse({Type::offer, text});
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->ice_ufrag, "8hhY");
  EXPECT_EQ(parsed->ice_pwd, "asd88fgpdd777uzjYhagZg");
}

TEST(SdpTest, RefusesARejectedSectionOfRfc3264Section6) {
  EXPECT_THAT(problem(replaced(replaced(browser_offer(), "actpass", "active"), "m=application 9", "m=application 0"),
                      Type::answer),
              HasSubstr("no port"));
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
  EXPECT_THAT(problem(browser_offer() + "a=ice-lite:" + std::string(1024ul * 1024, 'x')), HasSubstr("longer than"));
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
