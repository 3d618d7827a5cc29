// Holds the examples of docs/protocol.md to what the code makes, and the code to its own examples.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "ceremony/certificate.h"
#include "ceremony/message.h"
#include "docs/examples.h"

namespace coterie {

namespace {

// Each fenced block that follows a line "<!-- example: NAME -->", without its last line feed.
Examples read_document() {
  std::ifstream file(COTERIE_SOURCE_DIR "/docs/protocol.md");
  Examples blocks;
  std::string line;
  const std::regex marker("<!-- example: (.+) -->");
  std::smatch name;
  while (std::getline(file, line)) {
    if (!std::regex_match(line, name, marker)) continue;
    std::string& block = blocks[name[1]];
    std::getline(file, line);
    while (std::getline(file, line) && line != "```") block += (block.empty() ? "" : "\n") + line;
  }
  return blocks;
}

std::string with_line_feeds(std::string text) {
  std::erase(text, '\r');
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

class ProtocolDocumentTest : public testing::Test {
 protected:
  ProtocolDocumentTest() : made_(maker_.make()), document_(read_document()) {}

  ExampleMaker maker_;
  Examples made_;
  Examples document_;
};

TEST_F(ProtocolDocumentTest, ShowsTheBytesThatTheCodeMakes) {
  ASSERT_FALSE(document_.empty());
  for (const auto& [name, block] : document_) {
    ASSERT_TRUE(made_.contains(name)) << "no example is called " << name;
    EXPECT_EQ(block, with_line_feeds(made_.at(name))) << "example: " << name;
  }
}

TEST_F(ProtocolDocumentTest, ShowsEveryExample) {
  for (const auto& [name, text] : made_) {
    EXPECT_TRUE(document_.contains(name)) << name;
  }
}

TEST_F(ProtocolDocumentTest, TellsACreationThatBothMachinesComplete) {
  EXPECT_TRUE(maker_.verified_offer());
  EXPECT_TRUE(maker_.verified_answer());
  EXPECT_TRUE(maker_.complete());
}

TEST_F(ProtocolDocumentTest, HasACardAnInviteAndSdpThatAreAccepted) {
  const auto card = ceremony::Card::parse(document_.at("card text"));
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(card->fingerprint(), document_.at("fingerprint"));
  const auto invite = ceremony::Invite::parse(document_.at("invite"));
  ASSERT_TRUE(invite) << invite.error().message;
  EXPECT_EQ(invite->room.text(), document_.at("room"));
  using Type = rtc::SessionDescription::Type;
  for (const auto& [name, type] : {std::pair("sdp offer", Type::offer), std::pair("sdp answer", Type::answer)}) {
    const auto sdp = rtc::sdp::parse({type, document_.at(name)});
    EXPECT_TRUE(sdp) << name << ": " << (sdp ? "" : sdp.error().message);
  }
}

TEST_F(ProtocolDocumentTest, HasACertificateThatVerifies) {
  const auto message = ceremony::parse_message(document_.at("certificate"));
  ASSERT_TRUE(message) << message.error().message;
  const auto certificate =
      ceremony::Certificate::from_envelope(std::get<ceremony::CertificateMessage>(*message).certificate);
  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ(certificate->manifest().digest().text(), document_.at("manifest digest"));
  EXPECT_EQ(certificate->manifest().verification_code(), document_.at("verification code"));
}

}  // namespace

}  // namespace coterie
