#include "ceremony/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using test::make_account;
using test::make_manifest;
using test::make_signer;
using test::make_signers;
using test::make_terms;
using test::replaced;
using test::sign_payload;
using ::testing::HasSubstr;

class ManifestTest : public ::testing::Test {
 protected:
  std::string payload() const { return std::string(as_text(manifest_.envelope().payload)); }
  Result<SignedManifest> signed_by_alice(const std::string& payload) const {
    return SignedManifest::from_envelope(sign_payload(crypto::PayloadType::manifest, payload, signers_[0].identity));
  }
  ProposalExpectation expectation(std::size_t signer) const {
    return {signers_[0].card.peer(), test::make_room(1), signers_[signer].card};
  }
  static void expect_refused(const Result<void>& result, const char* why) {
    ASSERT_FALSE(result.ok()) << why;
    EXPECT_EQ(result.error().kind, ErrorKind::refused);
    EXPECT_THAT(result.error().message, HasSubstr(why));
  }

  std::vector<test::TestSigner> signers_ = make_signers(3);
  account::SharedStateAccount account_ = make_account(1);
  SignedManifest manifest_ = make_manifest(signers_, account_, 2);
};

TEST_F(ManifestTest, IsReadBackByteForByte) {
  const auto parsed = SignedManifest::parse(manifest_.serialize());
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->serialize(), manifest_.serialize());
  EXPECT_EQ(parsed->digest(), manifest_.digest());
  EXPECT_EQ(parsed->manifest().threshold, 2);
  EXPECT_EQ(parsed->manifest().name, "treasury");
  EXPECT_EQ(parsed->manifest().signers[2], signers_[2].card);
  EXPECT_EQ(parsed->manifest().account, account_.public_part());
  EXPECT_EQ(parsed->verification_code().size(), 35u);
}

TEST_F(ManifestTest, HasAnotherDigestForAnyOtherTerms) {
  EXPECT_NE(make_manifest(signers_, account_, 3).digest(), manifest_.digest());
  EXPECT_NE(make_manifest(signers_, make_account(2), 2).digest(), manifest_.digest());
}

TEST_F(ManifestTest, RefusesTermsThatBreakARule) {
  const auto broken = [&](const Manifest& terms, const char* why) {
    const auto made = SignedManifest::create(terms, signers_[0].identity);
    ASSERT_FALSE(made.ok()) << why;
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    EXPECT_THAT(made.error().message, HasSubstr(why));
    // The same terms, signed by software that does not care, are refused by a recipient.
    const auto received = signed_by_alice(terms.serialize());
    ASSERT_FALSE(received.ok()) << why;
    EXPECT_EQ(received.error().kind, ErrorKind::refused);
  };
  Manifest terms = make_terms(signers_, account_);
  terms.threshold = 0;
  broken(terms, "threshold 0");
  terms.threshold = 4;
  broken(terms, "threshold 4");
  terms = make_terms(signers_, account_);
  terms.name = "a/b";
  broken(terms, "multisig name");
  terms = make_terms(signers_, account_);
  terms.signers.push_back(signers_[1].card);
  broken(terms, "bob stands twice among the signers");
  terms = make_terms(signers_, account_);
  terms.signers.push_back(make_signer("BOB", 50).card);
  broken(terms, "bob and BOB");
  terms = make_terms(signers_, account_);
  terms.signers.push_back(make_signer("bob\u00A0", 51).card);
  broken(terms, "which is the same name");
  terms = make_terms(signers_, account_);
  terms.signers.clear();
  broken(terms, "at least one");
  terms = make_terms({}, account_);
  terms.signers.push_back(signers_[1].card);
  broken(terms, "not the creator");
}

TEST_F(ManifestTest, MayClaimTheAddressOfTheMultisig) {
  Manifest terms = make_terms(signers_, account_);
  terms.multisig_address = "0x00000000219ab540356cbb839cbe05303d7705fa";
  const auto made = SignedManifest::create(terms, signers_[0].identity);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_NE(made->digest(), make_manifest(signers_, account_).digest());
  const auto parsed = SignedManifest::parse(made->serialize());
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->manifest().multisig_address, terms.multisig_address);
  EXPECT_EQ(SignedManifest::parse(manifest_.serialize())->manifest().multisig_address, std::nullopt);
}

TEST_F(ManifestTest, RefusesAMultisigAddressThatItsKindOfAccountCannotHave) {
  SeededRandom random(9);
  const auto aztec = account::SharedStateAccount::generate(account::kDefaultProfile, random);
  ASSERT_TRUE(aztec.ok());
  Manifest short_for_aztec = make_terms(signers_, *aztec);
  short_for_aztec.multisig_address = "0x1";
  Manifest no_number = make_terms(signers_, account_);
  no_number.multisig_address = "treasury.eth";
  for (const Manifest& terms : {short_for_aztec, no_number}) {
    const auto made = SignedManifest::create(terms, signers_[0].identity);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    EXPECT_THAT(made.error().message, HasSubstr("multisig address"));
    expect_refused(check_manifest(terms, ErrorKind::refused), "multisig address");
    EXPECT_FALSE(signed_by_alice(terms.serialize()).ok());
  }
}

TEST_F(ManifestTest, RefusesTwoSignersWithOneBoxKey) {
  const std::string payload =
      replaced(std::string(as_text(make_signer("dave", 51).card.envelope().payload)),
               make_signer("dave", 51).card.box_key().text(), signers_[1].card.box_key().text());
  const auto twin =
      Card::from_envelope(sign_payload(crypto::PayloadType::card, payload, make_signer("dave", 51).identity));
  ASSERT_TRUE(twin.ok());
  Manifest terms = make_terms(signers_, account_);
  terms.signers.push_back(*twin);
  expect_refused(check_manifest(terms, ErrorKind::refused), "bob and dave have the same box key");
}

TEST_F(ManifestTest, RefusesOneSigningKeyUnderTwoNames) {
  const auto twin = Card::create("dave", signers_[1].identity, 1'700'000'000);
  ASSERT_TRUE(twin.ok());
  Manifest terms = make_terms(signers_, account_);
  terms.signers.push_back(*twin);
  expect_refused(check_manifest(terms, ErrorKind::refused), "bob and dave have the same signing key");
}

TEST_F(ManifestTest, AllowsAsManySignersAsTheKindOfAccount) {
  EXPECT_TRUE(SignedManifest::create(make_terms(make_signers(64), account_), signers_[0].identity).ok());
  EXPECT_FALSE(SignedManifest::create(make_terms(make_signers(65), account_), signers_[0].identity).ok());
  SeededRandom random(9);
  const auto aztec = account::SharedStateAccount::generate(account::kDefaultProfile, random);
  ASSERT_TRUE(aztec.ok());
  EXPECT_TRUE(SignedManifest::create(make_terms(make_signers(8), *aztec), signers_[0].identity).ok());
  const auto nine = SignedManifest::create(make_terms(make_signers(9), *aztec), signers_[0].identity);
  ASSERT_FALSE(nine.ok());
  EXPECT_EQ(nine.error().kind, ErrorKind::usage);
  EXPECT_THAT(nine.error().message, HasSubstr("at most 8"));
}

TEST_F(ManifestTest, FitsItsBoundWithSixtyFourSigners) {
  const auto largest = SignedManifest::create(make_terms(make_signers(64), account_), signers_[0].identity);
  ASSERT_TRUE(largest.ok());
  EXPECT_TRUE(SignedManifest::parse(largest->serialize()).ok());
}

TEST_F(ManifestTest, RefusesPayloadsThatAreNotExactlyInItsForm) {
  ASSERT_TRUE(signed_by_alice(payload()).ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "\"version\":1", "\"version\":2")).ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "\"threshold\":2", "\"threshold\": 2")).ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "\"threshold\":2", "\"threshold\":2.0")).ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "\"created_at\":", "\"extra\":1,\"created_at\":")).ok());
  EXPECT_FALSE(signed_by_alice(replaced(payload(), "\"kind\":\"opaque\"", "\"kind\":\"other\"")).ok());
}

TEST_F(ManifestTest, RefusesSignaturesThatAreNotItsFirstSignersOnly) {
  const auto by_bob =
      SignedManifest::from_envelope(sign_payload(crypto::PayloadType::manifest, payload(), signers_[1].identity));
  ASSERT_FALSE(by_bob.ok());
  EXPECT_THAT(by_bob.error().message, HasSubstr("not signed by its first signer, alice"));

  crypto::Envelope twice = manifest_.envelope();
  twice.sign(signers_[1].identity);
  EXPECT_FALSE(SignedManifest::from_envelope(twice).ok());

  const auto as_card =
      SignedManifest::from_envelope(sign_payload(crypto::PayloadType::card, payload(), signers_[0].identity));
  ASSERT_FALSE(as_card.ok());
  EXPECT_EQ(as_card.error().message, "not a manifest");
}

TEST_F(ManifestTest, RefusesEveryAlteredByte) {
  const std::string text = manifest_.serialize();
  for (std::size_t i = 0; i < text.size(); i += 17) {
    std::string altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(SignedManifest::parse(altered).ok()) << i;
  }
}

TEST_F(ManifestTest, IsProposedToItsRecipients) {
  EXPECT_TRUE(verify_proposal(manifest_, expectation(1)).ok());
  EXPECT_TRUE(verify_proposal(manifest_, expectation(2)).ok());
}

TEST_F(ManifestTest, IsNotProposedByAnyoneButTheInvitesCreator) {
  ProposalExpectation stranger = expectation(1);
  stranger.creator = signers_[2].card.peer();
  expect_refused(verify_proposal(manifest_, stranger), "not the one in the invite");
  ProposalExpectation other_box = expectation(1);
  other_box.creator.box_key = signers_[2].card.box_key();
  expect_refused(verify_proposal(manifest_, other_box), "another box key for alice");
}

TEST_F(ManifestTest, IsNotProposedInAnotherRoom) {
  ProposalExpectation elsewhere = expectation(1);
  elsewhere.room = test::make_room(2);
  expect_refused(verify_proposal(manifest_, elsewhere), "another room");
}

TEST_F(ManifestTest, IsNotProposedToSomebodyWhoIsNotInIt) {
  ProposalExpectation dave = expectation(1);
  dave.own_card = make_signer("dave", 60).card;
  expect_refused(verify_proposal(manifest_, dave), "dave is not among the signers");
}

TEST_F(ManifestTest, IsNotProposedWithAnOldCard) {
  ProposalExpectation newer = expectation(1);
  newer.own_card = *Card::create("bob", signers_[1].identity, 1'800'000'000);
  expect_refused(verify_proposal(manifest_, newer), "another card of bob");
}

}  // namespace
}  // namespace coterie::ceremony
