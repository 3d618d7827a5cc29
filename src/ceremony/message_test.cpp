#include "ceremony/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/certificate.h"
#include "ceremony/framing.h"
#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using test::replaced;
using ::testing::StartsWith;

class MessageTest : public ::testing::Test {
 protected:
  std::vector<Message> one_of_each() const {
    const Digest& digest = manifest_.digest();
    return {ProposalMessage{digest, manifest_.envelope(), Bytes(100, 7)},
            ReceiptMessage{digest, create_receipt(manifest_, signers_[1].identity)},
            DeclineMessage{digest, "not \"now\""},
            AbortMessage{digest, EndCause::declined, "no", signers_[1].key()},
            AbortMessage{digest, EndCause::abandoned, "", std::nullopt},
            CertificateMessage{digest, manifest_.envelope()},
            StoredMessage{digest}};
  }

  std::vector<test::TestSigner> signers_ = test::make_signers(2);
  account::SharedStateAccount account_ = test::make_account(1);
  SignedManifest manifest_ = test::make_manifest(signers_, account_);
};

TEST_F(MessageTest, IsReadBackForEveryType) {
  for (const Message& message : one_of_each()) {
    const std::string text = serialize_message(message);
    const auto parsed = parse_message(text);
    ASSERT_TRUE(parsed.ok()) << text << parsed.error().message;
    EXPECT_EQ(parsed->index(), message.index());
    EXPECT_EQ(digest_of(*parsed), manifest_.digest());
    EXPECT_EQ(serialize_message(*parsed), text);
  }
}

TEST_F(MessageTest, HasItsFieldsInTheOrderThatTheProtocolGives) {
  const std::string digest = manifest_.digest().text();
  EXPECT_EQ(serialize_message(StoredMessage{manifest_.digest()}), R"({"type":"stored","digest":")" + digest + "\"}");
  EXPECT_EQ(serialize_message(AbortMessage{manifest_.digest(), EndCause::declined, "no", signers_[1].key()}),
            R"({"type":"abort","digest":")" + digest + R"(","cause":"declined","reason":"no","by":")" +
                signers_[1].key().text() + "\"}");
  EXPECT_THAT(serialize_message(one_of_each()[0]),
              StartsWith(R"({"type":"proposal","digest":")" + digest + R"(","manifest":{"payload":")"));
}

TEST_F(MessageTest, RefusesWhatIsMalformed) {
  const std::string decline = serialize_message(one_of_each()[2]);
  const std::string abort = serialize_message(one_of_each()[3]);
  const std::string receipt = serialize_message(one_of_each()[1]);
  const std::string stored = serialize_message(StoredMessage{manifest_.digest()});
  const std::string malformed[] = {
      "",
      "[]",
      "{}",
      replaced(decline, "\"decline\"", "\"unknown\""),
      replaced(decline, "\"decline\"", "7"),
      replaced(decline, "}", ",\"extra\":1}"),
      replaced(decline, manifest_.digest().text(), "short"),
      replaced(decline, "not", std::string(2000, 'x')),
      replaced(abort, "\"declined\"", "\"refused\""),
      replaced(abort, "\"declined\"", "\"abandoned\""),  // with who declined
      replaced(abort, ",\"by\":\"" + signers_[1].key().text() + "\"", ""),
      replaced(receipt, "\"signature\"", "\"sig\""),
      replaced(stored, "}", ",\"extra\":1}"),
      replaced(decline, "}", ",\"reason\":\"twice\"}"),
      decline + "x",
      std::string(kMaxChannelMessage + 1, ' '),
  };
  for (const std::string& text : malformed) {
    const auto parsed = parse_message(text);
    ASSERT_FALSE(parsed.ok()) << text.substr(0, 200);
    EXPECT_EQ(parsed.error().kind, ErrorKind::refused);
  }
}

TEST_F(MessageTest, RefusesEveryCut) {
  for (const Message& message : one_of_each()) {
    const std::string text = serialize_message(message);
    for (std::size_t length = 0; length < text.size(); ++length) {
      EXPECT_FALSE(parse_message(text.substr(0, length)).ok());
    }
  }
}

TEST_F(MessageTest, KeepsTheLargestProposalAndCertificateWithinTheChannelsBound) {
  const auto signers = test::make_signers(kMaxOpaqueSigners);
  SeededRandom random(3);
  const std::string text = "\"" + std::string(account::kMaxOpaqueBytes - 2, 'x') + "\"";
  auto account = account::SharedStateAccount::create_opaque(SecretBytes::copy_of(text), random);
  ASSERT_TRUE(account.ok());
  const SignedManifest manifest = test::make_manifest(signers, *account);
  const auto key = crypto::PairKey::derive(signers[0].identity, signers[1].card.peer(), manifest.manifest().room);
  const Bytes sealed = seal_account(*account, *key, signers[0].key(), signers[1].key(), manifest.digest(), random);
  const auto parsed = parse_message(serialize_message(ProposalMessage{manifest.digest(), manifest.envelope(), sealed}));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;

  Receipts receipts;
  for (const auto& signer : signers) receipts.emplace(signer.key(), create_receipt(manifest, signer.identity));
  const auto certificate = Certificate::create(manifest, receipts);
  EXPECT_TRUE(parse_message(serialize_message(CertificateMessage{manifest.digest(), certificate->envelope()})).ok());
}

TEST_F(MessageTest, ShortensReasonsBetweenCodePointsAndRepairsThem) {
  EXPECT_EQ(shorten_reason("because"), "because");
  EXPECT_EQ(shorten_reason("a\xff"), "a?");
  std::string umlauts = "x";
  for (int i = 0; i < 600; ++i) umlauts += "ä";
  EXPECT_EQ(shorten_reason(umlauts), umlauts.substr(0, 1023));
}

TEST_F(MessageTest, OpensAnAccountOnlyForItsRecipientAndManifest) {
  SeededRandom random(3);
  const auto& [alice, bob] = std::tie(signers_[0], signers_[1]);
  const RoomId room = manifest_.manifest().room;
  const auto sending = crypto::PairKey::derive(alice.identity, bob.card.peer(), room);
  const auto receiving = crypto::PairKey::derive(bob.identity, alice.card.peer(), room);
  const Bytes sealed = seal_account(account_, *sending, alice.key(), bob.key(), manifest_.digest(), random);

  const auto opened =
      open_account(sealed, *receiving, alice.key(), bob.key(), manifest_.digest(), account_.public_part());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(opened->reveal().text(), account_.reveal().text());

  const auto expect_refused = [&](const Result<account::SharedStateAccount>& refused, const char* why) {
    ASSERT_FALSE(refused.ok()) << why;
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr(why));
  };
  const auto& claimed = account_.public_part();
  const Digest& digest = manifest_.digest();
  // It does not even open, whatever would then stand in it.
  const char* not_sealed = "not sealed to this signer for this manifest";
  expect_refused(open_account(sealed, *receiving, bob.key(), alice.key(), digest, claimed), not_sealed);
  expect_refused(open_account(sealed, *receiving, alice.key(), bob.key(), Digest(), claimed), not_sealed);
  const auto elsewhere = crypto::PairKey::derive(bob.identity, alice.card.peer(), test::make_room(2));
  expect_refused(open_account(sealed, *elsewhere, alice.key(), bob.key(), digest, claimed), not_sealed);
  expect_refused(open_account(sealed, *receiving, alice.key(), bob.key(), digest, test::make_account(2).public_part()),
                 "does not match the manifest");
}

}  // namespace
}  // namespace coterie::ceremony
