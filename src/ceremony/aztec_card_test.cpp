// Cards with a chain key, and what a manifest asks of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/card.h"
#include "ceremony/manifest.h"
#include "ceremony/message.h"
#include "ceremony/recipient.h"
#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using test::make_aztec_signer;
using test::make_room;
using test::make_signer;
using test::replaced;
using testing::HasSubstr;

class AztecCardTest : public testing::Test {
 protected:
  // What alice's own software could make of a payload, or another's: both signatures are right.
  crypto::Envelope sign(const std::string& payload, const account::AztecAccount& own_account) {
    crypto::Envelope envelope = test::sign_payload(crypto::PayloadType::card, payload, alice_.identity);
    envelope.signatures.push_back(
        {std::string(Card::kAztecKeyId), to_vector(own_account.sign(envelope.pae(), random_).view())});
    return envelope;
  }
  std::string payload() const { return std::string(as_text(alice_.card.envelope().payload)); }

  static std::string refusal(crypto::Envelope envelope) {
    const auto card = Card::from_envelope(std::move(envelope));
    if (card) return "accepted";
    EXPECT_EQ(card.error().kind, ErrorKind::refused);
    return card.error().message;
  }

  SystemRandom random_;
  test::AztecTestSigner alice_ = make_aztec_signer("alice", 1);
  test::AztecTestSigner bob_ = make_aztec_signer("bob", 2);
};

TEST_F(AztecCardTest, IsReadBackWithThePublicPartOfTheSignersOwnAccount) {
  const auto card = Card::parse(alice_.card.serialize());
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(*card, alice_.card);
  ASSERT_TRUE(card->aztec());
  EXPECT_EQ(*card->aztec(), alice_.own_account.part());
  EXPECT_EQ(card->fingerprint(), crypto::fingerprint(alice_.identity.sign_key(), alice_.identity.box_key()));
  EXPECT_LT(card->envelope().serialize().size(), Card::kMaxBytes);
}

TEST_F(AztecCardTest, FitsWithTheLongestName) {
  std::string name;
  for (int i = 0; i < 64; ++i) name += "\xF0\x9F\xA6\x8A";  // 256 bytes
  SeededRandom random(3);
  const auto card = Card::create(name, alice_.identity, 1'700'000'000, alice_.own_account, random);
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_TRUE(Card::parse(card->serialize()));
}

TEST_F(AztecCardTest, IsNotMadeUnderANameThatIsNotAllowed) {
  const auto made = Card::create("../alice", alice_.identity, 1'700'000'000, alice_.own_account, random_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::usage);
}

TEST_F(AztecCardTest, HasTwoSignaturesTheSecondByTheAztecKey) {
  const auto& signatures = alice_.card.envelope().signatures;
  ASSERT_EQ(signatures.size(), 2u);
  EXPECT_EQ(signatures[0].keyid, alice_.key().text());
  EXPECT_EQ(signatures[1].keyid, "aztec-schnorr");
  EXPECT_EQ(signatures[1].sig.size(), 64u);
}

TEST_F(AztecCardTest, WithoutAnAztecPartHasNone) {
  EXPECT_FALSE(make_signer("alice", 1).card.aztec());
}

TEST_F(AztecCardTest, RefusesEveryAlteredByteOfTheEnvelope) {
  const std::string text = alice_.card.envelope().serialize();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(Card::parse(altered).ok()) << i;
  }
}

TEST_F(AztecCardTest, RefusesTheAccountOfAnother) {
  // Alice would like to stand for bob's key in the contract: his part under her identity.
  const std::string bobs = json::serialize(account::to_json(bob_.own_account.part()));
  const std::string alices = json::serialize(account::to_json(alice_.own_account.part()));
  const std::string claimed = replaced(payload(), alices, bobs);
  EXPECT_THAT(refusal(sign(claimed, alice_.own_account)), HasSubstr("alice: it is not signed by its Aztec key"));
  crypto::Envelope with_bobs_signature = sign(claimed, alice_.own_account);
  with_bobs_signature.signatures[1].sig = bob_.card.envelope().signatures[1].sig;
  EXPECT_THAT(refusal(with_bobs_signature), HasSubstr("not signed by its Aztec key"));
  EXPECT_EQ(refusal(sign(claimed, bob_.own_account)), "accepted");  // only bob himself can say so
}

TEST_F(AztecCardTest, RefusesAnAddressThatDoesNotFollowThoughBothKeysSignedIt) {
  const std::string claimed =
      replaced(payload(), alice_.own_account.public_part().address, bob_.own_account.public_part().address);
  EXPECT_THAT(refusal(sign(claimed, alice_.own_account)), HasSubstr("alice: the Aztec address does not follow"));
}

TEST_F(AztecCardTest, RefusesMissingForeignAndSwappedSignatures) {
  const crypto::Envelope good = sign(payload(), alice_.own_account);
  EXPECT_EQ(refusal(good), "accepted");
  crypto::Envelope altered = good;
  altered.signatures.pop_back();
  EXPECT_THAT(refusal(altered), HasSubstr("exactly two signatures"));
  altered = good;
  altered.signatures.push_back(good.signatures[1]);
  EXPECT_THAT(refusal(altered), HasSubstr("exactly two signatures"));
  altered = good;
  std::swap(altered.signatures[0], altered.signatures[1]);
  EXPECT_THAT(refusal(altered), HasSubstr("not signed by its own key"));
  altered = good;
  altered.signatures[1].keyid = alice_.key().text();
  EXPECT_THAT(refusal(altered), HasSubstr("not signed by its Aztec key"));
  crypto::Envelope plain = make_signer("alice", 1).card.envelope();
  plain.signatures.push_back(good.signatures[1]);
  EXPECT_THAT(refusal(plain), HasSubstr("exactly one signature"));
}

TEST_F(AztecCardTest, RefusesAPartThatIsNotInCanonicalForm) {
  const std::string salt = R"("salt":")" + alice_.own_account.part().salt + R"(",)";
  std::string moved = replaced(payload(), salt, "");
  moved = replaced(moved, R"("aztec":{)", R"("aztec":{)" + salt);
  EXPECT_THAT(refusal(sign(moved, alice_.own_account)), HasSubstr("canonical"));
  const std::string part = json::serialize(account::to_json(alice_.own_account.part()));
  for (const char* other : {"null", "1", "[]", "{}"}) {
    EXPECT_NE(refusal(sign(replaced(payload(), part, other), alice_.own_account)), "accepted") << other;
  }
}

// A manifest of alice and a second signer.
class AztecRosterTest : public AztecCardTest {
 protected:
  Result<SignedManifest> propose(const Card& second, const account::PublicPart& account) {
    Manifest manifest;
    manifest.name = "treasury";
    manifest.threshold = 1;
    manifest.signers = {alice_.card, second};
    manifest.account = account;
    manifest.room = make_room(1);
    manifest.created_at = 1'700'000'001;
    return SignedManifest::create(std::move(manifest), alice_.identity);
  }

  // Another signing key, so another address, but whoever holds it reads what is sent to that signer.
  static account::SharedStateAccount with_the_viewing_keys_of(const test::AztecTestSigner& signer) {
    account::AztecSecrets secrets = signer.own_account.secrets().clone();
    SeededRandom random(6);
    secrets.private_key =
        account::AztecAccount::generate(account::kDefaultProfile, random)->secrets().private_key.clone();
    return account::SharedStateAccount(*account::AztecAccount::derive(account::kDefaultProfile, std::move(secrets)));
  }

  account::SharedStateAccount shared_ = *account::SharedStateAccount::generate(account::kDefaultProfile, random_);
};

TEST_F(AztecRosterTest, TakesSignersWithAndWithoutAChainKey) {
  EXPECT_TRUE(propose(bob_.card, shared_.public_part()));
  EXPECT_TRUE(propose(make_signer("bob", 2).card, shared_.public_part()));
  EXPECT_TRUE(propose(bob_.card, test::make_account(1).public_part()));
}

TEST_F(AztecRosterTest, RefusesTwoSignersWithOneAztecKey) {
  // One person under two names, with two identities: in the contract it would be one key that counts twice.
  SeededRandom random(5);
  const auto identity = crypto::Identity::generate(random);
  const auto twin = Card::create("bob", identity, 1'700'000'000, alice_.own_account, random);
  const auto manifest = propose(*twin, shared_.public_part());
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().kind, ErrorKind::usage);
  EXPECT_THAT(manifest.error().message, HasSubstr("alice and bob have the same Aztec key"));
}

TEST_F(AztecRosterTest, RefusesAnAccountThatIsASignersOwn) {
  auto manifest = propose(bob_.card, bob_.own_account.public_part());
  ASSERT_FALSE(manifest);
  EXPECT_THAT(manifest.error().message, HasSubstr("the address of bob's own Aztec account"));
  account::AztecPublic claimed = bob_.own_account.public_part();
  claimed.address = std::get<account::AztecPublic>(shared_.public_part()).address;
  manifest = propose(bob_.card, claimed);
  ASSERT_FALSE(manifest);
  EXPECT_THAT(manifest.error().message, HasSubstr("the key of bob's own Aztec account"));
}

TEST_F(AztecRosterTest, RefusesAnAccountWithTheViewingKeysOfASigner) {
  const account::SharedStateAccount account = with_the_viewing_keys_of(bob_);
  EXPECT_TRUE(propose(bob_.card, account.public_part()));  // the public part does not show it
  const auto checked = check_shared_account(account, {alice_.card, bob_.card}, ErrorKind::refused);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("the viewing keys of bob's own Aztec account"));
  EXPECT_FALSE(check_shared_account(account, {make_signer("carol", 3).card, bob_.card}, ErrorKind::refused));
  EXPECT_TRUE(check_shared_account(shared_, {alice_.card, bob_.card}, ErrorKind::refused));
  EXPECT_TRUE(check_shared_account(account, {alice_.card}, ErrorKind::refused));
}

// The creator's own software would not have sent it: the recipient sees it before it asks for consent.
TEST_F(AztecRosterTest, ARecipientDeclinesAnAccountWithTheViewingKeysOfASigner) {
  const account::SharedStateAccount account = with_the_viewing_keys_of(bob_);
  const auto manifest = propose(bob_.card, account.public_part());
  ASSERT_TRUE(manifest);
  const RoomId room = manifest->manifest().room;
  auto recipient = Recipient::create(bob_.identity, {alice_.card.peer(), room, bob_.card});
  ASSERT_TRUE(recipient);
  recipient->link_opened();
  const auto key = crypto::PairKey::derive(alice_.identity, bob_.card.peer(), room);
  recipient->handle_message(serialize_message(
      ProposalMessage{manifest->digest(), manifest->envelope(),
                      seal_account(account, *key, alice_.key(), bob_.key(), manifest->digest(), random_)}));
  EXPECT_EQ(recipient->state(), Recipient::State::declined);
  std::string why;
  while (const auto event = recipient->poll_event()) {
    EXPECT_FALSE(std::holds_alternative<recipient_event::AskConsent>(*event));
    EXPECT_FALSE(std::holds_alternative<recipient_event::StoreProposal>(*event));
    if (const auto* ended = std::get_if<recipient_event::Ended>(&*event)) why = ended->error.message;
  }
  EXPECT_THAT(why, HasSubstr("the viewing keys of bob's own Aztec account"));
}

}  // namespace
}  // namespace coterie::ceremony
